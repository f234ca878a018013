//! What the tests of the whole program stand on: a private home for each, the program run in it, real and fake providers,
//! a browser.
#![allow(dead_code, unused_imports)] // every test file takes this in whole and uses its own part of it
#![allow(clippy::disallowed_methods, reason = "the rule against the environment is for the program, not for its tests")]

pub mod browser;
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

/// How long a test waits for anything before it fails: far longer than any of it takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
