//! `--label`, and subjects as the provider sends them.

use serde_json::{Value, json};

use crate::support::fake_provider::{Response, TOKEN, USERINFO};
use crate::support::world::World;

/// `acme` as a server that names nobody.
fn nameless() -> World {
    let world = World::configured("scopes = [\"read\"]");
    world.provider.set_metadata("userinfo_endpoint", Value::Null);
    world.provider.change_tokens(|tokens| tokens["id_token"] = Value::Null);
    world
}

#[test]
fn labels_tell_nameless_accounts_apart() {
    let world = nameless();
    world.sign_in(&["--label", "work"]).success();
    world.sign_in(&["--label", "private mail"]).success();
    assert_eq!(world.accounts(), ["work", "private mail"]);
    let stderr = world.run(&["token", "acme", "--account", "third one"]).ends_with(3).stderr;
    assert!(stderr.ends_with("hint: mycli signin acme --label 'third one'\n"), "{stderr}");
    let token = |account: &str| world.run(&["token", "acme", "--account", account]).success().stdout;
    let (work, private) = (token("work"), token("private mail"));
    assert_ne!(work, private);
    assert_eq!(world.token(), work, "the first stays the default");

    let kept = world.run(&["--json", "signin", "acme", "--label", "work"]).success().json();
    assert_eq!((&kept["flow"], &kept["account"]), (&json!("existing"), &json!("work")));
    world.sign_in(&["--label", "work", "--force"]).success();
    assert_eq!(world.accounts(), ["work", "private mail"], "the same label replaces");
    assert_ne!(token("work"), work);
    assert_eq!(token("private mail"), private);

    let stderr = world.sign_in(&["--account", "work", "--force"]).fails(4, "did not confirm").stderr;
    assert!(stderr.contains("hint: mycli signin acme --account work --force --label work\n"), "{stderr}");
    world.sign_in(&["--account", "work", "--label", "work", "--force"]).success();

    world.expire();
    world.provider.quote(TOKEN, 400, "invalid_grant");
    let stderr = world.run(&["token", "acme", "--account", "private mail"]).ends_with(3).stderr;
    assert!(stderr.contains("hint: mycli signin acme --label 'private mail' --force\n"), "{stderr}");
}

#[test]
fn label_renames_a_known_account_for_good() {
    let world = World::with_two_accounts();
    world.set_user("ada");
    world.sign_in(&["--label", "work", "--force"]).success();
    assert_eq!(world.accounts(), ["work", "bob"]);
    world.run(&["token", "acme", "--account", "ada@example.test"]).success();
    world.sign_in(&["--force"]).success();
    world.sign_in(&["--force", "--account", "work"]).success();
    assert_eq!(world.accounts(), ["work", "bob"]);
    world.expire();
    world.token();
    assert_eq!(world.accounts(), ["work", "bob"]);
}

#[test]
fn label_of_another_account_is_refused() {
    let world = World::with_two_accounts();
    let stored = || (world.sessions(), world.token());
    let before = stored();
    for name in ["bob", "BOB@example.test", "subject-of-bob"] {
        world.run(&["signin", "acme", "--label", name]).fails(2, "is already the account `bob`");
    }
    assert_eq!(stored(), before);
    world.set_user("ada");
    world.sign_in(&["--label", "work", "--force"]).success();
    let before = stored();
    world.set_user("bob");
    world.sign_in(&["--label", "work", "--force"]).fails(4, "`work` is another account of `acme`");
    assert_eq!(stored(), before);
    for name in ["", " work", "a\u{1b}b", "a\nb", &"x".repeat(101)] {
        world.run(&["signin", "acme", "--label", name]).ends_with(2);
    }
}

#[test]
fn subjects_that_look_alike_are_different_accounts() {
    let world = World::new();
    world.set_user("x");
    world.sign_in(&[]).success();
    let victim = world.token();
    let look_alike = |world: &World| {
        world.set_user("\u{200b}x");
        world.provider.change_id_token(|token| {
            token.claims["sub"] = "subject-of-\u{200b}x".into();
            token.claims["preferred_username"] = "other".into();
        });
    };
    look_alike(&world);
    world.sign_in(&["--force"]).success();
    let subjects: Vec<Value> = world.sessions().into_iter().map(|one| one["subject"].clone()).collect();
    assert_eq!(subjects, ["subject-of-x", "subject-of-\u{200b}x"]);
    assert_eq!(world.token(), victim);
    assert_eq!(world.run(&["token", "acme", "--account", "subject-of-x"]).success().stdout, victim);
}

#[test]
fn session_of_a_cleaned_subject_is_replaced_and_refreshed() {
    let world = World::new();
    let raw = "subject-of-\u{200b}x";
    world.set_user("x");
    world.sign_in(&[]).success();
    // Version 0.1.0 stored the cleaned subject beside the ID token.
    world.edit_files(|text| {
        let mut document: Value = serde_json::from_str(text).ok()?;
        let mut session: Value = serde_json::from_str(document.get("secret")?.as_str()?).ok()?;
        session["tokens"]["id_token"] = Value::Null;
        document["secret"] = session.to_string().into();
        Some(document.to_string())
    });
    world.provider.change_id_token(move |token| token.claims["sub"] = raw.into());
    world.provider.respond_with(USERINFO, Response::json(200, &json!({"sub": raw})));
    world.run(&["token", "acme", "--force-refresh"]).success();
    assert_eq!(world.sessions()[0]["subject"], "subject-of-x");
    world.sign_in(&["--force"]).success();
    let subjects: Vec<Value> = world.sessions().into_iter().map(|one| one["subject"].clone()).collect();
    assert_eq!(subjects, [raw]);
}

#[test]
fn address_that_nobody_verified_is_not_expected() {
    let world = World::new();
    world.set_user("ada");
    let stderr = world.sign_in(&["--account", "ADA@example.test"]).fails(4, "did not confirm").stderr;
    assert!(stderr.contains("hint: mycli signin acme --account subject-of-ada\n"), "{stderr}");
    world.sign_in(&["--account", "bob@example.test"]).fails(4, "`ada` signed in instead of");
    assert!(world.sessions().is_empty());
    world.sign_in(&["--account", "subject-of-ada"]).success();
    // A stored session is selected as before.
    world.run(&["token", "acme", "--account", "ADA@example.test"]).success();
    world.run(&["signin", "acme", "--account", "ada@example.test"]).success();
    world.provider.change_id_token(|token| {
        token.claims["sub"] = "subject-of-ada".into();
        token.claims["email"] = "ada@example.test".into();
        token.claims["email_verified"] = true.into();
    });
    world.sign_in(&["--account", "ada@example.test", "--force"]).success();
}
