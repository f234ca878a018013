//! Mistakes in `config.toml` and `.mycli.toml`, reported with file, line, column and key; `providers add` and `remove`.

use std::fs;

use crate::support::Sandbox;
use crate::support::world::World;

#[test]
fn config_flag_overrides_variable_overrides_default_file() {
    let mut sandbox = Sandbox::new();
    let mut files = Vec::new();
    for name in ["flag", "variable"] {
        let file = sandbox.path(format!("{name}.toml")).to_str().expect("UTF-8").to_owned();
        fs::write(&file, format!("[providers.{name}]\nissuer = \"https://id.example\"\n")).expect("writable");
        files.push(file);
    }
    sandbox.configure("[providers.default-file]\nissuer = \"https://id.example\"\n");
    let listed = |sandbox: &Sandbox, flags: &[&str]| {
        sandbox.run(&[flags, &["providers", "--json"]].concat()).success().json()["providers"][0]["name"].take()
    };
    assert_eq!(listed(&sandbox, &[]), "default-file");
    sandbox.set("MYCLI_CONFIG", &files[1]);
    assert_eq!(listed(&sandbox, &[]), "variable");
    assert_eq!(listed(&sandbox, &["--config", &files[0]]), "flag");
}

#[test]
fn token_of_a_named_session_survives_a_broken_configuration() {
    let world = World::signed_in();
    world.sandbox.configure("nonsense = 1\n");
    world.run(&["token", "acme"]).success();
    world.run(&["status"]).success();
    world.run(&["exec", "acme", "--", "true"]).success();
    world.run(&["signout", "acme"]).success();
}

#[test]
fn providers_are_added_shown_listed_and_removed() {
    let world = World::new();
    world.sandbox.configure("# mine\n");
    let issuer = world.provider.issuer();
    let add = ["providers", "add", "work", "--issuer", issuer, "--client-id", "native", "--set", "scopes=openid,email"];
    world.run(&add).success();
    let text = fs::read_to_string(world.sandbox.config_file()).expect("readable");
    assert!(text.starts_with("# mine\n"), "the rest of the file stays: {text}");
    let listed = world.run(&["providers", "list", "--json"]).success().json();
    let row = &listed["providers"][0];
    crate::support::world::assert_keys(row, &["name", "title", "source", "flows", "configured"]);
    assert_eq!((row["name"].as_str(), row["configured"].as_bool()), (Some("work"), Some(true)));
    world.sign_in_at("work", &[]).success();
    // A path is relative to the working directory; the configuration may be in another one.
    world.run(&["providers", "add", "work", "--set", "ca_file=ca.pem"]).success();
    let here = world.sandbox.path("home/ca.pem");
    let text = fs::read_to_string(world.sandbox.config_file()).expect("readable");
    assert!(text.lines().any(|line| line == format!("ca_file = \"{}\"", here.display())), "{text}");
    assert_eq!(world.run(&["providers", "remove", "work"]).success().stdout, "");
    assert_eq!(world.run(&["providers", "list"]).success().stdout, "");
    world.run(&["providers", "remove", "work"]).fails(2, "mycli providers list");
    world.run(&["token", "work", "--force-refresh"]).success();
}

#[test]
fn client_secret_is_stored_only_in_the_credential_store() {
    let world = World::new();
    let add = ["providers", "add", "acme", "--client-secret-stdin"];
    world.sandbox.run_with(&add, "hush-hush\n").success();
    let text = fs::read_to_string(world.sandbox.config_file()).expect("readable");
    assert!(!text.contains("hush-hush"), "{text}");
    world.sign_in(&[]).success();
    let exchange = &world.provider.requests_to(crate::support::fake_provider::TOKEN)[0];
    let basic = exchange.header("authorization").unwrap_or_default().starts_with("Basic ");
    assert!(basic || exchange.form("client_secret") == Some("hush-hush"), "{exchange:?}");
    world.run(&["providers", "add", "acme", "--set", "client_secret=hush-hush"]).fails(2, "client_secret");
}

#[test]
fn command_suggested_after_adding_a_provider_works() {
    let sandbox = World::new().sandbox;
    let add = ["providers", "add", "yahoo", "--client-id", "X"];
    let stderr = sandbox.run(&add).success().stderr;
    assert!(stderr.ends_with("next: mycli providers add yahoo --client-id X --client-secret-stdin\n"), "{stderr}");
    let stderr = sandbox.run_with(&[&add[..], &["--client-secret-stdin"]].concat(), "s3cret\n").success().stderr;
    assert!(stderr.ends_with("next: mycli signin yahoo --paste\n"), "{stderr}");
    sandbox.run(&["signin", "yahoo", "--paste"]).fails(2, "stdin ended");
    let stderr = sandbox.run(&["providers", "add", "gitlab", "--client-id", "X"]).success().stderr;
    assert!(stderr.ends_with("next: mycli signin gitlab\n"), "{stderr}");
}
