//! Hooks: programs of the user that run after something happened to a session.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;

use crate::support::fake_provider::{Response, TOKEN};
use crate::support::world::World;

/// World whose hooks run `script`, which finds its file for notes in `$NOTES`.
fn world_with_hooks(script: &str) -> (World, PathBuf) {
    let mut world = World::new();
    let (file, notes) = (world.sandbox.path("home/hook"), world.sandbox.path("home/notes"));
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("the test owns its files");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("the test owns its files");
    let hook = |event: &str| format!("{event} = [\"{}\", \"an argument\", \"$HOME\"]\n", file.display());
    let hooks: String = ["on_signin", "on_refresh", "on_signout", "on_expired"].map(hook).concat();
    world.sandbox.set("NOTES", &notes).set("AUTH_ACME_SECRET", "hush-hush");
    world.sandbox.configure(&(hooks + &world.table("acme", "")));
    (world, notes)
}

fn read(notes: &PathBuf) -> String {
    std::fs::read_to_string(notes).unwrap_or_default()
}

#[test]
fn hooks_get_facts_and_no_secret() {
    let script = "echo \"$MYCLI_HOOK_EVENT $MYCLI_HOOK_PROVIDER $MYCLI_HOOK_ACCOUNT $1 $2\" >> $NOTES
                  env >> $NOTES.environment; echo noise; test ! -t 0; read -r line; true";
    let (world, notes) = world_with_hooks(script);
    world.sign_in(&[]).success();
    let stdout = world.run(&["token"]).success().stdout;
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    world.expire();
    let stdout = world.run(&["token"]).success().stdout;
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    world.expire();
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    world.run(&["token"]).ends_with(3);
    world.run(&["token"]).ends_with(3);
    world.run(&["signout"]).success();
    let events: Vec<String> = read(&notes).lines().map(str::to_owned).collect();
    let expected = ["signin", "refresh", "expired", "signout"];
    assert_eq!(events, expected.map(|event| format!("{event} acme ada an argument $HOME")));
    let environment = read(&notes.with_extension("environment"));
    assert!(!environment.contains("-secret-") && !environment.contains("hush"), "{environment}");
    for fact in ["SUBJECT=", "ISSUER=http", "SCOPES=openid", "EXPIRES_AT=2"] {
        assert!(environment.contains(&format!("MYCLI_HOOK_{fact}")), "{fact}: {environment}");
    }
}

#[test]
fn hook_that_fails_warns_and_changes_nothing_else() {
    let (world, _) = world_with_hooks("echo 'no bus' >&2; exit 3");
    world.sign_in(&[]).success();
    world.expire();
    let outcome = world.run(&["token"]).success();
    assert!(
        outcome.stderr.contains("warning: `on_refresh`") && outcome.stderr.contains("no bus"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout.lines().count(), 1);
    let missing = format!("on_signout = [\"/no/such/hook\"]\n{}", world.table("acme", ""));
    world.sandbox.configure(&missing);
    let outcome = world.run(&["--json", "signout"]).success();
    let warning = outcome.json_lines().pop().expect("a warning")["warning"].as_str().expect("text").to_owned();
    assert!(warning.contains("`on_signout` (/no/such/hook)"), "{warning}");
}

#[test]
fn slow_hook_is_ended_with_all_that_it_started() {
    let (world, notes) = world_with_hooks("sleep 600 & echo $! >> $NOTES; wait");
    let start = std::time::Instant::now();
    let outcome = world.sign_in(&[]).success();
    assert!(outcome.stderr.contains("did not end within 10s"), "{}", outcome.stderr);
    assert!(start.elapsed().as_secs() < 40);
    let id: i32 = read(&notes).trim().parse().expect("a process ID");
    let id = rustix::process::Pid::from_raw(id).expect("not 0");
    let is_gone = || rustix::process::test_kill_process(id).is_err();
    let waits = (0..100).any(|_| {
        is_gone() || {
            std::thread::sleep(std::time::Duration::from_millis(50));
            false
        }
    });
    // Nobody may be left to wait for it: then it stays as a zombie.
    let status = std::fs::read_to_string(format!("/proc/{}/stat", id.as_raw_nonzero())).unwrap_or_default();
    assert!(waits || status.contains(") Z "), "{status}");
}

#[test]
fn command_of_a_hook_runs_no_hooks() {
    let (world, notes) =
        world_with_hooks("echo $MYCLI_HOOK_EVENT >> $NOTES; $PROGRAM token --force-refresh > /dev/null");
    let mut world = world;
    let program = world.sandbox.program().to_owned();
    world.sandbox.set("PROGRAM", program);
    world.sign_in(&[]).success();
    assert_eq!(read(&notes), "signin\n");
    assert_eq!(world.provider.refreshes(), 1);
}

#[test]
fn only_trusted_configuration_names_hooks() {
    let (world, notes) = world_with_hooks("echo ran >> $NOTES");
    let hook = world.sandbox.path("home/hook");
    let project = world.sandbox.path("home/.mycli.toml");
    std::fs::write(&project, format!("on_signin = [\"{}\"]\n", hook.display())).expect("the test owns its files");
    world.run(&["token", "acme"]).fails(2, "unknown key `on_signin`");
    std::fs::remove_file(project).expect("the test owns its files");
    // A relative path would be another program in each directory.
    for (hook, message) in [
        ("on_signin = [\"./hook\"]", "`on_signin` must begin with the name of a program or its whole path"),
        ("on_signin = \"hook\"", "`on_signin` must be an array, not a string"),
        ("on_sigin = [\"hook\"]", "did you mean `on_signin`?"),
    ] {
        world.sandbox.configure(hook);
        world.run(&["token", "acme"]).fails(2, message);
    }
    world.sandbox.configure(&format!("on_signin = [\"{}\"]\n{}", hook.display(), world.table("acme", "")));
    std::fs::set_permissions(world.sandbox.config_file(), PermissionsExt::from_mode(0o666)).expect("ours");
    world.run(&["signin", "acme"]).ends_with(2);
    assert_eq!(read(&notes), "");
}
