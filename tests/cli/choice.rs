//! Which provider, which account.

use std::fs;

use crate::world::World;

/// `acme` with ada and bob, `other` with ada; every token is told apart by who it is of.
fn crowded() -> World {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "scopes = [\"openid\", \"email\"]")));
    world.person("ada");
    world.sign_in(&[]).success();
    world.person("bob");
    world.sign_in(&["--force"]).success();
    world
}

fn account(world: &World, arguments: &[&str]) -> String {
    let outcome = world.run(&[&["token", "--json"], arguments].concat()).success();
    let json = outcome.json();
    format!("{}/{}", json["provider"].as_str().expect("a name"), json["account"].as_str().expect("a name"))
}

#[test]
fn another_account_signs_in_beside_and_does_not_become_the_default() {
    let world = crowded();
    assert_eq!(world.accounts(), ["ada", "bob"]);
    assert_eq!(account(&world, &["acme"]), "acme/ada");
    let defaults: Vec<bool> = world.sessions().iter().map(|one| one["default"] == true).collect();
    assert_eq!(defaults, [true, false]);
}

#[test]
fn an_account_answers_to_its_name_its_address_and_its_subject() {
    let mut world = crowded();
    for name in ["bob", "bob@example.test", "BOB@Example.TEST", "subject-of-bob"] {
        assert_eq!(account(&world, &["acme", "--account", name]), "acme/bob", "{name}");
    }
    world.run(&["token", "acme", "--account", "BOB"]).fails(3, "as `BOB`");
    world.sandbox.set("MYCLI_ACCOUNT", "bob");
    assert_eq!(account(&world, &["acme"]), "acme/bob");
    assert_eq!(account(&world, &["acme", "--account", "ada"]), "acme/ada");
}

#[test]
fn the_chosen_account_is_the_default_from_then_on() {
    let world = crowded();
    let outcome = world.run(&["switch", "acme", "Bob@example.test"]).success();
    assert_eq!(outcome.stdout, "");
    assert_eq!(account(&world, &[]), "acme/bob");
    let chosen = world.run(&["--json", "switch", "acme", "ada"]).success().json();
    assert_eq!(chosen, serde_json::json!({"provider": "acme", "account": "ada"}));
    assert_eq!(account(&world, &[]), "acme/ada");
    world.run(&["switch", "acme", "eve"]).fails(3, "not signed in to `acme` as `eve`");
    assert_eq!(account(&world, &[]), "acme/ada");
}

#[test]
fn a_provider_is_found_by_variable_then_directory_then_default_then_being_the_only_one() {
    let mut world = crowded();
    assert_eq!(account(&world, &[]), "acme/ada", "the only one signed in");
    // One client and one subject are one session, whatever it is called: another subject is another.
    world.person("eve");
    world.sign_in_at("other", &[]).success();
    let stderr = world.run(&["token"]).fails(2, "`acme`, `other`").stderr;
    assert!(stderr.contains("hint: mycli token acme"), "{stderr}");
    world.run(&["exec", "--", "true"]).fails(2, "mycli exec acme -- COMMAND");
    let tables = world.table("acme", "") + &world.table("other", "");
    world.sandbox.configure(&format!("default = \"other\"\n{tables}"));
    assert_eq!(account(&world, &[]), "other/eve");
    fs::write(world.sandbox.path("home/.mycli.toml"), "provider = \"acme\"\naccount = \"bob\"\n").expect("ours");
    assert_eq!(account(&world, &[]), "acme/bob");
    assert_eq!(account(&world, &["acme"]), "acme/bob", "it speaks of this provider");
    assert_eq!(account(&world, &["other"]), "other/eve", "and not of that one");
    world.sandbox.set("MYCLI_PROVIDER", "other");
    assert_eq!(account(&world, &[]), "other/eve");
    assert_eq!(account(&world, &["acme", "--account", "ada"]), "acme/ada");
}

#[test]
fn the_nearest_file_of_the_directories_above_counts() {
    let world = crowded();
    let deep = world.sandbox.path("home/project/deep");
    fs::create_dir_all(&deep).expect("ours");
    fs::write(world.sandbox.path("home/.mycli.toml"), "account = \"ada\"\n").expect("ours");
    fs::write(world.sandbox.path("home/project/.mycli.toml"), "provider = \"acme\"\naccount = \"bob\"\n")
        .expect("ours");
    let mut command = world.sandbox.command(&["token", "--json"]);
    command.current_dir(&deep);
    let outcome = crate::support::Running::of(command).outcome().success();
    assert_eq!(outcome.json()["account"], "bob");
}

#[test]
fn a_sign_out_of_a_provider_named_by_the_surroundings_takes_no_other() {
    let mut world = crowded();
    world.run(&["signout", "acme", "--account", "bob"]).success();
    world.sandbox.set("MYCLI_PROVIDER", "github");
    assert_eq!(world.run(&["signout"]).success().stderr, "not signed in\n");
    assert_eq!(world.accounts(), ["ada"]);
    world.sandbox.unset("MYCLI_PROVIDER");
    world.sandbox.configure(&format!("default = \"github\"\n{}", world.table("acme", "")));
    world.run(&["signout"]).success();
    assert!(world.accounts().is_empty(), "the only session goes before the default");
}

#[test]
fn a_sign_in_takes_the_only_provider_configured() {
    let world = World::new();
    let running = world.sandbox.start(&["signin"]);
    crate::support::visitor::visit(&world.opened.address());
    running.outcome().success();
    assert_eq!(world.sessions()[0]["provider"], "acme");
}
