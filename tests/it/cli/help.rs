//! Help is a result; aliases and global flags.

use crate::support::Sandbox;

#[test]
fn help_goes_to_stdout() {
    let sandbox = Sandbox::new();
    for arguments in [&["--help"][..], &["-h"], &["help"], &["help", "token"], &["--version"], &["token", "-h"]] {
        let outcome = sandbox.run(arguments).success();
        assert!(!outcome.stdout.is_empty() && outcome.stderr.is_empty(), "{arguments:?}");
    }
    assert!(!sandbox.path("home/.local/state/mycli").exists(), "help creates no files");
}

#[test]
fn command_aliases_work() {
    let sandbox = Sandbox::new();
    for (alias, command) in [("login", "signin"), ("logout", "signout"), ("whoami", "status")] {
        let help = |name: &str| sandbox.run(&[name, "--help"]).success().stdout;
        assert_eq!(help(alias), help(command));
    }
}

#[test]
fn global_flags_work_before_and_after_the_command() {
    let sandbox = Sandbox::new();
    for arguments in [&["--json", "signout"][..], &["signout", "--json"], &["providers", "list", "--json"]] {
        sandbox.run(arguments).success().json();
    }
}
