//! Sign-ins with a callback on `https`, and errors of the configuration.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, PublicKeyData};
use serde_json::{Value, json};
use url::Url;

use crate::support::browser;
use crate::support::certificates::{Authority, Issued, ecdsa};
use crate::support::fake_provider::{AUTHORIZE, FakeProvider};
use crate::support::oidc_provider::OidcProvider;
use crate::support::sandbox::OpenedUrls;
use crate::support::{Outcome, Sandbox, free_port, visitor};

/// Sandbox with a certificate for `localhost` beside the configuration.
struct World {
    authority: Authority,
    sandbox: Sandbox,
    opened: OpenedUrls,
    port: u16,
}

impl World {
    fn new() -> Self {
        Self::in_sandbox(Sandbox::new())
    }

    fn in_sandbox(mut sandbox: Sandbox) -> Self {
        sandbox.set("MYCLI_STORE", "file");
        let opened = sandbox.record_browser();
        let world = Self { authority: Authority::new(), sandbox, opened, port: free_port() };
        world.sandbox.configure("");
        world.install(&world.authority.issue(&["localhost"]));
        world
    }

    /// Writes both files at their configured paths.
    fn install(&self, issued: &Issued) {
        self.write("localhost.pem", &issued.chain, 0o644);
        self.write("localhost-key.pem", &issued.key, 0o600);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.sandbox.config_file().with_file_name(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let file = self.file(name);
        let _ = fs::remove_file(&file);
        fs::write(&file, text).expect("writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("writable");
        self.sandbox.give(&file);
    }

    fn callback(&self) -> String {
        format!("https://localhost:{}/callback", self.port)
    }

    fn configure(&self, issuer: &str, more: &str) {
        self.sandbox.configure(&format!(
            "[providers.acme]\nissuer = \"{issuer}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n{more}\n"
        ));
    }

    /// Configures the files by relative paths, as a user would.
    fn with_certificate(&self, issuer: &str) {
        let files = "callback_certificate = \"localhost.pem\"\ncallback_key = \"localhost-key.pem\"";
        self.configure(issuer, &format!("callback = \"{}\"\n{files}", self.callback()));
    }
}

/// Issuer that is never contacted.
fn unused_issuer() -> &'static str {
    "https://unused.invalid"
}

fn assert_rejected(outcome: Outcome, message: &str) {
    let outcome = outcome.fails(2, message);
    assert!(!outcome.stderr.contains("PRIVATE KEY"), "{}", outcome.stderr);
}

#[test]
fn signin_with_an_https_callback() {
    let provider = FakeProvider::start();
    let world = World::new();
    world.with_certificate(provider.issuer());
    let running = world.sandbox.start(&["signin", "acme", "--json"]);
    let visit = visitor::visit_trusting(&world.authority.file(), &world.opened.next_url());
    let origin = format!("https://localhost:{}/", world.port);
    let ours: Vec<&str> = visit.hops.iter().filter_map(|hop| hop.strip_prefix(&origin)).collect();
    assert!(
        matches!(ours[..], [start, callback, "done"] if start.starts_with("start?k=") && callback.starts_with("callback?"))
    );
    let outcome = running.outcome().success();
    assert_eq!(outcome.json()["flow"], "loopback");
    let requests = provider.requests_to(AUTHORIZE);
    assert_eq!(requests[0].query("redirect_uri"), Some(world.callback().as_str()), "sent byte for byte");
    world.sandbox.run(&["token", "acme"]).success();
}

#[test]
fn callback_flag_uses_the_configured_certificate() {
    let provider = FakeProvider::start();
    let world = World::new();
    world.install(&world.authority.issue(&["127.0.0.1"]));
    let files = "callback_certificate = \"localhost.pem\"\ncallback_key = \"localhost-key.pem\"";
    world.configure(provider.issuer(), files);
    let callback = format!("https://127.0.0.1:{}/back", world.port);
    let running = world.sandbox.start(&["signin", "acme", "--callback", &callback]);
    let visit = visitor::visit_trusting(&world.authority.file(), &world.opened.next_url());
    assert_eq!(visit.response.status, 200, "{:?}", visit.hops);
    running.outcome().success();
    assert_eq!(provider.requests_to(AUTHORIZE)[0].query("redirect_uri"), Some(callback.as_str()));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn chromium_signs_in_with_an_https_callback() {
    let world = World::new();
    let provider = OidcProvider::start(&json!({ "applicationType": "web", "redirectUris": [world.callback()] }));
    world.with_certificate(provider.issuer());
    let running = world.sandbox.start(&["signin", "acme"]);
    let plan = json!({
        "steps": browser::sign_in_as("ada"),
        "until": "/done",
        "trustedKey": fingerprint(&world),
    });
    let report = browser::drive(&world.opened.next_url(), &plan);
    running.outcome().success();
    assert_eq!(report.console, Vec::<Value>::new());
    let origin = Url::parse(&world.callback()).expect("a URL").origin().ascii_serialization();
    assert_eq!(report.requests_to_origin(&origin), ["GET /start", "GET /callback", "GET /done"]);
    assert!(report.final_url.starts_with(&origin), "{}", report.final_url);
    let left = report.history.iter().find(|address| address.contains("code=") || address.contains("state="));
    assert_eq!(left, None);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn chromium_goes_from_the_picker_to_an_https_callback() {
    let world = World::new();
    let provider = OidcProvider::start(&json!({ "applicationType": "web", "redirectUris": [world.callback()] }));
    world.with_certificate(provider.issuer());
    let configuration = fs::read_to_string(world.sandbox.config_file()).expect("readable");
    world.sandbox.configure(&(configuration + "[providers.demo]\n"));
    let running = world.sandbox.start(&["signin"]);
    let mut steps = vec![json!(["click", "button[value=acme]"])];
    steps.extend(browser::sign_in_as("ada"));
    let plan = json!({ "steps": steps, "until": "/done", "trustedKey": fingerprint(&world) });
    let report = browser::drive(&world.opened.next_url(), &plan);
    running.outcome().success();
    assert_eq!(report.console, Vec::<Value>::new());
}

/// SHA-256 of the public key, for Chromium's list of trusted keys.
fn fingerprint(world: &World) -> String {
    let key = fs::read_to_string(world.file("localhost-key.pem")).expect("readable");
    let public = KeyPair::from_pem(&key).expect("a key").subject_public_key_info();
    STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, &public))
}

#[test]
fn bad_file_is_named_before_any_request() {
    let world = World::new();
    world.with_certificate(unused_issuer());
    let (chain, key) = (world.file("localhost.pem"), world.file("localhost-key.pem"));
    let of_chain = |why: &str| format!("`callback_certificate` of `acme`: `{}` {why}", chain.display());
    let of_key = |why: &str| format!("`callback_key` of `acme`: `{}` {why}", key.display());
    let run = || world.sandbox.run(&["signin", "acme"]);
    let good = world.authority.issue(&["localhost"]);

    world.install(&world.authority.issue_with(&["localhost"], -2..-1, &ecdsa(), |_| {}));
    assert_rejected(run(), &of_chain("expired on 20"));
    world.install(&world.authority.issue(&["app.example"]));
    assert_rejected(run(), &of_chain("is valid for `app.example`, not for `localhost`"));
    world.install(&Issued { key: world.authority.issue(&["localhost"]).key, ..good.clone() });
    assert_rejected(run(), &of_key("does not match the certificate"));
    world.install(&Issued { chain: good.key.clone(), ..good.clone() });
    assert_rejected(run(), &of_chain("contains no PEM certificate"));
    world.install(&Issued { key: good.chain.clone(), ..good.clone() });
    assert_rejected(run(), &of_key("contains no PEM private key"));
    world.install(&good);
    fs::remove_file(&key).expect("writable");
    assert_rejected(run(), &of_key("not found"));
    fs::remove_file(&chain).expect("writable");
    assert_rejected(run(), &of_chain("cannot be read: No such file or directory"));
    fs::create_dir(&chain).expect("writable");
    assert_rejected(run(), &of_chain("cannot be read: not a regular file"));
    assert!(world.opened.is_empty());
}

#[test]
fn readable_key_is_rejected_and_symlink_is_followed() {
    let provider = FakeProvider::start();
    let world = World::in_sandbox(Sandbox::unprivileged());
    world.with_certificate(provider.issuer());
    let key = world.file("localhost-key.pem");
    let text = fs::read_to_string(&key).expect("readable");
    for mode in [0o644, 0o640, 0o604] {
        world.write("localhost-key.pem", &text, mode);
        let why = format!("`callback_key` of `acme`: `{}` can be read by other users (mode {mode:04o})", key.display());
        assert_rejected(world.sandbox.run(&["signin", "acme"]), &why);
    }
    world.write("localhost-key.pem", &text, 0o000);
    assert_rejected(world.sandbox.run(&["signin", "acme"]), "Permission denied");
    world.write("elsewhere.pem", &text, 0o600);
    fs::remove_file(&key).expect("writable");
    symlink("elsewhere.pem", &key).expect("writable");
    let running = world.sandbox.start(&["signin", "acme"]);
    visitor::visit_trusting(&world.authority.file(), &world.opened.next_url());
    running.outcome().success();
}

#[test]
fn https_callback_without_certificate_has_hints() {
    let world = World::new();
    world.configure(unused_issuer(), &format!("callback = \"{}\"", world.callback()));
    let message = format!("the callback `{}` needs a TLS certificate, and none is configured", world.callback());
    assert_rejected(world.sandbox.run(&["signin", "acme"]), &message);
    world.configure(unused_issuer(), "");
    assert_rejected(world.sandbox.run(&["signin", "acme", "--callback", &world.callback()]), &message);
    // The missing certificate does not affect other commands.
    world.sandbox.run(&["status"]).fails(3, "");
    world.sandbox.run(&["providers", "list"]).success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs privileged ports: --features real")]
fn privileged_port_error_explains_the_fix() {
    let limit = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").expect("Linux");
    assert!(limit.trim().parse::<u16>().is_ok_and(|limit| limit > 443), "port 443 is not privileged here");
    let (provider, world) = (FakeProvider::start(), World::in_sandbox(Sandbox::unprivileged()));
    let files = "callback_certificate = \"localhost.pem\"\ncallback_key = \"localhost-key.pem\"";
    world.configure(provider.issuer(), &format!("callback = \"https://localhost/callback\"\n{files}"));
    let outcome = world.sandbox.run(&["signin", "acme"]).fails(1, "port 443 on 127.0.0.1 requires root");
    assert!(outcome.stderr.contains("register a redirect URI with a port above 1023"), "{}", outcome.stderr);
    assert!(world.opened.is_empty());
}

#[test]
fn doctor_names_the_invalid_certificate() {
    let (provider, world) = (FakeProvider::start(), World::new());
    let check = || {
        let checks = world.sandbox.run(&["doctor", "--json"]).json()["checks"].take();
        let found = checks.as_array().expect("a list").iter().find(|check| check["name"] == "callback acme").cloned();
        found.unwrap_or_default()
    };
    world.with_certificate(provider.issuer());
    let found = check();
    assert_eq!(found["ok"], true, "{found}");
    let detail = found["detail"].as_str().expect("text");
    assert!(detail.starts_with(&format!("`{}` has a certificate that is valid until", world.callback())), "{detail}");
    world.install(&world.authority.issue_with(&["localhost"], -2..-1, &ecdsa(), |_| {}));
    let found = check();
    assert_eq!(found["ok"], false, "{found}");
    assert!(found["hint"].as_str().expect("text").ends_with("mycli signin acme --paste"), "{found}");
    // With the paste flow, no listener needs the certificate.
    world.configure(provider.issuer(), &format!("callback = \"{}\"\nflow = \"paste\"", world.callback()));
    assert_eq!(check(), Value::Null);
}
