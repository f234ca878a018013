//! Every row of the catalogue as it stands, against a server that plays its provider: the program itself is run, its
//! requests go through `HTTPS_PROXY` to the hosts that the row names, and the certificates come from the authority in
//! `SSL_CERT_FILE`. Sign-in, profile, refresh, device flow and sign-out are held, request by request, to what
//! `dialects.txt` says that the provider takes, and answered as it says that the provider answers.
//!
//! `BLESS=1` writes the requests as they came; the answers in the file are a person's word and stay.

#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a test is a program of its own

#[path = "../support/mod.rs"]
mod support;

mod authority;
mod script;
mod stage;

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mycli::catalog::{
    self, AcceptedRedirect, AuthEnvironment, ConfiguredProviders, Overrides, Provider, ProviderEntry, Setting,
    SettingKind, rows,
};
use serde_json::Value;
use support::{Sandbox, visitor};

use authority::Authority;
use script::{Line, Script, Scripts};
use stage::{CLIENT, SECRET, Stage, Step};

/// Rows at a time: much of the time is a wait for the interval of a device code.
const AT_A_TIME: usize = 8;

#[test]
fn every_row_speaks_its_dialect_as_it_stands() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rows/dialects.txt");
    let scripts = Scripts::read(&fs::read_to_string(&file).unwrap_or_default());
    let names: Vec<&str> = rows().names().filter(|name| *name != "demo" && is_open(name)).collect();
    let providers: Vec<Provider> = names.iter().map(|name| resolved(name)).collect();
    let authority = Authority::new(&providers);
    let (next, played) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                let stage = Stage::open(&authority);
                while let Some(provider) = providers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let was = scripts.of(&provider.name).cloned().unwrap_or_default();
                    let is = Row { provider, stage: &stage, authority: &authority }.play(&was);
                    played.lock().expect("no panic").push((was, is));
                }
            });
        }
    });
    let played = played.into_inner().expect("no panic");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, Scripts::write(played.into_iter().map(|(_, is)| is))).expect("the file can be written");
        return;
    }
    let unlike: Vec<String> = played.iter().filter_map(|(was, is)| was.difference(is)).collect();
    assert!(unlike.is_empty(), "{} of {}:\n{}", unlike.len(), played.len(), unlike.join("\n"));
    let stale: Vec<&str> = scripts.names().filter(|name| !names.contains(name)).collect();
    assert!(stale.is_empty(), "no such rows: {stale:?}");
    for step in Step::ALL {
        let count =
            played.iter().filter(|(_, is)| is.lines.iter().any(|line| line.step() == Some(step.name()))).count();
        println!("{}: {count} rows", step.name());
    }
}

fn is_open(name: &str) -> bool {
    rows().row(name).expect("it was listed").closed.is_none()
}

/// The row with its settings, as far as it asks for them.
fn resolved(name: &str) -> Provider {
    let row = rows().row(name).expect(name);
    let asked = row.settings.iter().filter(|setting| setting.default.is_none());
    let settings = asked.map(|setting| (setting.name.clone(), value(setting).to_owned())).collect();
    let entries = vec![(name.to_owned(), ProviderEntry { settings, ..ProviderEntry::default() })];
    let configured = ConfiguredProviders { home: None, entries };
    catalog::resolve(name, &configured, &AuthEnvironment::default(), &Overrides::default()).expect(name)
}

fn value(setting: &Setting) -> &'static str {
    match setting.kind {
        SettingKind::Segment => "x1",
        SettingKind::Host => "id.example",
        SettingKind::Url => "https://id.example/base",
    }
}

/// A row on a stage.
struct Row<'a> {
    provider: &'a Provider,
    stage: &'a Stage,
    authority: &'a Authority,
}

impl Row<'_> {
    /// Goes through all that a row can do, and gives what was asked and what came of it.
    fn play(&self, script: &Script) -> Script {
        let name = self.provider.name.as_str();
        self.stage.begin(script, self.provider);
        let mut sandbox = self.sandbox();
        if self.provider.secret_needed {
            sandbox.set(AuthEnvironment::variable_name(name, "SECRET"), SECRET);
        }
        // One row is for devices alone.
        if self.provider.endpoints.authorization.is_some() || self.provider.discover {
            self.sign_in(&sandbox);
            self.refresh(&sandbox);
            let can_revoke = self.stage.can_revoke(self.provider);
            self.sign_out(&sandbox, can_revoke);
        }
        if self.provider.endpoints.device_authorization.is_some() {
            match self.provider.quirks.device.secret_needed {
                true => sandbox.set(AuthEnvironment::variable_name(name, "SECRET"), SECRET),
                false => sandbox.unset(&AuthEnvironment::variable_name(name, "SECRET")),
            };
            self.device(&sandbox);
            self.sign_out(&sandbox, false);
        }
        Script { name: name.to_owned(), issuer: self.provider.issuer.clone(), lines: self.stage.end() }
    }

    fn sandbox(&self) -> Sandbox {
        let name = &self.provider.name;
        let mut sandbox = Sandbox::new();
        let row = rows().row(name).expect("it was resolved");
        let asked = row.settings.iter().filter(|setting| setting.default.is_none());
        let settings: String = asked.map(|setting| format!("{} = \"{}\"\n", setting.name, value(setting))).collect();
        sandbox.configure(&format!("[providers.{name}]\nclient_id = \"{CLIENT}\"\n{settings}"));
        sandbox.set("MYCLI_STORE", "file").set("HTTPS_PROXY", self.stage.proxy());
        sandbox.set("SSL_CERT_FILE", self.authority.file());
        sandbox
    }

    fn sign_in(&self, sandbox: &Sandbox) {
        self.stage.phase(Step::Exchange);
        let name = self.provider.name.as_str();
        let mut arguments = vec!["--json", "signin", name, "--no-open", "--timeout", "30s"];
        // The port that rows fix is the same for all of them, and rows are played side by side.
        let port = stage::free_port().to_string();
        let callback = format!("http://127.0.0.1:{port}/callback");
        match (self.provider.accepted_redirect, self.provider.port) {
            (AcceptedRedirect::Loopback, None) => {}
            (AcceptedRedirect::Loopback, Some(_)) => arguments.extend(["--port", &port]),
            (AcceptedRedirect::Https | AcceptedRedirect::Domain, _) => arguments.extend(["--callback", &callback]),
        }
        // What joins scopes is seen only where there are two.
        if self.provider.scope_separator != " " && self.provider.scopes.len() < 2 {
            arguments.extend(["--scope", "+one +two"]);
        }
        let mut running = sandbox.start(&arguments);
        let mut browser = visitor::CookieBrowser::default();
        let begun = std::panic::catch_unwind(AssertUnwindSafe(|| running.wait_for_url("/start?")));
        // One that ends before it begins says why in its outcome.
        if let Ok(start) = begun {
            let answer = browser.get(&start);
            let location = answer.header("location").expect("it leads to the provider");
            if let Some(back) = self.stage.authorize(location) {
                // To the page at its end: the program waits a second for a browser that does not fetch it.
                browser.visit(&back);
            }
        }
        self.ended("signed in", running.outcome());
    }

    fn refresh(&self, sandbox: &Sandbox) {
        self.stage.phase(Step::Refresh);
        let name = self.provider.name.as_str();
        let fresh = match self.stage.gave_refresh_token() {
            true => sandbox.run(&["token", name, "--force-refresh"]),
            false => sandbox.run(&["token", name]),
        };
        self.stage.note(Line::Came(format!("token {}", shown(&fresh.stdout, &fresh.stderr))));
    }

    fn sign_out(&self, sandbox: &Sandbox, revoke: bool) {
        self.stage.phase(Step::Revoke);
        let arguments: &[&str] = if revoke { &["signout", "--revoke"] } else { &["signout"] };
        let outcome = sandbox.run(&[arguments, &[self.provider.name.as_str()]].concat());
        if outcome.code != 0 {
            self.stage.note(Line::Came(format!("signout {}", shown("", &outcome.stderr))));
        }
        let left = sandbox.run(&["status", "--json"]).json()["sessions"].as_array().map_or(0, Vec::len);
        if left != 0 {
            self.stage.note(Line::Came("still signed in".to_owned()));
        }
    }

    fn device(&self, sandbox: &Sandbox) {
        self.stage.phase(Step::Device);
        // A row may take the refusal of a wrong poll for "not yet".
        let outcome = sandbox.run(&["--json", "signin", &self.provider.name, "--device", "--timeout", "20s"]);
        self.ended("signed in", outcome);
    }

    /// Keeps what came of a sign-in.
    fn ended(&self, what: &str, outcome: support::Outcome) {
        let line = match outcome.code {
            0 => {
                let done = outcome.json();
                let text = |key: &str| done[key].as_str().unwrap_or("-").to_owned();
                let scopes: Vec<&str> =
                    done["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                format!("{what} account={} subject={} scopes={}", text("account"), text("subject"), scopes.join(" "))
            }
            _ => format!("failed {}", shown("", &outcome.stderr)),
        };
        self.stage.note(Line::Came(line));
    }
}

/// The one line of an output, or the last of the errors.
fn shown(stdout: &str, stderr: &str) -> String {
    match stdout.trim() {
        "" => format!("ERROR {}", stderr.trim().lines().next_back().unwrap_or("nothing said")),
        text => text.to_owned(),
    }
}
