//! Runs the committed completions in their shells. PowerShell and Nushell are not in Debian; `tests/it/generated.rs` checks
//! that theirs are current.

use std::process::{Command, Output};

use crate::support::tmux::Tmux;

const COMPLETIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

#[test]
fn bash_completes_commands_and_flags() {
    let script = "source mycli.bash; COMP_WORDS=(mycli \"$@\"); COMP_CWORD=$#; _mycli mycli \"${!#}\" mycli; \
                  printf '%s\\n' \"${COMPREPLY[@]}\"";
    for (typed, expected) in [(&["tok"][..], "token"), (&["signin", "--redi"], "--redirect-to")] {
        let mut bash = Command::new("bash");
        let output = run(bash.args(["--norc", "-c", script, "bash"]).args(typed));
        assert_eq!(output.trim(), expected, "{typed:?}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs fish: --features real")]
fn fish_completes_commands_and_flags() {
    let home = tempfile::tempdir().expect("a temporary folder");
    for (typed, expected) in [("mycli tok", "token"), ("mycli signin --redi", "--redirect-to")] {
        let mut fish = Command::new("fish");
        fish.env("HOME", home.path()).args(["--no-config", "-c", "source mycli.fish; complete -C $argv[1]", typed]);
        let output = run(&mut fish);
        assert!(output.lines().any(|line| line.split('\t').next() == Some(expected)), "{typed}: {output}");
    }
}

/// Elvish provides the `edit:` module only on a terminal; a stub that records the registration replaces it. The generated
/// code itself runs.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Elvish: --features real")]
fn elvish_completes_commands_and_flags() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let library = home.path().join(".config/elvish/lib");
    std::fs::create_dir_all(&library).expect("a temporary folder");
    let stand_in = "var completion: = (ns [&arg-completer=[&]])\n\
                    fn complex-candidate {|stem &display='' &code-suffix=''| put $stem }\n";
    std::fs::write(library.join("edit.elv"), stand_in).expect("a file");
    for (typed, expected) in [("mycli tok", "token"), ("mycli signin --redi", "--redirect-to")] {
        let script =
            format!("use edit; eval (slurp < mycli.elv); $edit:completion:arg-completer[mycli] {typed} | to-lines");
        let mut elvish = Command::new("elvish");
        let output = run(elvish.env("HOME", home.path()).args(["-c", &script]));
        assert!(output.lines().any(|line| line == expected), "{typed}: {output}");
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn zsh_completes_commands_and_flags() {
    for (typed, expected) in [("mycli tok", "mycli token"), ("mycli signin --redi", "mycli signin --redirect-to")] {
        let terminal = Tmux::start(Command::new("tmux"), (100, 30), "zsh -f");
        terminal.type_text(&format!(
            "fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D; PS1='ready> '; clear"
        ));
        terminal.press("Enter");
        terminal.wait_for("ready>");
        terminal.type_text(typed);
        terminal.press("Tab");
        terminal.wait_for(expected);
    }
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.current_dir(COMPLETIONS).output().expect("the shell is installed");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("UTF-8")
}
