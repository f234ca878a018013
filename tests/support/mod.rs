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

use std::sync::atomic::{AtomicU32, Ordering};
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

/// Port on 127.0.0.1 that nothing listens on, each time another one. Below the ports that systems give to connections: one of
/// those may be taken before the program binds it.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static DRAWN: AtomicU32 = AtomicU32::new(0);
    // Test programs that run side by side begin at different ports.
    let start = std::process::id().wrapping_mul(97);
    let port = || {
        let offset = start.wrapping_add(DRAWN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        u16::try_from(FIRST + offset).expect("a port")
    };
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(port).take(1000).find(is_free).expect("a free port")
}

/// Time after which a waiting test fails; far longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);
