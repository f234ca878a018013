//! Usage errors: exit 2 before the program binds, opens, requests or writes anything.

use crate::support::Sandbox;
use crate::support::world::World;

#[test]
fn unknown_provider_gets_suggestions_in_every_command() {
    let sandbox = Sandbox::new();
    for command in [
        &["signin", "gihub"][..],
        &["token", "gihub"],
        &["status", "gihub"],
        &["signout", "gihub"],
        &["switch", "gihub", "ada"],
        &["exec", "gihub", "--", "true"],
        &["status", "gihub", "--check"],
        &["signout", "gihub", "--all"],
        &["providers", "show", "gihub"],
    ] {
        println!("{command:?}");
        let stderr = sandbox.run(command).fails(2, "unknown provider `gihub`").stderr;
        assert!(stderr.contains("did you mean `github`?"), "{stderr}");
    }
    sandbox.run(&["signin", "zzzzzz"]).fails(2, "mycli providers list --all");
}

#[test]
fn known_provider_without_session_is_not_signed_in() {
    let sandbox = Sandbox::new();
    for command in [&["token", "github"][..], &["switch", "github", "ada"], &["exec", "gh", "--", "true"]] {
        sandbox.run(command).fails(3, "not signed in to `g");
    }
    sandbox.run(&["token"]).fails(3, "hint: mycli signin\n");
    sandbox.run(&["status", "github"]).fails(3, "not signed in");
    assert_eq!(sandbox.run(&["signout", "github"]).success().stderr, "not signed in\n");
    assert_eq!(sandbox.run(&["signout"]).success().stderr, "not signed in\n");
}

#[test]
fn hint_for_a_missing_session_names_the_account() {
    let world = World::signed_in();
    let outcome = world.run(&["token", "acme", "--account", "Bob O'Neill"]);
    let stderr = outcome.fails(3, "not signed in to `acme` as `Bob O'Neill`").stderr;
    assert!(stderr.contains(r"hint: mycli signin acme --account 'Bob O'\''Neill'"), "{stderr}");
}

#[test]
fn signin_rejects_bad_flags_before_anything_happens() {
    let world = World::new();
    for (flags, message) in [
        (&["--redirect-to", "//evil.example"][..], "//evil.example"),
        (&["--redirect-to", "/\\evil.example"], "not a valid path"),
        (&["--redirect-to", "javascript:alert(1)"], "javascript:alert(1)"),
        (&["--redirect-to", "https://me@evil.example/"], "--redirect-to"),
        (&["--redirect-to", "/dashboard"], "`home`"),
        (&["--redirect-to", "ftp://files.example/"], "--redirect-to"),
        (&["--redirect-to", ""], "--redirect-to"),
        (&["--param", "state=x"], "`state`"),
        (&["--param", "code_challenge_method=plain"], "`code_challenge_method`"),
        (&["--param", "redirect_uri=https://evil.example"], "`redirect_uri`"),
        (&["--param", "request_uri=x"], "`request_uri`"),
        (&["--param", "response_mode=form_post"], "`response_mode`"),
        (&["--param", "nothing"], "KEY=VALUE"),
        (&["--callback", "http://evil.example/cb"], "callback"),
        (&["--callback", "https://app.example/cb"], "callback"),
        (&["--callback", "http://me@127.0.0.1/cb"], "callback"),
        (&["--callback", "http://127.0.0.1/cb#x"], "callback"),
        (&["--callback", "http://127.0.0.1:8080/cb", "--port", "8081"], "--port"),
        (&["--port", "0"], "--port"),
        (&["--port", "70000"], "--port"),
        (&["--scope", "a,+b"], "`+b`"),
        (&["--timeout", "5"], "`5s`"),
        (&["--timeout", "soon"], "soon"),
        (&["--max-age", "300"], "`300s`"),
        (&["--resource", "not an address"], "not an address"),
        (&["--client-secret-stdin"], "stdin"),
        (&["--client-secret", "x"], "--client-secret"),
        (&["--device", "--browser"], "--browser"),
        (&["--paste", "--browser"], "--browser"),
        (&["--paste", "--device"], "--device"),
    ] {
        println!("{flags:?}");
        world.run(&[&["signin", "acme"], flags].concat()).fails(2, message);
    }
    world.assert_untouched();
}

#[test]
fn other_commands_reject_bad_arguments() {
    let world = World::new();
    for (arguments, message) in [
        (&["token", "--min-ttl", "60"][..], "`60s`"),
        (&["token", "--header", "--id-token"], "--id-token"),
        (&["token", "--no-refresh", "--force-refresh"], "--force-refresh"),
        (&["signout", "--all", "--account", "ada"], "--account"),
        (&["switch", "acme"], "<ACCOUNT>"),
        (&["exec", "acme"], "<COMMAND>"),
        (&["exec", "acme", "true"], "true"),
        (&["exec", "--env", "A=B", "--", "true"], "variable"),
        (&["completions", "tcsh"], "tcsh"),
        (&["status", "--colour"], "--colour"),
        (&["--store", "vault", "status"], "vault"),
        (&["--color", "sometimes", "status"], "sometimes"),
        (&["nonsense"], "nonsense"),
        (&[], "Usage"),
    ] {
        println!("{arguments:?}");
        world.run(arguments).fails(2, message);
    }
    world.assert_untouched();
}

#[test]
fn unknown_store_in_the_environment_is_named() {
    let mut world = World::new();
    world.sandbox.set("MYCLI_STORE", "vault");
    world.run(&["signin", "acme"]).fails(2, "MYCLI_STORE: unknown store `vault`");
}

#[test]
fn hint_without_client_id_works_as_typed() {
    let world = World::new();
    let other = crate::support::fake_provider::FakeProvider::start();
    world.sandbox.configure(&format!("[providers.other]\nissuer = \"{}\"\n", other.issuer()));
    let stderr = world.run(&["signin", "other"]).fails(2, "no client ID for `other`").stderr;
    assert!(stderr.contains("http://127.0.0.1"), "the redirect URI to register: {stderr}");
    let command = stderr.lines().last().expect("a hint").trim().replace(" ID", " native");
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[0], "mycli");
    assert_eq!(world.run(&words[1..]).success().stdout, "");
    world.sign_in_at("other", &[]).success();
    world.run(&["signin", "github"]).fails(2, "https://github.com/settings/developers");
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

#[test]
fn signin_without_provider_names_the_candidates() {
    let sandbox = Sandbox::new();
    let stderr = sandbox.run(&["signin"]).fails(2, "`signin` needs a provider").stderr;
    assert!(stderr.contains("mycli signin demo") && stderr.contains("mycli providers add"), "{stderr}");
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    let stderr = world.run(&["--no-input", "signin"]).fails(2, "`acme`, `other`").stderr;
    assert!(stderr.contains("hint: mycli signin acme"), "{stderr}");
}
