//! The program's own files, as a user or a crash left them: configuration, state, sessions, encrypted secrets.

use mycli::internals::secret::Secret;
use mycli::internals::session::{Session, SessionReadError};
use proptest::prelude::*;
use serde_json::Value;

use crate::properties::parsers::{self, SECRET};
use crate::properties::text;

/// Configuration of lines and tables in any order, some invalid.
fn configuration() -> impl Strategy<Value = String> {
    let top = prop_oneof![
        Just("default = \"acme\""),
        Just("default = \"a-new-one\""),
        Just("store = \"file\" # why"),
        Just("home = \"https://app.example\""),
        Just("stoer = 1"),
    ];
    let line = prop_oneof![
        4 => Just("client_id = \"x\""),
        2 => Just("scopes = [\n  \"a\", # one\n  # two\n  \"b\",\n]"),
        2 => Just("params = { audience = \"x\", \"b.c\" = 'y' } # inline"),
        2 => Just("issuer = \"https://id.acme.example\""),
        2 => Just("flow='device'"),
        1 => Just("port = 0x1_f90"),
        1 => Just("client_secret = \"hunter2\""),
        1 => Just("client_id = \"\"\"\\\n  # no comment\"\"\""),
        1 => Just("callback = \"http://127.0.0.1/cb\""),
        1 => Just("params.audience = \"x\""),
        1 => Just("unknown = true"),
    ];
    let header = prop_oneof![
        Just("[providers.acme]".to_owned()),
        Just("[providers.\"https://id.example\"] # quoted".to_owned()),
        Just("  [ providers . b ]".to_owned()),
        Just("[providers.b.params]\nx = \"y\"\n[providers.c]".to_owned()),
        Just("[providers]\nd.client_id = \"d\"\ne = {}".to_owned()),
        Just("[providers.github]".to_owned()),
    ];
    let comment = prop_oneof![3 => Just(""), 1 => Just("# a comment\n"), 1 => Just("\n# apart\n\n"), 1 => Just("#\n  # in\n"), 1 => Just("\r\n")];
    let table = (comment.clone(), header, proptest::collection::vec(line, 0..4), comment.clone())
        .prop_map(|(above, header, lines, below)| format!("{above}{header}\n{}\n{below}", lines.join("\n")));
    let tops =
        proptest::collection::hash_set(top, 0..3).prop_map(|lines| lines.into_iter().collect::<Vec<_>>().join("\n"));
    (comment.clone(), tops, proptest::collection::vec(table, 0..4), comment)
        .prop_map(|(above, top, tables, below)| format!("{above}{top}\n{}{below}", tables.concat()))
}

/// Session of arbitrary texts.
fn session() -> impl Strategy<Value = Session> {
    let optional = || proptest::option::of(text());
    let texts = (text(), text(), text(), optional(), optional());
    let tokens = (text(), optional(), optional(), optional(), proptest::option::of(0..4_000_000_000_i64));
    let lists = (proptest::collection::vec(text(), 0..4), proptest::collection::vec((text(), text()), 0..3));
    (texts, tokens, lists).prop_map(|(texts, tokens, lists)| {
        let mut session = parsers::token::session();
        (session.provider, session.account.name, session.key.client_id) = (texts.0, texts.1, texts.2);
        (session.key.resource, session.account.email) = (texts.3, texts.4);
        session.tokens.access_token = Secret::new(tokens.0);
        session.tokens.refresh_token = tokens.1.map(Secret::new);
        session.client.secret = tokens.2.map(Secret::new);
        session.tokens.token_type = tokens.3;
        session.tokens.expires_at = tokens.4.and_then(|at| chrono::DateTime::from_timestamp(at, 0));
        (session.scopes, session.refresh_params) = lists;
        session
    })
}

/// All fields of a session, in a form that can be compared.
fn fields(session: &Session) -> Value {
    serde_json::to_value(session).expect("a session is written")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn configuration_edit_changes_nothing_else(text in configuration()) {
        parsers::config::check(text.as_bytes());
    }

    #[test]
    fn any_text_parses_or_is_rejected(text in prop_oneof![any::<String>(), "([a-z]{1,9} ?= ?[\"'\\[{#]{0,2}[a-z0-9.]{0,9}[\"'\\]}]{0,2}\n?){0,4}"]) {
        parsers::config::check(text.as_bytes());
    }

    #[test]
    fn secret_in_the_configuration_is_rejected_and_hidden(
        key in "(client_)?(secret|Secret_x|password|PASSPHRASE)", above in "(# x\n){0,3}", inside: bool,
    ) {
        let table = if inside { "[providers.acme]\n" } else { "" };
        let text = format!("{above}{table}{key} = \"{SECRET}\"\n");
        let error = mycli::internals::config::parse(&text, std::path::Path::new("config.toml")).expect_err("refused");
        prop_assert_eq!(error.exit_code(), 2);
        parsers::assert_fit(&error, &[]);
    }

    #[test]
    fn session_round_trips(session in session()) {
        let stored = session.to_stored();
        parsers::session::check(stored.expose().as_bytes());
        let read = Session::from_stored(&stored).expect("it is read");
        prop_assert_eq!(fields(&read), fields(&session));
    }

    #[test]
    fn later_session_version_differs_from_damage(version in 2..=u32::MAX, session in session(), cut in 0.0..1.0_f64) {
        let mut document = fields(&session);
        document["version"] = version.into();
        document.as_object_mut().expect("an object").remove("endpoints");
        document["new"] = serde_json::json!({"later": [1]});
        let text = document.to_string();
        prop_assert_eq!(Session::from_stored(&Secret::new(text.as_str())).unwrap_err(), SessionReadError::Newer(version));
        let cut = text.char_indices().nth((cut * text.chars().count() as f64) as usize).map_or(0, |(at, _)| at);
        prop_assert_eq!(Session::from_stored(&Secret::new(&text[..cut])).unwrap_err(), SessionReadError::Damaged);
    }

    /// Damage by a crash, a disk or an editor: truncated, changed, doubled, another type.
    #[test]
    fn damaged_state_file(which in 0..3_u8, document in crate::properties::json(), at in 0..2000_usize, byte: u8, how in 0..6_u8) {
        let sound = serde_json::to_vec_pretty(&parsers::token::session().info(mycli::internals::session::StoreKind::File)).expect("written");
        let at = at % sound.len();
        let content = match how {
            0 => sound[..at].to_vec(),
            1 => [&sound[..at], &[byte], &sound[at + 1..]].concat(),
            2 => [&sound[..], &sound[at..]].concat(),
            3 => document.to_string().into_bytes(),
            4 => serde_json::json!({"version": u32::from(byte), "new": document}).to_string().into_bytes(),
            _ => vec![byte; at],
        };
        parsers::state::check(&[&[which], &content[..]].concat());
    }

    #[test]
    fn damaged_stored_session(session in session(), at in 0..5000_usize, byte: u8) {
        let mut stored = session.to_stored().expose().as_bytes().to_vec();
        let at = at % stored.len();
        stored[at] = byte;
        parsers::session::check(&stored);
    }

    #[test]
    fn encrypted_secret(secret in proptest::collection::vec(any::<u8>(), 0..300)) {
        parsers::age::check(&secret);
    }
}

/// The format has chunks of 64 KiB: shorter, exact and longer secrets all round-trip.
#[test]
fn long_secret_round_trips() {
    for length in [65_000, 65_536, 131_072, 200_001] {
        parsers::age::check(&vec![b'x'; length]);
    }
}
