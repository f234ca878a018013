//! `status`: rows, exit codes and `--check`.

use std::process::Command;

use serde_json::json;

use crate::support::fake_provider::{Response, TOKEN, USERINFO};
use crate::support::world::{World, assert_keys};

const KEYS: [&str; 12] = [
    "provider",
    "account",
    "subject",
    "issuer",
    "scopes",
    "expires_at",
    "session_expires_at",
    "refreshable",
    "usable",
    "default",
    "store",
    "check",
];

#[test]
fn status_lists_sessions_without_requests() {
    let world = World::signed_in();
    let asked = world.provider.requests().len();
    world.run(&["status"]).success();
    let document = world.run(&["status", "--json"]).success().json();
    let row = &document["sessions"][0];
    assert_keys(row, &KEYS);
    assert_eq!(row["issuer"], world.provider.issuer());
    assert_eq!(row["subject"], "subject-1");
    assert_eq!([&row["refreshable"], &row["usable"], &row["default"]], [&json!(true); 3]);
    assert_eq!(world.provider.requests().len(), asked);
}

#[test]
fn status_shows_and_needs_no_secrets() {
    let world = World::signed_in();
    std::fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    let outcome = world.run(&["status", "acme"]).success();
    assert!(!outcome.stdout.contains("-secret-"));
    let state = std::fs::read_to_string(world.state_file()).expect("ours");
    assert!(!state.contains("-secret-"), "{state}");
}

#[test]
fn exit_code_is_about_the_selected_session_or_any() {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.provider.change_tokens(|tokens| tokens["refresh_token"] = serde_json::Value::Null);
    world.sign_in(&[]).success();
    world.expire();
    world.run(&["status"]).ends_with(3);
    world.set_user("bob");
    world.sign_in_at("other", &[]).success();
    world.run(&["status"]).success();
    world.run(&["status", "acme"]).ends_with(3);
    world.run(&["status", "other"]).success();
    world.run(&["status", "--account", "bob"]).success();
    world.run(&["status", "other", "--account", "ada"]).ends_with(3);
}

#[test]
fn check_sends_a_request_to_the_provider() {
    let world = World::signed_in();
    world.run(&["status", "acme", "--check"]).success();
    assert_eq!(world.provider.requests_to(USERINFO).last().expect("asked").method, "GET");
    world.provider.respond_with(USERINFO, Response::Nothing);
    world.run(&["status", "--check"]).fails(6, "127.0.0.1");
}

#[test]
fn check_refreshes_an_expired_token_first() {
    let world = World::signed_in();
    world.expire();
    world.run(&["status", "acme", "--check"]).success();
    assert_eq!(world.provider.refreshes(), 1);
}

/// Checks of the sessions, in the order of the list.
fn checks(world: &World) -> Vec<serde_json::Value> {
    let document = world.run(&["status", "--check", "--json"]).json();
    document["sessions"].as_array().expect("a list").iter().map(|row| row["check"].clone()).collect()
}

#[test]
fn check_asks_about_all_sessions() {
    let world = World::with_two_accounts();
    let before = world.provider.requests_to(USERINFO).len();
    world.run(&["status", "--check"]).success();
    assert_eq!(world.provider.requests_to(USERINFO).len(), before + 2);
    assert_eq!(checks(&world), ["ok", "ok"]);
    world.provider.respond_with(USERINFO, Response::Nothing);
    world.run(&["status", "--check"]).ends_with(6);
    assert_eq!(checks(&world), ["unreachable", "unreachable"]);
    world.provider.respond_with(USERINFO, Response::json(401, &json!({})));
    let outcome = world.run(&["status", "--check"]).ends_with(3);
    for account in ["ada", "bob"] {
        assert!(outcome.stderr.contains(&format!("session for `{account}` at `acme` expired")), "{}", outcome.stderr);
    }
    assert_eq!(outcome.stdout.matches("rejected").count(), 2, "{}", outcome.stdout);
    assert_eq!(checks(&world), ["rejected", "rejected"]);
}

#[test]
fn one_rejected_session_counts_more_than_unreachable_ones() {
    let world = World::with_two_accounts();
    world.provider.respond_next(USERINFO, vec![Response::json(401, &json!({})), Response::html(503, "")]);
    world.run(&["status", "--check"]).ends_with(3);
    world.expire();
    world.provider.respond_next(TOKEN, vec![Response::json(400, &json!({ "error": "invalid_grant" }))]);
    world.provider.respond_normally(USERINFO);
    // It would name the last user for each account.
    world.provider.change_tokens(|tokens| tokens["id_token"] = serde_json::Value::Null);
    let mut found = checks(&world);
    found.sort_by_key(ToString::to_string);
    assert_eq!(found, ["ok", "rejected"]);
    assert!(world.sessions().iter().any(|row| row["refreshable"] == false), "a rejected refresh token is of no use");
}

#[test]
fn check_of_a_provider_asks_about_its_default_session() {
    let world = World::with_two_accounts();
    let document = world.run(&["status", "acme", "--check", "--json"]).success().json();
    assert_eq!([&document["sessions"][0]["check"], &document["sessions"][1]["check"]], [&json!("ok"), &json!(null)]);
    world.provider.respond_with(USERINFO, Response::json(401, &json!({})));
    let outcome = world.run(&["status", "acme", "--check", "--json"]).ends_with(3);
    assert_eq!(outcome.json()["sessions"][0]["check"], "rejected");
}

#[test]
fn one_session_is_marked_as_default() {
    let world = World::with_two_accounts();
    let marks = |command: &[&str]| world.run(command).success().stdout.matches("default").count();
    assert_eq!((marks(&["status"]), marks(&["status", "acme"])), (1, 1));
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.set_user("eve");
    world.sign_in_at("other", &[]).success();
    let stdout = world.run(&["status"]).success().stdout;
    assert!(stdout.lines().any(|line| line.starts_with("acme") && line.ends_with("default")), "{stdout}");
    assert_eq!((marks(&["status"]), marks(&["status", "acme"])), (1, 1), "the provider signed in first stays default");
    world.sandbox.configure(&("default = \"other\"\n".to_owned() + &world.table("acme", "")));
    let stdout = world.run(&["status"]).success().stdout;
    assert!(stdout.lines().any(|line| line.starts_with("other") && line.ends_with("default")), "{stdout}");
    assert_eq!(marks(&["status"]), 1);
}

#[test]
fn end_of_a_session_is_shown_if_it_is_known() {
    let world = World::new();
    world.provider.change_tokens(|tokens| tokens["refresh_token_expires_in"] = json!(700_000));
    world.sign_in(&[]).success();
    let stdout = world.run(&["status"]).success().stdout;
    assert!(stdout.contains(", session 8d "), "{stdout}");
    assert!(world.sessions()[0]["session_expires_at"].is_string());
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert!(world.sessions()[0]["session_expires_at"].is_string());
}

#[test]
fn format_prints_the_selected_session_for_a_prompt() {
    let world = World::with_two_accounts();
    let asked = world.provider.requests().len();
    let template = "{provider}/{account} {usable}";
    let format = |arguments: &[&str]| world.run(&[&["status", "--format", template], arguments].concat());
    assert_eq!(format(&[]).success().stdout, "acme/ada true\n");
    assert_eq!(format(&["--account", "bob"]).success().stdout, "acme/bob true\n");
    let none = format(&["other"]).ends_with(3);
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", ""));
    assert!(world.run(&["status", "--format", "{left}"]).success().stdout.trim_end().ends_with('m'));
    world.run(&["status", "--format", "{name}"]).fails(2, "no field `name`");
    for flag in ["--check", "--json"] {
        format(&[flag]).ends_with(2);
    }
    assert_eq!(world.provider.requests().len(), asked);
}

/// A provider chooses the name of an account, and the prompt must not run it.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs bash, zsh and fish: --features real")]
fn hostile_account_is_harmless_in_prompts() {
    crate::support::require_real("bash, zsh and fish");
    const HOSTILE: &str = r"$(touch pwned)`touch pwned` \u \044(touch pwned) %n C\ada";
    let world = World::new();
    world.set_user(HOSTILE);
    world.sign_in(&[]).success();
    let show = |shell: &str, script: &str| {
        let text = world.run(&["status", "--format", "{account}", "--format-shell", shell]).success().stdout;
        let mut command = Command::new(shell);
        let words: &[&str] = if shell == "zsh" { &["-f", "-c", script] } else { &["-c", script] };
        command.args(words).env("TEXT", text.trim_end()).current_dir(world.sandbox.path(""));
        let shown = command.output().expect(shell);
        assert!(!world.sandbox.path("pwned").exists(), "{shell} ran the name");
        String::from_utf8(shown.stdout).expect("text").trim_end().to_owned()
    };
    assert_eq!(show("bash", r#"PS1="$TEXT"; echo "${PS1@P}""#), HOSTILE);
    assert_eq!(show("zsh", r#"setopt PROMPT_SUBST; print -rP -- "$TEXT""#), HOSTILE);
    show("zsh", r#"setopt PROMPT_SUBST; print -rP -- '$TEXT'"#);
    assert_eq!(show("fish", r#"function fish_prompt; echo $TEXT; end; fish_prompt"#), HOSTILE);
}
