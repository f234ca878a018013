//! Streams: results on stdout, messages on stderr, and a failed write is an error.

use std::fs::File;
use std::process::Stdio;

use serde_json::Value;

use crate::support::fake_provider::{Response, TOKEN};
use crate::support::visitor;
use crate::support::world::{World, assert_keys};

/// Every command that prints to stdout.
const PRINTING: &[&[&str]] = &[
    &["token", "acme"],
    &["token", "acme", "--json"],
    &["token", "acme", "--header"],
    &["token", "acme", "--id-token"],
    &["status"],
    &["status", "--json"],
    &["providers"],
    &["providers", "list", "--all", "--json"],
    &["providers", "show", "acme"],
    &["completions", "bash"],
    &["completions", "nushell"],
    &["signin", "acme", "--json"],
    &["switch", "acme", "ada", "--json"],
    &["--help"],
    &["--version"],
    &["token", "--help"],
    &["signout", "acme", "--json"],
];

#[test]
fn full_disk_is_an_error() {
    let world = World::signed_in();
    for arguments in PRINTING {
        let mut command = world.sandbox.command(arguments);
        let full = File::options().write(true).open("/dev/full").expect("this is Linux");
        let output = command.stdout(full).stderr(Stdio::piped()).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    }
}

#[test]
fn signin_with_failing_output_fails_but_is_stored() {
    let world = World::new();
    let mut command = world.sandbox.command(&["signin", "acme", "--json"]);
    let full = File::options().write(true).open("/dev/full").expect("this is Linux");
    let child = command.stdout(full).stderr(Stdio::null()).spawn().expect("it starts");
    visitor::visit(&world.opened.next_url());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(world.accounts(), ["ada"]);
}

#[test]
fn closed_pipe_is_silent() {
    let world = World::signed_in();
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = world.sandbox.command(arguments);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("error") && !stderr.contains("panicked"), "{arguments:?}: {stderr}");
        let code = output.status.code();
        match arguments[0] {
            "token" if !arguments.contains(&"--help") => assert_eq!(code, Some(1), "{arguments:?}"),
            "status" | "providers" => assert_eq!(code, Some(0), "{arguments:?}"),
            _ => assert!(code.is_some_and(|code| code < 2), "{arguments:?}: {code:?}"),
        }
    }
}

#[test]
fn nothing_panics_if_both_streams_fail() {
    let world = World::signed_in();
    for arguments in PRINTING.iter().chain(&[&["token", "nobody"][..], &["nonsense"]]) {
        let full = || File::options().write(true).open("/dev/full").expect("this is Linux");
        let status = world.sandbox.command(arguments).stdout(full()).stderr(full()).status().expect("it starts");
        assert!(status.code().is_some_and(|code| code == 1 || code == 2), "{arguments:?}: {status}");
    }
}

#[test]
fn json_stderr_lines_have_exactly_one_kind() {
    let world = World::new();
    world.provider.set_expires_in(50);
    let mut outcomes = vec![world.sign_in(&["--json", "-vv"]).success()];
    world.provider.respond_with(TOKEN, Response::html(503, ""));
    for arguments in [
        &["token", "acme"][..],
        &["token", "acme", "--force-refresh"],
        &["token", "gihub"],
        &["token", "github"],
        &["signin", "acme"],
        &["signin", "github"],
        &["signin", "acme", "--force", "--timeout", "1s"],
        &["signin", "acme", "--nonsense"],
        &["switch"],
        &["nonsense"],
        &["status", "--check"],
        &["providers", "add", "acme", "--set", "port=8080"],
        &["providers", "remove", "acme"],
        &["completions", "tcsh"],
        &["exec", "acme", "--", "/no/such/place"],
        &[],
        &["signout", "acme", "--revoke"],
        &["signout", "acme"],
    ] {
        outcomes.push(world.run(&[&["--json", "-vv"], arguments].concat()));
    }
    let kinds = ["error", "usage", "not_signed_in", "refused", "timed_out", "network", "store", "interrupted"];
    for outcome in outcomes {
        println!("{outcome:?}");
        for line in outcome.json_lines() {
            let keys = ["event", "warning", "error"].iter().filter(|key| line.get(**key).is_some()).count();
            assert_eq!(keys, 1, "{line}");
            if let Some(error) = line.get("error") {
                assert_keys(error, &["kind", "message", "hint"]);
                assert!(kinds.contains(&error["kind"].as_str().expect("a word")), "{line}");
                assert!(error["message"].as_str().is_some_and(|text| !text.is_empty() && !text.contains('\n')));
            }
        }
        match outcome.code {
            0 => assert!(outcome.stdout.is_empty() || outcome.json() != Value::Null),
            _ => {
                assert_eq!(outcome.stdout, "");
                assert!(outcome.json_lines().last().is_some_and(|line| line.get("error").is_some()));
            }
        }
    }
}
