//! `allow`: which accounts may sign in; nothing is stored for any other.

use serde_json::{Value, json};

use crate::support::fake_provider::{REVOKE, Response, TOKEN, USERINFO};
use crate::support::world::World;

/// Signs in with these rules; ID token and profile contain `claims` of `subject-1` in addition to the usual ones.
fn sign_in(rules: &str, claims: &Value, flags: &[&str]) -> (World, crate::support::Outcome) {
    let world = World::configured(&format!("allow = [{rules}]"));
    let profile = with(json!({ "sub": "subject-1", "preferred_username": "ada" }), claims);
    world.provider.respond_with(USERINFO, Response::json(200, &profile));
    let claims = claims.clone();
    world.provider.change_id_token(move |token| token.claims = with(token.claims.take(), &claims));
    let outcome = match flags {
        ["--device", ..] => world.run(&[&["signin", "acme", "--no-open"], flags].concat()),
        _ => world.sign_in(flags),
    };
    (world, outcome)
}

fn with(mut document: Value, claims: &Value) -> Value {
    let claims = claims.as_object().expect("an object").clone();
    document.as_object_mut().expect("an object").extend(claims);
    document
}

/// Nothing of a sign-in is stored, in state or store, and nothing was revoked.
fn nothing_is_stored(world: &World) {
    assert!(world.sessions().is_empty());
    assert_eq!(world.provider.requests_to(TOKEN).len(), 1, "the provider returned tokens");
    assert!(world.provider.requests_to(REVOKE).is_empty());
    for (path, text) in world.files() {
        assert!(!text.contains("-secret-") && !text.contains("subject-1"), "{}: {text}", path.display());
    }
}

#[test]
fn only_accounts_that_the_rules_allow_are_stored() {
    let mail = |verified: Value| json!({ "email": "ada@corp.example", "email_verified": verified });
    let tenant = json!({ "tid": "9188040d", "hd": "corp.example", "groups": ["dev", "ops"] });
    for (rules, claims, code) in [
        ("\"@corp.example\"", mail(true.into()), 0),
        ("\"@Corp.Example\"", mail("true".into()), 0),
        ("\"ADA@corp.example\"", mail(true.into()), 0),
        ("\"@corp.example\"", mail(false.into()), 4),
        ("\"@corp.example\"", mail(Value::Null), 4),
        ("\"ada@corp.example\"", mail(Value::Null), 4),
        ("\"@orp.example\"", mail(true.into()), 4),
        ("\"@example\"", mail(true.into()), 4),
        ("\"@corp.example\"", json!({ "email": "ada@sub.corp.example", "email_verified": true }), 4),
        ("\"@corp.example\"", json!({ "email": "ada@corp.example.evil.example", "email_verified": true }), 4),
        // A user name is neither an e-mail address nor a claim.
        ("\"@corp.example\"", json!({ "preferred_username": "boss@corp.example" }), 4),
        ("\"boss@corp.example\"", json!({ "preferred_username": "boss@corp.example" }), 4),
        ("\"groups=dev\"", json!({ "preferred_username": "groups=dev" }), 4),
        ("\"ada\"", json!({}), 0),
        ("\"subject-1\"", json!({}), 0),
        ("\"bob\", \"eve\"", json!({}), 4),
        ("\"tid=9188040d\"", tenant.clone(), 0),
        ("\"hd=corp.example\"", tenant.clone(), 0),
        ("\"groups=ops\"", tenant.clone(), 0),
        ("\"tid=00000000\"", tenant.clone(), 4),
        ("\"groups=op\"", tenant.clone(), 4),
        ("\"groups=admins\", \"bob\"", tenant.clone(), 4),
        ("\"groups=ops\"", json!({}), 4),
    ] {
        println!("{rules} {claims}");
        let (world, outcome) = sign_in(rules, &claims, &[]);
        outcome.ends_with(code);
        match code {
            0 => assert_eq!(world.sessions().len(), 1),
            _ => nothing_is_stored(&world),
        }
    }
}

#[test]
fn unverified_email_is_reported() {
    let claims = json!({ "email": "ada@corp.example" });
    let (_, outcome) = sign_in("\"@corp.example\"", &claims, &["--json"]);
    let outcome = outcome.fails(4, "the email address `ada@corp.example` is unverified");
    assert_eq!(outcome.json_lines().last().expect("the error")["error"]["kind"], "refused");
}

#[test]
fn id_token_claims_override_the_profile() {
    let world = World::configured("allow = [\"groups=admins\"]");
    world.provider.change_id_token(|token| token.claims["groups"] = json!(["dev"]));
    let profile = json!({ "sub": "subject-1", "groups": ["admins"] });
    world.provider.respond_with(USERINFO, Response::json(200, &profile));
    world.sign_in(&[]).fails(4, "`allow`");
    nothing_is_stored(&world);
    world.provider.change_id_token(|_| {});
    world.sign_in(&[]).success();
}

#[test]
fn rules_apply_to_the_device_flow() {
    let refused = sign_in("\"bob\"", &json!({}), &["--device"]);
    refused.1.fails(4, "`allow`");
    nothing_is_stored(&refused.0);
    sign_in("\"ada\"", &json!({}), &["--device"]).1.success();
}

#[test]
fn rejected_sign_in_keeps_the_existing_session() {
    let world = World::configured("allow = [\"ada\"]");
    world.set_user("ada");
    world.sign_in(&[]).success();
    let token = world.token();
    world.set_user("bob");
    world.sign_in(&["--force"]).fails(4, "no `allow` rule of `acme` matches `bob`");
    assert_eq!((world.accounts(), world.token()), (vec!["ada".to_owned()], token));
    world.set_user("ada");
    world.run(&["token", "acme", "--force-refresh"]).success();
}
