//! Why a command failed: one variant for each thing the person can do next.
//!
//! The exit code, the JSON kind and the hint are one `match` each. Nothing here holds a secret: text that came from a
//! provider passes [`foreign`] first, and the `oauth2` crate's own errors, whose `Parse` carries the raw reply, never
//! get this far.

mod exit_codes;

use crate::sanitize::shell_quote;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use exit_codes::EXIT_CODES;

/// What commands, deeds and rooms return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a command failed.
///
/// `Display` gives the message: lower case, no full stop, values in backticks.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The command line asks for something that cannot be done as written.
    Usage {
        /// What is wrong.
        message: String,
        /// What to type instead, with `{program}` where the program's own command belongs.
        hint: Option<String>,
    },
    /// A configuration file cannot be used.
    Configuration {
        /// The file.
        file: PathBuf,
        /// Line and column, both from 1.
        position: Option<(usize, usize)>,
        /// What is wrong, naming the key.
        message: String,
    },
    /// No provider of this name is known.
    UnknownProvider {
        /// The name as typed.
        name: String,
        /// The nearest known names, best first.
        suggestions: Vec<String>,
    },
    /// A command needs one provider and cannot tell which.
    ProviderRequired {
        /// The names it could be.
        candidates: Vec<String>,
        /// The subcommand that asked, such as `token`.
        command: &'static str,
    },
    /// The provider has no client id here.
    NoClientId {
        /// The provider's name.
        provider: String,
        /// Where to register, if known.
        register_at: Option<String>,
        /// The redirect URI to enter there.
        redirect_uri: String,
        /// Whether it gives tokens only to clients with a secret.
        secret_required: bool,
    },
    /// A person would have to be asked, and may not be.
    InteractionRequired {
        /// What for.
        action: String,
        /// The flag or command that answers instead, with `{program}` where the program's own command belongs.
        alternative: String,
    },
    /// The provider refused the request itself: `invalid_client`, `unauthorized_client`, `invalid_scope`,
    /// `invalid_request` and their like.
    Rejected {
        /// The provider's name.
        provider: String,
        /// The `error` code.
        code: String,
        /// The `error_description`, already passed through [`foreign`].
        description: Option<String>,
    },
    /// This way is blocked, and another one than the cause itself would name leads on: a way of signing in that the
    /// provider refused, or a store that a command cannot do without.
    Blocked {
        /// What blocks it.
        cause: Box<Self>,
        /// The command of the other way, with `{program}` where the program's own command belongs.
        alternative: String,
    },
    /// No session fits.
    NotSignedIn {
        /// The provider, if one was named.
        provider: Option<String>,
        /// The account, if one was named.
        account: Option<String>,
    },
    /// The session is there and can no longer be refreshed, or the provider wants the person
    /// (`login_required`, `interaction_required`, `consent_required`).
    ReauthenticationRequired {
        /// The provider's name.
        provider: String,
        /// The account, if known.
        account: Option<String>,
        /// Why, in a few words.
        reason: String,
    },
    /// The person, or a rule, refused.
    Denied {
        /// What was refused and by whom.
        message: String,
    },
    /// Another account signed in than the one asked for.
    WrongAccount {
        /// The account asked for.
        expected: String,
        /// The account that signed in; `None` where it stayed unknown.
        actual: Option<String>,
    },
    /// Nobody finished in time.
    TimedOut {
        /// What was waited for.
        action: String,
        /// How long.
        after: Duration,
    },
    /// The provider or the network failed; worth retrying.
    Network {
        /// What failed, naming the host.
        message: String,
    },
    /// A check of what the provider sent failed: `iss`, signature, nonce, audience. Never retried.
    Check {
        /// Which check, and what was found.
        message: String,
    },
    /// The port asked for is held by another program.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The credential store is locked, hung, missing or failed.
    Store {
        /// In which way.
        kind: StoreErrorKind,
        /// What was tried and what came back.
        message: String,
    },
    /// A result could not be written.
    Output(std::io::Error),
    /// An error with no class of its own.
    Other {
        /// What happened.
        message: String,
    },
    /// A signal ended the wait.
    Interrupted {
        /// The signal's number.
        signal: u8,
    },
    /// The person left a menu.
    Cancelled,
    /// A command given to `exec` could not be started.
    Exec {
        /// 126 where it is not executable, 127 where it was not found.
        code: u8,
        /// The command and what the system said.
        message: String,
    },
}

/// In which way a credential store failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// It is there and locked.
    Locked,
    /// It is there and encrypted, and what opens it was not given or is not right.
    CannotDecrypt,
    /// There is none.
    NotFound,
    /// It did not answer in time.
    TimedOut,
    /// It answered with an error, or what it keeps is damaged.
    Failed,
}

impl Error {
    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// A failed check of what the provider sent.
    pub fn check(message: impl Into<String>) -> Self {
        Self::Check { message: message.into() }
    }

    /// A failure of the provider or the network.
    pub fn network(message: impl Into<String>) -> Self {
        Self::Network { message: message.into() }
    }

    /// A failure of the credential store.
    pub fn store(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self::Store { kind, message: message.into() }
    }

    /// An error with no class of its own.
    pub fn other(message: impl Into<String>) -> Self {
        Self::Other { message: message.into() }
    }

    /// What happened, whatever other way there is.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Blocked { cause, .. } => cause,
            other => other,
        }
    }

    /// The exit code, as in [`EXIT_CODES`].
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Blocked { cause, .. } => cause.exit_code(),
            Self::Check { .. } | Self::PortTaken { .. } | Self::Output(_) | Self::Other { .. } => 1,
            Self::Usage { .. }
            | Self::Configuration { .. }
            | Self::UnknownProvider { .. }
            | Self::ProviderRequired { .. }
            | Self::NoClientId { .. }
            | Self::InteractionRequired { .. }
            | Self::Rejected { .. } => 2,
            Self::NotSignedIn { .. } | Self::ReauthenticationRequired { .. } => 3,
            Self::Denied { .. } | Self::WrongAccount { .. } => 4,
            Self::TimedOut { .. } => 5,
            Self::Network { .. } => 6,
            Self::Store { .. } => 7,
            Self::Cancelled => 130,
            Self::Interrupted { signal } => 128_u8.saturating_add(*signal),
            Self::Exec { code, .. } => *code,
        }
    }

    /// The `kind` of the error in JSON: `error usage not_signed_in refused timed_out network store interrupted`.
    pub fn kind(&self) -> &'static str {
        match (self, self.exit_code()) {
            (Self::Interrupted { .. } | Self::Cancelled, _) => "interrupted",
            (_, 2) => "usage",
            (_, 3) => "not_signed_in",
            (_, 4) => "refused",
            (_, 5) => "timed_out",
            (_, 6) => "network",
            (_, 7) => "store",
            _ => "error",
        }
    }

    /// The next command to type, runnable as it stands; `program` is the command that reaches us, such as `mycli` or
    /// `acme auth`.
    pub fn hint(&self, program: &str) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => hint.as_ref().map(|hint| hint.replace("{program}", program)),
            Self::InteractionRequired { alternative, .. } | Self::Blocked { alternative, .. } => {
                Some(alternative.replace("{program}", program))
            }
            Self::UnknownProvider { suggestions, .. } => match suggestions.as_slice() {
                [] => Some(format!("{program} providers list --all")),
                names => Some(format!("did you mean {}?", quoted(names))),
            },
            Self::ProviderRequired { candidates, command } => match candidates.as_slice() {
                [] => Some(format!("{program} signin demo, or {program} providers add NAME --client-id ID")),
                [first, ..] if *command == "exec" => Some(format!("{program} exec {first} -- COMMAND")),
                [first, ..] => Some(format!("{program} {command} {first}")),
            },
            Self::NoClientId { provider, register_at, redirect_uri, secret_required } => {
                let place = match register_at {
                    Some(address) => format!("at {address}"),
                    None => "in the provider's developer settings".to_owned(),
                };
                let command = match (provider.contains("://"), secret_required) {
                    (true, _) => format!("signin {} --client-id ID", shell_quote(provider)),
                    (false, true) => {
                        format!("providers add {} --client-id ID --client-secret-stdin", shell_quote(provider))
                    }
                    (false, false) => format!("providers add {} --client-id ID", shell_quote(provider)),
                };
                Some(format!(
                    "register an application {place}\nwith the redirect URI {redirect_uri}, then\n{program} {command}"
                ))
            }
            // A valid session of another account would be kept, so the account belongs to the command.
            Self::NotSignedIn { provider: Some(provider), account: Some(account) } => {
                Some(format!("{program} signin {} --account {}", shell_quote(provider), shell_quote(account)))
            }
            Self::NotSignedIn { provider: Some(provider), .. } => {
                Some(format!("{program} signin {}", shell_quote(provider)))
            }
            Self::NotSignedIn { .. } => Some(format!("{program} signin")),
            Self::ReauthenticationRequired { provider, .. } => Some(format!("{program} signin {provider} --force")),
            Self::Store { kind: StoreErrorKind::NotFound, .. } => Some(format!("{program} signin --store file")),
            Self::Store { kind: StoreErrorKind::Locked, .. } => {
                Some("unlock the keyring and run the command again".to_owned())
            }
            Self::Store { kind: StoreErrorKind::CannotDecrypt, .. } => {
                Some("give the passphrase that the file store was encrypted with, or its key".to_owned())
            }
            Self::PortTaken { .. } => Some("choose another --port, or leave it out for any free one".to_owned()),
            Self::Rejected { code, .. } if code == "invalid_scope" => {
                Some("choose the scopes with --scope, such as --scope openid,email".to_owned())
            }
            Self::Rejected { provider, .. } => Some(format!("{program} providers show {}", shell_quote(provider))),
            Self::WrongAccount { expected, .. } => {
                Some(format!("choose `{expected}` in the browser; --prompt select_account makes many providers ask"))
            }
            Self::TimedOut { .. } => Some("run the command again, with --timeout for more time".to_owned()),
            Self::Configuration { .. }
            | Self::Denied { .. }
            | Self::Network { .. }
            | Self::Check { .. }
            | Self::Store { .. }
            | Self::Output(_)
            | Self::Other { .. }
            | Self::Interrupted { .. }
            | Self::Cancelled
            | Self::Exec { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, .. }
            | Self::Denied { message }
            | Self::Network { message }
            | Self::Check { message }
            | Self::Exec { message, .. }
            | Self::Other { message } => f.write_str(message),
            Self::Store { kind: StoreErrorKind::NotFound, message } => {
                write!(f, "there is no keyring here: {message}")
            }
            Self::Store { message, .. } => f.write_str(message),
            Self::Configuration { file, position: Some((line, column)), message } => {
                write!(f, "{}:{line}:{column}: {message}", file.display())
            }
            Self::Configuration { file, position: None, message } => write!(f, "{}: {message}", file.display()),
            Self::UnknownProvider { name, .. } => write!(f, "unknown provider `{name}`"),
            Self::ProviderRequired { candidates, command } => match candidates.as_slice() {
                [] => write!(f, "`{command}` needs a provider, and none is configured"),
                names => write!(f, "`{command}` needs a provider: {}", quoted(names)),
            },
            Self::NoClientId { provider, .. } => write!(f, "no client id for `{provider}`"),
            Self::Blocked { cause, .. } => cause.fmt(f),
            Self::InteractionRequired { action, .. } => write!(f, "{action}, and asking is not allowed here"),
            Self::Rejected { provider, code, description } => {
                write!(f, "`{provider}` refused the request with `{code}`")?;
                description.as_ref().map_or(Ok(()), |text| write!(f, ": {text}"))
            }
            Self::NotSignedIn { provider, account } => match (provider, account) {
                (Some(provider), Some(account)) => write!(f, "not signed in to `{provider}` as `{account}`"),
                (Some(provider), None) => write!(f, "not signed in to `{provider}`"),
                (None, Some(account)) => write!(f, "not signed in as `{account}`"),
                (None, None) => f.write_str("not signed in"),
            },
            Self::ReauthenticationRequired { provider, account: Some(account), reason } => {
                write!(f, "the session of `{account}` at `{provider}` cannot go on: {reason}")
            }
            Self::ReauthenticationRequired { provider, account: None, reason } => {
                write!(f, "the session at `{provider}` cannot go on: {reason}")
            }
            Self::WrongAccount { expected, actual: Some(actual) } => {
                write!(f, "`{actual}` signed in, not `{expected}`; nothing was stored")
            }
            Self::WrongAccount { expected, actual: None } => {
                write!(f, "the provider does not say whether `{expected}` signed in; nothing was stored")
            }
            Self::TimedOut { action, after } => write!(f, "{action} did not happen within {}s", after.as_secs()),
            Self::PortTaken { port } => write!(f, "port {port} is held by another program"),
            Self::Output(source) => write!(f, "the result could not be written: {source}"),
            Self::Interrupted { .. } => f.write_str("interrupted"),
            Self::Cancelled => f.write_str("nothing was chosen"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Output(source) => Some(source),
            _ => None,
        }
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_code_of_the_table() {
        let errors = [
            Error::usage("x"),
            Error::check("x"),
            Error::network("x"),
            Error::store(StoreErrorKind::TimedOut, "x"),
            Error::NotSignedIn { provider: None, account: None },
            Error::Denied { message: "x".into() },
            Error::TimedOut { action: "x".into(), after: Duration::from_secs(1) },
            Error::Interrupted { signal: 2 },
            Error::Cancelled,
        ];
        for error in errors {
            assert!(EXIT_CODES.iter().any(|(code, _)| *code == error.exit_code()), "{error:?}");
        }
    }

    #[test]
    fn hints_carry_the_host_programs_command() {
        let error = Error::NotSignedIn { provider: Some("github".into()), account: None };
        assert_eq!(error.hint("acme auth").as_deref(), Some("acme auth signin github"));
    }

    #[test]
    fn a_name_in_a_hint_is_one_word_of_a_shell() {
        let error =
            Error::NotSignedIn { provider: Some("github".into()), account: Some("Ada O'Neill; rm\u{1b}".into()) };
        assert_eq!(error.hint("mycli").as_deref(), Some("mycli signin github --account 'Ada O'\\''Neill; rm'"));
    }
}
