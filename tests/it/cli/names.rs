//! Names of sessions: one issuer, client and resource each; a sign-in with another takes the name over.

use serde_json::{Value, json};

use crate::support::fake_provider::FakeProvider;
use crate::support::world::World;

/// `acme` with a session of `ada` at one issuer, and then at another.
fn moved() -> (World, FakeProvider, String) {
    let world = World::signed_in();
    let old = world.token();
    let other = FakeProvider::start();
    other.change_tokens(|tokens| tokens["access_token"] = "token-of-other".into());
    world.sandbox.configure(&world.table("acme", "").replace(world.provider.issuer(), other.issuer()));
    let stderr = world.sign_in(&[]).success().stderr;
    let earlier = earlier_name(&world);
    assert!(stderr.contains(&format!("the earlier session for `ada` is kept as `{earlier}`")), "{stderr}");
    assert_ne!(world.token(), old);
    assert_eq!(world.run(&["token", &earlier]).success().stdout, old);
    (world, other, earlier)
}

fn earlier_name(world: &World) -> String {
    format!("acme@{}", world.provider.issuer().trim_start_matches("http://"))
}

fn names(world: &World) -> Vec<String> {
    world.sessions().iter().map(|one| one["provider"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn earlier_session_is_accepted_by_every_command() {
    let (world, other, earlier) = moved();
    assert_eq!(names(&world), ["acme", earlier.as_str()]);
    let issuer = |one: &Value| one["issuer"].as_str().expect("an issuer").to_owned();
    let issuers: Vec<String> = world.sessions().iter().map(issuer).collect();
    assert_eq!(issuers, [other.issuer(), world.provider.issuer()]);
    let status = world.run(&["status", &earlier, "--check", "--json"]).success().json();
    assert_eq!(status["sessions"][0]["provider"], earlier.as_str());
    assert_eq!(world.run(&["token"]).success().stdout, world.token(), "the name without the host wins");
    let switched = world.run(&["--json", "switch", &earlier, "ada"]).success().json();
    assert_eq!(switched, json!({"provider": earlier, "account": "ada"}));
    assert_eq!(world.run(&["token"]).success().stdout, world.run(&["token", &earlier]).success().stdout);
    let shown = world.run(&["exec", &earlier, "--", "sh", "-c", "echo $ACCESS_TOKEN"]).success().stdout;
    assert_eq!(shown, world.run(&["token", &earlier]).success().stdout);

    world.expire();
    let before = world.provider.refreshes();
    let renewed = world.run(&["token", &earlier]).success().stdout;
    assert_eq!(world.provider.refreshes(), before + 1, "at its own issuer");
    assert_eq!(names(&world), ["acme", earlier.as_str()]);
    assert_ne!(renewed, world.token());

    world.run(&["signout", &earlier]).success();
    assert_eq!(names(&world), ["acme"]);
    let hint = world.run(&["token", &earlier]).fails(3, &earlier).stderr;
    assert!(hint.ends_with("hint: mycli signin acme\n"), "{hint}");
    world.run(&["signout", &earlier]).success();
}

#[test]
fn earlier_session_cannot_be_signed_in_to() {
    let (world, _other, earlier) = moved();
    let stderr = world.run(&["signin", &earlier]).fails(2, "is an earlier session of `acme`").stderr;
    assert!(stderr.contains("hint: mycli signin acme\n"), "{stderr}");
    world.expire();
    world.provider.quote(crate::support::fake_provider::TOKEN, 401, "invalid_client");
    let stderr = world.run(&["token", &earlier]).fails(2, "invalid_client").stderr;
    assert!(stderr.contains("hint: mycli signin acme --force\n"), "{stderr}");
    world.provider.quote(crate::support::fake_provider::TOKEN, 400, "invalid_grant");
    let stderr = world.run(&["token", &earlier]).fails(3, "rejected the refresh token").stderr;
    assert!(stderr.contains(&format!("hint: mycli signout {earlier} --account ada\n")), "{stderr}");
}

#[test]
fn former_issuer_gets_its_name_and_sessions_back() {
    let (world, other, earlier) = moved();
    let stderr = {
        world.sandbox.configure(&world.table("acme", ""));
        world.sign_in(&[]).success().stderr
    };
    let later = earlier.replace(world.provider.issuer().trim_start_matches("http://"), &other.issuer()[7..]);
    assert!(stderr.contains(&format!("is kept as `{later}`")), "{stderr}");
    assert!(!stderr.contains("both names"), "{stderr}");
    assert_eq!(names(&world), ["acme", later.as_str()]);
}

#[test]
fn another_resource_takes_over_the_name() {
    let world = World::signed_in();
    let old = world.token();
    world.sign_in(&["--resource", "https://api.example.test"]).success();
    assert_ne!(world.token(), old);
    assert_eq!(world.run(&["token", &earlier_name(&world)]).success().stdout, old);
}

#[test]
fn signout_of_the_name_leaves_the_earlier_session() {
    let (world, _other, earlier) = moved();
    world.run(&["signout", "acme"]).success();
    assert_eq!(names(&world), [earlier.as_str()]);
    world.run(&["token", "acme"]).fails(3, "not signed in to `acme`");
    world.run(&["store", "move", "file"]).success();
    world.run(&["signout"]).success();
    assert!(names(&world).is_empty());
}

#[test]
fn signout_hint_names_an_account_that_is_unique() {
    let world = World::with_two_accounts();
    // Two accounts of one name, as at a server that sends only `name`.
    world.edit_files(|text| {
        text.contains("\"bob\"").then(|| text.replace("\"bob\"", "\"ada\"").replace("bob@example", "ada@example"))
    });
    let stderr = world.run(&["signout", "acme"]).fails(2, "several sessions match").stderr;
    assert!(stderr.contains("signout acme --account subject-of-ada, or mycli signout acme --all"), "{stderr}");
    world.run(&["signout", "acme", "--account", "subject-of-ada"]).success();
    assert_eq!(names(&world), ["acme"]);
}
