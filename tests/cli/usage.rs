//! Command lines that cannot be done as they are typed: exit 2, before anything is bound, opened, asked or written.

use crate::support::Sandbox;
use crate::world::World;

#[test]
fn an_unknown_provider_comes_with_the_nearest_names_whatever_the_command() {
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
fn a_known_provider_without_a_session_is_not_signed_in() {
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
fn a_missing_session_of_an_account_is_hinted_at_with_the_account() {
    let world = World::signed_in();
    let outcome = world.run(&["token", "acme", "--account", "Bob O'Neill"]);
    let stderr = outcome.fails(3, "not signed in to `acme` as `Bob O'Neill`").stderr;
    assert!(stderr.contains(r"hint: mycli signin acme --account 'Bob O'\''Neill'"), "{stderr}");
}

#[test]
fn what_a_sign_in_refuses_it_refuses_before_anything_happens() {
    let world = World::new();
    for (flags, said) in [
        (&["--redirect-to", "//evil.example"][..], "//evil.example"),
        (&["--redirect-to", "/\\evil.example"], "not a path"),
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
        world.run(&[&["signin", "acme"], flags].concat()).fails(2, said);
    }
    world.assert_untouched();
}

#[test]
fn other_commands_refuse_what_makes_no_sense() {
    let world = World::new();
    for (arguments, said) in [
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
        world.run(arguments).fails(2, said);
    }
    world.assert_untouched();
}

#[test]
fn a_store_of_the_environment_that_is_none_is_named() {
    let mut world = World::new();
    world.sandbox.set("MYCLI_STORE", "vault");
    world.run(&["signin", "acme"]).fails(2, "MYCLI_STORE: unknown store `vault`");
}

#[test]
fn without_a_client_id_the_command_in_the_hint_works_as_typed() {
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
fn a_provider_that_is_only_an_address_can_be_given_its_client_id_too() {
    let world = World::new();
    world.sandbox.configure("");
    let address = world.provider.issuer();
    let stderr = world.run(&["signin", address]).fails(2, "no client ID").stderr;
    let command = stderr.lines().last().expect("a hint").trim().to_owned();
    assert_eq!(command, format!("mycli signin {address} --client-id ID"));
    world.sign_in_at(address, &["--client-id", "native"]).success();
    assert_eq!(world.sessions()[0]["provider"], address);
    world.run(&["token", &format!("{address}/")]).success();
}

#[test]
fn nobody_is_waited_for_where_nobody_may_be_asked() {
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
fn a_sign_in_that_cannot_tell_where_names_what_there_is() {
    let sandbox = Sandbox::new();
    let stderr = sandbox.run(&["signin"]).fails(2, "`signin` needs a provider").stderr;
    assert!(stderr.contains("mycli signin demo") && stderr.contains("mycli providers add"), "{stderr}");
    let world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    let stderr = world.run(&["--no-input", "signin"]).fails(2, "`acme`, `other`").stderr;
    assert!(stderr.contains("hint: mycli signin acme"), "{stderr}");
}
