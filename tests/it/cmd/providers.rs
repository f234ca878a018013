//! `providers` and `completions`.

use crate::cmd::signin::record_of;
use crate::support::fake_provider::{DISCOVERY, Response};
use crate::support::world::World;

#[test]
fn providers_are_listed_and_shown() {
    let mut world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + "[providers.github]\n[providers.yahoo]\n"));
    let mut record = record_of(&world);
    for arguments in [
        &["providers"][..],
        &["providers", "list"],
        &["--json", "providers", "list"],
        &["providers", "list", "git"],
        &["providers", "list", "xyzzy"],
        &["providers", "list", "--all", "git"],
        &["providers", "list", "--all", "ELIXIR"],
        &["providers", "list", "--all", "azure-ad"],
        &["providers", "list", "--all", "threads"],
        &["providers", "list", "--all", "xyzzyxyzzy"],
        &["-q", "providers", "list", "xyzzy"],
        &["providers", "show", "acme"],
        &["-v", "providers", "show", "acme"],
        &["--json", "providers", "show", "acme"],
        &["providers", "show", "github"],
        &["providers", "show", "gitlab"],
        &["providers", "show", "yahoo"],
        &["providers", "show", "payfit"],
        &["providers", "show", "brex", "--json"],
        &["providers", "show", "kakao"],
        &["--json", "providers", "show", "kakao"],
        &["providers", "show", "deezer"],
        &["providers", "show", "elixir"],
        &["providers", "show", "okta"],
        &["providers", "show", "demo"],
    ] {
        record.run(&world.sandbox, "", arguments);
    }
    let issuer = world.provider.issuer().to_owned();
    record.run(&world.sandbox, "an issuer", &["providers", "show", &issuer]);
    world.sandbox.set("AUTH_ACME_ID", "of-the-environment");
    record.run(&world.sandbox, "client ID of the environment", &["providers", "show", "acme"]);
    world.provider.respond_with(DISCOVERY, Response::html(500, "away"));
    world.sandbox.configure(&world.table("other", ""));
    let _ = std::fs::remove_dir_all(world.sandbox.path("home/.cache"));
    record.run(&world.sandbox, "metadata away", &["providers", "show", "other"]);
    world.sandbox.configure("");
    record.run(&world.sandbox, "nothing configured", &["providers"]);
    record.matches("providers.txt");
}

#[test]
fn providers_are_added_and_removed() {
    let world = World::new();
    let mut record = record_of(&world);
    let issuer = world.provider.issuer().to_owned();
    for arguments in [
        &["providers", "add", "work", "--issuer", &issuer, "--client-id", "native"][..],
        &["--json", "providers", "add", "work", "--set", "scopes=openid,email"],
        &["-q", "providers", "add", "work", "--set", "flow=device"],
        &["providers", "add", "github", "--client-id", "x"],
        &["providers", "add", "gitlab", "--client-id", "x"],
        &["providers", "add", "yahoo", "--client-id", "x"],
        &["providers", "add", "tenant", "--use", "entra", "--set", "tenant=contoso.example", "--client-id", "x"],
        &["providers", "register", "gitlab"],
        &["providers", "register", "microsoft-entra-id"],
        &["providers", "register", "asana"],
        &["providers", "register", "work"],
        &["providers", "register", "xyzzy"],
        &["providers", "add", "acme"],
        &["providers", "add", "github"],
        &["providers", "add", "okta", "--set", "domain=acme.okta.example"],
        &["providers", "remove", "okta"],
        &["providers", "add", "xyzzy"],
        &["providers", "add", "xyzzy", "--client-id", "x"],
        &["providers", "add", "gihub", "--client-id", "x"],
        &["providers", "add", "work", "--use", "gihub"],
        &["providers", "add", "okta", "--client-id", "x"],
        &["providers", "add", "elixir", "--client-id", "x"],
        &["providers", "add", "work", "--issuer", "http://id.example"],
        &["providers", "add", "work", "--set", "nothing"],
        &["providers", "add", "work", "--set", "xyzzy=x"],
        &["providers", "add", "work", "--set", "port=x"],
        &["providers", "add", "work", "--set", "client_secret=x"],
        &["providers", "add", "work", "--set", "flow=magic"],
        &["providers", "add", "a b", "--client-id", "x"],
        &["providers", "add", "work", "--client-secret-stdin"],
        &["providers", "remove", "work"],
        &["--json", "providers", "remove", "gitlab"],
        &["providers", "remove", "work"],
        &["providers", "remove", "acm"],
        &["providers", "remove", "xyzzyxyzzy"],
    ] {
        record.run(&world.sandbox, "", arguments);
    }
    let add = ["providers", "add", "secret", "--issuer", &issuer, "--client-secret-stdin"];
    record.outcome("secret without a client ID", &add, &world.sandbox.run_with(&add, "hush-hush"));
    let add = ["providers", "add", "secret", "--issuer", &issuer, "--client-id", "web", "--client-secret-stdin"];
    record.outcome("secret stored", &add, &world.sandbox.run_with(&add, "hush-hush"));
    record.run(&world.sandbox, "", &["providers", "show", "secret"]);
    record.run(&world.sandbox, "", &["providers", "remove", "secret"]);
    let text = std::fs::read_to_string(world.sandbox.config_file()).expect("ours");
    record.block("configuration afterwards", &text);
    world.sandbox.configure("default = \"acme\"\n[providers.acme]\nissuer = \"https://id.example\"\n");
    record.run(&world.sandbox, "the default is removed", &["providers", "remove", "acme"]);
    world.sandbox.configure("providers = 1\n");
    record.run(&world.sandbox, "malformed configuration", &["providers", "add", "acme", "--client-id", "x"]);
    std::fs::remove_file(world.sandbox.config_file()).expect("ours");
    std::fs::create_dir(world.sandbox.config_file()).expect("ours");
    record.run(&world.sandbox, "configuration that is a folder", &["providers", "add", "acme", "--client-id", "x"]);
    record.matches("providers_add_remove.txt");
}
