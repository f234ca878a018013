//! Transcripts of the requests that pip and uv send to the program `keyring`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{access_token, assert_no_refresh_token, world_with_hosts};
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;
use crate::support::{Outcome, Running};

const INDEX: &str = "https://pypi.example/team/simple/";

fn keyring(world: &World, words: &[&str]) -> Outcome {
    world.run(&[&["credential", "keyring"], words].concat())
}

#[test]
fn index_gets_the_token_in_every_dialect() {
    let world = world_with_hosts("\"pypi.example\"");
    let token = access_token(&world);
    for (words, answer) in [
        // pip before 25.2, and uv
        (&["get", INDEX, "ada"][..], format!("{token}\n")),
        (&["get", INDEX, "__token__"], format!("{token}\n")),
        // uv with `authenticate = "always"`; options stand behind the words
        (&["get", INDEX, "--mode", "creds"], format!("ada\n{token}\n")),
        (
            &["--mode=creds", "get", "https://PyPI.example:443/f.whl", "oauth2accesstoken"],
            format!("oauth2accesstoken\n{token}\n"),
        ),
    ] {
        let outcome = keyring(&world, words).success();
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), (answer.as_str(), ""), "{words:?}");
        assert_no_refresh_token(&world, &outcome);
    }
    for (words, user) in [(&[][..], "ada"), (&["ada@example.test"], "ada@example.test"), (&["aws"], "aws")] {
        let get = [&["--mode=creds", "--output=json", "get", INDEX], words].concat();
        assert_eq!(keyring(&world, &get).success().json(), json!({"username": user, "password": token}));
    }
    assert_eq!(keyring(&world, &["--output=json", "get", INDEX, "ada"]).success().json(), json!({"password": token}));
}

#[test]
fn strangers_end_with_exit_1_and_silence() {
    let world = world_with_hosts("\"pypi.example\"");
    for words in [
        &["https://pypi.org/simple/"][..],
        &["https://pypi.example.evil.example/simple/"],
        &["https://pypi.example@evil.example/simple/"],
        &["https://pypi.example./simple/"],
        &["https://pypi.example:8443/simple/"],
        &["http://pypi.example/simple/"],
        // pip asks so for an index with plain http.
        &["pypi.example"],
        &["pypi.example:443"],
        &[""],
        // Another user's password, which another keyring may have.
        &[INDEX, "bob"],
    ] {
        let outcome = keyring(&world, &[&["get"], words].concat()).ends_with(1);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""), "{words:?}");
    }
    let token = access_token(&world);
    for request in ["set", "del", "diagnose"] {
        keyring(&world, &[request, INDEX, "ada"]).fails(2, "stores no passwords");
    }
    for words in
        [&["get"][..], &["get", INDEX, "--mode", "x"], &["get", INDEX, "--output=xml"], &["get", INDEX, "a", "b"]]
    {
        assert_eq!(keyring(&world, words).ends_with(2).stdout, "");
    }
    assert_eq!(access_token(&world), token);
}

#[test]
fn user_name_in_the_url_selects_the_account() {
    let world = World::configured("hosts = [\"pypi.example\"]");
    let tokens = ["ada", "bob"].map(|name| {
        world.set_user(name);
        world.provider.change_tokens(move |tokens| tokens["access_token"] = json!(format!("token-of-{name}")));
        world.sign_in(&["--force"]).success();
        format!("token-of-{name}\n")
    });
    for (name, token) in [("ada", &tokens[0]), ("bob", &tokens[1]), ("__token__", &tokens[0])] {
        assert_eq!(&keyring(&world, &["get", INDEX, name]).success().stdout, token, "{name}");
    }
    assert_eq!(keyring(&world, &["--account", "bob", "get", INDEX, "__token__"]).success().stdout, tokens[1]);
}

#[test]
fn index_without_a_token_tells_the_reason() {
    let world = World::configured("hosts = [\"pypi.example\"]");
    keyring(&world, &["get", INDEX]).fails(3, "mycli signin acme");
    world.sign_in(&[]).success();
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(503, &json!({})));
    keyring(&world, &["get", INDEX]).fails(6, "returned 503");
}

/// Folder with a program called `keyring`.
fn folder(world: &World, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = world.sandbox.path(name);
    fs::create_dir(&folder).expect("owned by the test");
    make(&folder.join("keyring"));
    folder
}

fn script(file: &Path, text: &str) {
    fs::write(file, format!("#!/bin/sh\n{text}\n")).expect("owned by the test");
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("owned by the test");
}

#[test]
fn link_hands_everything_else_to_the_next_keyring() {
    let mut world = world_with_hosts("\"pypi.example\"");
    let program = world.sandbox.program().to_owned();
    let link = folder(&world, "link", |file| symlink(&program, file).expect("owned by the test"));
    let again = folder(&world, "again", |file| symlink(&program, file).expect("owned by the test"));
    let plain = folder(&world, "plain", |file| fs::write(file, "not executable").expect("owned by the test"));
    let next = folder(&world, "next", |file| {
        script(file, "printf 'next'; printf ' <%s>' \"$@\"; [ \"$1\" != set ] || cat; exit 5");
    });
    let places = [&link, &again, &plain, &next].map(|place| place.to_str().expect("UTF-8").to_owned()).join(":");
    let run = |world: &World, words: &[&str]| {
        let mut command = world.sandbox.command_of(link.join("keyring"));
        command.args(words).stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin("typed\n");
        running.outcome()
    };
    world.sandbox.set("PATH", format!("{places}:/usr/bin:/bin"));
    let token = access_token(&world);
    assert_eq!(run(&world, &["get", INDEX, "ada"]).success().stdout, format!("{token}\n"));
    for words in [
        &["--mode=creds", "--output=json", "get", "https://pypi.org/simple/"][..],
        &["get", INDEX, "bob"],
        &["del", INDEX, "ada"],
        &["--list-backends"],
        &["--help"],
        &["-b", "some.Backend", "get", INDEX, "ada"],
        &["diagnose"],
        &["get", "x", "--mode", "other"],
    ] {
        let outcome = run(&world, words).ends_with(5);
        let expected: String = words.iter().map(|word| format!(" <{word}>")).collect();
        assert_eq!(outcome.stdout, format!("next{expected}"));
    }
    assert!(run(&world, &["set", INDEX, "ada"]).stdout.ends_with("typed\n"));
    // Without another one the answer is that of a keyring without passwords.
    world.sandbox.set("PATH", format!("{}:/usr/bin:/bin", link.display()));
    assert_eq!(run(&world, &["get", "https://pypi.org/simple/", "ada"]).ends_with(1).stdout, "");
    run(&world, &["set", INDEX, "ada"]).fails(2, "stores no passwords");
}

#[test]
fn copies_of_the_program_do_not_start_each_other_for_ever() {
    let mut world = world_with_hosts("\"pypi.example\"");
    let program = world.sandbox.program().to_owned();
    let places = ["a", "b"].map(|name| {
        folder(&world, name, |file| {
            let copied = std::process::Command::new("cp").arg(&program).arg(file).status();
            assert!(copied.expect("cp exists").success());
        })
    });
    world.sandbox.set("PATH", format!("{}:{}", places[0].display(), places[1].display()));
    let mut command = world.sandbox.command_of(places[0].join("keyring"));
    command.args(["get", "https://pypi.org/simple/", "ada"]);
    assert_eq!(Running::spawn(command).outcome().ends_with(1).stdout, "");
}
