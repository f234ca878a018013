//! Command lines that are rejected before anything happens.

use crate::cmd::record::Record;
use crate::support::Sandbox;
use crate::support::world::World;

#[test]
fn rejected_flags_of_signin() {
    let (world, mut record) = (World::new(), Record::new());
    for flags in [
        &["--redirect-to", "//evil.example"][..],
        &["--redirect-to", "/\\evil.example"],
        &["--redirect-to", "javascript:alert(1)"],
        &["--redirect-to", "https://me@evil.example/"],
        &["--redirect-to", "/dashboard"],
        &["--redirect-to", "ftp://files.example/"],
        &["--redirect-to", ""],
        &["--param", "state=x"],
        &["--param", "code_challenge_method=plain"],
        &["--param", "redirect_uri=https://evil.example"],
        &["--param", "request_uri=x"],
        &["--param", "response_mode=form_post"],
        &["--param", "=x"],
        &["--param", "nothing"],
        &["--callback", "cb"],
        &["--callback", "http://evil.example/cb"],
        &["--callback", "https://app.example/cb"],
        &["--callback", "https://localhost/cb"],
        &["--callback", "http://me@127.0.0.1/cb"],
        &["--callback", "http://127.0.0.1/cb#x"],
        &["--callback", "http://127.0.0.1:8080/cb", "--port", "8081"],
        &["--port", "0"],
        &["--port", "70000"],
        &["--scope", "a,+b"],
        &["--scope", "a\"b"],
        &["--timeout", "5"],
        &["--timeout", "soon"],
        &["--timeout", ""],
        &["--max-age", "300"],
        &["--resource", "not a URL"],
        &["--resource", "https://api.example/#x"],
        &["--client-secret-stdin"],
        &["--client-secret", "x"],
        &["--device", "--browser"],
        &["--device", "--port", "8080"],
        &["--device", "--callback", "http://127.0.0.1/x"],
        &["--paste", "--browser"],
        &["--paste", "--device"],
        &["--qr", "--no-qr"],
        &["--nonsense"],
        &["--no-input"],
        &["--no-input", "--device"],
        &["--no-input", "--paste"],
    ] {
        let arguments = [&["signin", "acme"], flags].concat();
        record.run(&world.sandbox, "", &arguments).ends_with(2);
    }
    world.assert_untouched();
    record.matches("usage_signin.txt");
}

#[test]
fn rejected_flags_of_other_commands() {
    let (world, mut record) = (World::new(), Record::new());
    for arguments in [
        &["token", "--min-ttl", "60"][..],
        &["token", "--header", "--id-token"],
        &["token", "--no-refresh", "--force-refresh"],
        &["signout", "--all", "--account", "ada"],
        &["config"],
        &["token", "--headers", "--claims"],
        &["signin", "acme", "--with-token", "--device"],
        &["signin", "acme", "--no-check"],
        &["config", "set", "store"],
        &["exec", "acme"],
        &["exec", "acme", "true"],
        &["exec", "--env", "A-B", "--", "true"],
        &["completions"],
        &["completions", "tcsh"],
        &["store", "move"],
        &["store", "move", "vault"],
        &["status", "--color"],
        &["--color", "sometimes", "status"],
        &["--store", "vault", "status"],
        &["--colour", "never", "status"],
        &["demo", "--port", "70000"],
        &["providers", "shwo", "acme"],
        &["providers", "add"],
        &["signni"],
        &["nonsense"],
        &["--json", "nonsense"],
        &["--json", "token", "--min-ttl", "60"],
    ] {
        record.run(&world.sandbox, "", arguments).ends_with(2);
    }
    world.assert_untouched();
    record.matches("usage.txt");
}

#[test]
fn unknown_and_missing_providers() {
    let (mut sandbox, mut record) = (Sandbox::new(), Record::new());
    for arguments in [
        &["signin", "gihub"][..],
        &["token", "gihub"],
        &["status", "gihub"],
        &["signout", "gihub"],
        &["switch", "gihub", "ada"],
        &["exec", "gihub", "--", "true"],
        &["providers", "show", "gihub"],
        &["providers", "remove", "gihub"],
        &["signin", "gitab"],
        &["signin", "xyzzyxyzzy"],
        &["signin", "http://id.example"],
        &["signin", "ftp://id.example"],
        &["signin", "https://id.example/#x"],
        &["signin", "https://me:hush@id.example/"],
        &["--json", "signin", "gihub"],
    ] {
        record.run(&sandbox, "", arguments);
    }
    record.run(&sandbox, "nothing is configured", &["signin"]);
    record.run(&sandbox, "no client ID, provider of the catalog", &["signin", "github"]);
    record.run(&sandbox, "no client ID, provider of the catalog without a secret", &["signin", "gitlab"]);
    record.run(&sandbox, "setting missing", &["signin", "okta"]);
    record.run(&sandbox, "settings missing", &["signin", "entra"]);
    record.run(&sandbox, "closed provider", &["signin", "elixir"]);
    record.run(&sandbox, "registration page of the provider unknown", &["signin", "keycloak"]);
    sandbox.set("AUTH_GITHUB_ID", "native");
    record.run(&sandbox, "client secret missing", &["signin", "github", "--browser"]);
    record.run(
        &sandbox,
        "client ID on the command line, secret missing",
        &["signin", "github", "--browser", "--client-id", "x"],
    );
    sandbox.unset("AUTH_GITHUB_ID").set("AUTH_GOOGLE_ID", "native");
    record.run(&sandbox, "client secret missing for the device flow", &["signin", "google", "--device"]);
    sandbox.set("AUTH_YAHOO_ID", "native").set("AUTH_YAHOO_SECRET", "hush");
    record.run(&sandbox, "https callback missing", &["signin", "yahoo"]);
    record.matches("usage_providers.txt");
}

#[test]
fn client_secret_on_stdin() {
    let (world, mut record) = (World::new(), Record::new());
    let arguments = ["signin", "acme", "--client-secret-stdin", "--no-input"];
    for (case, text) in [("empty", ""), ("an empty line", "\n"), ("a secret", "hush-hush\n")] {
        let outcome = world.sandbox.run_with(&arguments, text);
        record.outcome(case, &arguments, &outcome);
        assert!(!outcome.stderr.contains("hush-hush"));
    }
    record.matches("usage_client_secret.txt");
}

#[test]
fn commands_without_a_session() {
    let (world, mut record) = (World::new(), Record::new());
    for arguments in [
        &["token"][..],
        &["token", "acme"],
        &["token", "acme", "--account", "Ada O'Neill"],
        &["token", "--account", "ada"],
        &["--json", "token"],
        &["status"],
        &["--json", "status"],
        &["status", "acme"],
        &["status", "acme", "--account", "ada"],
        &["status", "--check"],
        &["signout"],
        &["signout", "acme"],
        &["signout", "--all"],
        &["--json", "signout"],
        &["-q", "signout"],
        &["switch", "acme", "ada"],
        &["exec", "acme", "--", "true"],
        &["exec", "--", "true"],
        &["store", "move", "file"],
        &["--json", "store", "move", "file"],
        &["store", "move", "keyring"],
    ] {
        record.run(&world.sandbox, "", arguments);
    }
    record.matches("without_session.txt");
}

#[test]
fn several_providers_or_accounts() {
    let mut record = Record::new();
    let mut world = World::new();
    world.sandbox.configure(&(world.table("acme", "") + &world.table("other", "")));
    record.run(&world.sandbox, "two providers, no choice", &["signin", "--no-input"]);
    record.run(&world.sandbox, "two providers, no choice, device flow", &["signin", "--device"]);
    record.run(&world.sandbox, "two providers, one client ID", &["signin", "--client-id", "x"]);
    world.set_user("ada");
    world.sign_in(&[]).success();
    world.set_user("bob");
    world.sign_in(&["--force"]).success();
    world.sign_in_at("other", &[]).success();
    for arguments in [
        &["token"][..],
        &["exec", "--", "true"],
        &["signout"],
        &["signout", "acme"],
        &["--json", "signout", "acme"],
        &["token", "acme", "--account", "carol"],
        &["switch", "acme", "carol"],
        &["status", "acme", "--account", "carol"],
    ] {
        record.run(&world.sandbox, "two sessions", arguments);
    }
    world.sandbox.set("CI", "true");
    record.run(&world.sandbox, "in CI", &["signin", "acme", "--force"]);
    record.matches("several_sessions.txt");
}

#[test]
fn three_unfinished_attempts() {
    let (world, mut record) = (World::new(), Record::new());
    for _ in 0..3 {
        world.run(&["signin", "acme", "--paste"]).ends_with(2);
    }
    record.run(&world.sandbox, "no terminal", &["signin", "acme", "--paste"]).ends_with(2);
    record.matches("unattended.txt");
}
