//! Transcripts of git's credential protocol.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use serde_json::json;

use super::{assert_no_refresh_token, seconds_until, world_with_hosts};
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;
use crate::support::{Outcome, Running};

const ASK: &str = "protocol=https\nhost=git.example\n";

/// World with a session whose token `git.example` may receive.
fn world() -> World {
    world_with_hosts("\"git.example\"")
}

fn git(world: &World, action: &str, message: &str) -> Outcome {
    world.sandbox.run_with(&["credential", "git", action], message)
}

/// Fails the test unless git goes on to its next helper.
#[track_caller]
fn assert_silent(outcome: Outcome) {
    let outcome = outcome.success();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}

/// Value of a key in an answer.
fn value<'a>(answer: &'a Outcome, key: &str) -> Option<&'a str> {
    answer.stdout.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn known_host_gets_the_token_with_user_and_expiry() {
    let world = world();
    let token = world.token().trim_end().to_owned();
    let answer = git(&world, "get", ASK).success();
    assert_eq!((value(&answer, "username"), value(&answer, "password")), (Some("ada"), Some(token.as_str())));
    let expiry: i64 = value(&answer, "password_expiry_utc").expect("an expiry").parse().expect("seconds");
    let left = seconds_until(expiry);
    assert!((3500..=3600).contains(&left) && answer.stdout.lines().count() == 3, "{left} {answer:?}");
    assert_no_refresh_token(&world, &answer);
    // git 2.46 and later.
    let answer = git(&world, "get", &format!("capability[]=authtype\ncapability[]=state\n{ASK}")).success();
    let credential = BASE64_STANDARD.encode(format!("ada:{token}"));
    let lines = format!("capability[]=authtype\nauthtype=Basic\ncredential={credential}\nephemeral=1\n");
    assert!(answer.stdout.starts_with(&lines), "{answer:?}");
    assert_eq!(git(&world, "capability", "").success().stdout, "version 0\ncapability authtype\n");
}

#[test]
fn strangers_and_unknown_requests_get_silence() {
    let world = world();
    for message in [
        "",
        "\n",
        "protocol=https\nhost=evil.example\n",
        "protocol=https\nhost=git.example.\n",
        "protocol=https\nhost=git.example@evil.example\n",
        "protocol=https\nhost=evil.example@git.example\n",
        "protocol=https\nhost=git.example:8443\n",
        "protocol=https\nhost=api.git.example\n",
        "protocol=http\nhost=git.example\n",
        "protocol=ssh\nhost=git.example\n",
        "protocol=https\nhost=evil.example\rhost=git.example\n",
        "protocol=https\r\nhost=git.example\r\n",
        "protocol=https\nhost=git.example\nhost=evil.example\n",
        "protocol=https\nhost=git.example\nusername=somebody-else\n",
        "protocol=https\npath=git.example\n",
    ] {
        assert_silent(git(&world, "get", message));
    }
    for action in ["store", "approve", "", "GET", "list"] {
        assert_silent(git(&world, action, &format!("{ASK}username=ada\npassword=other\n")));
    }
    assert_silent(git(&world, "erase", &format!("{ASK}username=ada\npassword=other\n")));
    let nobody = World::new();
    assert_silent(git(&nobody, "get", ASK));
}

#[test]
fn malformed_and_oversized_requests_are_errors() {
    let world = world();
    let long = format!("{ASK}path={}\n", "x".repeat(2 << 20));
    for (message, words) in [("protocol", "without `=`"), ("protocol=https\nhunter2\n", "without `=`"), (&long, "KiB")]
    {
        for action in ["get", "erase"] {
            let outcome = git(&world, action, message).fails(2, words);
            assert!(!outcome.stderr.contains("hunter2"), "{outcome:?}");
        }
    }
}

#[test]
fn erased_token_is_refreshed_and_another_one_is_not() {
    let world = world();
    let first = world.token().trim_end().to_owned();
    for other in ["other".to_owned(), format!("{first}x"), String::new()] {
        assert_silent(git(&world, "erase", &format!("{ASK}username=ada\npassword={other}\n")));
    }
    assert_silent(git(&world, "erase", &format!("protocol=https\nhost=evil.example\npassword={first}\n")));
    assert_eq!((world.token().trim_end(), world.provider.refreshes()), (first.as_str(), 0));

    assert_silent(git(&world, "erase", &format!("{ASK}username=ada\npassword={first}\n")));
    assert_eq!(world.provider.refreshes(), 0, "erase sends nothing");
    let second = value(&git(&world, "get", ASK).success(), "password").expect("a token").to_owned();
    assert!(second != first && world.provider.refreshes() == 1);

    let credential = BASE64_STANDARD.encode(format!("ada:{second}"));
    assert_silent(git(&world, "erase", &format!("{ASK}authtype=Basic\ncredential={credential}\nephemeral=1\n")));
    // The rejected token again, from a process that was slower.
    assert_silent(git(&world, "erase", &format!("{ASK}username=ada\npassword={first}\n")));
    let third = world.token();
    assert!(third.trim_end() != second && world.provider.refreshes() == 2);
}

#[test]
fn erased_token_without_refresh_token_stays() {
    let world = World::configured("hosts = [\"git.example\"]");
    world.sandbox.run_with(&["signin", "acme", "--with-token", "--label", "pat", "--no-check"], "brought\n").success();
    let erased = git(&world, "erase", &format!("{ASK}password=brought\n"));
    erased.fails(3, "mycli signin acme --with-token --label pat");
    assert_eq!(world.token(), "brought\n");
}

#[test]
fn own_host_without_a_token_ends_git_with_the_reason() {
    let world = World::configured("hosts = [\"git.example\"]");
    let quits = |code: i32, words: &str| {
        let outcome = git(&world, "get", ASK).ends_with(code);
        assert_eq!(outcome.stdout, "quit=1\n");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    };
    quits(3, "mycli signin acme");
    world.sign_in(&[]).success();
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(503, &json!({})));
    quits(6, "returned 503");
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    quits(3, "expired");
    world.run(&["signout", "acme"]).success();
    quits(3, "mycli signin acme");
}

#[test]
fn accounts_of_one_host_are_told_apart() {
    let world = World::with_two_accounts();
    world.sandbox.configure(&world.table("acme", "hosts = [\"git.example\"]"));
    let token = |account: &str| world.run(&["token", "acme", "--account", account]).success().stdout;
    let answered = |words: &[&str], message: &str| {
        let outcome = world.sandbox.run_with(&[&["credential", "git"], words, &["get"]].concat(), message).success();
        format!("{}\n", value(&outcome, "password").unwrap_or_default())
    };
    assert_eq!(answered(&[], ASK), token("ada"));
    assert_eq!(answered(&[], &format!("{ASK}username=bob\n")), token("bob"));
    assert_eq!(answered(&[], &format!("{ASK}username=bob@example.test\n")), token("bob"));
    assert_eq!(answered(&["--account", "bob"], ASK), token("bob"));
    assert_eq!(answered(&[], &format!("{ASK}username=eve\n")), "\n");
    let unknown = world.sandbox.run_with(&["credential", "git", "--account", "eve", "get"], ASK);
    assert_eq!(unknown.ends_with(3).stdout, "quit=1\n");
}

#[test]
fn damaged_state_of_another_provider_disturbs_nobody() {
    let world = world();
    let other = world.sandbox.state().join("sessions/other/0123456789abcdef0123456789abcdef.json");
    std::fs::create_dir_all(other.parent().expect("a folder")).expect("owned by the test");
    std::fs::write(other, "{").expect("owned by the test");
    assert_silent(git(&world, "get", "protocol=https\nhost=evil.example\n"));
    assert!(value(&git(&world, "get", ASK).success(), "password").is_some());
}

#[test]
fn parallel_helpers_cause_one_refresh() {
    let world = world();
    world.expire();
    let start = || {
        let mut command = world.sandbox.command(&["credential", "git", "get"]);
        command.stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(ASK).close_stdin();
        running
    };
    let running: Vec<Running> = (0..8).map(|_| start()).collect();
    let answers: Vec<Outcome> = running.into_iter().map(Running::outcome).collect();
    assert!(answers.iter().all(|answer| value(answer, "password") == value(&answers[0], "password")), "{answers:?}");
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
fn program_is_also_found_by_the_name_of_a_helper() {
    let world = world();
    let link = world.sandbox.path("git-credential-mycli");
    std::os::unix::fs::symlink(world.sandbox.program(), &link).expect("owned by the test");
    let mut command = world.sandbox.command_of(&link);
    command.arg("get").stdin(std::process::Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin(ASK).close_stdin();
    assert_eq!(value(&running.outcome().success(), "username"), Some("ada"));
}
