//! `token` on a valid session reads only the state file and the credential store, never the catalog. A loaded catalog
//! stays loaded for the whole process, so this test has its own.

#![allow(clippy::disallowed_methods)] // a test is a program of its own

use mycli::internals::app::environment::Environment;
use mycli::internals::app::select_session::SessionQuery;
use mycli::internals::app::{App, StoreChoice};
use mycli::internals::catalog;
use mycli::internals::secret::Secret;
use mycli::internals::session::{
    Account, Client, ClientAuth, Endpoints, Session, SessionKey, SessionQuirks, StoreKind, Tokens,
};
use mycli::internals::store::{FileStore, SessionStore, StoreDirectories};
use mycli::internals::token::{RefreshMode, TokenOptions, token};

#[test]
fn valid_token_never_loads_the_catalog() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| home.path().join(name);
    let variables = [("HOME".to_owned(), path("home").to_string_lossy().into_owned())];
    let mut app =
        App::new("mycli", Environment { variables: variables.into(), ..Environment::default() }).expect("a home");
    let store = || Box::new(FileStore::new(path("data")));
    app.sessions = SessionStore::new(
        "mycli".into(),
        StoreDirectories { state: path("state"), data: path("data") },
        store(),
        store(),
    );
    app.store_choice = Some(StoreChoice::File);
    let saved = session();
    app.sessions.save(&saved, StoreKind::File).expect("saved");
    let options =
        TokenOptions { min_ttl: std::time::Duration::from_secs(60), refresh: RefreshMode::WhenDue, id_token: false };
    for provider in [Some("github"), None] {
        let query = SessionQuery { provider: provider.map(str::to_owned), account: None };
        let session = token(&app, &query, &options).expect("valid");
        assert_eq!(session.tokens.access_token.expose(), saved.tokens.access_token.expose());
        assert!(!catalog::is_loaded(), "{provider:?}");
    }
    // Without a session, the provider name is looked up in the catalog.
    let unknown = SessionQuery { provider: Some("gitlab".into()), account: None };
    token(&app, &unknown, &options).expect_err("not signed in");
    assert!(catalog::is_loaded());
}

fn session() -> Session {
    let now = chrono::DateTime::from(std::time::SystemTime::now());
    let client = Client { id: "client-1".into(), secret: None, auth: ClientAuth::None };
    Session {
        key: SessionKey {
            app: "mycli".into(),
            authority: "https://github.com/login/oauth".into(),
            client_id: client.id.clone(),
            resource: None,
            subject: Some("1".into()),
        },
        provider: "github".into(),
        account: Account { subject: Some("1".into()), name: "ada".into(), email: None },
        issuer: None,
        endpoints: Endpoints {
            token: "https://github.com/login/oauth/access_token".into(),
            revocation: None,
            userinfo: None,
            end_session: None,
            jwks: None,
        },
        client,
        scopes: Vec::new(),
        scopes_requested: Vec::new(),
        scope_separator: " ".into(),
        refresh_params: Vec::new(),
        ca_file: None,
        id_token_hmac: false,
        quirks: SessionQuirks::default(),
        tokens: Tokens {
            access_token: Secret::new("access-1"),
            token_type: Some("Bearer".into()),
            refresh_token: None,
            id_token: None,
            expires_at: Some(now + chrono::TimeDelta::hours(1)),
            received_at: now,
        },
        signed_in_at: now,
    }
}
