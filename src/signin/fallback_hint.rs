//! Hint with an alternative flow if the provider rejected the chosen one: many forbid the device flow by policy, some
//! allow only that (Azure/azure-cli#32420).

use super::plan::Plan;
use crate::error::Error;
use crate::sanitize::shell_quote;

/// Error codes about the client or the grant rather than this request (RFC 6749 4.1.2.1 and 5.2).
const FLOW_ERROR_CODES: &[&str] = &[
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "unsupported_response_mode",
    "invalid_client",
];

/// Codes of a policy of Entra ID that forbids a flow: 53000 to 53011, 530032 to 530036 (Conditional Access), 50097,
/// 50199 (the flow requires a managed device), 7000218 (no public clients).
const POLICY_CODES: &[&str] = &["AADSTS53", "AADSTS50097", "AADSTS50199", "AADSTS7000218"];

/// Adds the command for another flow to the error, if that may succeed.
pub fn with_fallback_hint(plan: &Plan<'_>, error: Error) -> Error {
    let Some(flag) = plan.fallback else { return error };
    if !matches!(error, Error::Blocked { .. }) && !is_flow_rejected(&error) {
        return error;
    }
    let instead = format!("{{program}} signin {} {flag}", shell_quote(&plan.provider.name));
    let cause = match error {
        // Rejected device request, which does not know about browsers.
        Error::Blocked { cause, .. } => cause,
        error => Box::new(error),
    };
    Error::Blocked { cause, alternative: instead }
}

/// Returns true if the error is about the flow. A denial counts only if a policy is its reason: a user who declined
/// wants no other flow.
fn is_flow_rejected(error: &Error) -> bool {
    match error {
        Error::Rejected { code, .. } if FLOW_ERROR_CODES.contains(&code.as_str()) => true,
        // The redirect URI is not registered, and the device flow needs none.
        Error::Rejected { code, description: Some(text), .. } if code == "invalid_request" => {
            text.to_ascii_lowercase().contains("redirect")
        }
        Error::Denied { message } | Error::Other { message } => POLICY_CODES.iter().any(|code| message.contains(code)),
        _ => false,
    }
}
