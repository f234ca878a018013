//! The committed completions in their shells, each on a terminal: words are typed, Tab and Enter are pressed, and what the
//! program then gets as arguments is compared. PowerShell's are untested; `tests/it/generated.rs` checks that they are
//! current.
//!
//! The names of accounts are those that break quoting: what a server sends ends up in a command line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use clap::Subcommand;

use crate::support::PATIENCE;
use crate::support::sandbox::Sandbox;
use crate::support::tmux::Tmux;

const COMPLETIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/completions");

/// Accounts of the provider `acme`. No two begin with the same character.
const HOSTILE: &[&str] = &[
    "Ada Lovelace",
    "b$(touch run)",
    "c`touch run`",
    "d'; touch run; '",
    "e\"; touch run; \"",
    "f!!\\x $HOME \\",
    "g*?[a]~{a,b}",
    "h:i=j@k%l^m",
    "n&o|p>q<r;s (t)",
    "1234",
    "\u{fc}\u{2603} \u{65e5}\u{672c}",
    "x@example.org",
    "xx@example.org",
];

/// Lines that every shell completes, and the words that the program then gets.
const LINES: &[(&str, &[&str])] = &[
    ("mycli tok", &["token"]),
    ("mycli providers li", &["providers", "list"]),
    ("mycli token --force-r", &["token", "--force-refresh"]),
    ("mycli signin mastod", &["signin", "mastodon"]),
    ("mycli token ac", &["token", "acme"]),
    ("mycli switch acme 12", &["switch", "acme", "1234"]),
    ("mycli token acme --account=12", &["token", "acme", "--account=1234"]),
    ("mycli token acme --account xx@ex", &["token", "acme", "--account", "xx@example.org"]),
    ("mycli --store k", &["--store", "keyring"]),
    ("mycli config set providers.acme.iss", &["config", "set", "providers.acme.issuer"]),
    ("mycli --config /etc/hostn", &["--config", "/etc/hostname"]),
    ("mycli exec acme -- mycli-hel", &["exec", "acme", "--", "mycli-helper"]),
    ("mycli exec -- cat /etc/hostn", &["exec", "--", "cat", "/etc/hostname"]),
];

/// A shell on a terminal with the completions, and a program `mycli` that records its arguments.
struct Prompt {
    sandbox: Sandbox,
    terminal: Tmux,
}

impl Prompt {
    /// Starts `shell`, which reads the line `load` first.
    fn start(shell: &str, load: &str) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.configure("[providers.acme]\nissuer = \"https://id.acme.example\"\nclient_id = \"desktop\"\n");
        HOSTILE.iter().for_each(|account| sign_in(&sandbox, "acme", account));
        let programs = sandbox.path("bin");
        let recorder = format!(
            "#!/bin/sh\n[ \"$1\" = completions ] && exec '{}' \"$@\"\n{{ printf '<%s>' \"$@\"; echo; }} >> '{}'\n",
            sandbox.program().display(),
            sandbox.path("arguments").display()
        );
        fs::create_dir(&programs).expect("the sandbox can be written");
        for name in ["mycli", "mycli-helper"] {
            fs::write(programs.join(name), &recorder).expect("the sandbox can be written");
            fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755))
                .expect("the test owns the file");
        }
        let path = std::env::var("PATH").expect("PATH is set");
        sandbox.set("PATH", format!("{}:{path}", programs.display())).set("PS1", "> ").set("SHELL", "/bin/sh");
        let terminal = Tmux::start(sandbox.command_of("tmux"), (100, 30), shell);
        let prompt = Self { sandbox, terminal };
        // Not before the shell reads: some discard what was typed before.
        prompt.terminal.wait_until("a prompt", |screen| screen.contains(['>', '#', '$', '%', '~']));
        prompt.terminal.type_text(load);
        prompt.terminal.press("Enter");
        prompt.terminal.type_text("mycli loaded");
        prompt.terminal.press("Enter");
        assert_eq!(prompt.arguments(), ["loaded"], "{}", prompt.terminal.screen());
        prompt
    }

    /// Arguments of the next call of `mycli`.
    fn arguments(&self) -> Vec<String> {
        let record = self.sandbox.path("arguments");
        let end = Instant::now() + PATIENCE;
        loop {
            let recorded = fs::read_to_string(&record).unwrap_or_default();
            if let Some(line) = recorded.strip_suffix(">\n") {
                fs::remove_file(&record).expect("the sandbox can be written");
                return line.trim_start_matches('<').split("><").map(str::to_owned).collect();
            }
            assert!(Instant::now() < end, "nothing was run:\n{}", self.terminal.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[track_caller]
    fn completes(&self, line: &str, expected: &[&str]) {
        // Elvish discards what is typed before.
        self.terminal.wait_until("a prompt", |screen| screen.lines().last().is_some_and(|line| line.trim_end() == ">"));
        self.terminal.type_text(line);
        self.terminal.press("Tab");
        self.terminal.press("Enter");
        assert_eq!(self.arguments(), expected, "{line}\n{}", self.terminal.screen());
    }

    fn completes_all(&self) {
        for (line, expected) in LINES {
            self.completes(line, expected);
        }
        for account in HOSTILE.iter().filter(|account| !account.starts_with('x')) {
            let first: String = account.chars().take(1).collect();
            self.completes(&format!("mycli token acme --account {first}"), &["token", "acme", "--account", account]);
        }
        assert!(!self.sandbox.path("home/run").exists(), "an account ran a command");
    }
}

/// Candidates for the last of `words`, without descriptions.
fn candidates(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let outcome = sandbox.run(&[&["completions", "fish", "--complete", "--", "mycli"], words].concat()).success();
    assert_eq!(outcome.stderr, "", "{words:?}");
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    outcome.stdout.lines().skip(1).map(value).collect()
}

/// Stores a token at a provider that the configuration names.
fn sign_in(sandbox: &Sandbox, provider: &str, account: &str) {
    let arguments = ["signin", provider, "--with-token", "--no-check", "--store", "file", "--label", account];
    sandbox.run_with(&arguments, "token").success();
}

#[test]
fn candidates_fit_their_place() {
    let sandbox = Sandbox::new();
    sandbox.configure(
        "default = \"gitlab\"\n[providers.acme]\nissuer = \"https://id.acme.example\"\nclient_id = \"desktop\"\n",
    );
    sign_in(&sandbox, "github", "octocat");
    sign_in(&sandbox, "gitlab", "tanuki");
    let table: &[(&[&str], &[&str])] = &[
        (&["token", ""], &["github", "gitlab"]),
        (&["signout", "lab"], &["gitlab"]),
        (&["doctor", ""], &["acme", "github", "gitlab"]),
        (&["token", "github", "--account", ""], &["octocat"]),
        (&["token", "--account", ""], &["tanuki"]),
        (&["token", "--account="], &["--account=tanuki"]),
        (&["switch", "GitHub.com", ""], &["octocat"]),
        (&["--store", ""], &["auto", "keyring", "file"]),
        (&["store", "move", ""], &["keyring", "file"]),
        (&["providers", "remove", ""], &["acme"]),
        (&["providers", "show", "ACM"], &["acme"]),
        (&["providers", "add", "work", "--use", "microsoft-entra-i"], &["microsoft-entra-id"]),
        (&["config", "get", ""], &["default", "providers.acme.issuer", "providers.acme.client_id"]),
        (&["config", "set", "timeouts."], &["timeouts.http", "timeouts.store", "timeouts.unlock", "timeouts.lock"]),
        (&["config", "set", "providers.work.scop"], &["providers.work.scopes"]),
        (&["config", "set", "store", ""], &["auto", "keyring", "file"]),
        (&["status", "--format-shell", "f"], &["fish"]),
        (&["completions", "e"], &["powershell", "elvish", "nushell"]),
        (&["completions", "bash", ""], &[]),
        (&["token", "--nothing-like-it"], &[]),
    ];
    for (words, expected) in table {
        assert_eq!(candidates(&sandbox, words), *expected, "{words:?}");
    }
    let all = candidates(&sandbox, &["signin", ""]);
    assert_eq!(all[..3], ["acme", "github", "gitlab"]);
    assert!(all.len() > 400 && all.contains(&"keycloak".to_owned()), "{all:?}");
}

#[test]
fn candidates_need_no_valid_configuration() {
    let sandbox = Sandbox::new();
    sign_in(&sandbox, "github", "octocat");
    sandbox.configure("default = [[[");
    assert_eq!(candidates(&sandbox, &["token", "--account", ""]), ["octocat"]);
    assert_eq!(candidates(&sandbox, &["--config", "/missing", "token", ""]), ["github"]);
    fs::set_permissions(sandbox.config_file(), fs::Permissions::from_mode(0o666)).expect("the test owns the file");
    assert_eq!(candidates(&sandbox, &["token", ""]), ["github"]);
    let homeless = {
        let mut sandbox = Sandbox::new();
        sandbox.unset("HOME");
        sandbox
    };
    assert!(candidates(&homeless, &["signin", "github"]).contains(&"github".to_owned()));
}

/// A repair of missing state would ask the keyring, and a write would wait for the lock.
#[test]
fn candidates_come_from_state_files_alone() {
    let [mut empty, mut sandbox] = [(), ()].map(|()| Sandbox::new());
    sign_in(&sandbox, "github", "octocat");
    let bus = sandbox.path("bus");
    let listener = std::os::unix::net::UnixListener::bind(&bus).expect("a socket");
    for sandbox in [&mut empty, &mut sandbox] {
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    }
    assert!(candidates(&empty, &["token", ""]).is_empty());
    let lock = fs::File::open(sandbox.state().join("lock")).expect("the state has a lock");
    lock.lock().expect("nobody else holds it");
    fs::write(sandbox.state().join("sessions/github/default.json"), "{").expect("the test owns the file");
    let started = Instant::now();
    assert_eq!(candidates(&sandbox, &["token", "github", "--account", ""]), ["octocat"]);
    assert!(started.elapsed() < Duration::from_secs(5), "waited for the lock");
    listener.set_nonblocking(true).expect("a socket");
    assert!(listener.accept().is_err(), "the keyring was asked");
}

/// An account that looks like a flag would become one, and control characters would reach the terminal.
#[test]
fn unsafe_names_are_no_candidates() {
    let sandbox = Sandbox::new();
    sign_in(&sandbox, "github", "octocat");
    let directory = sandbox.state().join("sessions/github");
    let file = fs::read_dir(&directory).expect("readable").map(|entry| entry.expect("readable").path());
    let file = file.into_iter().find(|file| file.is_file() && !file.ends_with("default.json")).expect("a session");
    let session = fs::read_to_string(&file).expect("readable");
    for name in ["--revoke", "a\\u001b[31mb", "a\\nb", "a\\tb", "a\\u202eb", ""] {
        fs::write(&file, session.replace("\"octocat\"", &format!("\"{name}\""))).expect("the test owns the file");
        assert!(candidates(&sandbox, &["token", "github", "--account", ""]).is_empty(), "{name}");
    }
}

#[test]
fn candidates_are_bounded_with_10_000_sessions() {
    let sandbox = Sandbox::new();
    sign_in(&sandbox, "github", "octocat");
    let directory = sandbox.state().join("sessions/github");
    let files = fs::read_dir(&directory).expect("readable").map(|entry| entry.expect("readable").path());
    let file = files.into_iter().find(|file| file.is_file() && !file.ends_with("default.json")).expect("a session");
    let session = fs::read_to_string(&file).expect("readable");
    let id = file.file_stem().expect("a name").to_string_lossy().into_owned();
    for number in 0..10_000 {
        let other = format!("{number:0width$x}", width = id.len());
        let text = session.replace(&id, &other).replace("\"octocat\"", &format!("\"octocat{number}\""));
        fs::write(directory.join(format!("{other}.json")), text).expect("the test owns the directory");
    }
    let started = Instant::now();
    assert_eq!(candidates(&sandbox, &["token", ""]), ["github"]);
    assert_eq!(candidates(&sandbox, &["token", "github", "--account", ""]).len(), 1000);
    assert!(started.elapsed() < Duration::from_secs(5), "read too much: {:?}", started.elapsed());
}

/// A script that the host prints would complete the commands of `mycli`.
#[test]
fn embedded_commands_include_no_completions() {
    let host =
        clap::Command::new("acme").subcommand(mycli::cli::Command::augment_subcommands(clap::Command::new("auth")));
    let auth = host.find_subcommand("auth").expect("the nested commands");
    assert!(auth.find_subcommand("signin").is_some() && auth.find_subcommand("completions").is_none());
    host.debug_assert();
}

#[test]
fn committed_completions_name_no_path() {
    for entry in fs::read_dir(COMPLETIONS).expect("the directory is committed") {
        let file = entry.expect("readable").path();
        let text = fs::read_to_string(&file).expect("readable");
        assert!(
            !text.contains("/target/") && !text.contains("/home/") && !text.contains("/usr/"),
            "{}",
            file.display()
        );
    }
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn bash_completes_and_quotes() {
    let prompt = Prompt::start("bash --norc", &format!("source {COMPLETIONS}/mycli.bash"));
    prompt.completes_all();
    // bash replaces only a part of each of these words.
    for (typed, account) in [
        ("'Ada L", HOSTILE[0]),
        ("\"Ada ", HOSTILE[0]),
        ("Ada\\ L", HOSTILE[0]),
        ("'b$", HOSTILE[1]),
        ("\"c", HOSTILE[2]),
        ("'d", HOSTILE[3]),
        ("\"e", HOSTILE[4]),
        ("h:i", HOSTILE[7]),
        ("h:i=j@", HOSTILE[7]),
    ] {
        prompt.completes(&format!("mycli token acme --account {typed}"), &["token", "acme", "--account", account]);
    }
    assert!(!prompt.sandbox.path("home/run").exists(), "an account ran a command");
}

/// That package completes what stands after `exec --`.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs bash-completion: --features real")]
fn bash_completion_completes_the_command_of_exec() {
    let package = "/usr/share/bash-completion/bash_completion";
    assert!(fs::exists(package).is_ok_and(|is_there| is_there), "{package} is missing");
    let prompt = Prompt::start("bash --norc", &format!("source {package}; source {COMPLETIONS}/mycli.bash"));
    prompt.completes("mycli exec acme -- mycli-hel", &["exec", "acme", "--", "mycli-helper"]);
    prompt.completes("mycli exec acme -- mycli tok", &["exec", "acme", "--", "mycli", "token"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs zsh: --features real")]
fn zsh_completes_and_quotes() {
    let load = format!("fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D");
    let prompt = Prompt::start("zsh -f", &load);
    prompt.completes_all();
    prompt.completes("mycli exec acme -- mycli tok", &["exec", "acme", "--", "mycli", "token"]);
    prompt.completes("mycli token acme --account 'Ada L", &["token", "acme", "--account", HOSTILE[0]]);
    prompt.completes("mycli --config=/etc/hostn", &["--config=/etc/hostname"]);
}

/// A script that is sourced, as `zsh` users without a directory in `fpath` do.
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs zsh: --features real")]
fn zsh_completes_with_a_sourced_script() {
    let prompt = Prompt::start("zsh -f", &format!("autoload -U compinit; compinit -u -D; source {COMPLETIONS}/_mycli"));
    prompt.completes("mycli tok", &["token"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs fish: --features real")]
fn fish_completes_and_quotes() {
    let prompt = Prompt::start(
        "fish --no-config",
        &format!("function fish_prompt; echo '> '; end; source {COMPLETIONS}/mycli.fish"),
    );
    prompt.completes_all();
    prompt.completes("mycli exec acme -- mycli tok", &["exec", "acme", "--", "mycli", "token"]);
    prompt.completes("mycli token acme --account 'Ada L", &["token", "acme", "--account", HOSTILE[0]]);
    prompt.completes("mycli --config=/etc/hostn", &["--config=/etc/hostname"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Elvish: --features real")]
fn elvish_completes_and_quotes() {
    // Elvish lists a candidate that it quotes, even the only one; Enter then chooses it and runs the line.
    let setup = "set edit:prompt = { put '> ' }; set edit:rprompt = { }; \
                 set edit:completion:binding[Enter] = { edit:completion:accept; edit:return-line }";
    let prompt = Prompt::start("elvish -norc", &format!("{setup}; eval (slurp < {COMPLETIONS}/mycli.elv)"));
    prompt.completes_all();
    prompt.completes("mycli exec acme -- mycli tok", &["exec", "acme", "--", "mycli", "token"]);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Nushell: --features real")]
fn nushell_completes_and_quotes() {
    let nushell = crate::support::servers::directory().join("node_modules/@nushell/linux-x64/bin/nu");
    let prompt = "$env.PROMPT_COMMAND = {|| ''}; $env.PROMPT_COMMAND_RIGHT = ''; $env.PROMPT_INDICATOR = '> '";
    let load = format!("{prompt}; source {COMPLETIONS}/mycli.nu");
    Prompt::start(&format!("{} --no-config-file", nushell.display()), &load).completes_all();
}
