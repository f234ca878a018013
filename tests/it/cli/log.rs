//! `log`: which program asked for which token.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::Running;
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::{World, assert_keys};

fn entries(world: &World) -> Vec<Value> {
    world.run(&["log", "--json"]).success().json()["entries"].as_array().expect("a list").clone()
}

/// Runs a script, which finds the program in `$0`, in a file called `name`.
fn run_script(world: &World, name: &str, script: &str) {
    let file = world.sandbox.path("home").join(name);
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("the test owns its files");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("the test owns its files");
    world.sandbox.give(&file);
    let mut command = world.sandbox.command_of(&file);
    command.arg(world.sandbox.program());
    Running::spawn(command).outcome().success();
}

#[test]
fn entry_names_the_program_the_session_and_the_outcome() {
    let world = World::signed_in();
    assert!(entries(&world).is_empty());
    run_script(&world, "deploy", "\"$1\" token acme; \"$1\" exec -- true");
    world.expire();
    world.token();
    world.expire();
    world.provider.respond_with(TOKEN, Response::html(503, ""));
    world.run(&["token"]).ends_with(6);
    let found = entries(&world);
    let shown = |entry: &Value| {
        ["command", "provider", "account", "outcome"].map(|key| entry[key].as_str().unwrap().to_owned())
    };
    assert_eq!(
        found.iter().map(|entry| shown(entry).join(" ")).collect::<Vec<_>>(),
        ["token acme ada stored", "exec acme ada stored", "token acme ada refreshed", "token acme ada failed"]
    );
    let keys = ["at", "program", "executable", "parents", "pid", "command", "provider", "account", "outcome"];
    found.iter().for_each(|entry| assert_keys(entry, &keys));
    assert_eq!(found[0]["program"], "deploy");
    assert!(found[0]["executable"].as_str().expect("a path").starts_with('/') && found[0]["pid"].is_u64(), "{found:?}");
    let table = world.run(&["log", "acme", "--last", "2"]).success().stdout;
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains("refreshed") && !table.contains("deploy"), "{table}");
    let other = world.run(&["log", "other"]).success();
    assert!(other.stdout.is_empty() && other.stderr.contains("a token of `other`"), "{other:?}");
}

#[test]
fn log_has_no_secret_and_is_the_owners_alone() {
    let world = World::signed_in();
    world.run(&["exec", "--env", "X", "--", "true"]).success();
    world.token();
    let file = world.sandbox.state().join("log.jsonl");
    let text = std::fs::read_to_string(&file).expect("a log");
    assert!(text.lines().count() == 2 && !text.contains("secret"), "{text}");
    assert_eq!(std::fs::metadata(&file).expect("a log").permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_logged_if_switched_off() {
    let world = World::signed_in();
    world.run(&["config", "set", "log", "false"]).success();
    world.token();
    world.run(&["log"]).success();
    let note = world.run(&["log"]).success().stderr;
    assert!(note.contains("mycli config set log true"), "{note}");
    assert!(!world.sandbox.state().join("log.jsonl").exists());
    world.run(&["config", "set", "log", "yes"]).fails(2, "`log` must be true or false");
}

#[test]
fn log_that_cannot_be_written_costs_no_token() {
    let world = World::signed_in();
    let file = world.sandbox.state().join("log.jsonl");
    for make in ["mkfifo -m 600", "mkdir", "ln -s /dev/full"] {
        let made = std::process::Command::new("sh").args(["-c", &format!("{make} {}", file.display())]).status();
        assert!(made.expect("sh runs").success());
        let outcome = world.run(&["token"]).success();
        assert_eq!(outcome.stderr, "", "{make}");
        assert!(world.run(&["token", "-v"]).success().stderr.contains("could not write the log"), "{make}");
        std::process::Command::new("rm").arg("-r").arg(&file).status().expect("rm runs");
    }
    std::fs::write(&file, "").expect("the test owns its files");
    let program = world.sandbox.program().to_str().expect("plain").to_owned();
    let mut shell = world.sandbox.command_of("sh");
    // No file may grow, as on a full disk.
    shell.args(["-c", "ulimit -f 0; exec \"$0\" token"]).arg(program);
    let outcome = Running::spawn(shell).outcome().success();
    assert_eq!(outcome.stderr, "");
}

#[test]
fn many_processes_log_each_use() {
    let world = World::signed_in();
    let running: Vec<_> = (0..20).map(|_| world.sandbox.start(&["token"])).collect();
    running.into_iter().for_each(|one| _ = one.outcome().success());
    assert_eq!(entries(&world).len(), 20);
}
