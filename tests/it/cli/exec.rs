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

/// Runs a shell script below `exec` and returns its lines.
fn script_lines(world: &World, flags: &[&str], script: &str) -> Vec<String> {
    let arguments = [&["exec"], flags, &["--", "sh", "-euc", script]].concat();
    world.run(&arguments).success().stdout.lines().map(str::to_owned).collect()
}

#[test]
fn one_command_gets_tokens_of_several_providers() {
    let world = World::signed_in();
    let tables =
        [world.table("acme", "env = \"ACME\""), world.table("other", "env = \"OTHER\"").replace("native", "second")];
    world.sandbox.configure(&tables.concat());
    world.sign_in_at("other", &["--force"]).success();
    let (acme, other) = (world.token(), world.run(&["token", "other"]).success().stdout);
    let run = |flags: &[&str], script: &str| script_lines(&world, flags, script).join("\n") + "\n";
    assert_eq!(run(&["acme", "other"], "echo $ACME; echo $OTHER"), acme.clone() + &other);
    assert_eq!(
        run(&["--env", "A=acme", "--env", "B=other"], "echo $A; echo $B; test -z ${ACME-}"),
        acme.clone() + &other
    );
    assert_eq!(run(&["acme", "--env", "B=other"], "echo $ACME; echo $B"), acme.clone() + &other);
    assert_eq!(run(&["acme", "--env", "A", "--fd", "9=other"], "echo $A; cat <&9"), acme.clone() + &other);
    for (flags, message) in [
        (&["acme", "other", "--env", "X"][..], "with several providers name the one"),
        (&["--env", "X=acme", "--file", "X=other"], "two tokens are meant for `X`"),
        (&["acme", "other", "--account", "ada"], "`--account` needs exactly one provider"),
        (&["--fd", "1"], "0, 1 and 2 are stdin, stdout and stderr"),
        (&["--fd", "9999999"], "file descriptor 9999999 cannot be used"),
        (&["--fd", "9=acme", "--fd", "9=other"], "file descriptor 9 is already open"),
        (&["--env", "X=nobody"], "unknown provider `nobody`"),
    ] {
        world.run(&[&["exec"], flags, &["--", "true"]].concat()).fails(2, message);
    }
}

#[test]
fn pipe_gives_the_token_once_and_leaves_nothing_open() {
    let world = World::signed_in();
    let token = world.token();
    let script = "read -r token <&3; echo $token; cat <&3; exec 3<&-; echo ${ACCESS_TOKEN-none}; ls /proc/$$/fd";
    let found = script_lines(&world, &["--fd", "3"], script);
    assert_eq!(found[..2], [token.trim(), "none"]);
    assert_eq!(found[2..], script_lines(&world, &["--env", "X"], "ls /proc/$$/fd"));
    // A command that does not read it, and one that a shell gave another file at that number.
    world.run(&["exec", "--fd", "3", "--", "true"]).success();
    let program = world.sandbox.program().to_str().expect("plain").to_owned();
    let mut shell = world.sandbox.command_of("sh");
    shell.args(["-c", "exec \"$0\" exec --fd 3 -- cat 3</dev/null"]).arg(program);
    Running::spawn(shell).outcome().fails(2, "file descriptor 3 is already open");
}

#[test]
fn pipe_takes_a_token_of_any_size() {
    let world = World::new();
    let large = "x".repeat(64 << 10); // more than a pipe holds, with its line end
    let token = large.clone();
    world.provider.change_tokens(move |response| response["access_token"] = token.clone().into());
    world.sign_in(&[]).success();
    assert_eq!(script_lines(&world, &["--fd", "3"], "cat <&3"), [large]);
}

/// 99designs/aws-vault#24: a command outlives the token in its environment.
#[test]
fn file_is_private_and_kept_fresh() {
    let world = World::signed_in();
    world.provider.set_expires_in(1);
    world.expire();
    let script = "stat -c '%a %n' $F; stat -c %a $(dirname $F); first=$(cat $F); printf %s $first | cmp - $F
                  until [ $(cat $F) != $first ]; do :; done; echo $first; cat $F; ls $(dirname $F)";
    let found = script_lines(&world, &["--file", "F"], script);
    let path = found[0].strip_prefix("600 ").expect("the mode of the file").to_owned();
    assert!(path.starts_with(world.sandbox.path("run/mycli/exec").to_str().expect("plain")), "{path}");
    assert_eq!(found[1], "700");
    assert!(found[2].starts_with("access-secret-") && found[3].starts_with("access-secret-"), "{found:?}");
    assert!(found[2] != found[3], "{found:?}");
    assert_eq!(files_left(&world), ["lock"]);
}

/// What is left where `exec` keeps files.
fn files_left(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.sandbox.path("run/mycli/exec")).expect("the directory stays");
    entries.map(|entry| entry.expect("readable").file_name().into_string().expect("plain")).collect()
}

#[test]
fn file_is_removed_however_the_command_ends() {
    let world = World::signed_in();
    for (script, code) in [("exit 7", 7), ("kill -KILL $$", 137)] {
        world.run(&["exec", "--file", "F", "--", "sh", "-c", script]).ends_with(code);
        assert_eq!(files_left(&world), ["lock"], "{script}");
    }
    world.run(&["exec", "--file", "F", "--", "no-such-command"]).ends_with(127);
    assert_eq!(files_left(&world), ["lock"]);
    let start = |then: &str| {
        let script = format!("cat $F >&2; echo ready >&2; exec {then}");
        let mut command = world.sandbox.command(&["exec", "--file", "F", "--", "sh", "-c", &script]);
        command.stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.line(|line| line.contains("ready"));
        running
    };
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let running = start("sleep 60");
        running.signal(signal);
        running.outcome().ends_with(code);
        assert_eq!(files_left(&world), ["lock"], "{signal:?}");
    }
    // Ends with its stdin, which is the test's.
    let killed = start("cat");
    killed.signal(Signal::KILL);
    killed.outcome().ends_with(137);
    assert_eq!(files_left(&world).len(), 2);
    world.run(&["exec", "--file", "F", "--", "true"]).success();
    assert_eq!(files_left(&world), ["lock"], "the next one removes it");
}

#[test]
fn failed_renewal_is_told_once_and_keeps_the_file() {
    let world = World::signed_in();
    world.provider.set_expires_in(1);
    world.expire();
    world.token();
    world.expire();
    let script = "first=$(cat $F); echo ready >&2; read -r line; [ $(cat $F) = $first ]";
    let mut command = world.sandbox.command(&["exec", "--file", "F", "--", "sh", "-euc", script]);
    command.stdin(std::process::Stdio::piped());
    let mut running = Running::spawn(command);
    running.line(|line| line.contains("ready"));
    world.provider.respond_with(TOKEN, Response::html(503, ""));
    let warning = running.line(|line| line.contains("warning"));
    assert!(warning.contains("could not renew the token in `F`") && !warning.contains("secret"), "{warning}");
    running.write_stdin("\n");
    running.outcome().success();
}
