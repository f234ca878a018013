//! Hints: a hint is a command that runs as typed.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::support::free_port;
use crate::support::world::World;

/// Command of the hint, the last line on stderr.
#[track_caller]
fn hint(stderr: &str) -> &str {
    assert!(stderr.contains("\nhint: "), "no hint in:\n{stderr}");
    stderr.lines().last().expect("it has a hint").trim_start_matches("hint: ").trim_start()
}

/// Host and port of a server without TLS that answers as nginx and Node.js do.
fn plain_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn typed_issuer_that_is_wrong_has_a_next_step() {
    let world = World::new();
    let issuer = world.provider.issuer();
    let wrong_path = format!("{issuer}/realms/wrong");
    world.sandbox.configure(&world.table("acme", "").replace(issuer, &wrong_path));
    let add =
        |name: &str| format!("mycli providers add {name} --set authorization_endpoint=URL --set token_endpoint=URL");
    let plain = plain_server();
    let http = format!("mycli signin http://{plain} --client-id native");
    for (typed, message, expected) in [
        ("acme", "has no sign-in metadata for the issuer", add("acme")),
        (&wrong_path, "is neither an issuer nor a protected resource", add("NAME")),
        (&format!("https://{plain}/"), "does not speak TLS", http),
    ] {
        let outcome = world.run(&["signin", typed, "--client-id", "native"]).fails(2, message);
        assert_eq!(hint(&outcome.stderr), expected, "{typed}");
    }
}

#[test]
fn hint_names_the_configuration_file_that_was_typed() {
    let world = World::new();
    let file = world.sandbox.path("my config.toml");
    std::fs::copy(world.sandbox.config_file(), &file).expect("the sandbox can be written");
    let file = file.to_str().expect("UTF-8");
    for (arguments, code, expected) in [
        (&["token", "acme"][..], 3, "signin acme"),
        (&["status", "acme", "--check"], 3, "signin acme"),
        (&["token", "other", "--account", "ada"], 2, "providers list"),
        (&["signin", "acme", "--no-input"], 2, "signin acme"),
    ] {
        let outcome = world.run(&[&["--config", file], arguments].concat()).ends_with(code);
        let start = format!("mycli --config '{file}' ");
        assert!(hint(&outcome.stderr).starts_with(&(start + expected)), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn missing_client_secret_is_named_with_its_command() {
    let mut world = World::new();
    // The rows decide who needs a secret. No request leaves this machine.
    world.sandbox.configure("[providers.acme]\nuse = \"adobe\"\nclient_id = \"native\"\n");
    world.sandbox.set("HTTPS_PROXY", format!("http://127.0.0.1:{}", free_port()));
    let check = || {
        let document = world.run(&["--json", "doctor"]).json();
        let checks = document["checks"].as_array().expect("a list").clone();
        checks.into_iter().find(|check| check["name"] == "client secret acme")
    };
    let missing = check().expect("the secret is missing");
    let hint = "mycli providers add acme --client-id native --client-secret-stdin";
    assert_eq!((&missing["ok"], &missing["hint"]), (&false.into(), &hint.into()), "{missing:#}");
    let arguments: Vec<&str> = hint.split(' ').skip(1).collect();
    world.sandbox.run_with(&arguments, "hush-hush\n").success();
    assert_eq!(check(), None);
}
