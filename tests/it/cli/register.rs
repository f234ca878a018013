//! `providers register`, and the same offered by `signin`.

use crate::cli::questions::{configuration, conversation, ended};
use crate::support::world::World;

fn world() -> World {
    let mut world = World::new();
    world.sandbox.set("TERM", "xterm-256color").configure("");
    world
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn form_opens_filled_in_at_once() {
    let world = world();
    let answers = [("Client ID:", "of-the-form"), ("Client secret", "hush")];
    let terminal = conversation(&world.sandbox, "providers register github --form", &answers);
    let page = world.opened.next_url();
    let filled =
        "https://github.com/settings/applications/new?oauth_application%5Bcallback_url%5D=http%3A%2F%2F127.0.0.1";
    assert!(page.starts_with(filled), "{page}");
    let screen = ended(&terminal, 0);
    for words in ["Authorization callback URL    http://127.0.0.1/callback", "next: mycli signin github"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(!screen.contains("hush"), "{screen}");
    assert_eq!(configuration(&world.sandbox), "[providers.github]\nclient_id = \"of-the-form\"\n");
}

#[test]
fn flags_are_no_part_of_the_application_name() {
    let world = world();
    let file = world.sandbox.path("other.toml");
    std::fs::write(&file, "").expect("a test file");
    let file = file.to_str().expect("UTF-8");
    let refused = world.run(&["--config", file, "signin", "github", "--no-open"]).fails(2, "no client ID");
    assert!(refused.stderr.contains("Application name: mycli\n"), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("mycli --config {file} providers add github")), "{}", refused.stderr);
}
