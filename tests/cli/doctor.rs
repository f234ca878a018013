//! `doctor`: a line each, whatever else is wrong.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::support::fake_provider::{DISCOVERY, Response};
use crate::support::keyring::GnomeKeyring;
use crate::support::{Outcome, Sandbox};
use crate::world::{World, assert_keys};

/// The check of this name.
#[track_caller]
fn check(outcome: &Outcome, name: &str) -> Value {
    let document = outcome.json();
    assert_keys(&document, &["checks"]);
    let checks = document["checks"].as_array().expect("a list");
    checks.iter().for_each(|check| assert_keys(check, &["name", "ok", "detail", "hint"]));
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {document:#}")).clone()
}

/// Fails the test where the check of this name is well, or says something else.
#[track_caller]
fn failed(outcome: &Outcome, name: &str, detail: &str, hint: &str) {
    let check = check(outcome, name);
    assert_eq!(check["ok"], false, "{check:#}");
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    assert!(text("detail").contains(detail), "no `{detail}` in {check:#}");
    assert!(text("hint").contains(hint), "no `{hint}` in {check:#}");
}

fn names(outcome: &Outcome) -> Vec<String> {
    let checks = outcome.json()["checks"].as_array().expect("a list").clone();
    checks.iter().map(|check| check["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn all_is_well_in_a_line_each() {
    let world = World::signed_in();
    let outcome = world.run(&["doctor"]).success();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("ok ")), "{}", outcome.stdout);
    for (name, detail) in [
        ("configuration", "config.toml, 1 provider"),
        ("store", "written, read and deleted"),
        ("sessions", "1, each with its tokens"),
        ("browser", "browser` opens it"),
        ("loopback 127.0.0.1", "can come back"),
        ("loopback ::1", ""),
        ("proxy", "none"),
        ("certificates", "system"),
        ("clock acme", "does not tell the time"),
        ("discovery acme", "describes itself"),
    ] {
        let line = lines.iter().find(|line| line.starts_with(&format!("ok {name}: ")));
        assert!(line.is_some_and(|line| line.contains(detail)), "no `{name}: {detail}` in\n{}", outcome.stdout);
    }
    assert_eq!(lines.len(), 10, "{}", outcome.stdout);
    assert!(world.opened.is_empty(), "it opens none");
    assert_eq!(names(&world.run(&["--json", "doctor"]).success()).len(), 10);
}

#[test]
fn the_probe_leaves_nothing_behind() {
    let world = World::signed_in();
    let secrets =
        |world: &World| world.files().into_keys().filter(|file| file.to_string_lossy().contains("secrets")).count();
    let before = secrets(&world);
    world.run(&["doctor"]).success();
    // The lock file of the file store may be new.
    assert_eq!(secrets(&world), before);
}

#[test]
fn a_clock_that_is_wrong_is_told_with_its_side_and_one_that_is_a_little_off_is_not_wrong() {
    let world = World::new();
    let now =
        |seconds: i64| (chrono::Utc::now() - chrono::TimeDelta::seconds(seconds)).to_rfc2822().replace("+0000", "GMT");
    let (right, slow) = (now(0), now(60));
    for (date, code, detail) in [
        (right.as_str(), 0, "as the provider's"),
        (slow.as_str(), 0, "ahead of the provider's, which does no harm"),
        ("Thu, 01 Jan 2015 00:00:00 GMT", 1, "ahead of the provider's: ID tokens will be refused"),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 1, "behind the provider's"),
        ("yesterday", 0, "does not tell the time"),
    ] {
        let body = metadata_of(&world);
        world.provider.respond_with(DISCOVERY, Response::json(200, &body).with_header("Date", date));
        let outcome = world.run(&["--json", "doctor"]).ends_with(code);
        let check = check(&outcome, "clock acme");
        assert_eq!(check["ok"], code == 0);
        assert!(check["detail"].as_str().expect("text").contains(detail), "{check:#}");
        assert_eq!(self::check(&outcome, "discovery acme")["ok"], true, "one check does not spoil the other");
    }
}

fn metadata_of(world: &World) -> Value {
    world.provider.respond_normally(DISCOVERY);
    let answer = crate::support::visitor::get(&format!("{}{DISCOVERY}", world.provider.issuer()));
    serde_json::from_str(&answer.body).expect("metadata")
}

#[test]
fn a_configuration_that_is_wrong_stops_no_other_check() {
    let mut world = World::signed_in();
    world.sandbox.configure("default = \"acme\"\nstores = \"file\"\n");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "configuration", "config.toml:2:1", "");
    for name in ["store", "sessions", "browser", "loopback 127.0.0.1", "proxy"] {
        assert_eq!(check(&outcome, name)["ok"], true, "{name}");
    }
    world.sandbox.unset("MYCLI_STORE");
    let said = world.run(&["doctor"]).ends_with(1).stdout;
    assert_eq!(said.matches("config.toml:2:1").count(), 1, "it is told once: {said}");
    assert!(said.contains("store: not tried"), "{said}");
    world.sandbox.set("MYCLI_STORE", "file");
    world.sandbox.configure(
        &(world.table("acme", "") + "[providers.blank]\n[providers.bare]\nissuer = \"https://id.example\"\n"),
    );
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "provider bare", "no client ID", "mycli providers add bare --client-id ID");
    assert_eq!(check(&outcome, "provider blank")["ok"], false);
    assert_eq!(check(&outcome, "discovery acme")["ok"], true);
}

#[test]
fn a_provider_that_is_away_or_another_is_told_and_the_next_one_is_asked() {
    let world = World::new();
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("bound").port();
    let away = format!("[providers.away]\nissuer = \"http://127.0.0.1:{free}\"\nclient_id = \"x\"\n");
    world.sandbox.configure(&(away + &world.table("acme", "")));
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "discovery away", "connection refused", "");
    failed(&outcome, "clock away", "not compared", "");
    assert_eq!(check(&outcome, "discovery acme")["ok"], true);
    let one = world.run(&["--json", "doctor", "acme"]).success();
    assert!(names(&one).iter().all(|name| !name.contains("away")), "{:?}", names(&one));
    failed(&world.run(&["--json", "doctor", "gihub"]).ends_with(1), "provider gihub", "unknown provider", "github");
}

#[test]
fn an_authority_that_is_not_known_is_told_with_what_helps() {
    let mut world = World::new();
    let port = serve_tls();
    let fixture = |name: &str| format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let table =
        |more: &str| format!("[providers.corp]\nissuer = \"https://localhost:{port}\"\nclient_id = \"x\"\n{more}");
    world.sandbox.configure(&table(""));
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "discovery corp", "is not trusted", "");
    failed(&outcome, "discovery corp", "`SSL_CERT_FILE` or `ca_file`", "");
    // With the authority the server is reached, and has no metadata.
    world.sandbox.configure(&table(&format!("ca_file = \"{}\"\n", fixture("ca.pem"))));
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "discovery corp", "no sign-in metadata", "");
    assert_eq!(check(&outcome, "certificates corp")["ok"], true);
    world.sandbox.configure(&table("ca_file = \"/nonexistent/ca.pem\"\n"));
    world.sandbox.set("SSL_CERT_FILE", fixture("localhost.key"));
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "certificates", "contains no PEM certificate", "SSL_CERT_FILE");
    failed(&outcome, "certificates corp", "/nonexistent/ca.pem", "`ca_file`");
}

/// A server with the certificate of the test's own authority, which answers 404.
fn serve_tls() -> u16 {
    use std::io::{Read, Write};
    let fixture = |name: &str| format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let chain = CertificateDer::pem_file_iter(fixture("localhost.pem")).expect("there").map(|one| one.expect("one"));
    let key = PrivateKeyDer::from_pem_file(fixture("localhost.key")).expect("there");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config =
        builder.expect("the usual").with_no_client_auth().with_single_cert(chain.collect(), key).expect("both");
    let (config, listener) = (Arc::new(config), TcpListener::bind(("127.0.0.1", 0)).expect("a port"));
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("the usual");
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut head = [0; 4096];
            if stream.read(&mut head).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.flush();
            }
        }
    });
    port
}

#[test]
fn a_proxy_that_is_dead_is_told_and_its_password_is_not() {
    let mut world = World::new();
    let free = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("bound").port();
    world.sandbox.set("HTTPS_PROXY", format!("http://ada:hush-hush@127.0.0.1:{free}")).set("NO_PROXY", "corp.example");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "proxy", &format!("127.0.0.1:{free} (HTTPS_PROXY): connection refused"), "HTTPS_PROXY");
    assert!(!outcome.stdout.contains("hush"), "{}", outcome.stdout);
    assert_eq!(check(&outcome, "discovery acme")["ok"], true, "loopback goes through none");
    assert_eq!(check(&outcome, "proxy acme")["detail"], "none: requests go directly to the provider");
    world.sandbox.set("https_proxy", "ftp://ada:hush-hush@x");
    let outcome = world.run(&["doctor"]).ends_with(1);
    assert!(outcome.stdout.contains("FAILED proxy: `https_proxy` is not the URL of a proxy"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("hush") && !outcome.stderr.contains("hush"), "{outcome:?}");
}

#[test]
fn a_session_without_its_tokens_and_files_that_others_can_change_are_told() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::signed_in();
    let state = world.state_file();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o666)).expect("ours");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "sessions", "can be changed by other users (mode 0666)", "");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o600)).expect("ours");
    fs::remove_dir_all(world.sandbox.path("home/.local/share/mycli/secrets")).expect("it is there");
    let outcome = world.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "sessions", "`ada` at `acme`: the store has no tokens for it", "mycli signin acme");
    assert_eq!(check(&outcome, "store")["ok"], true);
}

#[test]
fn a_store_that_cannot_be_written_is_told() {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file");
    fs::write(sandbox.path("home/.local/share/mycli"), "in the way").expect("ours");
    let outcome = sandbox.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "store", "cannot make", "");
    sandbox.set("MYCLI_STORE", "vault");
    failed(&sandbox.run(&["--json", "doctor"]).ends_with(1), "store", "`vault`", "");
}

#[test]
fn no_browser_is_nothing_to_mend_and_one_that_is_not_there_is() {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file").set("SSH_TTY", "/dev/pts/1");
    let outcome = sandbox.run(&["--json", "doctor"]).success();
    let browser = check(&outcome, "browser");
    assert!(browser["detail"].as_str().expect("text").contains("this is an SSH session"), "{browser:#}");
    sandbox.set("MYCLI_BROWSER", "/nonexistent/browser --new");
    let outcome = sandbox.run(&["--json", "doctor"]).ends_with(1);
    failed(&outcome, "browser", "`/nonexistent/browser`", "BROWSER");
}

#[test]
#[cfg(target_os = "linux")]
fn a_keyring_is_tried_and_one_that_is_locked_absent_or_failing_is_told_apart() {
    let mut gnome = GnomeKeyring::unlocked();
    let mut sandbox = Sandbox::new();
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
    let outcome = sandbox.run(&["--json", "doctor"]).success();
    assert_eq!(check(&outcome, "store")["detail"], "keyring: a probe was written, read and deleted");
    assert_eq!(gnome.secret_tool(&["search", "--all", "service", "mycli"], ""), "", "the probe is gone");
    gnome.lock();
    let outcome = sandbox.run(&["--json", "--no-input", "doctor"]).ends_with(1);
    failed(&outcome, "store", "locked", "unlock the keyring, or run the command without --no-input");
    failed(&sandbox.run(&["--json", "doctor"]).ends_with(1), "store", "locked", "unlock the keyring");
    assert_eq!(check(&outcome, "sessions")["ok"], true, "the other checks go on");
    // A bus that hangs up on everyone.
    let socket = sandbox.path("bus");
    let bus = std::os::unix::net::UnixListener::bind(&socket).expect("ours");
    std::thread::spawn(move || bus.incoming().for_each(drop));
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let outcome = sandbox.run(&["--json", "doctor"]).ends_with(1);
    assert_eq!(check(&outcome, "store")["ok"], false);
    // None at all: a file by default, trouble where a keyring is demanded.
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", sandbox.path("nothing").display()));
    let outcome = sandbox.run(&["--json", "doctor"]).success();
    let detail = check(&outcome, "store")["detail"].as_str().expect("text").to_owned();
    assert!(detail.starts_with("files: a probe") && detail.contains("no keyring on this machine"), "{detail}");
    assert!(!outcome.stderr.contains("warning"), "it is in the line: {}", outcome.stderr);
    let outcome = sandbox.run(&["--json", "--store", "keyring", "doctor"]).ends_with(1);
    failed(&outcome, "store", "no keyring found", "mycli signin --store file");
}
