//! Forms of the result of `token`: header, JSON object, curl configuration, claims, clipboard.

use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::cli::look::on_a_terminal;
use crate::support::fake_provider::{Response, USERINFO};
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Token of RFC 9068, with a signature that nobody checks.
fn jwt(claims: &Value) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), part(&claims.to_string()), part("signed"))
}

/// World whose access tokens are `token`, without ID tokens.
fn issuing(token: &str) -> World {
    let (world, token) = (World::configured("scopes = [\"read\"]"), token.to_owned());
    world.provider.change_tokens(move |tokens| {
        tokens["access_token"] = json!(token);
        tokens.as_object_mut().expect("an object").remove("id_token");
    });
    world.sign_in(&[]).success();
    world
}

#[test]
fn headers_are_one_json_object() {
    let world = World::signed_in();
    let token = world.token().trim_end().to_owned();
    let headers = world.run(&["token", "acme", "--headers"]).success().json();
    assert_eq!(headers, json!({"Authorization": format!("Bearer {token}")}));
}

#[test]
fn claims_of_the_id_token_need_no_warning() {
    let world = World::signed_in();
    let claims = world.run(&["token", "acme", "--claims"]).success();
    assert_eq!(claims.stderr, "");
    assert_eq!(claims.json()["iss"], world.provider.issuer());
    let line = world.run(&["token", "acme", "--claims", "--json"]).success();
    assert_eq!((line.stdout.lines().count(), &line.json()), (1, &claims.json()));
}

#[test]
fn claims_of_an_access_token_are_not_verified() {
    let world = issuing(&jwt(&json!({"scope": "read", "aud": "https://api.example"})));
    let claims = world.run(&["token", "acme", "--claims"]).success();
    assert_eq!(claims.json(), json!({"scope": "read", "aud": "https://api.example"}));
    assert!(claims.stderr.contains("claims of the access token, which are not verified"), "{claims:?}");
    for opaque in ["opaque", "a.b.c", "a.b.c.d.e"] {
        issuing(opaque).run(&["token", "acme", "--claims"]).fails(1, "signin acme --scope +openid");
    }
}

/// Output of curl with this configuration.
fn curl(config: &str, url: &str) -> Outcome {
    let mut command = Command::new("curl");
    command.args(["-q", "-sS", "-K", "-", url]).stdin(Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin(config).close_stdin();
    running.outcome()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs curl: --features real")]
fn curl_reads_the_configuration() {
    crate::support::require_real("curl");
    // Every character that RFC 6749 A.12 allows and curl's parser may take for its own.
    let token = r#"a"b\c\n{d}'e#f,g=h"#;
    let world = issuing(token);
    let config = world.run(&["token", "acme", "--curl-config"]).success().stdout;
    assert_eq!(config.lines().count(), 1, "{config}");
    world.provider.respond_with(USERINFO, Response::json(200, &json!({})));
    curl(&config, &format!("{}{USERINFO}", world.provider.issuer())).success();
    let requests = world.provider.requests_to(USERINFO);
    let request = requests.last().expect("curl's request");
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {token}")));
}

#[test]
fn copy_needs_a_terminal() {
    let world = World::signed_in();
    let token = world.token().trim_end().to_owned();
    for flags in [&["--copy"][..], &["--copy", "--header"], &["--copy", "--json"]] {
        let outcome = world.run(&[&["token", "acme"], flags].concat());
        assert!(outcome.stdout.is_empty() && !outcome.stderr.contains(&token), "{outcome:?}");
        outcome.ends_with(2);
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn copy_reaches_the_clipboard_through_tmux() {
    let mut world = World::signed_in();
    let token = world.token().trim_end().to_owned();
    let program = env!("CARGO_BIN_EXE_mycli").to_owned();
    let copy = format!("{program} token acme --copy > stdout; test -s stdout || echo none printed");
    // Directly, and from a second tmux that passes sequences on but keeps the clipboard to itself.
    let inner =
        format!("tmux set -g set-clipboard external; tmux set -g allow-passthrough on; {copy}; tmux kill-server");
    let nested = format!("TMUX= TMUX_TMPDIR=$PWD tmux -u -L inner -f /dev/null new-session \"{inner}\"");
    for line in [copy, nested] {
        let line = format!("--version; tmux set -g set-clipboard on; {line}; echo copied");
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (80, 24), &line);
        terminal.wait_for("copied");
        assert_eq!(terminal.clipboard(), token);
    }
}
