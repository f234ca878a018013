//! Sandbox with the fake provider configured as `acme` and tokens stored in files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::fake_provider::{FakeProvider, Response, USERINFO};
use crate::support::keyring::GnomeKeyring;
use crate::support::sandbox::OpenedUrls;
use crate::support::visitor;
use crate::support::{Outcome, Sandbox};

pub struct World {
    pub provider: FakeProvider,
    pub sandbox: Sandbox,
    pub opened: OpenedUrls,
}

impl World {
    pub fn new() -> Self {
        Self::configured("")
    }

    /// World whose program runs as an unprivileged user, so that file permissions apply.
    pub fn unprivileged() -> Self {
        Self::in_sandbox(Sandbox::unprivileged(), "")
    }

    /// World with `more` in the table of `acme`.
    pub fn configured(more: &str) -> Self {
        Self::in_sandbox(Sandbox::new(), more)
    }

    fn in_sandbox(mut sandbox: Sandbox, more: &str) -> Self {
        let provider = FakeProvider::start();
        sandbox.set("MYCLI_STORE", "file");
        let opened = sandbox.record_browser();
        let world = Self { provider, sandbox, opened };
        world.sandbox.configure(&world.table("acme", more));
        world
    }

    /// World that stores new sessions in a keyring.
    pub fn with_keyring() -> (Self, GnomeKeyring) {
        let (mut world, gnome) = (Self::new(), GnomeKeyring::unlocked());
        world.sandbox.unset("MYCLI_STORE").set("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
        (world, gnome)
    }

    /// World with `ada` signed in.
    pub fn signed_in() -> Self {
        let world = Self::new();
        world.sign_in(&[]).success();
        world
    }

    /// World with `ada` and then `bob` signed in.
    pub fn with_two_accounts() -> Self {
        let world = Self::new();
        world.set_user("ada");
        world.sign_in(&[]).success();
        world.set_user("bob");
        world.sign_in(&["--force"]).success();
        world
    }

    /// Configuration table of the provider under this name.
    pub fn table(&self, name: &str, more: &str) -> String {
        let scopes = if more.contains("scopes") { "" } else { "scopes = [\"openid\"]\n" };
        let issuer = self.provider.issuer();
        format!("[providers.{name}]\nissuer = \"{issuer}\"\nclient_id = \"native\"\n{scopes}{more}\n")
    }

    /// Signs in to `acme` and visits the URL as the browser does.
    pub fn sign_in(&self, flags: &[&str]) -> Outcome {
        self.sign_in_at("acme", flags)
    }

    /// Signs in to a provider and visits the URL as the browser does.
    pub fn sign_in_at(&self, provider: &str, flags: &[&str]) -> Outcome {
        let running = self.sandbox.start(&[&["signin", provider], flags].concat());
        visitor::visit(&self.opened.next_url());
        running.outcome()
    }

    /// Sets the user who signs in from now on.
    pub fn set_user(&self, name: &str) {
        let claims = json!({
            "sub": format!("subject-of-{name}"),
            "preferred_username": name,
            "email": format!("{name}@example.test"),
        });
        self.provider.respond_with(USERINFO, Response::json(200, &claims));
        self.provider.change_id_token(move |token| {
            for (claim, value) in claims.as_object().expect("an object") {
                token.claims[claim] = value.clone();
            }
        });
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.sandbox.run(arguments)
    }

    pub fn token(&self) -> String {
        self.run(&["token", "acme"]).success().stdout
    }

    /// Sessions that `status` lists.
    pub fn sessions(&self) -> Vec<Value> {
        let outcome = self.run(&["status", "--json"]);
        outcome.json()["sessions"].as_array().expect("a list").clone()
    }

    pub fn accounts(&self) -> Vec<String> {
        self.sessions().iter().map(|one| one["account"].as_str().expect("a string").to_owned()).collect()
    }

    /// Fails the test if a session was stored, a browser opened or the provider contacted.
    pub fn assert_untouched(&self) {
        self.run(&["status"]).ends_with(3);
        assert!(self.opened.is_empty(), "a browser was opened");
        let requests = self.provider.requests();
        assert!(requests.is_empty(), "{requests:?}");
    }

    /// Makes the stored access token look expired.
    pub fn expire(&self) {
        const PAST: &str = "2020-01-01T00:00:00Z";
        self.edit_files(|text| {
            let mut document: Value = serde_json::from_str(text).ok()?;
            if document.get("expires_at").is_some() {
                document["expires_at"] = json!(PAST);
                return Some(document.to_string());
            }
            let mut session: Value = serde_json::from_str(document.get("secret")?.as_str()?).ok()?;
            session["tokens"]["expires_at"] = json!(PAST);
            document["secret"] = session.to_string().into();
            Some(document.to_string())
        });
    }

    /// Rewrites every file of state and secrets for which `edit` returns new text.
    pub fn edit_files(&self, edit: impl Fn(&str) -> Option<String>) {
        let mut edited = 0;
        for (path, text) in self.files() {
            if let Some(text) = edit(&text) {
                fs::write(path, text).expect("the test owns its files");
                edited += 1;
            }
        }
        assert!(edited > 0, "no file to edit");
    }

    /// Files of state and secrets with their text.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        for folder in [self.sandbox.state(), self.sandbox.path("home/.local/share/mycli")] {
            walk(&folder, &mut files);
        }
        files
    }

    /// State file of the only session.
    pub fn state_file(&self) -> PathBuf {
        let is_session = |path: &Path| path.file_stem().is_some_and(|name| name.len() == 32);
        let state = self.sandbox.state().join("sessions");
        let mut found = self.files().into_keys().filter(|path| path.starts_with(&state) && is_session(path));
        found.next().expect("a session exists")
    }
}

fn walk(path: &Path, files: &mut BTreeMap<PathBuf, String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("the test owns its files") {
            walk(&entry.expect("the test owns its files").path(), files);
        }
    } else if let Ok(text) = fs::read_to_string(path) {
        files.insert(path.to_owned(), text);
    }
}

/// Fails the test if `value` has other keys than these.
#[track_caller]
pub fn assert_keys(value: &Value, keys: &[&str]) {
    let mut expected: Vec<&str> = keys.to_vec();
    expected.sort_unstable();
    let mut found: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

/// Changes one key of a JSON file and returns the new text.
pub fn edit_json(file: &Path, key: &str, value: Value) -> String {
    let text = fs::read_to_string(file).expect("the test owns its files");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    assert!(document.get(key).is_some_and(|old| *old != value), "`{key}` is missing or already has this value");
    document[key] = value;
    fs::write(file, document.to_string()).expect("the test owns its files");
    document.to_string()
}
