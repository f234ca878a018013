//! `signin --with-token`: a token that the user has from elsewhere.

use serde_json::{Value, json};

use crate::cli::look::on_a_terminal;
use crate::support::Outcome;
use crate::support::fake_provider::{Response, TOKEN, USERINFO};
use crate::support::world::World;

fn sign_in(world: &World, token: &str, flags: &[&str]) -> Outcome {
    world.sandbox.run_with(&[&["signin", "acme", "--with-token"], flags].concat(), token)
}

#[test]
fn token_from_stdin_is_stored_with_its_account() {
    let world = World::new();
    world.set_user("ada");
    let outcome = sign_in(&world, "glpat-secret-1\n", &["--json"]).success();
    let document = outcome.json();
    assert_eq!((&document["account"], &document["flow"]), (&json!("ada"), &json!("token")));
    assert_eq!((&document["subject"], &document["expires_at"]), (&json!("subject-of-ada"), &Value::Null));
    assert_eq!(world.token(), "glpat-secret-1\n");
    assert_eq!(world.provider.requests_to(USERINFO)[0].header("authorization"), Some("Bearer glpat-secret-1"));
    assert!(world.provider.requests_to(TOKEN).is_empty());
    world.run(&["token", "acme", "--header"]).success();
    world.run(&["status", "acme", "--check"]).success();
    // The same account again replaces the token.
    sign_in(&world, "glpat-secret-2\r\n", &[]).success();
    assert_eq!((world.token().as_str(), world.accounts().len()), ("glpat-secret-2\n", 1));
}

/// Figma takes a personal access token in its own header only, Linear a key without `Bearer`.
#[test]
fn brought_token_goes_in_the_header_of_its_row() {
    for (row, name, value) in [
        ("figma", "X-Figma-Token", "secret"),
        ("linear", "Authorization", "secret"),
        ("github", "Authorization", "Bearer secret"),
    ] {
        let world = World::new();
        let userinfo = format!("{}{USERINFO}", world.provider.issuer());
        let profile =
            json!({"id": "1", "login": "ada", "email": "ada", "data": {"viewer": {"id": "1", "name": "ada"}}});
        world.provider.respond_with(USERINFO, Response::json(200, &profile));
        world.sandbox.configure(&format!("[providers.acme]\nuse = \"{row}\"\nuserinfo_endpoint = \"{userinfo}\"\n"));
        sign_in(&world, "secret", &[]).success();
        let sent = world.provider.requests_to(USERINFO).remove(0);
        assert_eq!(sent.header(&name.to_lowercase()), Some(value), "{row}");
        assert_eq!(sent.header("authorization").is_some(), name == "Authorization", "{row}");
        let print = |flag: &str| world.run(&["token", "acme", flag]).success().stdout;
        assert_eq!(print("--header"), format!("{name}: {value}\n"));
        assert_eq!(print("--headers"), format!("{}\n", json!({ name: value })));
        assert_eq!(print("--curl-config"), format!("header = \"{name}: {value}\"\n"));
        world.run(&["status", "acme", "--check"]).success();
    }
}

#[test]
fn brought_token_cannot_be_refreshed_or_revoked() {
    let world = World::new();
    sign_in(&world, "secret", &["--label", "ci", "--no-check"]).success();
    assert!(world.provider.requests_to(USERINFO).is_empty());
    world.run(&["signout", "acme", "--revoke"]).fails(2, "no revocation endpoint");
    assert_eq!(world.accounts(), ["ci"]);
    world.run(&["token", "acme", "--force-refresh"]).fails(3, "mycli signin acme --with-token --label ci");
    world.provider.respond_with(USERINFO, Response::json(401, &json!({})));
    world.run(&["signout", "acme"]).success();
    assert!(world.accounts().is_empty());
}

#[test]
fn brought_token_is_never_the_default_beside_a_session() {
    let world = World::signed_in();
    let before = world.token();
    world.set_user("eve");
    let outcome = sign_in(&world, "secret", &[]).success();
    assert!(outcome.stderr.contains("stays the default account of `acme`"), "{outcome:?}");
    assert_eq!((world.token(), world.accounts().len()), (before.clone(), 2));
    assert_eq!(world.run(&["token", "acme", "--account", "eve"]).success().stdout, "secret\n");
    // Eve is there: her session would be hidden by the token, or the token by her session.
    let world = World::new();
    world.set_user("eve");
    world.sign_in(&[]).success();
    sign_in(&world, "secret", &[]).fails(2, "--with-token --label NAME");
    sign_in(&world, "secret", &["--label", "pat"]).success();
    assert_eq!(world.accounts(), ["eve", "pat"]);
    assert_eq!(world.run(&["token", "acme", "--account", "pat"]).success().stdout, "secret\n");
    // A later sign-in keeps the token.
    world.sign_in(&["--force"]).success();
    assert_eq!(world.accounts(), ["eve", "pat"]);
}

#[test]
fn later_sign_in_labels_the_token_of_the_same_account() {
    let nameless = World::configured("scopes = []\n");
    nameless.provider.change_metadata(|metadata| metadata["userinfo_endpoint"] = Value::Null);
    nameless.provider.change_tokens(|tokens| tokens["id_token"] = Value::Null);
    let (named, mail) = (World::new(), World::new());
    named.set_user("ada");
    mail.set_user("ada");
    let claims = json!({ "sub": "subject-of-ada", "email": "ada@example.test", "email_verified": true });
    mail.provider.respond_with(USERINFO, Response::json(200, &claims));
    mail.provider.change_id_token(move |token| {
        for (claim, value) in claims.as_object().expect("an object") {
            token.claims[claim] = value.clone();
        }
        token.claims.as_object_mut().expect("an object").remove("preferred_username");
    });
    for (world, name, flags) in
        [(named, "ada", &[][..]), (mail, "ada@example.test", &[]), (nameless, "default", &["--no-check"])]
    {
        sign_in(&world, "secret", flags).success();
        let label = format!("{name}+token");
        let signed_in = world.sign_in(&[]).success();
        assert!(signed_in.stderr.contains(&format!("is kept as `{label}`")), "{signed_in:?}");
        assert_eq!(world.accounts(), [name, &label]);
        let token = |account: &str| world.run(&["token", "acme", "--account", account]).success().stdout;
        assert_eq!((token(name), token(&label).as_str()), (world.token(), "secret\n"));
        assert_ne!(world.token(), "secret\n", "the sign-in is the default");
        // The token is no sign-in, also as the default.
        world.run(&["switch", "acme", &label]).success();
        let again = world.run(&["signin", "acme", "--json"]).success();
        assert_eq!((&again.json()["account"], &again.json()["flow"]), (&json!(name), &json!("existing")));
        sign_in(&world, "renewed", &[flags, &["--label", &label]].concat()).success();
        assert_eq!((token(&label).as_str(), world.accounts().len()), ("renewed\n", 2));
        world.run(&["signout", "acme", "--account", name]).success();
        assert_eq!(world.accounts(), [label]);
    }
}

#[test]
fn unusable_tokens_are_refused_and_nothing_is_stored() {
    let world = World::new();
    for (input, words) in [
        ("", "no token on stdin"),
        ("\n", "no token on stdin"),
        ("secret-one\nsecret-two\n", "more than one line"),
        ("secret-one\n\n", "more than one line"),
        ("secret one\n", "invalid characters"),
        ("secret-ü\n", "invalid characters"),
        (&"s".repeat(70_000), "too long"),
    ] {
        let outcome = sign_in(&world, input, &[]);
        assert!(outcome.stdout.is_empty() && !outcome.stderr.contains("secret-"), "{outcome:?}");
        outcome.fails(2, words);
    }
    assert!(world.provider.requests().is_empty());
    world.provider.respond_with(USERINFO, Response::json(401, &json!({})));
    sign_in(&world, "secret", &[]).fails(4, "rejected the token");
    world.provider.respond_with(USERINFO, Response::html(503, "away"));
    sign_in(&world, "secret", &[]).ends_with(6);
    world.set_user("ada");
    sign_in(&world, "secret", &["--account", "bob"]).ends_with(4);
    sign_in(&world, "secret", &["--no-check", "--account", "bob"]).ends_with(4);
    assert!(world.accounts().is_empty());
    let world = World::new();
    world.provider.change_metadata(|metadata| {
        metadata.as_object_mut().expect("an object").remove("userinfo_endpoint");
    });
    sign_in(&world, "secret", &[]).fails(2, "mycli signin acme --with-token --no-check");
    assert!(world.accounts().is_empty());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn typed_token_is_never_on_the_screen() {
    let mut world = World::new();
    world.set_user("ada");
    let terminal = on_a_terminal(&mut world, "C.UTF-8", (80, 24), "signin acme --with-token");
    terminal.wait_for("Paste the access token for acme (input hidden)");
    terminal.paste("secret-typed");
    terminal.press("Enter");
    let screen = terminal.wait_for("signed in to `acme` as `ada`");
    assert!(!screen.contains("secret"), "{screen}");
    assert_eq!(world.token(), "secret-typed\n");
}
