//! `doctor`: one line for each check, regardless of the other checks.

use std::fs;

use serde_json::Value;

use crate::support::fake_provider::{DISCOVERY, Response};
use crate::support::keyring::GnomeKeyring;
use crate::support::world::{World, assert_keys};
use crate::support::{Outcome, Sandbox, free_port};

/// Returns the check with this name.
#[track_caller]
fn check(outcome: &Outcome, name: &str) -> Value {
    let document = outcome.json();
    assert_keys(&document, &["checks"]);
    let checks = document["checks"].as_array().expect("a list");
    checks.iter().for_each(|check| assert_keys(check, &["name", "ok", "detail", "hint"]));
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {document:#}")).clone()
}

/// Requires that the check with this name failed with this detail and hint.
#[track_caller]
fn require_failed(outcome: &Outcome, name: &str, detail: &str, hint: &str) {
    let check = check(outcome, name);
    assert_eq!(check["ok"], false, "{check:#}");
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    assert!(text("detail").contains(detail), "no `{detail}` in {check:#}");
    assert!(text("hint").contains(hint), "no `{hint}` in {check:#}");
}

#[test]
fn probe_leaves_no_files_and_opens_no_browser() {
    let world = World::signed_in();
    let secrets =
        |world: &World| world.files().into_keys().filter(|file| file.to_string_lossy().contains("secrets")).count();
    let before = secrets(&world);
    world.run(&["doctor"]).success();
    // The lock file of the file store may be new.
    assert_eq!(secrets(&world), before);
    assert!(world.opened.is_empty(), "no browser opens");
}

#[test]
fn clock_check_fails_only_on_a_harmful_difference() {
    let world = World::new();
    let now =
        |seconds: i64| (chrono::Utc::now() - chrono::TimeDelta::seconds(seconds)).to_rfc2822().replace("+0000", "GMT");
    let (right, slow) = (now(0), now(60));
    for (date, code) in [
        (right.as_str(), 0),
        (slow.as_str(), 0),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 1),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 1),
        ("yesterday", 0),
    ] {
        let body = metadata_of(&world);
        world.provider.respond_with(DISCOVERY, Response::json(200, &body).with_header("Date", date));
        let outcome = world.run(&["--json", "doctor"]).ends_with(code);
        assert_eq!(check(&outcome, "clock acme")["ok"], code == 0);
        assert_eq!(check(&outcome, "discovery acme")["ok"], true, "the checks are independent");
    }
}

fn metadata_of(world: &World) -> Value {
    world.provider.respond_normally(DISCOVERY);
    let response = crate::support::visitor::get(&format!("{}{DISCOVERY}", world.provider.issuer()));
    serde_json::from_str(&response.body).expect("metadata")
}

#[test]
fn dead_proxy_is_reported_without_its_password() {
    let mut world = World::new();
    let free = free_port();
    world.sandbox.set("HTTPS_PROXY", format!("http://ada:hush-hush@127.0.0.1:{free}")).set("NO_PROXY", "corp.example");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    require_failed(&outcome, "proxy", &format!("127.0.0.1:{free} (HTTPS_PROXY): connection refused"), "HTTPS_PROXY");
    assert!(!outcome.stdout.contains("hush"), "{}", outcome.stdout);
    assert_eq!(check(&outcome, "discovery acme")["ok"], true, "loopback bypasses the proxy");
    assert_eq!(check(&outcome, "proxy acme")["detail"], "none: requests go directly to the provider");
    world.sandbox.set("https_proxy", "ftp://ada:hush-hush@x");
    let outcome = world.run(&["doctor"]).ends_with(1);
    assert!(!outcome.stdout.contains("hush") && !outcome.stderr.contains("hush"), "{outcome:?}");
}

#[test]
fn one_cause_is_one_line_and_names_the_secret() {
    let mut world = World::new();
    let free = free_port();
    world.sandbox.set("HTTPS_PROXY", format!("http://127.0.0.1:{free}"));
    let far = "client_id = \"x\"\nissuer = \"https://id.example\"";
    world.sandbox.configure(&format!(
        "{}\n[providers.far]\n{far}\n[providers.yahoo]\nclient_id = \"y\"\n",
        world.table("acme", "ca_file = \"/nonexistent/ca.pem\"")
    ));
    let stdout = world.run(&["doctor"]).ends_with(1).stdout;
    let failed: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("FAILED ")?.split(':').next()).collect();
    // The discovery of each provider failed too: of `acme` for its file, of the others for the proxy.
    assert_eq!(failed, ["client secret yahoo", "proxy", "certificates acme"], "{stdout}");
    assert!(stdout.contains("hint: mycli providers add yahoo --client-id y --client-secret-stdin"), "{stdout}");
}

#[test]
fn missing_tokens_and_writable_state_files_are_reported() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::signed_in();
    let state = world.state_file();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o666)).expect("writable");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    require_failed(&outcome, "sessions", "can be changed by other users (mode 0666)", "");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o600)).expect("writable");
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    require_failed(
        &outcome,
        "sessions",
        "`ada` at `acme`: the store has no tokens for this session",
        "mycli signin acme",
    );
    assert_eq!(check(&outcome, "store")["ok"], true);
}

#[test]
fn unwritable_store_is_reported() {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    fs::write(sandbox.path("home/.local/share/mycli"), "in the way").expect("writable");
    let outcome = sandbox.run(&["--json", "doctor"]).ends_with(1);
    require_failed(&outcome, "store", "cannot create", "");
    sandbox.set("MYCLI_STORE", "vault");
    require_failed(&sandbox.run(&["--json", "doctor"]).ends_with(1), "store", "`vault`", "");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
#[cfg(target_os = "linux")]
fn keyring_check_tells_locked_absent_and_failing_apart() {
    let mut gnome = GnomeKeyring::unlocked();
    let mut sandbox = Sandbox::new();
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
    let outcome = sandbox.run(&["--json", "doctor"]).success();
    assert_eq!(check(&outcome, "store")["detail"], "keyring: a probe was written, read and deleted");
    assert_eq!(gnome.secret_tool(&["search", "--all", "service", "mycli"], ""), "", "the probe is deleted");
    gnome.lock();
    let outcome = sandbox.run(&["--json", "--no-input", "doctor"]).ends_with(1);
    require_failed(&outcome, "store", "locked", "unlock the keyring, or run the command without --no-input");
    require_failed(&sandbox.run(&["--json", "doctor"]).ends_with(1), "store", "locked", "unlock the keyring");
    assert_eq!(check(&outcome, "sessions")["ok"], true, "the other checks still run");
    // A bus that closes every connection.
    let socket = sandbox.path("bus");
    let bus = std::os::unix::net::UnixListener::bind(&socket).expect("writable");
    std::thread::spawn(move || bus.incoming().for_each(drop));
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let outcome = sandbox.run(&["--json", "doctor"]).ends_with(1);
    assert_eq!(check(&outcome, "store")["ok"], false);
    // No keyring: a file by default, an error if a keyring is required.
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", sandbox.path("nothing").display()));
    let outcome = sandbox.run(&["--json", "doctor"]).success();
    assert_eq!(check(&outcome, "store")["ok"], true);
    assert!(!outcome.stderr.contains("warning"), "the warning is part of the line: {}", outcome.stderr);
    let outcome = sandbox.run(&["--json", "--store", "keyring", "doctor"]).ends_with(1);
    require_failed(&outcome, "store", "no keyring found", "set store = \"file\" in config.toml");
}
