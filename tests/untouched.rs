//! `token` on a valid session reads only the state file and the credential store, never the catalog. A loaded catalog
//! stays loaded for the whole process, so this test has its own.

#[allow(dead_code, unused_imports, reason = "this program uses a part")]
mod support;

use std::time::Duration;

use mycli::internals::app::select_session::SessionQuery;
use mycli::internals::catalog;
use mycli::internals::clock::Clock;
use mycli::internals::secret::Secret;
use mycli::internals::session::{Session, StoreKind};
use mycli::internals::token::{TokenOptions, token};
use support::in_process::World;

#[test]
fn valid_token_never_loads_the_catalog() {
    let world = World::new(0);
    let mut saved = Session::from_stored(&Secret::new(include_str!("../src/oauth/fixtures/session.json"))).unwrap();
    saved.provider = "github".into();
    saved.tokens.expires_at = Some(world.clock.now() + chrono::TimeDelta::hours(1));
    world.app.sessions.save(&saved, StoreKind::File).expect("saved");
    let options = TokenOptions { min_ttl: Duration::from_secs(60), ..TokenOptions::default() };
    for provider in [Some("github"), None] {
        let query = SessionQuery { provider: provider.map(str::to_owned), account: None };
        let session = token(&world.app, &query, &options).expect("valid");
        assert_eq!(session.tokens.access_token.expose(), "hunter2-access");
        assert!(!catalog::is_loaded(), "{provider:?}");
    }
    // Without a session, the provider name is looked up in the catalog.
    let unknown = SessionQuery { provider: Some("gitlab".into()), account: None };
    token(&world.app, &unknown, &options).expect_err("not signed in");
    assert!(catalog::is_loaded());
}
