//! Missing, damaged, encrypted and newer stores, and `doctor`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;

use crate::cmd::record::Record;
use crate::cmd::signin::record_of;
use crate::support::fake_provider::{DISCOVERY, FakeProvider, Response};
use crate::support::world::{World, edit_json};

/// File with the secret of the only session.
fn secret_file(world: &World) -> PathBuf {
    world.sandbox.path("home/.local/share/mycli/secrets").join(world.state_file().file_name().expect("a name"))
}

fn hide_ids(record: &mut Record, world: &World) {
    let id = world.state_file().file_stem().expect("a name").to_str().expect("plain").to_owned();
    record.replace(&id, "[SESSION]");
}

#[test]
fn no_keyring() {
    let mut world = World::new();
    world.sandbox.unset("MYCLI_STORE");
    let mut record = record_of(&world);
    record.outcome("no keyring, store not chosen", &["signin", "acme"], &world.sign_in(&[]).success());
    // Once: the user knows now.
    assert!(!world.sign_in(&["--force"]).success().stderr.contains("keyring"));
    record.run(&world.sandbox, "", &["--store", "keyring", "signin", "acme", "--force"]).ends_with(7);
    record.run(&world.sandbox, "", &["--json", "--store", "keyring", "signin", "acme", "--force"]).ends_with(7);
    fs::write(world.sandbox.state().join("keyring.json"), "{\"version\":1}").expect("a test file");
    record.run(&world.sandbox, "keyring used before", &["signin", "acme", "--force"]).ends_with(7);
    record.run(&world.sandbox, "", &["store", "move", "keyring"]).ends_with(7);
    record.run(&world.sandbox, "", &["store", "move", "file"]);
    world.sandbox.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    record.run(&world.sandbox, "missing bus", &["--store", "keyring", "signin", "acme", "--force"]).ends_with(7);
    world.sandbox.set("DBUS_SESSION_BUS_ADDRESS", "nonsense");
    record.run(&world.sandbox, "malformed bus address", &["--store", "keyring", "signin", "acme", "--force"]);
    record.matches("store_no_keyring.txt");
}

#[test]
fn damaged_and_newer_files() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    hide_ids(&mut record, &world);
    let (state, secret) = (world.state_file(), secret_file(&world));
    let (whole_state, whole_secret) = (fs::read(&state).expect("a test file"), fs::read(&secret).expect("a test file"));
    let commands: [&[&str]; 4] = [&["token", "acme"], &["status"], &["doctor", "demo"], &["store", "move", "file"]];
    let run = |record: &mut Record, case: &str| {
        record.leave_out("::1");
        for (index, command) in commands.iter().enumerate() {
            record.run(&world.sandbox, if index == 0 { case } else { "" }, command);
        }
    };
    fs::write(&secret, "damaged").expect("a test file");
    run(&mut record, "damaged secret");
    fs::write(&state, "{\"version\":1,").expect("a test file");
    run(&mut record, "damaged state and secret");
    record.run(&world.sandbox, "", &["signout", "acme"]);
    fs::write(&secret, &whole_secret).expect("a test file");
    fs::write(&state, &whole_state).expect("a test file");
    edit_json(&state, "version", 99.into());
    run(&mut record, "state of a newer version");
    fs::write(&state, &whole_state).expect("a test file");
    edit_json(&secret, "version", 99.into());
    run(&mut record, "secret of a newer version");
    fs::write(&secret, "{\"version\":1,\"secret\":\"{\\\"version\\\":99}\"}").expect("a test file");
    record.run(&world.sandbox, "session of a newer version", &["token", "acme"]);
    fs::remove_file(&secret).expect("a test file");
    run(&mut record, "missing secret");
    fs::create_dir(&secret).expect("a test file");
    record.run(&world.sandbox, "directory in place of the secret", &["token", "acme"]);
    fs::remove_dir(&secret).expect("a test file");
    fs::write(&secret, &whole_secret).expect("a test file");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("a test file");
    record.run(&world.sandbox, "secret readable by others", &["token", "acme"]);
    fs::remove_file(&secret).expect("a test file");
    std::os::unix::fs::symlink("/dev/null", &secret).expect("a test file");
    record.run(&world.sandbox, "secret that is a link", &["token", "acme"]);
    record.matches("store_damaged.txt");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs gnome-keyring: --features real")]
fn moves_between_stores() {
    let (world, _gnome) = World::with_keyring();
    let mut record = record_of(&world);
    world.sign_in(&[]).success();
    hide_ids(&mut record, &world);
    let add = "providers add other --issuer https://id.example --client-id web --client-secret-stdin";
    world.sandbox.run_with(&add.split(' ').collect::<Vec<_>>(), "hush-hush").success();
    record.run(&world.sandbox, "", &["store", "move", "file"]).success();
    let whole = fs::read(secret_file(&world)).expect("a test file");
    fs::write(secret_file(&world), "damaged").expect("a test file");
    record.run(&world.sandbox, "damaged secret", &["store", "move", "keyring"]).ends_with(7);
    fs::write(secret_file(&world), whole).expect("a test file");
    record.run(&world.sandbox, "", &["store", "move", "keyring"]).success();
    record.matches("store_move.txt");
}

#[test]
fn refresh_that_cannot_be_stored() {
    let world = World::signed_in();
    let mut record = record_of(&world);
    hide_ids(&mut record, &world);
    let in_the_way = secret_file(&world).with_extension("json.tmp");
    let place = in_the_way.clone();
    world.provider.change_tokens(move |_| fs::create_dir(&place).expect("nothing is there"));
    record.run(&world.sandbox, "saved to the recovery store", &["token", "acme", "--force-refresh"]).success();
    world.provider.change_tokens(|_| {});
    record.run(&world.sandbox, "still in the recovery store", &["token", "acme"]);
    record.run(&world.sandbox, "", &["token", "acme", "--force-refresh"]);
    record.matches("store_set_aside.txt");
}

#[test]
fn encrypted_files() {
    let mut world = World::new();
    let mut record = record_of(&world);
    let file = |name: &str, text: &str, mode| {
        let file = world.sandbox.path(name);
        fs::write(&file, text).expect("a test file");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a test file");
        file
    };
    let right = file("passphrase", "correct horse\n", 0o600);
    let passphrases = [
        ("wrong passphrase", file("wrong", "incorrect horse\n", 0o600)),
        ("empty passphrase", file("empty", "\n", 0o600)),
        ("passphrase file readable by others", file("open", "correct horse\n", 0o640)),
        ("missing passphrase file", world.sandbox.path("missing")),
        ("directory in place of the passphrase file", world.sandbox.path("home")),
    ];
    let no_key = file("no-key", "hello\n", 0o600);
    let other_key = file("key", "AGE-SECRET-KEY-143WN7DCXU4G8R5AXQSSYD9AEPYDNT3HXSLWSPK36CDU6E8M59SSSAGZ3KG\n", 0o600);
    world.sandbox.set("MYCLI_PASSPHRASE_FILE", &right);
    record.outcome("a passphrase", &["signin", "acme"], &world.sign_in(&[]).success());
    hide_ids(&mut record, &world);
    record.run(&world.sandbox, "", &["token", "acme"]).success();
    for (case, place) in passphrases {
        world.sandbox.set("MYCLI_PASSPHRASE_FILE", place);
        record.run(&world.sandbox, case, &["token", "acme"]);
    }
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    record.run(&world.sandbox, "no passphrase", &["token", "acme"]).ends_with(7);
    record.run(&world.sandbox, "", &["signin", "acme", "--force"]).ends_with(7);
    record.run(&world.sandbox, "", &["--json", "token", "acme"]).ends_with(7);
    world.sandbox.set("MYCLI_IDENTITY_FILE", no_key);
    record.run(&world.sandbox, "key file without a key", &["token", "acme"]);
    world.sandbox.set("MYCLI_IDENTITY_FILE", other_key);
    record.run(&world.sandbox, "key file of another key", &["token", "acme"]);
    world.sandbox.unset("MYCLI_IDENTITY_FILE").set("MYCLI_PASSPHRASE_FILE", right);
    fs::write(secret_file(&world), "age-encryption.org/v1\nhello").expect("a test file");
    record.run(&world.sandbox, "damaged encrypted file", &["token", "acme"]);
    fs::remove_dir_all(world.sandbox.path("home/.local")).expect("a test file");
    world.sandbox.unset("MYCLI_STORE");
    record.outcome("encrypted, store not chosen", &["signin", "acme"], &world.sign_in(&[]).success());
    record.matches("store_encrypted.txt");
}

#[test]
fn doctor_with_and_without_failures() {
    let mut world = World::signed_in();
    let mut record = record_of(&world);
    record.leave_out("::1");
    record.run(&world.sandbox, "no failures", &["doctor"]).success();
    record.run(&world.sandbox, "", &["-q", "doctor"]);
    record.run(&world.sandbox, "a provider", &["doctor", "acme"]);
    let without_checks = world.run(&["--json", "doctor"]).success().json();
    let checks = without_checks["checks"].as_array().expect("a list");
    let shown: String =
        checks.iter().filter(|one| !one.to_string().contains("::1")).map(|one| format!("{one}\n")).collect();
    record.block("checks as JSON, one per line", &shown);
    record.run(&world.sandbox, "unknown provider", &["doctor", "gihub"]);
    let away = FakeProvider::start().issuer().to_owned();
    let table = world.table("away", "").replace(world.provider.issuer(), &away);
    world.sandbox.configure(&(table + "[providers.blank]\n[providers.bare]\nissuer = \"http://127.0.0.1:9\"\n"));
    record.run(&world.sandbox, "unreachable and incomplete providers", &["doctor"]).ends_with(1);
    world.sandbox.configure("stores = \"file\"\n");
    record.run(&world.sandbox, "malformed configuration", &["doctor"]).ends_with(1);
    world.sandbox.unset("MYCLI_STORE");
    record.run(&world.sandbox, "malformed configuration, which could name the store", &["doctor"]).ends_with(1);
    world.sandbox.set("MYCLI_STORE", "file");
    world.sandbox.configure(&world.table("acme", "ca_file = \"/nonexistent/ca.pem\""));
    record.run(&world.sandbox, "missing certificate authority", &["doctor"]).ends_with(1);
    world.sandbox.configure(&world.table(
        "acme",
        "callback = \"https://localhost:8443/cb\"\ncallback_certificate = \"c.pem\"\ncallback_key = \"k.pem\"",
    ));
    record.run(&world.sandbox, "missing callback certificate", &["doctor"]).ends_with(1);
    world.sandbox.configure(&world.table("acme", ""));
    world.provider.respond_with(DISCOVERY, Response::html(500, "away"));
    let _ = fs::remove_dir_all(world.sandbox.path("home/.cache"));
    record.run(&world.sandbox, "discovery fails", &["doctor"]).ends_with(1);
    world.provider.respond_normally(DISCOVERY);
    let metadata = crate::support::visitor::get(&format!("{}{DISCOVERY}", world.provider.issuer())).body;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap_or_else(|_| json!({}));
    let minute_ago = (chrono::Utc::now() - chrono::TimeDelta::seconds(60)).to_rfc2822().replace("+0000", "GMT");
    for (case, date, code) in [
        ("clock behind", "Fri, 01 Jan 2100 00:00:00 GMT", 1),
        ("clock ahead", "Thu, 01 Jan 2015 00:00:00 GMT", 1),
        ("clock a little ahead", &minute_ago, 0),
    ] {
        world.provider.respond_with(DISCOVERY, Response::json(200, &metadata).with_header("Date", date));
        record.run(&world.sandbox, case, &["doctor"]).ends_with(code);
    }
    world.provider.respond_normally(DISCOVERY);
    world.sandbox.configure("");
    world.sandbox.set("HTTPS_PROXY", "http://127.0.0.1:9").set("SSL_CERT_FILE", "/nonexistent/ca.pem");
    world.sandbox.unset("MYCLI_BROWSER").set("SSH_TTY", "/dev/pts/1").set("MYCLI_STORE", "keyring");
    record.run(&world.sandbox, "proxy, authority, browser, store", &["doctor"]).ends_with(1);
    world.sandbox.unset("SSH_TTY").set("MYCLI_BROWSER", "/nonexistent/browser").set("NO_PROXY", "id.example");
    record.run(&world.sandbox, "missing browser", &["doctor"]).ends_with(1);
    record.matches("doctor.txt");
}

/// Machines without IPv6 print another text.
#[test]
fn doctor_on_ipv6_loopback() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    let world = World::new();
    let outcome = world.run(&["doctor"]);
    let mut record = Record::new();
    record.block("", &outcome.stdout.lines().filter(|line| line.contains("::1")).collect::<Vec<_>>().join("\n"));
    record.matches("doctor_ipv6.txt");
}
