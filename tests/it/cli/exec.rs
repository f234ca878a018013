//! `exec`: token variable, exit codes, signals.

use rustix::process::Signal;

use crate::support::Running;
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

#[test]
fn token_is_in_the_default_or_named_variable() {
    let world = World::signed_in();
    let run = |arguments: &[&str]| world.run(&[&["exec"], arguments].concat()).success().stdout;
    let token = world.token();
    assert_eq!(run(&["acme", "--", "printenv", "ACCESS_TOKEN"]), token);
    assert_eq!(run(&["--", "printenv", "ACCESS_TOKEN"]), token);
    assert_eq!(run(&["--env", "MY_TOKEN", "--", "printenv", "MY_TOKEN"]), token);
    let table = world.table("acme", "env = \"ACME_TOKEN\"");
    world.sandbox.configure(&table);
    assert_eq!(run(&["acme", "--", "printenv", "ACME_TOKEN"]), token);
}

#[test]
fn token_is_not_in_the_arguments() {
    let world = World::signed_in();
    let outcome = world.run(&["exec", "--", "sh", "-c", "tr '\\0' ' ' < /proc/$$/cmdline"]).success();
    assert!(!outcome.stdout.contains("-secret-"), "{}", outcome.stdout);
}

#[test]
fn exit_code_of_the_command_is_returned() {
    let world = World::signed_in();
    let plain = world.sandbox.path("home/plain");
    std::fs::write(&plain, "not a program").expect("ours");
    let plain = plain.to_str().expect("plain").to_owned();
    for (command, code) in [
        (&["true"][..], 0),
        (&["sh", "-c", "exit 42"], 42),
        (&["sh", "-c", "exit 3"], 3),
        (&["sh", "-c", "kill -TERM $$"], 143),
        (&["sh", "-c", "kill -KILL $$"], 137),
        (&["no-such-command-anywhere"], 127),
        (&["/no/such/place"], 127),
        (&[plain.as_str()], 126),
        (&["/"], 126),
    ] {
        println!("{command:?}");
        let outcome = world.run(&[&["exec", "acme", "--"], command].concat()).ends_with(code);
        let is_ours = code == 126 || code == 127;
        assert_eq!(outcome.stderr.contains("error:"), is_ours, "{}", outcome.stderr);
    }
}

#[test]
fn signals_are_forwarded_to_the_command() {
    let world = World::signed_in();
    let script = "trap 'exit 9' TERM; echo ready >&2; while :; do read -r _ < /proc/self/stat; done";
    let mut running = world.sandbox.start(&["exec", "acme", "--", "sh", "-c", script]);
    running.line(|line| line.contains("ready"));
    running.signal(Signal::TERM);
    running.outcome().ends_with(9);
}

#[test]
fn exit_codes_before_the_command_match_token() {
    let world = World::new();
    let touched = world.sandbox.path("home/touched");
    let command = ["--", "touch", touched.to_str().expect("plain")];
    world.run(&[&["exec", "acme"], &command[..]].concat()).fails(3, "mycli signin acme");
    world.sign_in(&[]).success();
    world.expire();
    world.provider.respond_with(TOKEN, Response::html(503, ""));
    world.run(&[&["exec", "acme"], &command[..]].concat()).fails(6, "503");
    let refused = Response::json(400, &serde_json::json!({"error": "invalid_grant"}));
    world.provider.respond_with(TOKEN, refused);
    world.run(&[&["exec", "acme"], &command[..]].concat()).fails(3, "mycli signin acme");
    assert!(!touched.exists(), "the command ran");
}

#[test]
fn command_inherits_no_secrets() {
    use std::os::unix::ffi::OsStringExt;
    let mut world = World::signed_in();
    world.sandbox.set("AUTH_ACME_SECRET", "hush-hush").set("AUTH_ACME_ID", "told").set("MYCLI_PASSPHRASE_FILE", "p");
    let odd = std::ffi::OsString::from_vec(b"hush-\xff".to_vec());
    world.sandbox.set("AUTH_ODD_SECRET", odd);
    let environment = world.run(&["exec", "acme", "--", "env"]).success().stdout;
    assert!(!environment.contains("hush") && !environment.contains("PASSPHRASE"), "{environment}");
    assert!(environment.lines().any(|line| line == "AUTH_ACME_ID=told"), "{environment}");
}

#[test]
fn command_may_dump_core_and_program_may_not() {
    let world = World::signed_in();
    // The limit is lowered again just after the command has started.
    let script = "ulimit -S -c; stat -c %u /proc/$$/environ /proc/$PPID/environ
                  until grep 'core file size *0 ' /proc/$PPID/limits; do :; done";
    let mut shell = world.sandbox.command_of("sh");
    let program = world.sandbox.command(&[]).get_program().to_owned();
    shell.args(["-c", "ulimit -S -c 4096; exec \"$0\" exec acme -- sh -c \"$1\""]).arg(program).arg(script);
    let outcome = Running::spawn(shell).outcome().success();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let user = rustix::process::geteuid().as_raw().to_string();
    assert_eq!(lines[..2], ["4096", &user], "{outcome:?}");
    // The files of a non-dumpable process belong to root (proc(5)).
    assert_eq!(lines[2], "0", "{outcome:?}");
}
