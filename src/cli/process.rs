//! Properties of this process: environment, terminal, core dumps.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

use crate::app::environment::Environment;

/// Reads the environment of this process. Only this function does.
pub fn read_environment() -> Environment {
    // A value that is not UTF-8 is kept as far as possible: if it were left out, browsers and commands would inherit a
    // secret in it.
    let utf8 =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned()));
    Environment {
        variables: std::env::vars_os().filter_map(utf8).collect(),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        no_input: false,
        // Docker and Podman create these files.
        is_container: ["/.dockerenv", "/run/.containerenv"].iter().any(|file| Path::new(file).exists()),
        directory: std::env::current_dir().ok(),
        core_limit: None,
    }
}

/// Returns true if stderr is the terminal of this process, and this process is in its foreground.
#[cfg(unix)]
pub fn is_in_foreground() -> bool {
    rustix::termios::tcgetpgrp(std::io::stderr()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Returns true if stderr is a terminal: other systems have no background of a terminal.
#[cfg(not(unix))]
pub fn is_in_foreground() -> bool {
    std::io::stderr().is_terminal()
}

/// Keeps tokens out of core dumps and away from debuggers of other processes of the same user. Only hardening: if the
/// system refuses, the program works as before. Returns the previous limit.
#[cfg(unix)]
pub fn disable_core_dumps() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let before = getrlimit(Resource::Core);
    // The hard limit stays, so that `exec` can restore the soft limit for its command.
    setrlimit(Resource::Core, Rlimit { current: Some(0), ..before }).ok()?;
    Some(before.current.unwrap_or(u64::MAX))
}

/// Does nothing: other systems dump nothing unless an administrator enables it.
#[cfg(not(unix))]
pub fn disable_core_dumps() -> Option<u64> {
    None
}
