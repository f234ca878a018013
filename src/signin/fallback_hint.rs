//! The other way in, where a provider refused the one that was taken: many forbid the device flow by policy, some allow
//! nothing else (Azure/azure-cli#32420).

use super::flow::{FlowChoice, device_lacks_secret};
use super::paste_callback::is_paste_only;
use super::plan::Plan;
use crate::app::App;
use crate::error::Error;
use crate::oauth::discovery;
use crate::sanitize::shell_quote;

/// Codes that are about the client and the grant, not about this one request (RFC 6749 4.1.2.1 and 5.2).
const FLOW_ERROR_CODES: &[&str] = &[
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unsupported_response_mode",
    "invalid_client",
];

/// What providers say when a policy forbids a flow. Entra ID has codes: 53000 to 53011, 530032 to 530036 (Conditional
/// Access), 50097, 50199 (a flow that wants more of the device), 7000218 (no public clients).
const POLICY_MARKERS: &[&str] = &[
    "aadsts53",
    "aadsts50097",
    "aadsts50199",
    "aadsts7000218",
    "conditional access",
    "policy",
    "policies",
    "administrator",
    "authentication flow",
];

/// The error, with the command of the other way where that may lead in.
pub fn with_fallback_hint(app: &App, plan: &Plan<'_>, error: Error) -> Error {
    let flag = match &plan.flow {
        _ if !matches!(error, Error::Blocked { .. }) && !is_flow_rejected(&error) => return error,
        FlowChoice::Device { .. } if callback_cannot_return(app, plan) => "--paste",
        FlowChoice::Device { .. } => "--browser",
        FlowChoice::Loopback | FlowChoice::Paste { .. } if has_device_flow(plan) => "--device",
        FlowChoice::Loopback | FlowChoice::Paste { .. } => return error,
    };
    let instead = format!("{{program}} signin {} {flag}", shell_quote(&plan.provider.name));
    let cause = match error {
        // A refused device request, which knows of no browser.
        Error::Blocked { cause, .. } => cause,
        error => Box::new(error),
    };
    Error::Blocked { cause, alternative: instead }
}

/// Whether a browser would not come back to this machine.
fn callback_cannot_return(app: &App, plan: &Plan<'_>) -> bool {
    app.browser.unavailable_reason().is_some() || is_paste_only(plan.provider)
}

/// Whether a code is a way to sign in too, as far as is known without asking.
pub fn has_device_flow(plan: &Plan<'_>) -> bool {
    let endpoints = discovery::resolve_endpoints(plan.provider, plan.metadata.as_ref());
    let is_there = endpoints.is_ok_and(|endpoints| endpoints.device_authorization.is_some());
    is_there && !device_lacks_secret(plan.provider, plan.client.secret.is_some())
}

/// A person who refuses wants no other way, so a denial counts only where it speaks of a policy.
fn is_flow_rejected(error: &Error) -> bool {
    match error {
        Error::Rejected { code, .. } if FLOW_ERROR_CODES.contains(&code.as_str()) => true,
        // The redirect URI is not the one that was registered, and a code needs none.
        Error::Rejected { code, description: Some(text), .. } if code == "invalid_request" => {
            text.to_ascii_lowercase().contains("redirect")
        }
        Error::Denied { message } | Error::Other { message } => {
            let message = message.to_ascii_lowercase();
            POLICY_MARKERS.iter().any(|words| message.contains(words))
        }
        _ => false,
    }
}
