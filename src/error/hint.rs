//! Hints: the next step after an error.

use super::{Error, StoreErrorKind};
use crate::sanitize::shell_quote;

impl Error {
    /// Next command to type; `program` is the command that runs this program, such as `mycli` or `acme auth`.
    pub fn hint(&self, program: &str) -> Option<String> {
        match self {
            Self::Usage { hint, .. } | Self::Background { hint, .. } => {
                hint.as_ref().map(|hint| hint.replace("{program}", program))
            }
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
            Self::NoClientId { provider, register_at, needed, secret_required } => {
                let hint = needed.hint(provider, register_at.as_deref(), *secret_required);
                // Flags follow the name.
                let application = program.split(' ').next().unwrap_or(program);
                Some(hint.replace("{application}", application).replace("{program}", program))
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
            Self::Check { remedy, .. }
            | Self::Network { remedy, .. }
            | Self::Denied { remedy, .. }
            | Self::Other { remedy, .. }
            | Self::Configuration { remedy, .. } => remedy.hint(program),
            Self::TimedOut { .. } => Some("run the command again".to_owned()),
            // The user ended it, or the message holds the answer of the system: the program cannot know more.
            Self::Output(_) | Self::Interrupted { .. } | Self::Cancelled | Self::Exec { .. } => None,
        }
    }

    /// Returns true if the hint lists fields of a form, one on each line, and then a command.
    pub fn lists_fields(&self) -> bool {
        matches!(self, Self::NoClientId { needed, .. } if !needed.fields.is_empty())
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

fn store_hint(kind: StoreErrorKind, program: &str) -> Option<String> {
    match kind {
        StoreErrorKind::NotFound => Some("start a keyring such as gnome-keyring and run the command again".to_owned()),
        StoreErrorKind::Locked => Some("unlock the keyring and run the command again".to_owned()),
        StoreErrorKind::CannotDecrypt => {
            Some("provide the passphrase or the key that the file store was encrypted with".to_owned())
        }
        StoreErrorKind::TimedOut => {
            Some("restart the keyring (log out and in again) and run the command again".to_owned())
        }
        StoreErrorKind::Failed => Some(format!("check the store: {program} doctor")),
    }
}
