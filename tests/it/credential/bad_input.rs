//! What every helper does with a bad message, a closed or full stdout, a locked store, and files of a hostile checkout.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

use super::{access_token, world_with_hosts};
use crate::support::Outcome;
use crate::support::world::World;

const CLUSTER: &str = r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://a.example"}}}"#;

/// Each helper with its request for the token of `a.example`.
const REQUESTS: [(&[&str], &str); 8] = [
    (&["git", "get"], "protocol=https\nhost=a.example\n\n"),
    (&["docker", "get"], "a.example"),
    (&["bazel", "get"], r#"{"uri":"https://a.example/x"}"#),
    (&["terraform", "get", "a.example"], ""),
    (&["kubectl"], ""),
    (&["headers", "acme"], ""),
    (&["netrc", "acme"], ""),
    (&["google", "acme"], ""),
];

fn helper(world: &World, words: &[&str], message: &str, stdout: Stdio) -> Output {
    let mut command = world.sandbox.command(&[&["credential"], words].concat());
    command.env("KUBERNETES_EXEC_INFO", CLUSTER).stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A helper may end without reading.
    let _ = child.stdin.take().expect("piped").write_all(message.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn outcome(world: &World, words: &[&str], message: &str) -> Outcome {
    let output = helper(world, words, message, Stdio::piped());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Outcome { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

#[test]
fn closed_or_full_stdout_is_a_failure_without_a_secret() {
    let world = world_with_hosts("\"a.example\"");
    let token = access_token(&world);
    for (words, message) in REQUESTS {
        let works = outcome(&world, words, message).success();
        assert!(!works.stdout.is_empty() && works.stderr.is_empty(), "{words:?} {works:?}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let full = fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        for (stdout, is_told) in [(Stdio::from(writer), false), (Stdio::from(full), true)] {
            let output = helper(&world, words, message, stdout);
            let stderr = String::from_utf8(output.stderr).expect("UTF-8");
            assert_eq!((output.status.code(), !stderr.is_empty()), (Some(1), is_told), "{words:?} {stderr}");
            assert!(!stderr.contains(&token) && !stderr.contains("panicked"), "{words:?} {stderr}");
        }
    }
}

#[test]
fn locked_store_is_told_in_the_words_of_each_protocol() {
    let mut world = World::configured("hosts = [\"a.example\"]");
    let file = world.sandbox.path("passphrase");
    fs::write(&file, "correct horse battery staple\n").expect("owned by the test");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("owned by the test");
    world.sandbox.set("MYCLI_PASSPHRASE_FILE", &file);
    world.sign_in(&[]).success();
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    for (words, message) in REQUESTS {
        let stdout = match words[0] {
            "git" => "quit=1\n",
            "docker" => "credentials not found in native keychain\n",
            "google" => "{\"code\":\"store\"",
            _ => "",
        };
        let locked = outcome(&world, words, message);
        assert!(locked.code == if words[0] == "docker" { 1 } else { 7 }, "{words:?} {locked:?}");
        assert!(locked.stdout.starts_with(stdout) && locked.stdout.is_empty() == stdout.is_empty(), "{locked:?}");
        assert!(locked.stderr.starts_with("error: ") && locked.stderr.contains("MYCLI_PASSPHRASE_FILE"), "{locked:?}");
    }
    // Nothing is lost.
    world.sandbox.set("MYCLI_PASSPHRASE_FILE", &file);
    for (words, message) in REQUESTS {
        outcome(&world, words, message).success();
    }
}

#[test]
fn oversized_message_is_refused_and_read_to_its_end() {
    let world = world_with_hosts("\"a.example\"");
    let long = "x".repeat(3 << 20);
    let requests: [(&[&str], String); 5] = [
        (&["git", "get"], format!("protocol=https\nhost=a.example\npath={long}\n\n")),
        (&["git", "erase"], format!("protocol=https\nhost=a.example\npassword={long}\n\n")),
        (&["docker", "get"], format!("a.example/{long}")),
        (&["docker", "store"], format!("{{\"ServerURL\":\"a.example\",\"Username\":\"u\",\"Secret\":\"{long}\"}}")),
        (&["bazel", "get"], format!("{{\"uri\":\"https://a.example/{long}\"}}")),
    ];
    for (words, message) in requests {
        let refused = outcome(&world, words, &message).ends_with(2);
        assert_eq!(refused.stderr, "error: the request on stdin is longer than 1024 KiB\n", "{words:?}");
        // docker reads errors on stdout.
        let stdout = if words[0] == "docker" { "the request on stdin is longer than 1024 KiB\n" } else { "" };
        assert_eq!(refused.stdout, stdout, "{words:?}");
    }
}

#[test]
fn files_of_a_checkout_add_no_host() {
    let world = world_with_hosts("\"a.example\"");
    let evil = |words: &[&str], message: &str| outcome(&world, words, &message.replace("a.example", "evil.example"));
    for text in [
        "hosts = [\"evil.example\"]\n",
        "provider = \"acme\"\nhosts = [\"evil.example\"]\n",
        "[providers.acme]\nhosts = [\"evil.example\"]\n",
        "provider = \"acme\"\n",
    ] {
        fs::write(world.sandbox.path("home/.mycli.toml"), text).expect("owned by the test");
        for (words, message) in &REQUESTS[..3] {
            let answer = evil(words, message);
            assert!(!answer.stdout.contains("secret") && !answer.stderr.contains("secret"), "{text} {answer:?}");
            // A file with other keys than an account's stops every command, which names it.
            let own = outcome(&world, words, message);
            assert!(own.stdout.contains("secret") != own.stderr.contains(".mycli.toml"), "{text} {own:?}");
        }
    }
}
