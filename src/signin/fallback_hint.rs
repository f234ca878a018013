//! Hint with an alternative flow if the provider rejected the chosen one: many forbid the device flow by policy, some
//! allow only that (Azure/azure-cli#32420).

use super::flow::{FlowChoice, device_lacks_secret};
use super::paste_callback::is_paste_only;
use super::plan::Plan;
use crate::app::App;
use crate::error::Error;
use crate::oauth::discovery;
use crate::sanitize::shell_quote;

/// Error codes about the client or the grant rather than this request (RFC 6749 4.1.2.1 and 5.2).
const FLOW_ERROR_CODES: &[&str] = &[
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unsupported_response_mode",
    "invalid_client",
];

/// Phrases in errors of a policy that forbids a flow. Entra ID uses codes: 53000 to 53011, 530032 to 530036
/// (Conditional Access), 50097, 50199 (the flow requires a managed device), 7000218 (no public clients).
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

/// Adds the command for an alternative flow to the error, if that may succeed.
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
        // Rejected device request, which does not know about browsers.
        Error::Blocked { cause, .. } => cause,
        error => Box::new(error),
    };
    Error::Blocked { cause, alternative: instead }
}

/// Returns true if a browser cannot redirect to this machine.
fn callback_cannot_return(app: &App, plan: &Plan<'_>) -> bool {
    app.browser.unavailable_reason().is_some() || is_paste_only(plan.provider)
}

/// Returns true if the device flow is available, as far as known without a request.
pub fn has_device_flow(plan: &Plan<'_>) -> bool {
    let endpoints = discovery::resolve_endpoints(plan.provider, plan.metadata.as_ref());
    let is_there = endpoints.is_ok_and(|endpoints| endpoints.device_authorization.is_some());
    is_there && !device_lacks_secret(plan.provider, plan.client.secret.is_some())
}

/// Returns true if the error is about the flow. A denial counts only if it mentions a policy: a user who declined wants
/// no other flow.
fn is_flow_rejected(error: &Error) -> bool {
    match error {
        Error::Rejected { code, .. } if FLOW_ERROR_CODES.contains(&code.as_str()) => true,
        // The redirect URI is not registered, and the device flow needs none.
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
