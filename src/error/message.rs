//! Messages of errors.

use std::fmt;

use super::quote::quoted;
use super::{Error, StoreErrorKind};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. }
            | Self::Denied { message, .. }
            | Self::Network { message, .. }
            | Self::Check { message, .. }
            | Self::Exec { message, .. }
            | Self::Background { message, .. }
            | Self::Other { message, .. } => f.write_str(message),
            Self::Store { kind: StoreErrorKind::NotFound, message } => write!(f, "no keyring found: {message}"),
            Self::Store { message, .. } => f.write_str(message),
            Self::Configuration { file, position: Some((line, column)), message, .. } => {
                write!(f, "{}:{line}:{column}: {message}", file.display())
            }
            Self::Configuration { file, position: None, message, .. } => write!(f, "{}: {message}", file.display()),
            Self::UnknownProvider { name, .. } => write!(f, "unknown provider `{name}`"),
            Self::ProviderRequired { candidates, command } => match candidates.as_slice() {
                [] => write!(f, "`{command}` needs a provider, but none is configured"),
                names => write!(f, "`{command}` needs a provider: {}", quoted(names)),
            },
            Self::NoClientId { provider, needed, .. } => f.write_str(&no_client_id(provider, &needed.settings)),
            Self::Blocked { cause, .. } => cause.fmt(f),
            Self::InteractionRequired { action, .. } => write!(f, "{action}, but prompting is not allowed"),
            Self::Rejected { provider, code, description } => {
                write!(f, "`{provider}` rejected the request with `{code}`")?;
                description.as_ref().map_or(Ok(()), |text| write!(f, ": {text}"))
            }
            Self::NotSignedIn { provider, account } => match (provider, account) {
                (Some(provider), Some(account)) => write!(f, "not signed in to `{provider}` as `{account}`"),
                (Some(provider), None) => write!(f, "not signed in to `{provider}`"),
                (None, Some(account)) => write!(f, "not signed in as `{account}`"),
                (None, None) => f.write_str("not signed in"),
            },
            Self::UnknownAccount { provider, account, known } => {
                let to = provider.as_ref().map_or(String::new(), |provider| format!(" to `{provider}`"));
                write!(f, "not signed in{to} as `{account}`; signed in: {}", quoted(known))
            }
            Self::ReauthenticationRequired { provider, account: Some(account), reason } => {
                write!(f, "session for `{account}` at `{provider}` expired: {reason}")
            }
            // Without an account this is a sign-in, and no session has expired.
            Self::ReauthenticationRequired { account: None, reason, .. } => f.write_str(reason),
            Self::WrongAccount { expected, actual: Some(actual), .. } => {
                write!(f, "`{actual}` signed in instead of `{expected}`; nothing was stored")
            }
            Self::WrongAccount { expected, actual: None, .. } => {
                write!(f, "the provider did not confirm that `{expected}` signed in; nothing was stored")
            }
            Self::TimedOut { action, after, meanwhile } => {
                write!(f, "{action} timed out after {}s", after.as_secs())?;
                meanwhile.as_ref().map_or(Ok(()), |what| write!(f, "; {what}"))
            }
            Self::PortTaken { port } => write!(f, "port {port} is used by another program"),
            Self::Output(source) => write!(f, "could not write the result: {source}"),
            Self::Interrupted { .. } => f.write_str("interrupted"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// Message about a missing client id, and about missing settings with their explanations.
fn no_client_id(provider: &str, settings: &[(String, Option<String>)]) -> String {
    let one = |(name, note): &(String, Option<String>)| match note {
        Some(note) => format!("`{name}` ({note})"),
        None => format!("`{name}`"),
    };
    match settings.iter().map(one).collect::<Vec<_>>().as_slice() {
        [] => format!("no client ID for `{provider}`"),
        settings => format!("`{provider}` needs {} and a client ID", settings.join(", ")),
    }
}
