//! Environment variables, and process state that others can see.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::support::Sandbox;
use crate::support::fake_provider::{AUTHORIZE, FakeProvider, TOKEN};
use crate::support::world::World;

#[test]
fn flag_beats_environment_beats_configuration() {
    let mut world = World::new();
    let client_id = |world: &World| {
        let asked = world.provider.requests_to(AUTHORIZE);
        asked.last().expect("it was asked").query("client_id").expect("always").to_owned()
    };
    world.sandbox.set("AUTH_ACME_ID", "of-the-environment");
    world.sign_in(&["--force"]).success();
    assert_eq!(client_id(&world), "of-the-environment");
    world.sign_in(&["--force", "--client-id", "of-the-flag"]).success();
    assert_eq!(client_id(&world), "of-the-flag");
    world.sandbox.unset("AUTH_ACME_ID");
    world.sign_in(&["--force"]).success();
    assert_eq!(client_id(&world), "native");
}

#[test]
fn provider_name_maps_to_variable_name() {
    let mut world = World::new();
    world.sandbox.configure("[providers.my-acme]\n");
    world.sandbox.set("AUTH_MY_ACME_ISSUER", world.provider.issuer()).set("AUTH_MY_ACME_ID", "native");
    world.sandbox.set("AUTH_MY_ACME_SECRET", "hush-hush");
    world.sign_in_at("my-acme", &[]).success();
    let exchange = &world.provider.requests_to(TOKEN)[0];
    let told = exchange.header("authorization").is_some() || exchange.form("client_secret") == Some("hush-hush");
    assert!(told, "{exchange:?}");
}

/// Commands that read and write nothing below the home directory.
const HOMELESS: [&[&str]; 5] = [
    &["completions", "bash"],
    &["providers", "list", "--all"],
    &["providers", "show", "github"],
    &["token", "--help"],
    &["--version"],
];

#[test]
fn commands_that_need_no_home_ask_for_none() {
    let mut sandbox = Sandbox::new();
    sandbox.set("HOME", "relative");
    for arguments in HOMELESS {
        assert_eq!(sandbox.run(arguments).success().stderr, "", "{arguments:?}");
    }
    sandbox.run(&["status"]).fails(1, "HOME is not an absolute path");
    assert!(!sandbox.path("home/relative").exists());
    let mut demo = sandbox.start(&["demo"]);
    demo.line(|line| line.contains("press Ctrl-C to stop"));
    demo.signal(rustix::process::Signal::TERM);
    demo.outcome();
}

/// As in a container that runs as a user of its own (`docker run --user 54321`).
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs user namespaces: --features real")]
fn user_without_an_entry_and_home_gets_help() {
    crate::support::require_real("user namespaces");
    let mut sandbox = Sandbox::new();
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
        sandbox.unset(name);
    }
    let run = |arguments: &[&str]| {
        let mut command = sandbox.command_of("unshare");
        command.args(["--user", "--map-user=54321"]).arg(sandbox.program()).args(arguments);
        command.output().expect("unshare is installed")
    };
    for arguments in HOMELESS {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let output = run(&["status"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("set HOME"), "{output:?}");
}

#[test]
fn process_memory_is_not_readable_by_others() {
    let mut sandbox = Sandbox::unprivileged();
    let provider = FakeProvider::start();
    sandbox.set("MYCLI_STORE", "file");
    sandbox.configure(&format!("[providers.acme]\nissuer = \"{}\"\nclient_id = \"x\"\n", provider.issuer()));
    let mut running = sandbox.start(&["signin", "acme", "--no-open"]);
    running.wait_for_url("/start?k=");
    // The kernel gives these files of a non-dumpable process to root (proc(5), prctl(2)).
    for name in ["environ", "mem"] {
        let place = format!("/proc/{}/{name}", running.id());
        assert_eq!(fs::metadata(&place).expect("it runs").uid(), 0, "{place}");
    }
}

#[test]
fn closed_stdout_does_not_panic() {
    let world = World::signed_in();
    let program = env!("CARGO_BIN_EXE_mycli");
    for arguments in ["token acme", "status", "signin acme", "--help", "token nobody"] {
        let mut shell = world.sandbox.command_of("sh");
        let output = shell.args(["-c", &format!("{program} {arguments} >&-")]).output().expect("it starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{arguments}: {stderr}");
    }
}
