//! Errors of the whole program: one variant for each thing that the user can do next.
//!
//! The exit code, the JSON kind and the hint are one `match` each. No error holds a secret: text from a provider passes
//! [`sanitize_untrusted`](crate::sanitize::sanitize_untrusted) first, and errors of the `oauth2` crate, whose `Parse` holds
//! the raw response, are converted without it.

#[cfg(feature = "internals")]
mod exit_codes;
mod message;
mod network_cause;
mod quote;
mod remedy;

use std::path::PathBuf;
use std::time::Duration;

use crate::sanitize::shell_quote;
#[cfg(feature = "internals")]
pub use exit_codes::EXIT_CODES;
pub use network_cause::NetworkCause;
pub use remedy::Remedy;

/// Result with the error of this module.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Reason why a command failed.
///
/// `Display` gives the message: lower case, no full stop, values in backticks.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The command line cannot be executed as written.
    Usage {
        /// Mistake in the command line.
        message: String,
        /// Command to type instead, with `{program}` in the place of the program's own command.
        hint: Option<String>,
    },
    /// A configuration file is invalid.
    Configuration {
        file: PathBuf,
        /// Line and column, both from 1.
        position: Option<(usize, usize)>,
        /// Mistake in the file, with the key.
        message: String,
    },
    /// No provider has this name.
    UnknownProvider {
        /// Name as typed.
        name: String,
        /// Similar known names, best first.
        suggestions: Vec<String>,
    },
    /// A command needs one provider, and none was named or implied.
    ProviderRequired {
        /// Providers to choose from.
        candidates: Vec<String>,
        /// Subcommand that needs it, such as `token`.
        command: &'static str,
    },
    /// No client ID is configured for the provider.
    NoClientId {
        provider: String,
        /// The provider's own page to register at, if known.
        register_at: Option<String>,
        /// Redirect URI to register.
        redirect_uri: String,
        /// The provider issues tokens only to clients with a secret.
        secret_required: bool,
    },
    /// The command would have to prompt the user, which is not allowed.
    InteractionRequired {
        /// Reason for the prompt.
        action: String,
        /// Flag or command that needs no prompt, with `{program}` in the place of the program's own command.
        alternative: String,
    },
    /// The provider rejected the request itself: `invalid_client`, `unauthorized_client`, `invalid_scope`,
    /// `invalid_request` and similar codes.
    Rejected {
        provider: String,
        /// The `error` code.
        code: String,
        /// The `error_description`, sanitized.
        description: Option<String>,
    },
    /// An error with a better hint than its own: another flow if the provider rejected this one, or another store.
    Blocked {
        /// Error with the message and the exit code.
        cause: Box<Self>,
        /// Command to type instead, with `{program}` in the place of the program's own command.
        alternative: String,
    },
    /// No session matches.
    NotSignedIn {
        /// Provider, if one was named.
        provider: Option<String>,
        /// Account, if one was named.
        account: Option<String>,
    },
    /// No session matches, but there are sessions of other accounts.
    UnknownAccount {
        /// Provider, if one was named.
        provider: Option<String>,
        /// Account as typed.
        account: String,
        /// Accounts that are signed in.
        known: Vec<String>,
    },
    /// The session exists but cannot be refreshed any more, or the provider requires the user to sign in again
    /// (`login_required`, `interaction_required`, `consent_required`).
    ReauthenticationRequired {
        provider: String,
        /// Account, if known.
        account: Option<String>,
        /// Cause in a few words.
        reason: String,
    },
    /// The user or an `allow` rule denied the sign-in.
    Denied {
        /// Denied action and who denied it.
        message: String,
    },
    /// Another account signed in than the expected one.
    WrongAccount {
        /// Expected account.
        expected: String,
        /// Account that signed in; `None` if the provider did not identify it.
        actual: Option<String>,
        /// Command for this account, if there is one; `{program}` stands for this program.
        alternative: Option<String>,
    },
    /// Time ran out before the user finished.
    TimedOut {
        /// Action that was not finished.
        action: String,
        /// Time limit.
        after: Duration,
        /// What happened meanwhile, if anything did.
        meanwhile: Option<String>,
    },
    /// The provider or the network failed; a retry may help.
    Network {
        /// Failure, with the host.
        message: String,
        cause: NetworkCause,
    },
    /// A check of data from the provider failed: `iss`, signature, nonce, audience. Never retried.
    Check {
        /// Failed check and the value found.
        message: String,
        /// Next step.
        remedy: Remedy,
    },
    /// Another program uses the port.
    PortTaken {
        /// Number of the port.
        port: u16,
    },
    /// The credential store is locked, does not respond, does not exist or failed.
    Store {
        /// Kind of failure.
        kind: StoreErrorKind,
        /// Failed operation and its error.
        message: String,
    },
    /// A result could not be written.
    Output(std::io::Error),
    /// An error of no other kind.
    Other {
        /// Description of the failure.
        message: String,
    },
    /// A signal ended the command.
    Interrupted {
        /// Number of the signal.
        signal: u8,
    },
    /// The user left a menu.
    Cancelled,
    /// A command of `exec` could not be started.
    Exec {
        /// 126 if the command is not executable, 127 if it was not found.
        code: u8,
        /// Command and the error of the system.
        message: String,
    },
}

/// Kind of failure of a credential store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The store is locked.
    Locked,
    /// The store is encrypted, and the key or passphrase is missing or wrong.
    CannotDecrypt,
    /// The store does not exist.
    NotFound,
    /// The store did not respond in time.
    TimedOut,
    /// The store responded with an error, or its content is damaged.
    Failed,
}

impl Error {
    /// Usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    /// Failed check of data from the provider.
    pub fn check(message: impl Into<String>) -> Self {
        Self::check_with(Remedy::Provider, message)
    }

    /// Failed check of data from the provider that the user can do something about.
    pub fn check_with(remedy: Remedy, message: impl Into<String>) -> Self {
        Self::Check { message: message.into(), remedy }
    }

    /// Failure of the provider or the network.
    pub fn network(message: impl Into<String>) -> Self {
        Self::network_with(NetworkCause::Other, message)
    }

    /// Failure of the provider or the network, for callers that need to know how far the request got.
    pub fn network_with(cause: NetworkCause, message: impl Into<String>) -> Self {
        Self::Network { message: message.into(), cause }
    }

    /// Failure of the credential store.
    pub fn store(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self::Store { kind, message: message.into() }
    }

    /// Error of the system's random number generator.
    pub fn no_random_numbers(_: ring::error::Unspecified) -> Self {
        Self::other("the system random number generator failed")
    }

    /// Error of no other kind.
    pub fn other(message: impl Into<String>) -> Self {
        Self::Other { message: message.into() }
    }

    /// The error itself, without the hint that [`Error::Blocked`] adds.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Blocked { cause, .. } => cause,
            other => other,
        }
    }

    /// Exit code, one of `EXIT_CODES`.
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
            Self::NotSignedIn { .. } | Self::UnknownAccount { .. } | Self::ReauthenticationRequired { .. } => 3,
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

    /// Next command to type; `program` is the command that runs this program, such as `mycli` or `acme auth`.
    pub fn hint(&self, program: &str) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => hint.as_ref().map(|hint| hint.replace("{program}", program)),
            Self::InteractionRequired { alternative, .. } | Self::Blocked { alternative, .. } => {
                Some(alternative.replace("{program}", program))
            }
            Self::UnknownProvider { suggestions, .. } => Some(match suggestions.as_slice() {
                [] => format!("{program} providers list --all"),
                names => {
                    let words: Vec<_> = names.iter().map(|name| shell_quote(name)).collect();
                    format!("did you mean {}?", words.join(", "))
                }
            }),
            Self::ProviderRequired { candidates, command } => Some(match candidates.as_slice() {
                [] => format!("{program} signin demo, or {program} providers add NAME --client-id ID"),
                [first, ..] if *command == "exec" => format!("{program} exec {} -- COMMAND", shell_quote(first)),
                [first, _, ..] if *command != "signin" => {
                    let name = shell_quote(first);
                    format!("{program} {command} {name}, or make it the default: {program} switch {name}")
                }
                [first, ..] => format!("{program} {command} {}", shell_quote(first)),
            }),
            Self::NoClientId { provider, register_at, redirect_uri, secret_required } => {
                let command = register_command(provider, *secret_required);
                let page = match register_at {
                    Some(url) => format!("at {}", shell_quote(url)),
                    None => "in the provider's developer settings\n(the catalog does not know the page)".to_owned(),
                };
                Some(format!(
                    "register an application {page}\nwith the redirect URI {}, then\n{program} {command}",
                    shell_quote(redirect_uri)
                ))
            }
            Self::NotSignedIn { .. } | Self::UnknownAccount { .. } | Self::ReauthenticationRequired { .. } => {
                Some(self.signin_command(program))
            }
            Self::Store { kind, .. } => store_hint(*kind, program),
            Self::PortTaken { .. } => Some("choose another --port, or omit it to use any free port".to_owned()),
            Self::Rejected { provider, code, .. } if code == "invalid_scope" => {
                Some(format!("request no scopes: {program} signin {} --scope ''", shell_quote(provider)))
            }
            Self::Rejected { provider, .. } => Some(format!("{program} providers show {}", shell_quote(provider))),
            Self::WrongAccount { alternative: Some(command), .. } => Some(command.replace("{program}", program)),
            Self::WrongAccount { expected, .. } => Some(format!(
                "choose {} in the browser; many providers ask if you add --prompt select_account",
                shell_quote(expected)
            )),
            Self::Check { remedy, .. } => remedy.hint(program),
            Self::TimedOut { .. } => Some("run the command again; --timeout allows more time".to_owned()),
            Self::Configuration { .. }
            | Self::Denied { .. }
            | Self::Network { .. }
            | Self::Output(_)
            | Self::Other { .. }
            | Self::Interrupted { .. }
            | Self::Cancelled
            | Self::Exec { .. } => None,
        }
    }

    /// Command that signs in to the provider and account of this error.
    fn signin_command(&self, program: &str) -> String {
        match self {
            // A valid session of another account would be kept, so the account belongs to the command.
            Self::NotSignedIn { provider: Some(provider), account: Some(account) }
            | Self::UnknownAccount { provider: Some(provider), account, .. } => {
                format!("{program} signin {} --account {}", shell_quote(provider), shell_quote(account))
            }
            Self::NotSignedIn { provider: Some(provider), .. } => {
                format!("{program} signin {}", shell_quote(provider))
            }
            Self::ReauthenticationRequired { provider, .. } => {
                format!("{program} signin {} --force", shell_quote(provider))
            }
            _ => format!("{program} signin"),
        }
    }
}

/// Command that stores the client ID of a provider.
fn register_command(provider: &str, secret_required: bool) -> String {
    let name = shell_quote(provider);
    match (provider.contains("://"), secret_required) {
        (true, _) => format!("signin {name} --client-id ID"),
        (false, true) => format!("providers add {name} --client-id ID --client-secret-stdin"),
        (false, false) => format!("providers add {name} --client-id ID"),
    }
}

fn store_hint(kind: StoreErrorKind, program: &str) -> Option<String> {
    match kind {
        StoreErrorKind::NotFound => Some(format!("{program} signin --store file")),
        StoreErrorKind::Locked => Some("unlock the keyring and run the command again".to_owned()),
        StoreErrorKind::CannotDecrypt => {
            Some("provide the passphrase or the key that the file store was encrypted with".to_owned())
        }
        StoreErrorKind::TimedOut | StoreErrorKind::Failed => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_in_the_table() {
        let errors = [
            Error::usage("x"),
            Error::check("x"),
            Error::network("x"),
            Error::store(StoreErrorKind::TimedOut, "x"),
            Error::NotSignedIn { provider: None, account: None },
            Error::Denied { message: "x".into() },
            Error::TimedOut { action: "x".into(), after: Duration::from_secs(1), meanwhile: None },
            Error::Interrupted { signal: 2 },
            Error::Cancelled,
        ];
        for error in errors {
            assert!(EXIT_CODES.iter().any(|(code, _)| *code == error.exit_code()), "{error:?}");
        }
    }

    #[test]
    fn hints_name_the_embedding_program() {
        let error = Error::NotSignedIn { provider: Some("github".into()), account: None };
        assert_eq!(error.hint("acme auth").as_deref(), Some("acme auth signin github"));
    }

    #[test]
    fn failed_check_has_a_next_step_or_says_there_is_none() {
        let hint = |remedy| Error::check_with(remedy, "x").hint("acme auth");
        assert!(Error::check("x").hint("mycli").is_some_and(|hint| hint.starts_with("nothing on this machine helps")));
        assert!(hint(Remedy::Clock).is_some_and(|hint| hint.ends_with("acme auth doctor")));
        assert_eq!(hint(Remedy::InMessage), None);
    }

    /// Every variant with `hostile` wherever text from outside may stand. Hints that other modules make have their own
    /// tests there.
    fn hostile_errors(hostile: &str) -> Vec<Error> {
        let text = || hostile.to_owned();
        let some = || Some(text());
        vec![
            Error::usage(text()),
            Error::Configuration { file: text().into(), position: Some((1, 1)), message: text() },
            Error::UnknownProvider { name: text(), suggestions: vec![text(), text()] },
            Error::UnknownProvider { name: text(), suggestions: vec![] },
            Error::ProviderRequired { candidates: vec![text(), text()], command: "token" },
            Error::ProviderRequired { candidates: vec![text()], command: "exec" },
            Error::NoClientId { provider: text(), register_at: some(), redirect_uri: text(), secret_required: true },
            Error::NoClientId { provider: text(), register_at: None, redirect_uri: text(), secret_required: false },
            Error::InteractionRequired { action: text(), alternative: String::new() },
            Error::Rejected { provider: text(), code: text(), description: some() },
            Error::Rejected { provider: text(), code: "invalid_scope".into(), description: some() },
            Error::Blocked { cause: Box::new(Error::usage(text())), alternative: String::new() },
            Error::NotSignedIn { provider: some(), account: some() },
            Error::NotSignedIn { provider: None, account: some() },
            Error::UnknownAccount { provider: some(), account: text(), known: vec![text()] },
            Error::ReauthenticationRequired { provider: text(), account: some(), reason: text() },
            Error::Denied { message: text() },
            Error::WrongAccount { expected: text(), actual: some(), alternative: None },
            Error::TimedOut { action: text(), after: Duration::from_secs(1), meanwhile: some() },
            Error::network(text()),
            Error::check(text()),
            Error::PortTaken { port: 1 },
            Error::store(StoreErrorKind::NotFound, text()),
            Error::store(StoreErrorKind::Locked, text()),
            Error::store(StoreErrorKind::CannotDecrypt, text()),
            Error::store(StoreErrorKind::TimedOut, text()),
            Error::store(StoreErrorKind::Failed, text()),
            Error::Output(std::io::Error::other(text())),
            Error::other(text()),
            Error::Interrupted { signal: 2 },
            Error::Cancelled,
            Error::Exec { code: 127, message: text() },
        ]
    }

    #[test]
    fn hostile_words_in_hints_are_quoted() {
        for hostile in ["$(touch x)", "`touch x`", "a; touch x", "https://a.example/?b&touch x", "a'b\"c", "a\ntouch x"]
        {
            for error in hostile_errors(hostile) {
                let hint = error.hint("mycli").unwrap_or_default();
                let rest = hint.replace(&shell_quote(hostile), "");
                assert!(!rest.contains("touch") && !rest.contains("b\"c"), "{error:?}: {hint}");
            }
        }
    }

    #[test]
    fn names_in_hints_are_shell_quoted() {
        let error =
            Error::NotSignedIn { provider: Some("github".into()), account: Some("Ada O'Neill; rm\u{1b}".into()) };
        assert_eq!(error.hint("mycli").as_deref(), Some("mycli signin github --account 'Ada O'\\''Neill; rm'"));
    }
}
