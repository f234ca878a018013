//! Home without configuration: tokens in files, and a browser that approves every sign-in.

use crate::support::sandbox::OpenedUrls;
use crate::support::visitor::{self, Visit};
use crate::support::{Outcome, Running, Sandbox};

pub struct Home {
    pub sandbox: Sandbox,
    pub opened: OpenedUrls,
}

impl Home {
    pub fn new() -> Self {
        let mut sandbox = Sandbox::new();
        // On a dumb terminal, questions and answers are lines.
        sandbox.set("MYCLI_STORE", "file").set("TERM", "dumb");
        let opened = sandbox.record_browser();
        Self { sandbox, opened }
    }

    /// Runs a command on a machine without a browser.
    pub fn run_without_browser(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.sandbox.command(arguments);
        command.env_remove("MYCLI_BROWSER");
        Running::spawn(command).outcome()
    }

    /// Signs in, including the browser.
    pub fn sign_in(&self, arguments: &[&str]) -> (Outcome, Visit) {
        let running = self.sandbox.start(&[&["signin"], arguments].concat());
        let visit = visitor::visit(&self.opened.next_url());
        println!("{visit:?}");
        (running.outcome(), visit)
    }
}
