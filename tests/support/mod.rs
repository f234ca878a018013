//! Helpers of the integration tests: sandbox, real and fake providers, browser, keyring.

#![allow(clippy::disallowed_methods, reason = "the rule is for the program, not for its tests")]

pub mod browser;
pub mod certificates;
pub mod desktop;
pub mod django;
pub mod fake_provider;
pub mod in_process;
pub mod keyring;
pub mod oidc_provider;
pub mod raw_http;
pub mod sandbox;
pub mod servers;
pub mod tls_server;
pub mod tmux;
pub mod visitor;
pub mod world;

pub use sandbox::{Outcome, Running, Sandbox};

use std::time::Duration;

/// Raises the limit of open files: tests with many connections need more than the default.
pub fn raise_open_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
}

/// Fails a test that needs `part` in a run without the feature `real`, even if this machine has it.
#[track_caller]
pub fn require_real(part: &str) {
    if cfg!(not(feature = "real")) {
        panic!("mark this test: #[cfg_attr(not(feature = \"real\"), ignore = \"needs {part}: --features real\")]");
    }
}

/// Port on 127.0.0.1 that nothing listens on.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("bound").port()
}

/// Time after which a waiting test fails; far longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
