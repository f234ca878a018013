//! The library with its own home, clock and user: nothing waits in real time.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use mycli::internals::app::App;
use mycli::internals::app::environment::Environment;
use mycli::internals::catalog::Provider;
use mycli::internals::clock::Clock;
use mycli::internals::config::StoreChoice;
use mycli::internals::error::{Error, Result};
use mycli::internals::http_client::{HttpClient, HttpSettings};
use mycli::internals::prompt::{Answer, BrowserPrompt, DevicePrompt, Prompt};
use mycli::internals::secret::Secret;
use mycli::internals::signin::{SigninOptions, SigninResult, signin};
use mycli::internals::store::{FileStore, SessionStore, StoreDirectories};

/// Clock that jumps forward instead of sleeping.
pub struct FakeClock {
    now: Mutex<DateTime<Utc>>,
    sleeps: Mutex<Vec<f64>>,
    /// Extra seconds after the first sleep: the machine was suspended, or its clock was set.
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

/// User who records messages, requests new codes up to a count, and reacts to a code with `act`.
#[derive(Default)]
pub struct TestUser {
    messages: Arc<Mutex<Vec<String>>>,
    new_codes: Mutex<u32>,
    act: Option<fn(&DevicePrompt<'_>)>,
}

impl TestUser {
    /// User who calls `act` for every device code.
    pub fn acting(act: fn(&DevicePrompt<'_>)) -> Self {
        Self { act: Some(act), ..Self::default() }
    }

    fn record(&self, text: String) {
        self.messages.lock().expect("no panic").push(text);
    }
}

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

    fn confirm(&self, _: &str) -> Answer<'_, bool> {
        let mut left = self.new_codes.lock().expect("no panic");
        let wanted = *left > 0;
        *left = left.saturating_sub(1);
        Box::pin(std::future::ready(wanted))
    }

    fn note(&self, text: &str) {
        self.record(text.to_owned());
    }

    fn warn(&self, text: &str) {
        self.record(format!("warning: {text}"));
    }

    fn can_prompt(&self) -> bool {
        *self.new_codes.lock().expect("no panic") > 0
    }
}

/// Program with its own home, clock and user.
pub struct World {
    pub app: App,
    pub clock: Arc<FakeClock>,
    messages: Arc<Mutex<Vec<String>>>,
    _home: tempfile::TempDir,
}

impl World {
    /// World whose user requests this many new codes.
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
        let file = || Box::new(FileStore::new(path("data"), Arc::default()));
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
        // No cache: its folder would be the real user's.
        app.http = HttpClient::new(HttpSettings::default());
        app.clock = clock.clone();
        app.prompt = Box::new(user);
        Self { app, clock, messages, _home: home }
    }

    pub fn sign_in(&self, provider: &Provider) -> Result<SigninResult> {
        signin(&self.app, provider, &SigninOptions::default())
    }

    /// Sleeps in seconds.
    pub fn sleeps(&self) -> Vec<f64> {
        self.clock.sleeps.lock().expect("no panic").clone()
    }

    /// Messages to the user.
    pub fn messages(&self) -> Vec<String> {
        self.messages.lock().expect("no panic").clone()
    }

    /// Fails the test if a message or the error contains a secret.
    pub fn assert_no_secret(&self, outcome: &Result<SigninResult>) {
        let error = outcome.as_ref().err().map(|error| format!("{error} {error:?}")).unwrap_or_default();
        for text in self.messages().iter().chain([&error]) {
            // The flag is no secret.
            assert!(!text.replace("--client-secret-stdin", "").contains("-secret-"), "{text}");
        }
    }
}
