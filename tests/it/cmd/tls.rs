//! Errors of provider certificates and callback certificates.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use crate::cmd::signin::record_of;
use crate::support::certificates::fixture;
use crate::support::tls_server::serve;
use crate::support::world::World;

#[test]
fn untrusted_providers() {
    let mut world = World::new();
    let mut record = record_of(&world);
    record.replace(fixture("").to_str().expect("plain").trim_end_matches('/'), "[FIXTURES]");
    // It sends no response.
    let port = serve("localhost", |mut stream| drop(stream.read(&mut [0; 4096])));
    record.replace(&port.to_string(), "[PORT]");
    let configure = |world: &World, host: &str, more: &str| {
        let table = format!("[providers.corp]\nissuer = \"https://{host}:{port}\"\nclient_id = \"x\"\n{more}\n");
        world.sandbox.configure(&table);
    };
    let arguments = ["signin", "corp", "--no-open", "--timeout", "1s"];
    let authority = |name: &str| format!("ca_file = \"{}\"", fixture(name).display());
    // The result must not depend on the certificates that the machine trusts.
    world.sandbox.set("SSL_CERT_FILE", fixture("other-ca.pem"));
    configure(&world, "localhost", "");
    record.run(&world.sandbox, "unknown authority", &arguments).ends_with(6);
    record.leave_out("::1").run(&world.sandbox, "", &["doctor"]).ends_with(1);
    configure(&world, "localhost", &authority("other-ca.pem"));
    record.run(&world.sandbox, "authority of another", &arguments).ends_with(6);
    configure(&world, "127.0.0.1", &authority("ca.pem"));
    record.run(&world.sandbox, "certificate of another name", &arguments);
    configure(&world, "localhost", &authority("localhost.key"));
    record.run(&world.sandbox, "authority without a certificate", &arguments);
    world.sandbox.set("SSL_CERT_FILE", fixture("localhost.key"));
    record.run(&world.sandbox, "", &["doctor"]).ends_with(1);
    world.sandbox.set("SSL_CERT_FILE", fixture("other-ca.pem"));
    configure(&world, "id.example", "");
    world.sandbox.set("HTTPS_PROXY", "http://127.0.0.1:9");
    record.run(&world.sandbox, "proxy away", &arguments);
    record.matches("tls_provider.txt");
}

#[test]
fn invalid_callback_certificates() {
    let world = World::new();
    let mut record = record_of(&world);
    let copy = |from: &str, to: &str, mode| {
        let place = world.sandbox.path("home").join(to);
        fs::copy(fixture(from), &place).expect("ours");
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).expect("ours");
        place
    };
    let certificate = copy("localhost.pem", "certificate.pem", 0o600);
    let key = copy("localhost.key", "key.pem", 0o600);
    let other = copy("id.localhost.pem", "other.pem", 0o600);
    let open = copy("localhost.key", "open.pem", 0o644);
    let folder = world.sandbox.path("home");
    for (case, certificate, key) in [
        ("certificate without a certificate", &key, &key),
        ("key without a key", &certificate, &certificate),
        ("certificate of another key", &other, &key),
        ("key that others can read", &certificate, &open),
        ("folder for the certificate", &folder, &key),
        ("folder for the key", &certificate, &folder),
    ] {
        let more = format!(
            "callback = \"https://localhost:8443/cb\"\ncallback_certificate = \"{}\"\ncallback_key = \"{}\"",
            certificate.display(),
            key.display()
        );
        world.sandbox.configure(&world.table("acme", &more));
        record.run(&world.sandbox, case, &["signin", "acme", "--no-open", "--timeout", "1s"]);
    }
    record.matches("tls_callback.txt");
}
