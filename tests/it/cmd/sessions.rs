//! Output of the commands that use a session: `token`, `status`, `exec`, `switch`, `signout`.

use std::fs;

use serde_json::{Value, json};

use crate::cmd::record::Record;
use crate::support::fake_provider::{REVOKE, Response, TOKEN, USERINFO};
use crate::support::world::World;

fn record_of(world: &World) -> Record {
    let mut record = Record::new();
    record.replace(world.provider.issuer(), "[ISSUER]");
    record
}

#[test]
fn token_and_status_of_a_valid_session() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    for arguments in [
        &["token"][..],
        &["token", "acme"],
        &["--json", "token", "acme"],
        &["token", "acme", "--header"],
        &["token", "acme", "--id-token"],
        &["token", "acme", "--force-refresh"],
        &["-v", "token", "acme", "--force-refresh"],
        &["-vv", "token", "acme", "--force-refresh"],
        &["-vv", "--json", "token", "acme", "--force-refresh"],
        &["token", "acme", "--min-ttl", "9h"],
        &["token", "acme", "--no-refresh", "--min-ttl", "9h"],
        &["status"],
        &["--json", "status"],
        &["status", "acme", "--check"],
        &["-v", "status", "acme", "--check"],
        &["switch", "acme", "ada"],
        &["--json", "switch", "acme", "ada"],
        &["-q", "switch", "acme", "ada"],
    ] {
        record.run(&world.sandbox, "", arguments).success();
    }
    record.matches("session_valid.txt");
}

#[test]
fn status_of_several_sessions() {
    let world = World::with_two_accounts();
    let mut record = record_of(&world);
    record.run(&world.sandbox, "two accounts", &["status"]);
    record.run(&world.sandbox, "two accounts, one asked for", &["status", "acme", "--account", "bob"]);
    record.run(&world.sandbox, "another default", &["switch", "acme", "ada"]);
    record.run(&world.sandbox, "", &["status"]);
    world.expire();
    record.run(&world.sandbox, "access tokens expired", &["status"]);
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    record.run(&world.sandbox, "refresh token rejected", &["token", "acme"]);
    record.run(&world.sandbox, "", &["status"]);
    world.provider.respond_with(USERINFO, Response::json(401, &json!({})));
    record.run(
        &world.sandbox,
        "access token rejected by the provider",
        &["status", "acme", "--check", "--account", "bob"],
    );
    record.matches("status.txt");
}

#[test]
fn status_check_that_fails() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    for (case, answer) in [
        ("access token rejected", Response::json(401, &json!({}))),
        ("profile forbidden", Response::json(403, &json!({}))),
        ("profile signed", Response::of_type(200, "application/jwt", "a.b.c")),
        ("profile of another subject", Response::json(200, &json!({"sub": "subject-2"}))),
        ("profile not JSON", Response::html(200, "hello")),
        ("server error", Response::html(500, "away")),
    ] {
        world.provider.respond_with(USERINFO, answer);
        record.run(&world.sandbox, case, &["status", "acme", "--check"]);
    }
    record.matches("status_check.txt");
}

#[test]
fn refreshes_that_fail() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(429, &json!({})).with_header("retry-after", "120"));
    record.run(&world.sandbox, "rate limited", &["token", "acme", "--force-refresh"]);
    let again = world.run(&["token", "acme"]);
    let seconds = regex::Regex::new(r"\b(?:2m|1m[0-9]+s|[0-9]+s)\b").expect("a pattern");
    let again = crate::support::Outcome { stderr: seconds.replace(&again.stderr, "[SECONDS]").into_owned(), ..again };
    record.outcome("rate limited a moment ago", &["token", "acme"], &again);
    record.run(&world.sandbox, "", &["--json", "token", "acme", "--force-refresh"]);
    let error = |status, body: &Value| Response::json(status, body);
    for (case, answer) in [
        (
            "rejected with a description",
            error(400, &json!({"error": "invalid_grant", "error_description": "revoked by an administrator"})),
        ),
        ("client rejected", error(401, &json!({"error": "invalid_client"}))),
        (
            "client not allowed",
            error(400, &json!({"error": "unauthorized_client", "error_description": "not this grant"})),
        ),
        ("scope rejected", error(400, &json!({"error": "invalid_scope"}))),
        ("unknown code", error(400, &json!({"error": "xyzzy", "error_description": "who knows"}))),
        ("user wanted", error(400, &json!({"error": "interaction_required"}))),
        ("server error as a code", error(400, &json!({"error": "server_error"}))),
        ("temporarily unavailable", error(503, &json!({"error": "temporarily_unavailable"}))),
        ("server error", Response::html(500, "away")),
        ("not JSON", Response::html(200, "hello")),
        ("redirect", Response::redirect("https://elsewhere.example/")),
        ("no access token", error(200, &json!({"token_type": "Bearer"}))),
        (
            "access token with a control character",
            error(200, &json!({"access_token": "a\u{1}b", "token_type": "Bearer"})),
        ),
        ("closed connection", Response::Nothing),
        ("half a response", Response::Half(b"{\"access_token\": \"x\", \"token_type\": \"Bearer\"}".to_vec())),
        ("response too large", Response::huge(3_000_000)),
        ("ID token that is none", error(200, &json!({"access_token": "x", "token_type": "Bearer", "id_token": "x"}))),
    ] {
        world.provider.respond_with(TOKEN, answer);
        record.run(&world.sandbox, case, &["token", "acme", "--force-refresh"]);
    }
    record.matches("refresh_failures.txt");
}

#[test]
fn refresh_that_fails_while_the_token_is_valid() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    world.provider.respond_with(TOKEN, Response::html(500, "away"));
    record.run(&world.sandbox, "server error", &["token", "acme", "--min-ttl", "9h"]);
    record.run(&world.sandbox, "as JSON", &["--json", "token", "acme", "--min-ttl", "9h"]);
    world.provider.respond_normally(TOKEN);
    world.provider.change_tokens(|tokens| _ = tokens.as_object_mut().expect("it is one").remove("refresh_token"));
    world.sign_in(&["--force"]).success();
    record.run(&world.sandbox, "no refresh token", &["token", "acme", "--force-refresh"]);
    world.expire();
    record.run(&world.sandbox, "no refresh token, expired", &["token", "acme"]);
    record.run(&world.sandbox, "", &["status"]);
    record.matches("refresh_while_valid.txt");
}

#[test]
fn token_without_an_id_token() {
    let world = World::configured("scopes = [\"email\"]");
    world.provider.change_tokens(|tokens| _ = tokens.as_object_mut().expect("it is one").remove("id_token"));
    world.sign_in(&[]).success();
    let mut record = record_of(&world);
    record.run(&world.sandbox, "", &["token", "acme", "--id-token"]);
    record.matches("token_without_id_token.txt");
}

#[test]
fn exec_and_its_failures() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    let plain = world.sandbox.path("home/plain");
    fs::write(&plain, "text").expect("ours");
    for arguments in [
        &["exec", "acme", "--", "sh", "-c", "echo $ACCESS_TOKEN"][..],
        &["exec", "acme", "--env", "MINE", "--", "sh", "-c", "echo $MINE; exit 9"],
        &["exec", "acme", "--", "no-such-command"],
        &["exec", "acme", "--", "./plain"],
        &["exec", "acme", "--account", "bob", "--", "true"],
        &["--json", "exec", "acme", "--", "no-such-command"],
    ] {
        record.run(&world.sandbox, "", arguments);
    }
    record.matches("exec.txt");
}

#[test]
fn signout_and_its_failures() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    let again = || _ = world.sign_in(&["--force"]).success();
    for arguments in [
        &["signout"][..],
        &["signout", "acme"],
        &["--json", "signout", "acme"],
        &["-q", "signout", "acme"],
        &["signout", "acme", "--revoke"],
        &["-v", "signout", "acme", "--revoke"],
        &["-vv", "signout", "acme", "--revoke"],
        &["--json", "signout", "acme", "--revoke"],
        &["signout", "acme", "--end-session"],
        &["--no-input", "signout", "acme", "--end-session"],
        &["signout", "acme", "--forget-client"],
    ] {
        record.run(&world.sandbox, "", arguments).success();
        if *arguments == ["signout", "acme", "--end-session"] {
            record.block("page that the browser opens", &world.opened.next_url());
        }
        again();
    }
    for (case, answer) in [
        ("revocation refused", Response::json(400, &json!({"error": "invalid_client"}))),
        ("revocation of this kind unsupported", Response::json(400, &json!({"error": "unsupported_token_type"}))),
        ("revocation answered with a page", Response::html(500, "away")),
        ("no answer to the revocation", Response::Nothing),
    ] {
        world.provider.respond_with(REVOKE, answer);
        record.run(&world.sandbox, case, &["signout", "acme", "--revoke"]);
        again();
    }
    world.provider.respond_normally(REVOKE);
    world.provider.respond_next(
        REVOKE,
        vec![Response::json(200, &json!({})), Response::json(400, &json!({"error": "unsupported_token_type"}))],
    );
    record.run(&world.sandbox, "access tokens cannot be revoked", &["signout", "acme", "--revoke"]);
    world.provider.change_metadata(|metadata| {
        for name in ["revocation_endpoint", "end_session_endpoint"] {
            metadata.as_object_mut().expect("it is one").remove(name);
        }
    });
    fs::remove_dir_all(world.sandbox.path("home/.cache")).expect("it was asked before");
    again();
    record.run(&world.sandbox, "no revocation endpoint", &["signout", "acme", "--revoke"]);
    record.run(&world.sandbox, "no logout page", &["signout", "acme", "--end-session"]);
    record.matches("signout.txt");
}
