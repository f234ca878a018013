//! Every text that a user sees, pinned by snapshots in `tests/cmd`: help, errors with their hints, whole sign-ins, web pages.
//!
//! A snapshot holds the output of the real program, run in a sandbox. `SNAPSHOTS=overwrite cargo test --test it cmd::`
//! updates the snapshots; the diff is what a reviewer reads. No test here looks for words, so a change of words changes snapshots
//! and no code.

mod checks;
mod config;
mod errors;
mod help;
mod pages;
mod providers;
pub mod record;
mod sessions;
mod signin;
mod store;
mod terminal;
mod tls;
mod usage;
