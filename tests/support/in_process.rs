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
pub struct FakeClock {
    now: Mutex<DateTime<Utc>>,
    sleeps: Mutex<Vec<f64>>,
    /// Where the clock is beside that after the first nap, in seconds: the machine slept, or its clock was set.
    pub leap: Mutex<i64>,
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().expect("no panic")
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let leap = std::mem::take(&mut *self.leap.lock().expect("no panic"));
        *self.now.lock().expect("no panic") += duration;
        *self.now.lock().expect("no panic") += chrono::Duration::seconds(leap);
        self.sleeps.lock().expect("no panic").push(duration.as_secs_f64());
        Box::pin(std::future::ready(()))
    }
}

/// A person who reads what is said, new_codes a new code as often as told, and does `act` what is to be done.
#[derive(Default)]
pub struct TestUser {
    messages: Arc<Mutex<Vec<String>>>,
    new_codes: Mutex<u32>,
    act: Option<fn(&DevicePrompt<'_>)>,
}

impl TestUser {
    /// Who does `act` what a code asks for.
    pub fn acting(act: fn(&DevicePrompt<'_>)) -> Self {
        Self { act: Some(act), ..Self::default() }
    }

    fn record(&self, text: String) {
        self.messages.lock().expect("no panic").push(text);
    }
}

struct Nothing;

impl WaitIndicator for Nothing {}

impl Prompt for TestUser {
    fn show_browser_prompt(&self, _: &BrowserPrompt<'_>) {
        self.record("visit".to_owned());
    }

    fn show_device_prompt(&self, page: &DevicePrompt<'_>) {
        self.record(format!("{} {} {}", page.user_code, page.verification_uri, page.link.unwrap_or("-")));
        if let Some(act) = self.act {
            act(page);
        }
    }

    fn confirm(&self, _: &str) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        let mut left = self.new_codes.lock().expect("no panic");
        let wanted = *left > 0;
        *left = left.saturating_sub(1);
        Box::pin(std::future::ready(wanted))
    }

    fn start_waiting(&self, _: &str, _: Duration) -> Box<dyn WaitIndicator> {
        Box::new(Nothing)
    }

    fn note(&self, text: &str) {
        self.record(text.to_owned());
    }

    fn warn(&self, text: &str) {
        self.record(format!("warning: {text}"));
    }

    fn detail(&self, _: &str) {}

    fn can_prompt(&self) -> bool {
        *self.new_codes.lock().expect("no panic") > 0
    }

    fn select<'a>(&'a self, _: &str, _: &'a [String]) -> Selection<'a> {
        Box::pin(std::future::ready(Err(Error::other("nobody chooses here"))))
    }
}

/// A program with its own home, clock and person.
pub struct World {
    pub app: App,
    pub clock: Arc<FakeClock>,
    messages: Arc<Mutex<Vec<String>>>,
    _home: tempfile::TempDir,
}

impl World {
    /// Whose person new_codes a new code this often.
    pub fn new(new_codes: u32) -> Self {
        Self::with_user(TestUser { new_codes: Mutex::new(new_codes), ..TestUser::default() })
    }

    pub fn with_user(user: TestUser) -> Self {
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
        let clock = Arc::new(FakeClock {
            now: Mutex::new(DateTime::from(std::time::SystemTime::now())),
            sleeps: Mutex::default(),
            leap: Mutex::default(),
        });
        let messages = Arc::clone(&user.messages);
        // Without a cache: the folder for it is the user's own.
        app.http = HttpClient::new(HttpSettings::default());
        app.clock = clock.clone();
        app.prompt = Box::new(user);
        Self { app, clock, messages, _home: home }
    }

    pub fn sign_in(&self, provider: &Provider) -> Result<SigninResult> {
        signin(&self.app, provider, &SigninOptions::default())
    }

    /// The naps, in seconds.
    pub fn sleeps(&self) -> Vec<f64> {
        self.clock.sleeps.lock().expect("no panic").clone()
    }

    /// What the person was told.
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().expect("no panic").clone()
    }

    /// Nothing that was said or that failed may hold what only program and provider know.
    pub fn assert_no_secret(&self, outcome: &Result<SigninResult>) {
        let error = outcome.as_ref().err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
        for text in self.messages().iter().chain([&error]) {
            assert!(!text.contains("-secret-"), "{text}");
        }
    }
}
