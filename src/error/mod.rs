//! Errors of the whole program: one variant for each thing that the user can do next.
//!
//! The exit code, the JSON kind and the hint are one `match` each. No error holds a secret: text from a provider passes
//! [`sanitize_untrusted`](crate::sanitize::sanitize_untrusted) first, and errors of the `oauth2` crate, whose `Parse` holds
//! the raw response, are converted without it.

mod client_needs;
#[cfg(feature = "internals")]
mod exit_codes;
mod hint;
mod message;
mod network_cause;
mod quote;
mod remedy;

use std::path::PathBuf;
use std::time::Duration;

pub use client_needs::ClientNeeds;
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
        /// Next step.
        remedy: Remedy,
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
        needed: Box<ClientNeeds>,
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
        /// Next step.
        remedy: Remedy,
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
        /// Next step.
        remedy: Remedy,
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
        /// Next step.
        remedy: Remedy,
    },
    /// A signal ended the command.
    Interrupted {
        /// Number of the signal.
        signal: u8,
    },
    /// The user left a menu.
    Cancelled,
    /// A sign-in in the background failed.
    Background {
        /// Its exit code.
        code: u8,
        message: String,
        /// Its hint, with `{program}` in the place of the program's own command.
        hint: Option<String>,
    },
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
        Self::network_with(Remedy::Retry, message)
    }

    /// Failure of the provider or the network that the user can do something about.
    pub fn network_with(remedy: Remedy, message: impl Into<String>) -> Self {
        Self::network_because(NetworkCause::Other, remedy, message)
    }

    /// The same for callers that need to know how far the request got.
    pub fn network_because(cause: NetworkCause, remedy: Remedy, message: impl Into<String>) -> Self {
        Self::Network { message: message.into(), cause, remedy }
    }

    /// A lock that another process holds.
    pub fn locked(message: impl Into<String>) -> Self {
        Self::network_with(Remedy::OtherProcess, message)
    }

    /// Denial by the user, the provider or a rule.
    pub fn denied(remedy: Remedy, message: impl Into<String>) -> Self {
        Self::Denied { message: message.into(), remedy }
    }

    /// Failure of the credential store.
    pub fn store(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self::Store { kind, message: message.into() }
    }

    /// Error of the system's random number generator.
    pub fn no_random_numbers(_: ring::error::Unspecified) -> Self {
        Self::other_with(Remedy::Retry, "the system random number generator failed")
    }

    /// Error of no other kind, probably of this machine.
    pub fn other(message: impl Into<String>) -> Self {
        Self::other_with(Remedy::Doctor, message)
    }

    /// Error of no other kind, with its next step.
    pub fn other_with(remedy: Remedy, message: impl Into<String>) -> Self {
        Self::Other { message: message.into(), remedy }
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
            Self::Exec { code, .. } | Self::Background { code, .. } => *code,
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
            (Self::Background { .. }, 128..) => "interrupted",
            _ => "error",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sanitize::shell_quote;

    #[test]
    fn exit_codes_are_in_the_table() {
        let errors = [
            Error::usage("x"),
            Error::check("x"),
            Error::network("x"),
            Error::store(StoreErrorKind::TimedOut, "x"),
            Error::NotSignedIn { provider: None, account: None },
            Error::denied(Remedy::Provider, "x"),
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
            Error::Configuration {
                file: text().into(),
                position: Some((1, 1)),
                message: text(),
                remedy: Remedy::ConfigKeys,
            },
            Error::UnknownProvider { name: text(), suggestions: vec![text(), text()] },
            Error::UnknownProvider { name: text(), suggestions: vec![] },
            Error::ProviderRequired { candidates: vec![text(), text()], command: "token" },
            Error::ProviderRequired { candidates: vec![text()], command: "exec" },
            Error::NoClientId {
                provider: text(),
                register_at: some(),
                // The catalog's own words.
                needed: Box::new(ClientNeeds {
                    fields: vec![("Name".into(), "mycli".into())],
                    settings: vec![("domain".into(), some())],
                }),
                secret_required: true,
            },
            Error::NoClientId {
                provider: text(),
                register_at: None,
                needed: Box::new(ClientNeeds { fields: Vec::new(), settings: Vec::new() }),
                secret_required: false,
            },
            Error::InteractionRequired { action: text(), alternative: String::new() },
            Error::Rejected { provider: text(), code: text(), description: some() },
            Error::Rejected { provider: text(), code: "invalid_scope".into(), description: some() },
            Error::Blocked { cause: Box::new(Error::usage(text())), alternative: String::new() },
            Error::NotSignedIn { provider: some(), account: some() },
            Error::NotSignedIn { provider: None, account: some() },
            Error::UnknownAccount { provider: some(), account: text(), known: vec![text()] },
            Error::ReauthenticationRequired { provider: text(), account: some(), reason: text() },
            Error::denied(Remedy::ApproveAccess, text()),
            Error::WrongAccount { expected: text(), actual: some(), alternative: None },
            Error::TimedOut { action: text(), after: Duration::from_secs(1), meanwhile: some() },
            Error::network(text()),
            Error::check(text()),
            Error::PortTaken { port: 1 },
            Error::Background { code: 5, message: text(), hint: Some("{program} doctor".into()) },
            Error::Background { code: 130, message: text(), hint: None },
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

    /// Reason why an error needs no hint. Names every variant, so that a new one needs a decision.
    fn reason_for_no_hint(error: &Error) -> Option<&'static str> {
        match error {
            Error::Usage { hint: None, .. } => Some("the message says what is accepted"),
            Error::Check { remedy, .. }
            | Error::Network { remedy, .. }
            | Error::Denied { remedy, .. }
            | Error::Other { remedy, .. }
            | Error::Configuration { remedy, .. } => {
                (*remedy == Remedy::InMessage).then_some("the message says what helps, or that nothing does")
            }
            Error::Output(_) => Some("the message is the answer of the system, about a stream of the caller"),
            Error::Background { hint: None, .. } => Some("the error in the background had none"),
            Error::Exec { .. } => Some("the message names the command, which is not of this program"),
            Error::Interrupted { .. } | Error::Cancelled => Some("the user ended the command"),
            Error::Usage { .. }
            | Error::UnknownProvider { .. }
            | Error::ProviderRequired { .. }
            | Error::NoClientId { .. }
            | Error::InteractionRequired { .. }
            | Error::Rejected { .. }
            | Error::Blocked { .. }
            | Error::Background { .. }
            | Error::NotSignedIn { .. }
            | Error::UnknownAccount { .. }
            | Error::ReauthenticationRequired { .. }
            | Error::WrongAccount { .. }
            | Error::TimedOut { .. }
            | Error::PortTaken { .. }
            | Error::Store { .. } => None,
        }
    }

    #[test]
    fn each_error_has_a_hint_or_a_reason_for_none() {
        let in_message = [
            Error::check_with(Remedy::InMessage, "x"),
            Error::network_with(Remedy::InMessage, "x"),
            Error::other_with(Remedy::InMessage, "x"),
        ];
        for error in hostile_errors("x").into_iter().chain(in_message) {
            assert_eq!(error.hint("mycli").is_none(), reason_for_no_hint(&error).is_some(), "{error:?}");
        }
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
