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
pub fn conversation(sandbox: &Sandbox, command: &str, answers: &[(&str, &str)]) -> Tmux {
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
pub fn ended(terminal: &Tmux, code: u8) -> String {
    let screen = terminal.wait_until("the end", |screen| screen.contains("\nended ") || screen.starts_with("ended "));
    assert!(screen.contains(&format!("ended {code}")), "{screen}");
    screen
}

pub fn configuration(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_file()).unwrap_or_default()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn cancelled_questions_store_nothing() {
    let sandbox = new_home();
    for key in ["C-c", "C-d"] {
        let terminal = conversation(&sandbox, "providers add gitlab", &[]);
        terminal.wait_for("lient ID:");
        terminal.press(key);
        ended(&terminal, 130);
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
    let terminal = conversation(&world.sandbox, "signin gitlab", &[("lient ID:", "native")]);
    assert_eq!(world.opened.next_url(), format!("{issuer}/-/user_settings/applications"));
    visitor::visit(&world.opened.next_url());
    ended(&terminal, 0);
    assert!(configuration(&world.sandbox).ends_with("client_id = \"native\"\n"));
    world.run(&["token", "gitlab"]).success();
}
