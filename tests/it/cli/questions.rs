//! Questions of `providers add`, and of `signin` without a registered client.

use std::fs;

use crate::support::tmux::Tmux;
use crate::support::world::World;
use crate::support::{Sandbox, visitor};

/// Returns an empty home.
fn new_home() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set("MYCLI_STORE", "file").set("TERM", "xterm-256color");
    sandbox
}

/// Runs the program on a terminal and types each answer after its question or message.
fn conversation(sandbox: &Sandbox, command: &str, answers: &[(&str, &str)]) -> Tmux {
    let line = format!("{} {command}; echo ended $?; cat", sandbox.program().display());
    let terminal = Tmux::start(sandbox.command_of("tmux"), (200, 40), &line);
    for (message, answer) in answers {
        terminal.wait_until(message, |screen| screen.contains(message) && screen.ends_with(':'));
        terminal.type_text(answer);
        terminal.press(if answer.is_empty() { "C-m" } else { "Enter" });
    }
    terminal
}

/// Waits for the exit code and returns the screen.
fn ended(terminal: &Tmux, code: u8) -> String {
    let screen = terminal.wait_until("the end", |screen| screen.contains("\nended ") || screen.starts_with("ended "));
    assert!(screen.contains(&format!("ended {code}")), "{screen}");
    screen
}

fn talk(sandbox: &Sandbox, command: &str, answers: &[(&str, &str)], code: u8) -> String {
    ended(&conversation(sandbox, command, answers), code)
}

fn configuration(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_file()).unwrap_or_default()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn new_users_get_registration_instructions() {
    let sandbox = new_home();
    sandbox.configure("# mine\nstore = \"file\" # kept\n\n[providers.zoho]\nclient_id = \"z\"\n");
    let answers = [("Client ID:", "Iv1.abc"), ("Client secret (input hidden", "hush-hush")];
    let screen = talk(&sandbox, "providers add github", &answers, 0);
    for message in [
        "register an application at https://github.com/settings/developers\n",
        "  redirect URI: http://127.0.0.1/callback\n",
        "`github` is configured\n",
        "signin github\n",
    ] {
        assert!(screen.contains(message), "no `{message}` in: {screen}");
    }
    assert!(!screen.contains("hush-hush"), "{screen}");
    assert_eq!(
        configuration(&sandbox),
        "# mine\nstore = \"file\" # kept\n\n[providers.zoho]\nclient_id = \"z\"\n\n[providers.github]\nclient_id = \"Iv1.abc\"\n"
    );
    let again = talk(&sandbox, "providers add github", &[], 0);
    assert!(again.contains("`github` is complete"), "{again}");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn answers_are_validated_one_by_one() {
    let sandbox = new_home();
    let answers = [
        ("tenant (common", "con toso"),
        ("may contain only letters", "contoso.example"),
        ("Client ID:", "two words"),
        ("contains spaces", ""),
        ("a value is required", "0000-11"),
    ];
    talk(&sandbox, "providers add work --use entra", &answers, 0);
    assert_eq!(
        configuration(&sandbox),
        "[providers.work]\nuse = \"entra\"\ntenant = \"contoso.example\"\nclient_id = \"0000-11\"\n"
    );
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn unknown_names_prompt_for_the_issuer() {
    let sandbox = new_home();
    let answers = [
        ("`gitlb` is not in the catalog; similar names: gitlab", "nonsense"),
        ("is neither a URL nor a name", "http://id.example"),
        ("loopback", "id.example"),
        ("leave empty", ""),
    ];
    talk(&sandbox, "providers add gitlb", &answers, 0);
    assert_eq!(configuration(&sandbox), "[providers.gitlb]\nissuer = \"https://id.example\"\n");
    let answers = [("`mine` is not in the catalog", "glab"), ("Client ID:", "x")];
    talk(&sandbox, "providers add mine", &answers, 0);
    assert!(configuration(&sandbox).contains("[providers.mine]\nuse = \"gitlab\"\nclient_id = \"x\"\n"));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn https_redirects_prompt_for_the_certificate() {
    let sandbox = new_home();
    let answers = [
        ("Registered redirect URI", "http://127.0.0.1/callback"),
        ("is not https", "https://me.example/back"),
        ("Client ID:", "x"),
        ("input hidden", "hush"),
    ];
    talk(&sandbox, "providers add slack", &answers, 0);
    let here = [("Registered redirect URI", "https://localhost:7000/x"), ("Certificate file", "nowhere.pem")];
    let pasted = [("is not a file", ""), ("Client ID:", "y"), ("input hidden", "hush")];
    talk(&sandbox, "providers add yahoo", &[&here[..], &pasted].concat(), 0);
    let yahoo = "[providers.yahoo]\ncallback = \"https://localhost:7000/x\"\nflow = \"paste\"\nclient_id = \"y\"\n";
    assert!(configuration(&sandbox).contains(yahoo), "{}", configuration(&sandbox));
    assert!(configuration(&sandbox).contains("callback = \"https://me.example/back\""), "{}", configuration(&sandbox));
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn given_values_and_no_input_skip_questions() {
    let sandbox = new_home();
    talk(&sandbox, "providers add okta --set domain=acme.okta.example", &[], 0);
    let refused = talk(&sandbox, "providers add github --no-input", &[], 2);
    assert!(refused.contains("providers add github --client-id ID"), "{refused}");
    let refused = talk(&sandbox, "signin github --no-input", &[], 2);
    assert!(refused.contains("redirect URI http://127.0.0.1/callback"), "{refused}");
    sandbox.run(&["providers", "add", "github"]).fails(2, "nothing to store");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn cancelled_questions_store_nothing() {
    let sandbox = new_home();
    for key in ["C-c", "C-d"] {
        let terminal = conversation(&sandbox, "providers add gitlab", &[]);
        terminal.wait_for("Client ID:");
        terminal.press(key);
        let screen = ended(&terminal, 130);
        assert!(screen.contains("\nerror: interrupted"), "{screen}");
        assert_eq!(configuration(&sandbox), "");
    }
}

/// GitLab entry with the endpoints of the fake provider.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn signin_prompts_for_a_missing_client_id() {
    let mut world = World::new();
    world.sandbox.set("TERM", "xterm-256color");
    let issuer = world.provider.issuer();
    world.sandbox.configure(&format!(
        "[providers.gitlab]\nbase_url = \"{issuer}\"\nauthorization_endpoint = \"{issuer}/authorize\"\n\
         token_endpoint = \"{issuer}/token\"\nuserinfo_endpoint = \"{issuer}/userinfo\"\n"
    ));
    let terminal = conversation(&world.sandbox, "signin gitlab", &[("Client ID:", "native")]);
    visitor::visit(&world.opened.next_url());
    let screen = ended(&terminal, 0);
    assert!(screen.contains(&format!("register an application at {issuer}/-/user_settings")), "{screen}");
    assert!(screen.contains("signed in to `gitlab`"), "{screen}");
    assert!(configuration(&world.sandbox).ends_with("client_id = \"native\"\n"));
    world.run(&["token", "gitlab"]).success();
}

#[test]
fn values_are_shown_with_their_source() {
    let mut world = World::new();
    let shown = world.run(&["providers", "show", "acme", "--json"]).success().json();
    for (key, source) in [
        ("issuer", "configuration"),
        ("client_id", "configuration"),
        ("token_endpoint", "discovery"),
        ("redirect_uri", "default"),
    ] {
        assert_eq!(shown["values"][key]["source"], source, "{shown}");
    }
    let shown = world.run(&["providers", "show", world.provider.issuer(), "--json"]).success().json();
    assert_eq!(shown["values"]["issuer"]["source"], "command line", "{shown}");
    world.sandbox.set("AUTH_ACME_ID", "of the environment");
    let shown = world.run(&["providers", "show", "acme"]).success().stdout;
    assert!(shown.contains("of the environment  (environment)"), "{shown}");
    let shown = world.run(&["providers", "show", "kakao"]).success().stdout;
    assert!(shown.contains("S256  (catalog, unsure)"), "{shown}");
    let shown = world.run(&["providers", "show", "deezer"]).success().stdout;
    let unsure = shown.lines().find(|line| line.starts_with("unsure "));
    assert!(unsure.is_some_and(|line| line.ends_with("  authorize token  (catalog)")), "{shown}");
    let shown = world.run(&["providers", "show", "kakao", "--json"]).success().json();
    assert_eq!(
        (&shown["values"]["pkce"]["unsure"], &shown["values"]["title"]["unsure"]),
        (&true.into(), &false.into())
    );
    world.provider.respond_with(
        crate::support::fake_provider::DISCOVERY,
        crate::support::fake_provider::Response::html(500, "away"),
    );
    world.sandbox.configure(&world.table("other", ""));
    fs::remove_dir_all(world.sandbox.path("home/.cache")).expect("it was asked before");
    let shown = world.run(&["providers", "show", "other"]).success();
    assert!(shown.stderr.contains("values from the provider's metadata are missing"), "{}", shown.stderr);
}

#[test]
fn catalog_search_covers_name_title_and_alias() {
    let sandbox = new_home();
    for (word, line) in [
        ("gitlab", "  gitlab  GitLab  browser, device code\n"),
        ("azure-ad", "  microsoft-entra-id  Microsoft Entra ID  browser, device code\n"),
        ("ELIXIR", "  elixir  ELIXIR AAI  closed\n"),
        ("buildkite", "  buildkite  Buildkite  device code\n"),
        ("threads", "  threads  Threads  paste\n"),
    ] {
        let listed = sandbox.run(&["providers", "list", "--all", word]).success().stdout;
        assert!(listed.contains(line), "{word}: {listed}");
    }
    let outcome = sandbox.run(&["providers", "list", "gitlab"]).success();
    assert!(outcome.stderr.contains("--all searches the catalog"), "{}", outcome.stderr);
}
