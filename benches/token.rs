//! Benchmark: time of `$(mycli token …)` compared with `secret-tool lookup` of the same item, and time of the credential
//! helpers compared with `token`.
//!
//! `cargo bench --features real --bench token` starts a separate session bus and gnome-keyring, stores one session
//! there, and runs the commands in turn, round by round, so that other load affects all of them equally. It checks the
//! output of each command but sets no time limit. The last column is the median of the ratios to the first command of the
//! table in the same round.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]
// The rules are for the library.
// Other systems have neither gnome-keyring nor `secret-tool`: there the benchmark is empty and is not linked.
#![cfg_attr(not(all(unix, not(target_os = "macos"))), no_main)]
#![cfg(all(unix, not(target_os = "macos")))]

#[path = "../tests/support/keyring.rs"]
mod keyring;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use keyring::{Directory, GnomeKeyring};
use mycli::internals::secret::Secret;
use mycli::internals::session::{
    Account, Client, ClientAuth, ClientOrigin, Endpoints, Services, Session, SessionKey, SessionQuirks, StoreKind,
    Tokens,
};
use mycli::internals::store::os_keyring::{KeyringTimeouts, OsKeyring, SessionBus};
use mycli::internals::store::{FileStore, SessionStore, StoreDirectories};

/// Number of runs of each command.
const ROUNDS: usize = 200;

const PROVIDER: &str = "bench";
/// Host of the session, for the credential helpers.
const HOST: &str = "bench.example";

const ACCOUNT: &str = "octocat";

/// A measured command.
struct Case {
    name: &'static str,
    command: Command,
    /// What a helper reads from stdin.
    message: &'static str,
    times: Vec<Duration>,
}

/// A home directory with sessions.
struct Home(Directory);

fn main() {
    let gnome = GnomeKeyring::unlocked();
    let session = session();
    let home = |kind, count| Home::new(&gnome, &session, kind, count);
    let [one, many] = [1, 10_000].map(|count| home(StoreKind::Keyring, count));
    let [file, many_files, hundred] = [1, 10_000, 100].map(|count| home(StoreKind::File, count));
    let mycli = |home: &Home, arguments: &[&str]| home.run(&gnome, env!("CARGO_BIN_EXE_mycli"), arguments);
    let id = session.key.id();
    let mut cases = [
        Case::new("secret-tool lookup", one.run(&gnome, "secret-tool", &["lookup", "username", id.as_str()])),
        Case::new("token, keyring, 1 session", mycli(&one, &["token", PROVIDER])),
        Case::new("token, keyring, 10,000 sessions", mycli(&many, &["token", PROVIDER])),
        Case::new("token, file, 1 session", mycli(&file, &["token", PROVIDER])),
        Case::new("token, file, 10,000 sessions", mycli(&many_files, &["token", PROVIDER])),
        Case::new("token, file, 10,000, none named", mycli(&many_files, &["token"])),
        Case::new("status, 100 sessions", mycli(&hundred, &["status"])),
        Case::new("mycli --version", mycli(&one, &["--version"])),
        Case::new("true", one.run(&gnome, "true", &[])),
    ];
    let token = session.tokens.access_token.expose();
    check(&mut cases[0], |printed| printed == session.to_stored().expose());
    for case in &mut cases[1..6] {
        check(case, |printed| printed.trim_end() == token);
    }
    check(&mut cases[6], |printed| printed.matches(ACCOUNT).count() >= 100);
    measure(&mut cases, "of secret-tool");
    measure(&mut helpers(&gnome, &one, token), "of token");
}

/// Credential helpers, after `token` of the same session. A helper for a host that it does not know reads no secret.
fn helpers(gnome: &GnomeKeyring, home: &Home, token: &str) -> Vec<Case> {
    let helper = |name, words: &[&str], message| {
        let mut command = home.run(gnome, env!("CARGO_BIN_EXE_mycli"), &[&["credential"], words].concat());
        let cluster = format!(r#"{{"server":"https://{HOST}"}}"#);
        let version = "client.authentication.k8s.io/v1";
        let info = format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}","spec":{{"cluster":{cluster}}}}}"#);
        command.env("KUBERNETES_EXEC_INFO", info);
        Case { message, ..Case::new(name, command) }
    };
    let mut cases = vec![
        Case::new("token", home.run(gnome, env!("CARGO_BIN_EXE_mycli"), &["token", PROVIDER])),
        helper("git", &["git", "get"], "protocol=https\nhost=bench.example\n\n"),
        helper("docker", &["docker", "get"], HOST),
        helper("kubectl", &["kubectl", "--access-token"], ""),
        helper("bazel", &["bazel", "get"], r#"{"uri":"https://bench.example/x"}"#),
        helper("terraform", &["terraform", "get", HOST], ""),
        helper("headers", &["headers", PROVIDER], ""),
        helper("netrc", &["netrc", PROVIDER], ""),
        helper("git, a stranger", &["git", "get"], "protocol=https\nhost=other.example\n\n"),
        helper("bazel, a stranger", &["bazel", "get"], r#"{"uri":"https://other.example/x"}"#),
    ];
    let strangers = cases.len() - 2;
    for (number, case) in cases.iter_mut().enumerate() {
        check(case, |printed| printed.contains(token) == (number < strangers));
    }
    cases
}

/// Runs the cases in turn and prints their times.
fn measure(cases: &mut [Case], base: &str) {
    for _ in 0..ROUNDS {
        cases.iter_mut().for_each(Case::measure);
    }
    report(cases, base);
}

impl Case {
    fn new(name: &'static str, command: Command) -> Self {
        Self { name, command, message: "", times: Vec::with_capacity(ROUNDS) }
    }

    fn measure(&mut self) {
        let start = Instant::now();
        let status = self.spawn(Stdio::null()).wait().expect("the program starts");
        self.times.push(start.elapsed());
        assert!(status.success(), "{} fails", self.name);
    }

    /// Starts the command and writes its message.
    fn spawn(&mut self, stdout: Stdio) -> Child {
        let started = self.command.stdin(Stdio::piped()).stdout(stdout).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("{}: {error}: is it installed?", self.name));
        let mut stdin = child.stdin.take().expect("piped");
        // A command without a message does not read.
        let _ = stdin.write_all(self.message.as_bytes());
        child
    }
}

impl Home {
    /// Creates a home with `session`, the default of its provider, in a store of `kind`, and state files of `count`
    /// sessions.
    fn new(gnome: &GnomeKeyring, session: &Session, kind: StoreKind, count: usize) -> Self {
        let directory = Directory::new();
        let path = directory.path();
        let directories =
            StoreDirectories { state: path.join(".local/state/mycli"), data: path.join(".local/share/mycli") };
        let bus = SessionBus { address: Some(gnome.bus.address.clone()), runtime_dir: None };
        let file = FileStore::new(directories.data.clone(), Arc::default());
        let state = directories.state.join("sessions").join(PROVIDER);
        let store = Box::new(OsKeyring::new(KeyringTimeouts::default(), bus));
        SessionStore::new("mycli".to_owned(), directories, store, Box::new(file))
            .save(session, kind)
            .expect("the session is stored");
        multiply(&state, session.key.id().as_str(), count);
        Self(directory)
    }

    fn run(&self, gnome: &GnomeKeyring, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(arguments).env_clear().env("PATH", path).env("HOME", self.0.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
        command.current_dir(self.0.path()).stdin(Stdio::null()).stderr(Stdio::inherit());
        command
    }
}

/// Copies a session's state file under other ids, as `count` sign-ins would have created them.
fn multiply(state: &Path, id: &str, count: usize) {
    use std::os::unix::fs::OpenOptionsExt;
    let text = fs::read_to_string(state.join(format!("{id}.json"))).expect("the session has a state file");
    for number in 1..count {
        let other = format!("{number:032x}");
        let text = text.replace(id, &other).replace(ACCOUNT, &format!("{ACCOUNT}-{number}"));
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(state.join(format!("{other}.json")));
        std::io::Write::write_all(&mut file.expect("a new file"), text.as_bytes()).expect("space on the disk");
    }
}

/// Runs a case once and checks its output.
fn check(case: &mut Case, is_expected: impl Fn(&str) -> bool) {
    let output = case.spawn(Stdio::piped()).wait_with_output().expect("the program ends");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && is_expected(&printed), "unexpected output of {}", case.name);
}

fn report(cases: &[Case], base: &str) {
    println!("\n{:34}{:>10}{:>10}{:>16}", "", "min ms", "median ms", base);
    for case in cases {
        let milliseconds: Vec<f64> = case.times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        let ratios = case.times.iter().zip(&cases[0].times).map(|(ours, theirs)| ours.div_duration_f64(*theirs));
        let least = milliseconds.iter().copied().fold(f64::INFINITY, f64::min);
        println!("{:34}{least:10.2}{:10.2}{:16.2}", case.name, median(milliseconds), median(ratios.collect()));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Returns a session like those of real providers: tokens of a kilobyte, valid for an hour.
fn session() -> Session {
    let authority = "https://id.example".to_owned();
    let now: DateTime<Utc> = std::time::SystemTime::now().into();
    let client =
        Client { id: "bench".to_owned(), secret: None, auth: ClientAuth::None, origin: ClientOrigin::Configured };
    let endpoint = |name| format!("{authority}/{name}");
    Session {
        key: SessionKey {
            app: "mycli".to_owned(),
            authority: authority.clone(),
            client_id: client.id.clone(),
            resource: None,
            subject: Some(ACCOUNT.to_owned()),
            label: None,
        },
        provider: PROVIDER.to_owned(),
        earlier_of: None,
        account: Account {
            subject: Some(ACCOUNT.to_owned()),
            name: ACCOUNT.to_owned(),
            email: Some(format!("{ACCOUNT}@id.example")),
        },
        label: None,
        issuer: Some(authority.clone()),
        tenant_template: None,
        endpoints: Endpoints {
            token: endpoint("token"),
            revocation: Some(endpoint("revoke")),
            userinfo: Some(endpoint("userinfo")),
            end_session: None,
            jwks: Some(endpoint("keys")),
            from_metadata: Vec::new(),
        },
        client,
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        scopes_requested: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        scope_separator: " ".to_owned(),
        refresh_params: Vec::new(),
        ca_file: None,
        id_token_hmac: false,
        quirks: SessionQuirks::default(),
        speaks_mcp: false,
        services: Services { hosts: vec![HOST.to_owned()], ..Services::default() },
        tokens: Tokens {
            access_token: Secret::new("a".repeat(1000)),
            token_type: Some("Bearer".to_owned()),
            refresh_token: Some(Secret::new("r".repeat(100))),
            id_token: Some(Secret::new("i".repeat(1000))),
            expires_at: Some(now + TimeDelta::hours(1)),
            refresh_expires_at: None,
            received_at: now,
        },
        derived: Vec::new(),
        signed_in_at: now,
    }
}
