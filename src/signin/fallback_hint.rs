//! Hint with an alternative if the provider rejected the sign-in: other scopes, no resource indicator, or another flow.
//! Many providers forbid the device flow by policy, some allow only that (Azure/azure-cli#32420).

use std::time::Duration;

use super::plan::Plan;
use crate::duration;
use crate::error::{Error, Remedy};
use crate::sanitize::shell_quote;

/// Error codes about the client or the grant rather than this request (RFC 6749 4.1.2.1 and 5.2).
const FLOW_ERROR_CODES: &[&str] =
    &["unauthorized_client", "unsupported_grant_type", "unsupported_response_type", "unsupported_response_mode"];

/// Codes of a policy of Entra ID that forbids a flow: 53000 to 53011, 530032 to 530036 (Conditional Access), 50097,
/// 50199 (the flow requires a managed device), 7000218 (no public clients).
const POLICY_CODES: &[&str] = &["AADSTS53", "AADSTS50097", "AADSTS50199", "AADSTS7000218"];

/// Adds the command for another request or flow to the error, if that may succeed.
pub fn with_fallback_hint(plan: &Plan<'_>, error: Error) -> Error {
    let error = match error {
        // The secret is not the key, or it is the registered client's.
        Error::Check { message, remedy: Remedy::ClientSecret } if !plan.accepts_hmac() => {
            Error::check_with(Remedy::IdTokenFormat, message)
        }
        other => other,
    };
    let Some(instead) = alternative(plan, &error) else { return error };
    let cause = match error {
        // Rejected device request, which does not know about browsers.
        Error::Blocked { cause, .. } => cause,
        error => Box::new(error),
    };
    Error::Blocked { cause, alternative: instead }
}

/// Command for another request, flow, client or account, if one may succeed; words may stand on lines before it.
pub fn alternative(plan: &Plan<'_>, error: &Error) -> Option<String> {
    let name = shell_quote(&plan.provider.name);
    let flags = other_request(plan, error).or_else(|| other_flow(plan, error));
    let other_request = flags.map(|flags| format!("{{program}} signin {name} {flags}"));
    let other_client = || other_client(plan, error);
    other_request.or_else(other_client).or_else(|| other_account(plan, error)).or_else(|| approval(&name, error))
}

/// Flags for a request that the provider may accept, if the error is about the scopes or the resource indicator.
fn other_request(plan: &Plan<'_>, error: &Error) -> Option<String> {
    if let Error::Check { remedy: Remedy::OtherScopes, .. } = error {
        let others: Vec<&str> = plan.scopes.iter().map(String::as_str).filter(|scope| *scope != "openid").collect();
        return Some(format!("--scope {}", shell_quote(&others.join(" "))));
    }
    let Error::Rejected { code, description, .. } = error else { return None };
    let names_resource = || description.as_ref().is_some_and(|text| text.to_ascii_lowercase().contains("resource"));
    match code.as_str() {
        // Entra ID rejects the parameter, because the scopes name the resource: AADSTS9010010.
        "invalid_target" if plan.provider.resource.is_some() => Some("--no-resource".to_owned()),
        "invalid_request" if plan.provider.resource.is_some() && names_resource() => Some("--no-resource".to_owned()),
        "invalid_scope" => Some(format!("--scope {}", shell_quote(&acceptable_scopes(plan)?.join(" ")))),
        _ => None,
    }
}

/// The requested scopes that the provider lists; none if that is no difference; all listed ones if none was requested.
fn acceptable_scopes(plan: &Plan<'_>) -> Option<Vec<String>> {
    let listed = plan.metadata.map_or(&[][..], |metadata| metadata.scopes_supported.as_slice());
    if plan.scopes.is_empty() {
        return (!listed.is_empty()).then(|| listed.to_vec());
    }
    let known: Vec<String> = plan.scopes.iter().filter(|scope| listed.contains(scope)).cloned().collect();
    Some(if known.len() < plan.scopes.len() { known } else { Vec::new() })
}

/// Command for the client with its secret, if the error is about the client: no other flow can do without it.
fn other_client(plan: &Plan<'_>, error: &Error) -> Option<String> {
    let provider = plan.provider;
    let (name, id) = (shell_quote(&provider.name), provider.client_id.as_deref());
    let (words, id) = match error {
        Error::Check { remedy: Remedy::ClientSecret, .. } if plan.accepts_hmac() => ("", id.unwrap_or("ID")),
        // Without an ID of its own the client was registered by this program.
        Error::Rejected { code, .. } if code == "invalid_client" && plan.client.secret.is_some() => {
            ("check the client ID and the client secret:\n", id?)
        }
        Error::Rejected { code, .. } if code == "invalid_client" => {
            ("check the client ID; the client may also need its secret:\n", id?)
        }
        _ => return None,
    };
    let command = match provider.is_configured("client_id") {
        true => format!("providers add {name}"),
        false => format!("signin {name}"),
    };
    Some(format!("{words}{{program}} {command} --client-id {} --client-secret-stdin", shell_quote(id)))
}

/// Command for another account, if this one may not sign in.
fn other_account(plan: &Plan<'_>, error: &Error) -> Option<String> {
    let name = shell_quote(&plan.provider.name);
    let words = match error {
        Error::WrongAccount { expected, .. } if plan.unattended => {
            return Some(format!("choose {}:\n{{program}} signin {name}", shell_quote(expected)));
        }
        Error::WrongAccount { expected, alternative: None, .. } => {
            format!("choose {} in the browser; if it does not ask", shell_quote(expected))
        }
        Error::Denied { remedy: Remedy::OtherAccount, .. } => "sign in with another account".to_owned(),
        _ => return None,
    };
    Some(format!("{words}:\n{{program}} signin {name} --prompt select_account"))
}

/// Command for a user who declined by mistake, or whose approval was not enough.
fn approval(name: &str, error: &Error) -> Option<String> {
    let Error::Denied { remedy: Remedy::ApproveAccess, .. } = error else { return None };
    Some(format!(
        "if you approved the request, an administrator of the provider must allow it; otherwise approve it:\n\
         {{program}} signin {name}"
    ))
}

/// Adds the command that waits longer for the user to an error that has none. `command` signs in, `limit` is its limit.
pub fn with_more_time(error: Error, command: &str, limit: Option<Duration>) -> Error {
    let Error::TimedOut { after, .. } = error else { return error };
    let alternative = format!("take more time:\n{}", longer(command, limit.unwrap_or(after)));
    Error::Blocked { cause: Box::new(error), alternative }
}

/// Returns `command` with twice the limit.
pub fn longer(command: &str, limit: Duration) -> String {
    format!("{command} --timeout {}", duration::show(limit.saturating_mul(2)))
}

/// Flag for another flow, if the error is about this one.
fn other_flow(plan: &Plan<'_>, error: &Error) -> Option<String> {
    let is_about_flow = match error {
        Error::Blocked { cause, .. } if matches!(**cause, Error::TimedOut { .. }) => false,
        Error::Blocked { cause, .. } => !matches!(**cause, Error::Other { .. }) || is_flow_rejected(cause),
        error => is_flow_rejected(error),
    };
    plan.fallback.filter(|_| is_about_flow).map(str::to_owned)
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
        // No browser flow: a device flow may exist.
        Error::Check { remedy: Remedy::Endpoint, .. } => true,
        Error::Denied { message, .. } | Error::Other { message, .. } => {
            POLICY_CODES.iter().any(|code| message.contains(code))
        }
        _ => false,
    }
}
