//! Every text that a user sees, pinned by snapshots in `tests/cmd`: help, errors with their hints, whole sign-ins, web pages.
//!
//! A snapshot holds the output of the real program, run in a sandbox. `SNAPSHOTS=overwrite cargo test --test cmd` updates
//! the snapshots; the diff is what a reviewer reads. No test here looks for words, so a change of words changes snapshots
//! and no code.

#[path = "support/mod.rs"]
mod support;
#[allow(dead_code, reason = "each test program uses its own part")]
#[path = "cli/world.rs"]
mod world;

#[path = "cmd/checks.rs"]
mod checks;
#[path = "cmd/config.rs"]
mod config;
#[path = "cmd/errors.rs"]
mod errors;
#[path = "cmd/help.rs"]
mod help;
#[path = "cmd/pages.rs"]
mod pages;
#[path = "cmd/providers.rs"]
mod providers;
#[path = "cmd/record.rs"]
mod record;
#[path = "cmd/sessions.rs"]
mod sessions;
#[path = "cmd/signin.rs"]
mod signin;
#[path = "cmd/store.rs"]
mod store;
#[path = "cmd/terminal.rs"]
mod terminal;
#[path = "cmd/tls.rs"]
mod tls;
#[path = "cmd/usage.rs"]
mod usage;
