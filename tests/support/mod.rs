//! What the tests of the whole program stand on: a private home for each, the program run in it, real and fake providers,
//! a browser.
#![allow(dead_code, unused_imports)] // every test file takes this in whole and uses its own part of it
#![allow(clippy::disallowed_methods, reason = "the rule against the environment is for the program, not for its tests")]

pub mod browser;
pub mod certificates;
pub mod django;
pub mod fake_provider;
pub mod in_process;
pub mod keyring;
pub mod oidc_provider;
pub mod sandbox;
pub mod servers;
pub mod tmux;
pub mod visitor;

pub use sandbox::{Outcome, Running, Sandbox};

use std::time::Duration;

/// The ends of all the connections that are a test's own are more files than a shell allows by default.
pub fn raise_open_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
}

/// How long a test waits for anything before it fails: far longer than any of it takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
