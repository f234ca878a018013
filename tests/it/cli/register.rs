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
fn enter_opens_the_form_filled_in() {
    let world = world();
    let open = "Press Enter to open the page in your browser, or enter the client ID:";
    let answers = [(open, ""), ("Client ID:", "of-the-form"), ("Client secret", "hush")];
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
