//! Each variant of the error type, with its message, hint, kind and exit code.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use mycli::internals::error::{ClientNeeds, EXIT_CODES, Error, Remedy, StoreErrorKind};

use crate::cmd::record::Record;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn errors() -> Vec<(&'static str, Error)> {
    let client = |provider: &str, register_at: Option<&str>, secret_required| Error::NoClientId {
        provider: provider.into(),
        register_at: register_at.map(Into::into),
        needed: Box::new(ClientNeeds {
            fields: vec![
                ("Name".to_owned(), "{program}".to_owned()),
                ("Redirect URI".to_owned(), "http://127.0.0.1/callback".to_owned()),
            ],
            settings: Vec::new(),
        }),
        secret_required,
    };
    let rejected = |code: &str, description: Option<&str>| Error::Rejected {
        provider: "acme".into(),
        code: code.into(),
        description: description.map(Into::into),
    };
    let file = || PathBuf::from("config.toml");
    let not_signed_in = |provider: Option<&str>, account: Option<&str>| Error::NotSignedIn {
        provider: provider.map(Into::into),
        account: account.map(Into::into),
    };
    vec![
        ("usage", Error::usage("MESSAGE")),
        ("usage with a hint", Error::Usage { message: "MESSAGE".into(), hint: some("{program} HINT") }),
        (
            "configuration with a position",
            Error::Configuration {
                file: file(),
                position: Some((2, 5)),
                message: "MESSAGE".into(),
                remedy: Remedy::ConfigKeys,
            },
        ),
        (
            "configuration without a position",
            Error::Configuration {
                file: file(),
                position: None,
                message: "MESSAGE".into(),
                remedy: Remedy::FileAccess,
            },
        ),
        ("unknown provider", Error::UnknownProvider { name: "xyzzy".into(), suggestions: vec![] }),
        (
            "unknown provider, one near",
            Error::UnknownProvider { name: "gihub".into(), suggestions: vec!["github".into()] },
        ),
        (
            "unknown provider, two near",
            Error::UnknownProvider { name: "gitab".into(), suggestions: vec!["gitlab".into(), "gitea".into()] },
        ),
        ("provider required, none configured", Error::ProviderRequired { candidates: vec![], command: "signin" }),
        (
            "provider required",
            Error::ProviderRequired { candidates: vec!["acme".into(), "other".into()], command: "token" },
        ),
        (
            "provider required for exec",
            Error::ProviderRequired { candidates: vec!["acme".into(), "other".into()], command: "exec" },
        ),
        ("no client ID", client("acme", None, false)),
        ("no client id, with a place to register", client("acme", Some("https://acme.example/apps"), false)),
        ("no client id, with a secret", client("acme", None, true)),
        ("no client id, provider named by URL", client("https://id.example", None, false)),
        (
            "interaction required",
            Error::InteractionRequired { action: "MESSAGE".into(), alternative: "{program} HINT".into() },
        ),
        ("rejected", rejected("invalid_client", None)),
        ("rejected with a description", rejected("unauthorized_client", Some("DESCRIPTION"))),
        ("rejected scope", rejected("invalid_scope", Some("DESCRIPTION"))),
        (
            "blocked",
            Error::Blocked {
                cause: Box::new(rejected("unauthorized_client", None)),
                alternative: "{program} HINT".into(),
            },
        ),
        ("not signed in", not_signed_in(None, None)),
        ("not signed in to a provider", not_signed_in(Some("acme"), None)),
        ("not signed in as an account", not_signed_in(None, Some("ada"))),
        ("not signed in to a provider as an account", not_signed_in(Some("acme"), Some("Ada O'Neill"))),
        (
            "sign in again",
            Error::ReauthenticationRequired { provider: "acme".into(), account: None, reason: "REASON".into() },
        ),
        (
            "sign in again, account known",
            Error::ReauthenticationRequired { provider: "acme".into(), account: some("ada"), reason: "REASON".into() },
        ),
        ("denied", Error::denied(Remedy::ApproveAccess, "MESSAGE")),
        ("wrong account", Error::WrongAccount { expected: "ada".into(), actual: some("bob"), alternative: None }),
        (
            "wrong account, actual one unknown",
            Error::WrongAccount { expected: "ada".into(), actual: None, alternative: None },
        ),
        ("timed out", Error::TimedOut { action: "SUBJECT".into(), after: Duration::from_secs(300), meanwhile: None }),
        ("network", Error::network("MESSAGE")),
        ("check", Error::check("MESSAGE")),
        ("port taken", Error::PortTaken { port: 8080 }),
        ("store locked", Error::store(StoreErrorKind::Locked, "MESSAGE")),
        ("store cannot be decrypted", Error::store(StoreErrorKind::CannotDecrypt, "MESSAGE")),
        ("store not found", Error::store(StoreErrorKind::NotFound, "MESSAGE")),
        ("store timed out", Error::store(StoreErrorKind::TimedOut, "MESSAGE")),
        ("store failed", Error::store(StoreErrorKind::Failed, "MESSAGE")),
        ("output", Error::Output(io::Error::other("CAUSE"))),
        ("other", Error::other("MESSAGE")),
        ("interrupted", Error::Interrupted { signal: 2 }),
        ("cancelled", Error::Cancelled),
        ("exec, not found", Error::Exec { code: 127, message: "MESSAGE".into() }),
        ("exec, not executable", Error::Exec { code: 126, message: "MESSAGE".into() }),
    ]
}

#[test]
fn every_variant_with_message_hint_and_exit_code() {
    let mut record = Record::new();
    for (case, error) in errors() {
        let hint =
            error.hint("mycli").map(|hint| format!("hint: {}\n", hint.replace('\n', "\n      "))).unwrap_or_default();
        record.block(case, &format!("error: {error}\n{hint}kind: {}\n[exit {}]", error.kind(), error.exit_code()));
    }
    let codes: String = EXIT_CODES.iter().map(|(code, meaning)| format!("{code}  {meaning}\n")).collect();
    record.block("exit codes and their meaning", &codes);
    record.matches("errors.txt");
}
