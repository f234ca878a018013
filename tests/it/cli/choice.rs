//! Selection of provider and account.

use std::fs;

use crate::cli::look::on_a_terminal;
use crate::support::world::World;

/// `acme` with the accounts ada and bob, and `other` without a session.
fn two_accounts() -> World {
    let world = World::with_two_accounts();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "scopes = [\"openid\", \"email\"]")));
    world
}

fn account(world: &World, arguments: &[&str]) -> String {
    let outcome = world.run(&[&["token", "--json"], arguments].concat()).success();
    let json = outcome.json();
    format!("{}/{}", json["provider"].as_str().expect("a name"), json["account"].as_str().expect("a name"))
}

#[test]
fn second_account_does_not_become_the_default() {
    let world = two_accounts();
    assert_eq!(world.accounts(), ["ada", "bob"]);
    assert_eq!(account(&world, &["acme"]), "acme/ada");
    let defaults: Vec<bool> = world.sessions().iter().map(|one| one["default"] == true).collect();
    assert_eq!(defaults, [true, false]);
}

#[test]
fn account_matches_name_email_or_subject() {
    let mut world = two_accounts();
    for name in ["bob", "bob@example.test", "BOB@Example.TEST", "subject-of-bob"] {
        assert_eq!(account(&world, &["acme", "--account", name]), "acme/bob", "{name}");
    }
    world.run(&["token", "acme", "--account", "BOB"]).fails(3, "as `BOB`");
    world.sandbox.set("MYCLI_ACCOUNT", "bob");
    assert_eq!(account(&world, &["acme"]), "acme/bob");
    assert_eq!(account(&world, &["acme", "--account", "ada"]), "acme/ada");
}

#[test]
fn switch_changes_the_default_account() {
    let world = two_accounts();
    let outcome = world.run(&["switch", "acme", "Bob@example.test"]).success();
    assert_eq!(outcome.stdout, "");
    assert_eq!(account(&world, &[]), "acme/bob");
    let chosen = world.run(&["--json", "switch", "acme", "ada"]).success().json();
    assert_eq!(chosen, serde_json::json!({"provider": "acme", "account": "ada"}));
    assert_eq!(account(&world, &[]), "acme/ada");
    world.run(&["switch", "acme", "eve"]).fails(3, "not signed in to `acme` as `eve`");
    assert_eq!(account(&world, &[]), "acme/ada");
}

/// `acme` and then `other` signed in, each with its own user.
fn two_providers() -> World {
    let world = World::signed_in();
    world.sandbox.configure(&format!("# mine\n{}{}", world.table("acme", ""), world.table("other", "")));
    world.set_user("eve");
    world.sign_in_at("other", &[]).success();
    world
}

#[test]
fn second_sign_in_says_who_stays_the_default() {
    let world = World::signed_in();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    world.set_user("bob");
    let second = world.sign_in(&["--force"]).success();
    let change = "to change it: mycli switch acme bob";
    assert!(
        second.stderr.contains("stays the default account of `acme`") && second.stderr.contains(change),
        "{second:?}"
    );
    world.set_user("eve");
    let other = world.sign_in_at("other", &[]).success();
    let note = "`acme` stays the default provider; to change it: mycli switch other";
    assert!(other.stderr.contains(note), "{other:?}");
    assert_eq!(account(&world, &[])[..5], *"acme/");
    // No third party takes the place of a provider that was signed out.
    world.set_user("mia");
    world.sandbox.configure(&["acme", "other", "third"].map(|name| world.table(name, "")).concat());
    world.sign_in_at("third", &[]).success();
    world.run(&["signout", "acme", "--all"]).success();
    world.run(&["token"]).fails(2, "mycli switch other");
}

#[test]
fn switch_changes_the_default_provider() {
    let world = two_providers();
    assert_eq!(account(&world, &[])[..5], *"acme/");
    let outcome = world.run(&["switch", "other"]).success();
    assert_eq!((outcome.stdout.as_str(), account(&world, &[]).as_str()), ("", "other/eve"));
    let config = fs::read_to_string(world.sandbox.config_file()).expect("written");
    assert!(config.starts_with("default = \"other\"\n\n# mine\n[providers.acme]\n"), "{config}");
    let chosen = world.run(&["--json", "switch", "acme"]).success().json();
    assert_eq!(chosen["provider"], "acme");
    assert_eq!(account(&world, &[])[..5], *"acme/");
    world.run(&["switch", "other", "eve"]).success();
    assert_eq!(account(&world, &[]), "other/eve");
    world.run(&["switch", "gitlab"]).fails(3, "not signed in to `gitlab`");
    world.run(&["switch", "nobody"]).fails(2, "nobody");
    world.run(&["switch"]).fails(2, "mycli switch acme");
    assert_eq!(account(&world, &[]), "other/eve");
}

#[test]
fn switch_names_what_comes_first_here() {
    let mut world = two_providers();
    world.sandbox.set("MYCLI_PROVIDER", "acme");
    let outcome = world.run(&["switch", "other"]).success();
    assert!(outcome.stderr.contains("the environment names `acme`, which comes first here"), "{outcome:?}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn switch_without_a_provider_is_a_menu() {
    let mut world = two_providers();
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (70, 20), "switch");
    let screen = terminal.wait_for("other (eve)");
    assert!(screen.contains("default)"), "{screen}");
    terminal.press("Down");
    terminal.press("Enter");
    terminal.wait_for("`other` is now the default provider, as `eve`");
    assert_eq!(account(&world, &[]), "other/eve");
}

#[test]
fn provider_comes_from_variable_file_default_or_only_one() {
    let mut world = two_accounts();
    assert_eq!(account(&world, &[]), "acme/ada", "the only one signed in");
    // One client and one subject share a session under any provider name, so use another subject.
    world.set_user("eve");
    world.sign_in_at("other", &[]).success();
    assert_eq!(account(&world, &[]), "acme/ada", "the one signed in before the others");
    fs::remove_file(world.sandbox.state().join("default.json")).expect("the sign-in wrote it");
    world.run(&["token"]).fails(2, "`acme`, `other`");
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
fn project_file_of_another_user_is_ignored() {
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
        // Only root can create a file of another user.
        return;
    }
    let of_another =
        |path: &std::path::Path| std::os::unix::fs::lchown(path, Some(54_321), Some(54_321)).expect("root may");
    fs::copy(&theirs, &file).expect("ours");
    assert_eq!(token().success().json()["provider"], "other");
    of_another(&file);
    assert_eq!(token().success().json()["provider"], "acme");
    fs::remove_file(&file).expect("ours");
    std::os::unix::fs::symlink(&theirs, &file).expect("ours");
    assert_eq!(token().success().json()["provider"], "other");
    of_another(&file);
    assert_eq!(token().success().json()["provider"], "acme");
}

#[test]
fn project_file_may_spell_the_url_differently() {
    let world = World::new();
    let issuer = world.provider.issuer();
    for (name, account) in [("ada", &[][..]), ("bob", &["--force"])] {
        world.set_user(name);
        let running =
            world.sandbox.start(&[&["signin", issuer, "--client-id", "native", "--scope", "openid"], account].concat());
        crate::support::visitor::visit(&world.opened.next_url());
        running.outcome().success();
    }
    let spelled = issuer.replace("http://", "HTTP://");
    fs::write(world.sandbox.path("home/.mycli.toml"), format!("provider = \"{spelled}/\"\naccount = \"bob\"\n"))
        .expect("ours");
    assert_eq!(account(&world, &[issuer]), format!("{issuer}/bob"));
    assert_eq!(account(&world, &[]), format!("{issuer}/bob"));
}

#[test]
fn two_names_of_one_client_share_a_session() {
    let world = World::new();
    world.sandbox.configure(
        &(world.table("acme", "")
            + &world.table("admin", "")
            + &world.table("apart", "").replace("client_id = \"native\"", "client_id = \"another\"")),
    );
    world.sign_in(&[]).success();
    let stderr = world.sign_in_at("apart", &[]).success().stderr;
    assert!(!stderr.contains("is now called"), "{stderr}");
    assert_eq!(world.accounts().len(), 2, "a client of its own has a session of its own");
    world.sign_in_at("admin", &[]).success();
    world.run(&["token", "acme"]).fails(3, "not signed in to `acme`");
    world.run(&["token", "admin", "--force-refresh"]).success();
    world.run(&["token", "apart", "--force-refresh"]).success();
    assert_eq!(world.accounts().len(), 2);
}

#[test]
fn nearest_project_file_wins() {
    let world = two_accounts();
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
fn signout_of_selected_provider_affects_no_other() {
    let mut world = two_accounts();
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
fn signin_uses_the_only_configured_provider() {
    let world = World::new();
    let running = world.sandbox.start(&["signin"]);
    crate::support::visitor::visit(&world.opened.next_url());
    running.outcome().success();
    assert_eq!(world.sessions()[0]["provider"], "acme");
}
