//! The program as a library, with a home, a clock and a person of its own: nothing is waited for.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mycli::app::environment::Environment;
use mycli::app::{App, StoreChoice};
use mycli::catalog::Provider;
use mycli::clock::Clock;
use mycli::error::{Error, Result};
use mycli::http_client::{HttpClient, HttpSettings};
use mycli::prompt::{BrowserPrompt, DevicePrompt, Prompt, Selection, WaitIndicator};
use mycli::secret::Secret;
use mycli::signin::{SigninOptions, SigninResult, signin};
use mycli::store::{FileStore, SessionStore, StoreDirectories};

/// A clock that is where its sleepers want to be.
pub struct Hours {
    now: Mutex<DateTime<Utc>>,
    slept: Mutex<Vec<f64>>,
    /// Where the clock is beside that after the first nap, in seconds: the machine slept, or its clock was set.
    pub leap: Mutex<i64>,
}

impl Clock for Hours {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("no panic")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let leap = std::mem::take(&mut *self.leap.lock().expect("no panic"));
        *self.now.lock().expect("no panic") += duration;
        *self.now.lock().expect("no panic") += chrono::Duration::seconds(leap);
        self.slept.lock().expect("no panic").push(duration.as_secs_f64());
        Box::pin(std::future::ready(()))
    }
}

/// A person who reads what is said, wants a new code as often as told, and does `at_once` what is to be done.
#[derive(Default)]
pub struct Person {
    said: Arc<Mutex<Vec<String>>>,
    wants: Mutex<u32>,
    at_once: Option<fn(&DevicePrompt<'_>)>,
}

impl Person {
    /// Who does `at_once` what a code asks for.
    pub fn who(at_once: fn(&DevicePrompt<'_>)) -> Self {
        Self { at_once: Some(at_once), ..Self::default() }
    }

    fn hears(&self, text: String) {
        self.said.lock().expect("no panic").push(text);
    }
}

struct Nothing;

impl WaitIndicator for Nothing {}

impl Prompt for Person {
    fn visit(&self, _: &BrowserPrompt<'_>) {
        self.hears("visit".to_owned());
    }

    fn device(&self, page: &DevicePrompt<'_>) {
        self.hears(format!("{} {} {}", page.code, page.address, page.link.unwrap_or("-")));
        if let Some(act) = self.at_once {
            act(page);
        }
    }

    fn confirm(&self, _: &str) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        let mut left = self.wants.lock().expect("no panic");
        let wanted = *left > 0;
        *left = left.saturating_sub(1);
        Box::pin(std::future::ready(wanted))
    }

    fn waiting(&self, _: &str, _: Duration) -> Box<dyn WaitIndicator> {
        Box::new(Nothing)
    }

    fn say(&self, text: &str) {
        self.hears(text.to_owned());
    }

    fn warn(&self, text: &str) {
        self.hears(format!("warning: {text}"));
    }

    fn detail(&self, _: &str) {}

    fn can_ask(&self) -> bool {
        *self.wants.lock().expect("no panic") > 0
    }

    fn choose<'a>(&'a self, _: &str, _: &'a [String]) -> Selection<'a> {
        Box::pin(std::future::ready(Err(Error::other("nobody chooses here"))))
    }
}

/// A program with its own home, clock and person.
pub struct World {
    pub app: App,
    pub clock: Arc<Hours>,
    said: Arc<Mutex<Vec<String>>>,
    _home: tempfile::TempDir,
}

impl World {
    /// Whose person wants a new code this often.
    pub fn new(wants: u32) -> Self {
        Self::of(Person { wants: Mutex::new(wants), ..Person::default() })
    }

    pub fn of(person: Person) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| home.path().join(name);
        let variables = [("HOME", path("home")), ("SSH_TTY", "/dev/pts/1".into())];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_string_lossy().into_owned()));
        let environment = Environment { variables: variables.into(), ..Environment::default() };
        let mut app = App::new("mycli", environment).expect("an app");
        let file = || Box::new(FileStore::new(path("data")));
        app.sessions = SessionStore::new(
            "mycli".into(),
            StoreDirectories { state: path("state"), data: path("data") },
            file(),
            file(),
        );
        app.store_choice = Some(StoreChoice::File);
        let clock = Arc::new(Hours {
            now: Mutex::new(DateTime::from(std::time::SystemTime::now())),
            slept: Mutex::default(),
            leap: Mutex::default(),
        });
        let said = Arc::clone(&person.said);
        // Without a cache: the folder for it is the user's own.
        app.http = HttpClient::new(HttpSettings::default());
        app.clock = clock.clone();
        app.prompt = Box::new(person);
        Self { app, clock, said, _home: home }
    }

    pub fn sign_in(&self, provider: &Provider) -> Result<SigninResult> {
        signin(&self.app, provider, &SigninOptions::default())
    }

    /// The naps, in seconds.
    pub fn slept(&self) -> Vec<f64> {
        self.clock.slept.lock().expect("no panic").clone()
    }

    /// What the person was told.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().expect("no panic").clone()
    }

    /// Nothing that was said or that failed may hold what only program and provider know.
    pub fn no_secret_in(&self, outcome: &Result<SigninResult>) {
        let error = outcome.as_ref().err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
        for text in self.said().iter().chain([&error]) {
            assert!(!text.contains("-secret-"), "{text}");
        }
    }
}
