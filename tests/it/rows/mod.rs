//! Runs the program with every row of the catalog against scripted fake providers. Requests go through `HTTPS_PROXY` to
//! the hosts in the row; `SSL_CERT_FILE` names the authority of their certificates. `exchanges.txt` contains the
//! expected requests of sign-in, profile, refresh, device flow and sign-out, and the responses of the provider.
//!
//! `BLESS=1` rewrites the requests; the responses in the file are written by hand and stay.

mod authority;
mod domains;
mod github_app;
mod lints;
mod proxy;
mod registration;
mod script;

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Sandbox, free_port, visitor};
use mycli::internals::catalog::{
    self, AcceptedRedirect, AuthEnvironment, ConfiguredProviders, Overrides, Provider, Setting, SettingKind, rows,
};
use serde_json::Value;

use authority::CertificateAuthority;
use proxy::{CLIENT, FakeProviders, SECRET, Step};
use script::{Line, Script, Scripts};

/// Rows that run in parallel: most of the time is spent waiting for the poll interval of a device code.
const CONCURRENT_ROWS: usize = 8;

#[test]
fn every_row_sends_the_expected_requests() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rows/exchanges.txt");
    let scripts = Scripts::read(&fs::read_to_string(&file).unwrap_or_default());
    let names: Vec<&str> = rows().names().filter(|name| *name != "demo" && is_open(name)).collect();
    let providers: Vec<Provider> = names.iter().map(|name| resolved(name)).collect();
    let authority = CertificateAuthority::new(&providers);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..CONCURRENT_ROWS {
            scope.spawn(|| {
                let fake = FakeProviders::open(&authority);
                while let Some(provider) = providers.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let expected = scripts.of(&provider.name).cloned().unwrap_or_default();
                    let actual = Row { provider, fake: &fake, authority: &authority }.play(&expected);
                    results.lock().expect("no panic").push((expected, actual));
                }
            });
        }
    });
    let results = results.into_inner().expect("no panic");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, Scripts::write(results.into_iter().map(|(_, actual)| actual)))
            .expect("the file can be written");
        return;
    }
    let differences: Vec<String> =
        results.iter().filter_map(|(expected, actual)| expected.difference(actual)).collect();
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), results.len(), differences.join("\n"));
    let stale: Vec<&str> = scripts.names().filter(|name| !names.contains(name)).collect();
    assert!(stale.is_empty(), "no such rows: {stale:?}");
}

fn is_open(name: &str) -> bool {
    rows().row(name).is_some_and(|row| row.closed.is_none() && row.url.is_none())
}

/// Resolves the row with example values for its required settings.
fn resolved(name: &str) -> Provider {
    let row = rows().row(name).expect(name);
    let required = row.declared_settings.iter().filter(|setting| setting.default.is_none());
    let settings = required.map(|setting| (setting.name.clone(), value(setting).to_owned())).collect();
    let entries = vec![(name.to_owned(), Provider { settings, ..Provider::default() })];
    let configured = ConfiguredProviders { entries, ..ConfiguredProviders::default() };
    catalog::resolve(name, &configured, &AuthEnvironment::default(), &Overrides::default()).expect(name)
}

fn value(setting: &Setting) -> &'static str {
    match setting.kind {
        SettingKind::Segment => "x1",
        SettingKind::Host => "id.example",
        SettingKind::Url => "https://id.example/base",
    }
}

/// A row and its fake provider.
struct Row<'a> {
    provider: &'a Provider,
    fake: &'a FakeProviders,
    authority: &'a CertificateAuthority,
}

impl Row<'_> {
    /// Runs every operation of the row and returns the requests and outcomes.
    fn play(&self, script: &Script) -> Script {
        let name = self.provider.name.as_str();
        self.fake.begin(script, self.provider);
        let mut sandbox = self.sandbox();
        if self.provider.secret_needed {
            sandbox.set(AuthEnvironment::variable_name(name, "SECRET"), SECRET);
        }
        // One row has only the device flow.
        if self.provider.endpoints.authorization.is_some() || self.provider.discover {
            self.sign_in(&sandbox);
            self.refresh(&sandbox);
            let can_revoke = self.fake.can_revoke(self.provider);
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
        Script { name: name.to_owned(), issuer: self.provider.issuer.clone(), lines: self.fake.end() }
    }

    fn sandbox(&self) -> Sandbox {
        let name = &self.provider.name;
        let mut sandbox = Sandbox::new();
        let row = rows().row(name).expect("the row was resolved");
        let required = row.declared_settings.iter().filter(|setting| setting.default.is_none());
        let settings: String = required.map(|setting| format!("{} = \"{}\"\n", setting.name, value(setting))).collect();
        sandbox.configure(&format!("[providers.{name}]\nclient_id = \"{CLIENT}\"\n{settings}"));
        sandbox.set("MYCLI_STORE", "file").set("HTTPS_PROXY", self.fake.proxy());
        sandbox.set("SSL_CERT_FILE", self.authority.file());
        sandbox
    }

    fn sign_in(&self, sandbox: &Sandbox) {
        self.fake.phase(Step::Exchange);
        let name = self.provider.name.as_str();
        let mut arguments = vec!["--json", "signin", name, "--no-open", "--timeout", "30s"];
        // All rows with a fixed port share the same one, and rows run in parallel.
        let port = free_port().to_string();
        let callback = format!("http://127.0.0.1:{port}/callback");
        match (self.provider.redirect.accepts, self.provider.port) {
            (AcceptedRedirect::Loopback, None) => {}
            (AcceptedRedirect::Loopback, Some(_)) => arguments.extend(["--port", &port]),
            (AcceptedRedirect::Https | AcceptedRedirect::Domain, _) => arguments.extend(["--callback", &callback]),
        }
        // Only two scopes show the separator.
        if self.provider.scope_separator != " " && self.provider.scopes.len() < 2 {
            arguments.extend(["--scope", "+one +two"]);
        }
        let mut running = sandbox.start(&arguments);
        let mut browser = visitor::CookieBrowser::default();
        let begun = std::panic::catch_unwind(AssertUnwindSafe(|| running.wait_for_url("/start?")));
        // A sign-in that fails before it starts reports the reason in its outcome.
        if let Ok(start) = begun {
            let response = browser.get(&start);
            let location = response.header("location").expect("a redirect to the provider");
            if let Some(back) = self.fake.authorize(location, &callback) {
                // Fetch the last page too: otherwise the program waits a second for the browser.
                browser.visit(&back);
            }
        }
        self.record_outcome("signed in", running.outcome());
    }

    fn refresh(&self, sandbox: &Sandbox) {
        self.fake.phase(Step::Refresh);
        let name = self.provider.name.as_str();
        let fresh = match self.fake.returned_refresh_token() {
            true => sandbox.run(&["token", name, "--force-refresh"]),
            false => sandbox.run(&["token", name]),
        };
        self.fake.add_line(Line::Outcome(format!("token {}", last_line(&fresh.stdout, &fresh.stderr))));
    }

    fn sign_out(&self, sandbox: &Sandbox, revoke: bool) {
        self.fake.phase(Step::Revoke);
        let arguments: &[&str] = if revoke { &["signout", "--revoke"] } else { &["signout"] };
        let outcome = sandbox.run(&[arguments, &[self.provider.name.as_str()]].concat());
        if outcome.code != 0 {
            self.fake.add_line(Line::Outcome(format!("signout {}", last_line("", &outcome.stderr))));
        }
        let left = sandbox.run(&["status", "--json"]).json()["sessions"].as_array().map_or(0, Vec::len);
        if left != 0 {
            self.fake.add_line(Line::Outcome("still signed in".to_owned()));
        }
    }

    fn device(&self, sandbox: &Sandbox) {
        self.fake.phase(Step::Device);
        // A row may read the rejection of a wrong poll as "not yet".
        let outcome = sandbox.run(&["--json", "signin", &self.provider.name, "--device", "--timeout", "20s"]);
        self.record_outcome("signed in", outcome);
    }

    /// Records the outcome of a sign-in.
    fn record_outcome(&self, what: &str, outcome: crate::support::Outcome) {
        let line = match outcome.code {
            0 => {
                let done = outcome.json();
                let text = |key: &str| done[key].as_str().unwrap_or("-").to_owned();
                let scopes: Vec<&str> =
                    done["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                format!("{what} account={} subject={} scopes={}", text("account"), text("subject"), scopes.join(" "))
            }
            _ => format!("failed {}", last_line("", &outcome.stderr)),
        };
        self.fake.add_line(Line::Outcome(line));
    }
}

/// Returns the line on stdout, or the last line on stderr.
fn last_line(stdout: &str, stderr: &str) -> String {
    match stdout.trim() {
        "" => format!("ERROR {}", stderr.trim().lines().next_back().unwrap_or("no output")),
        text => text.to_owned(),
    }
}
