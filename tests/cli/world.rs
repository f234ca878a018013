//! A home in which `acme`, a provider of the tests, is configured and tokens are kept in files.

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

    /// Where the program runs as an ordinary user, for whom permissions hold.
    pub fn unprivileged() -> Self {
        Self::in_sandbox(Sandbox::unprivileged(), "")
    }

    /// With `more` in the table of `acme`.
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

    /// With a keyring, where new sessions go.
    pub fn with_keyring() -> (Self, GnomeKeyring) {
        let (mut world, gnome) = (Self::new(), GnomeKeyring::unlocked());
        world.sandbox.unset("MYCLI_STORE").set("DBUS_SESSION_BUS_ADDRESS", &gnome.bus.address);
        (world, gnome)
    }

    /// Where `ada` is signed in.
    pub fn signed_in() -> Self {
        let world = Self::new();
        world.sign_in(&[]).success();
        world
    }

    /// Where `ada` is signed in, and `bob` after her.
    pub fn with_two_accounts() -> Self {
        let world = Self::new();
        world.set_user("ada");
        world.sign_in(&[]).success();
        world.set_user("bob");
        world.sign_in(&["--force"]).success();
        world
    }

    /// The configuration of this provider under a name.
    pub fn table(&self, name: &str, more: &str) -> String {
        let scopes = if more.contains("scopes") { "" } else { "scopes = [\"openid\"]\n" };
        let issuer = self.provider.issuer();
        format!("[providers.{name}]\nissuer = \"{issuer}\"\nclient_id = \"native\"\n{scopes}{more}\n")
    }

    /// Signs in at `acme`, browser included.
    pub fn sign_in(&self, flags: &[&str]) -> Outcome {
        self.sign_in_at("acme", flags)
    }

    /// Signs in at a provider, browser included.
    pub fn sign_in_at(&self, provider: &str, flags: &[&str]) -> Outcome {
        let running = self.sandbox.start(&[&["signin", provider], flags].concat());
        visitor::visit(&self.opened.next_url());
        running.outcome()
    }

    /// From now on this person is the one who signs in.
    pub fn set_user(&self, name: &str) {
        let claims = json!({
            "sub": format!("subject-of-{name}"),
            "preferred_username": name,
            "email": format!("{name}@example.test"),
        });
        self.provider.respond_with(USERINFO, Response::json(200, &claims));
        self.provider.change_id_token(move |token| {
            for (claim, value) in claims.as_object().expect("it is one") {
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

    /// The sessions that `status` lists.
    pub fn sessions(&self) -> Vec<Value> {
        let outcome = self.run(&["status", "--json"]);
        outcome.json()["sessions"].as_array().expect("a list").clone()
    }

    pub fn accounts(&self) -> Vec<String> {
        self.sessions().iter().map(|one| one["account"].as_str().expect("a label").to_owned()).collect()
    }

    pub fn assert_untouched(&self) {
        self.run(&["status"]).ends_with(3);
        assert!(self.opened.is_empty(), "a browser was opened");
        let asked = self.provider.requests();
        assert!(asked.is_empty(), "{asked:?}");
    }

    /// Lets the access token end now, as far as the program knows.
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

    /// Rewrites every file of sessions that `edit` has something else for.
    pub fn edit_files(&self, edit: impl Fn(&str) -> Option<String>) {
        let mut edited = 0;
        for (path, text) in self.files() {
            if let Some(text) = edit(&text) {
                fs::write(path, text).expect("ours");
                edited += 1;
            }
        }
        assert!(edited > 0, "there is nothing to edit");
    }

    /// Every file of state and secrets with its text.
    pub fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        for place in [self.sandbox.state(), self.sandbox.path("home/.local/share/mycli")] {
            walk(&place, &mut files);
        }
        files
    }

    /// The state file of the only session.
    pub fn state_file(&self) -> PathBuf {
        let named = |path: &Path| path.file_stem().is_some_and(|name| name.len() == 32);
        let state = self.sandbox.state().join("sessions");
        let mut found = self.files().into_keys().filter(|path| path.starts_with(&state) && named(path));
        found.next().expect("a session is there")
    }
}

fn walk(place: &Path, files: &mut BTreeMap<PathBuf, String>) {
    if place.is_dir() {
        for entry in fs::read_dir(place).expect("ours") {
            walk(&entry.expect("ours").path(), files);
        }
    } else if let Ok(text) = fs::read_to_string(place) {
        files.insert(place.to_owned(), text);
    }
}

/// Fails the test where `value` has other keys than these.
#[track_caller]
pub fn assert_keys(value: &Value, keys: &[&str]) {
    let mut wanted: Vec<&str> = keys.to_vec();
    wanted.sort_unstable();
    let mut found: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, wanted);
}

/// Changes one key of a JSON file, and returns the text it has then.
pub fn edit_json(file: &Path, key: &str, value: Value) -> String {
    let text = fs::read_to_string(file).expect("ours");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    assert!(document.get(key).is_some_and(|old| *old != value), "there is no other `{key}` to change");
    document[key] = value;
    fs::write(file, document.to_string()).expect("ours");
    document.to_string()
}
