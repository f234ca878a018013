//! Which provider, which account.

use std::fs;

use crate::world::World;

/// `acme` with ada and bob, `other` with ada; every token is told apart by who it is of.
fn crowded() -> World {
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "scopes = [\"openid\", \"email\"]")));
    world.set_user("ada");
    world.sign_in(&[]).success();
    world.set_user("bob");
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
    world.set_user("eve");
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
fn a_file_that_others_put_above_is_not_heard() {
    let world = World::unprivileged();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    for name in ["acme", "other"] {
        world.set_user(name);
        world.sign_in_at(name, &[]).success();
    }
    let project = world.sandbox.path("home/project");
    fs::create_dir(&project).expect("ours");
    let token = || {
        let mut command = world.sandbox.command(&["token", "--json"]);
        command.current_dir(&project);
        crate::support::Running::spawn(command).outcome()
    };
    let (theirs, file) = (world.sandbox.path("home/theirs"), world.sandbox.path("home/.mycli.toml"));
    fs::write(&theirs, "provider = \"other\"\n").expect("ours");
    if !rustix::process::geteuid().is_root() {
        // Nobody else can make a file of somebody else's.
        return;
    }
    let of_another =
        |path: &std::path::Path| std::os::unix::fs::lchown(path, Some(54_321), Some(54_321)).expect("root may");
    fs::copy(&theirs, &file).expect("ours");
    assert_eq!(token().success().json()["provider"], "other");
    of_another(&file);
    token().fails(2, "`acme`, `other`");
    fs::remove_file(&file).expect("ours");
    std::os::unix::fs::symlink(&theirs, &file).expect("ours");
    assert_eq!(token().success().json()["provider"], "other");
    of_another(&file);
    token().fails(2, "`acme`, `other`");
}

#[test]
fn another_spelling_in_the_file_means_the_same_provider() {
    let world = World::new();
    let issuer = world.provider.issuer();
    for (name, account) in [("ada", &[][..]), ("bob", &["--force"])] {
        world.set_user(name);
        let running =
            world.sandbox.start(&[&["signin", issuer, "--client-id", "native", "--scope", "openid"], account].concat());
        crate::support::visitor::visit(&world.opened.next_url());
        running.outcome().success();
    }
    // Another spelling of the same address.
    let spelled = issuer.replace("http://", "HTTP://");
    fs::write(world.sandbox.path("home/.mycli.toml"), format!("provider = \"{spelled}/\"\naccount = \"bob\"\n"))
        .expect("ours");
    assert_eq!(account(&world, &[issuer]), format!("{issuer}/bob"));
    assert_eq!(account(&world, &[]), format!("{issuer}/bob"));
}

#[test]
fn two_names_of_one_client_are_told_to_be_one_session() {
    let world = World::new();
    world.sandbox.configure(
        &(world.table("acme", "")
            + &world.table("admin", "")
            + &world.table("apart", "").replace("client_id = \"native\"", "client_id = \"another\"")),
    );
    world.sign_in(&[]).success();
    let stderr = world.sign_in_at("apart", &[]).success().stderr;
    assert!(!stderr.contains("one client"), "{stderr}");
    assert_eq!(world.accounts().len(), 2, "a client of its own has a session of its own");
    let stderr = world.sign_in_at("admin", &[]).success().stderr;
    assert!(stderr.contains("`acme` and `admin` are one client of one issuer"), "{stderr}");
    world.run(&["token", "acme"]).fails(3, "not signed in to `acme`");
    world.run(&["token", "admin", "--force-refresh"]).success();
    world.run(&["token", "apart", "--force-refresh"]).success();
    assert_eq!(world.accounts().len(), 2);
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
    let outcome = crate::support::Running::spawn(command).outcome().success();
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
    crate::support::visitor::visit(&world.opened.next_url());
    running.outcome().success();
    assert_eq!(world.sessions()[0]["provider"], "acme");
}
