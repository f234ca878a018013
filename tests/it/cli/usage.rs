//! Usage errors: exit 2 before the program binds, opens, requests or writes anything.

use crate::support::world::World;

#[test]
fn hint_without_client_id_works_as_typed() {
    let world = World::new();
    let other = crate::support::fake_provider::FakeProvider::start();
    world.sandbox.configure(&format!("[providers.other]\nissuer = \"{}\"\n", other.issuer()));
    let stderr = world.run(&["signin", "other"]).fails(2, "no client ID for `other`").stderr;
    let command = stderr.lines().last().expect("a hint").trim().replace(" ID", " native");
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[0], "mycli");
    assert_eq!(world.run(&words[1..]).success().stdout, "");
    world.sign_in_at("other", &[]).success();
    world.run(&["signin", "github"]).fails(2, "https://github.com/settings/applications/new");
}

#[test]
fn provider_named_by_url_takes_a_client_id() {
    let world = World::new();
    world.sandbox.configure("");
    let url = world.provider.issuer();
    let stderr = world.run(&["signin", url]).fails(2, "no client ID").stderr;
    let command = stderr.lines().last().expect("a hint").trim().to_owned();
    assert_eq!(command, format!("mycli signin {url} --client-id ID"));
    world.sign_in_at(url, &["--client-id", "native"]).success();
    assert_eq!(world.sessions()[0]["provider"], url);
    world.run(&["token", &format!("{url}/")]).success();
}

#[test]
fn no_input_and_ci_never_wait_for_the_user() {
    let mut world = World::new();
    world.run(&["--no-input", "signin", "acme"]).fails(2, "--no-input");
    world.sandbox.set("CI", "true");
    world.run(&["signin", "acme"]).fails(2, "--no-input");
    world.assert_untouched();
    world.sandbox.set("CI", "false");
    world.sign_in(&[]).success();
    world.sandbox.set("CI", "1");
    world.run(&["signin", "acme"]).success();
    world.run(&["token", "acme"]).success();
}
