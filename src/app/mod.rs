//! Application context: name, environment, store, HTTP client. An embedding program creates one for each run.

mod caller;
mod certificate;
mod client_secrets;
mod config_file;
pub mod environment;
mod events;
mod fresh_metadata;
mod hooks;
pub mod host_session;
pub mod interruption;
mod jwks;
mod persist;
mod profile;
mod registration;
pub mod runtime;
pub mod select_session;
mod select_store;
mod stores;
mod usage;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::browser::Browser;
use crate::catalog::AuthEnvironment;
use crate::clock::{self, Clock};
use crate::config::{Config, StoreChoice};
use crate::demo::{self, DemoProvider};
use crate::error::{Error, Remedy, Result};
use crate::http_client::{self, HttpClient};
use crate::prompt::{BrowserPrompt, NoPrompt, Prompt};
use crate::secret::Secret;
use crate::session::{Session, SessionEvent, SessionId, StoreKind};
use crate::store::os_keyring::OsKeyring;
use crate::store::{
    AcceptedServers, BackgroundSignins, EncryptionKeys, Item, LockWaits, SessionStore, SigninLimit, TokenFiles,
};
use crate::trusted_file::{self, TrustedOwners};
use environment::Environment;
pub use stores::Directories;
use stores::{StoreParts, directories, keyring_timeouts, keys, lock_waits, os_keyring, sessions};

/// Timeout of one HTTP request, from the first byte sent to the last byte received.
const HTTP_TIMEOUT: Duration = Duration::from_secs(30);

/// Timeout for a session lock held by another process.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Application context; one for each run.
pub struct App {
    /// Name used for sessions, files and variables: `mycli`.
    pub name: String,
    /// Command that starts this program: `mycli`, or `acme auth` in an embedding program.
    pub program: String,
    /// The same with the options of every command that the next one needs too: `mycli --config FILE`. For hints.
    pub invocation: String,
    /// Environment and terminal.
    pub environment: Environment,
    /// Configuration file from the command line.
    pub config_file: Option<PathBuf>,
    /// Store for new sessions from the command line.
    pub store_choice: Option<StoreChoice>,
    /// Messages and questions to the user.
    pub prompt: Box<dyn Prompt>,
    pub clock: Arc<dyn Clock>,
    /// Stored sessions.
    pub sessions: SessionStore,
    /// Keyring of `sessions`.
    keyring: OsKeyring,
    lock_waits: LockWaits,
    /// Timeout for a lock held by another process.
    pub lock_timeout: Duration,
    /// Encryption keys of the file store.
    pub keys: Arc<EncryptionKeys>,
    pub http: HttpClient,
    pub browser: Browser,
    /// Command that runs, such as `token`; for the log.
    pub command: String,
    events: Mutex<Vec<SessionEvent>>,
    directories: Directories,
    missing_home: Option<Error>,
    config: OnceLock<Config>,
    demo: Mutex<Option<demo::RunningDemo>>,
    /// Users whose configuration and certificates are believed.
    owners: TrustedOwners,
    file_trust_warning: Once,
    store_warning: Once,
}

impl App {
    /// Creates the context for a program called `name`. Opens and reads nothing.
    pub fn new(name: &str, environment: Environment) -> Result<Self> {
        let (directories, missing_home) = match directories(name, &environment) {
            Ok(directories) => (directories, None),
            Err(error) => (Directories::nowhere(), Some(error)),
        };
        let keys = Arc::new(keys(name, &environment, &directories));
        let keyring = os_keyring(&environment);
        let lock_waits = lock_waits();
        let parts = StoreParts { keys: &keys, keyring: &keyring, waits: &lock_waits };
        let sessions = sessions(name, &environment, &directories, &parts);
        let owners = TrustedOwners::of_this_process(environment.variable("SUDO_UID"));
        let http = HttpClient::new(http_client::HttpSettings {
            trusted_owners: owners.clone(),
            timeout: HTTP_TIMEOUT,
            cache_dir: missing_home.is_none().then(|| directories.cache.clone()),
            proxies: http_client::ProxyVariables::read(|name| environment.variable(name)),
            user_agent: format!("{name}/{}", env!("CARGO_PKG_VERSION")),
            ..http_client::HttpSettings::default()
        });
        let browser = Browser::new(environment.browser(name));
        Ok(Self {
            name: name.to_owned(),
            program: name.to_owned(),
            invocation: name.to_owned(),
            environment,
            config_file: None,
            store_choice: None,
            prompt: Box::new(NoPrompt),
            clock: Arc::new(clock::SystemClock),
            sessions,
            keyring,
            lock_waits,
            lock_timeout: LOCK_TIMEOUT,
            keys,
            http,
            browser,
            command: String::new(),
            events: Mutex::default(),
            directories,
            missing_home,
            config: OnceLock::new(),
            demo: Mutex::new(None),
            owners,
            file_trust_warning: Once::new(),
            store_warning: Once::new(),
        })
    }

    /// Applies the timeouts and the keyring settings of the configuration. An invalid configuration changes nothing: the
    /// command that needs it reports the mistake.
    pub fn apply_config(&mut self) {
        let Ok(config) = self.config() else { return };
        let (timeouts, require_encryption) = (config.timeouts, config.require_keyring_encryption);
        self.keyring.configure(|settings| {
            settings.timeouts = keyring_timeouts(&self.environment, timeouts.store, timeouts.unlock);
            settings.require_encryption = require_encryption;
        });
        if let Some(limit) = timeouts.lock {
            self.lock_timeout = limit;
            self.sessions.set_lock_timeout(limit);
        }
        if let Some(limit) = timeouts.http {
            self.http = self.http.with_timeout(limit);
        }
    }

    /// Shows long waits for responses and for other processes.
    pub fn show_waits(&self, display: impl Fn(&str, Duration) -> Box<dyn Send> + Clone + Send + Sync + 'static) {
        self.http.show_waits(display.clone());
        self.lock_waits.set_display(Box::new(display));
    }

    /// Fails if the user has no home directory, for commands that read or write files there.
    ///
    /// # Errors
    /// [`Error::Other`] with the reason.
    pub fn require_home(&self) -> Result<()> {
        self.missing_home.as_ref().map_or(Ok(()), |error| Err(Error::other_with(Remedy::Home, error.to_string())))
    }

    /// Current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// One of the program's own variables: `variable("STORE")` is `MYCLI_STORE`.
    pub fn variable(&self, suffix: &str) -> Option<&str> {
        self.environment.app_variable(&self.name, suffix)
    }

    /// Limit on sign-ins that open a browser and that no user sees. `None` with a terminal on either stream, where a user
    /// can see what opens and stop it, and with `--no-input`, where nothing opens.
    pub fn signin_limit(&self) -> Option<&SigninLimit> {
        let Environment { stdin_is_terminal, stderr_is_terminal, no_input, .. } = self.environment;
        (!stdin_is_terminal && !stderr_is_terminal && !no_input).then(|| self.sessions.signin_limit())
    }

    /// Tells that a local page was opened, or its `url`. `opened` is the outcome of the browser, `None` if it was not
    /// started.
    pub fn show_page(&self, title: &str, url: &Secret, opened: Option<Result<()>>) {
        self.prompt.show_browser_prompt(&BrowserPrompt {
            title,
            url,
            start_url: url,
            opened: matches!(opened, Some(Ok(()))),
            open_error: opened.and_then(Result::err).map(|error| error.to_string()),
        });
    }

    /// Sign-ins that wait in the background.
    pub fn background_signins(&self) -> BackgroundSignins {
        BackgroundSignins::new(&self.directories.state)
    }

    /// Files for a command that reads a token while it runs: in memory if the system has a place for that, else beside the
    /// file store.
    pub fn token_files(&self) -> Result<TokenFiles> {
        let runtime = self.environment.variable("XDG_RUNTIME_DIR").map(Path::new).filter(|place| place.is_absolute());
        let places = runtime.map(|place| place.join(&self.name)).into_iter().chain([self.directories.data.clone()]);
        TokenFiles::create(&places.collect::<Vec<_>>())
    }

    /// Servers that the user accepted in a sign-in that then failed.
    pub fn accepted_servers(&self) -> AcceptedServers {
        AcceptedServers::new(&self.directories.state)
    }

    /// Warns once that a check of a file was impossible.
    fn warn_about_trust(&self, warning: Option<String>) {
        if let Some(warning) = warning {
            self.file_trust_warning.call_once(|| self.prompt.warn(&warning));
        }
    }

    /// Auth.js variables; used for new sign-ins only.
    pub fn auth_environment(&self) -> AuthEnvironment {
        let auth = self.environment.variables.iter().filter(|(name, _)| name.starts_with("AUTH_"));
        AuthEnvironment::new(auth.map(|(name, value)| (name.clone(), value.clone()))).with_program(&self.name)
    }

    /// HTTP client that also trusts the certificate authorities in `ca_file`.
    pub fn http_with_ca(&self, ca_file: Option<&Path>) -> HttpClient {
        let Some(file) = ca_file else { return self.http.clone() };
        // The client reports a file that it refuses.
        self.warn_about_trust(trusted_file::read(file, &self.owners).ok().and_then(|read| read.warning));
        self.http.with_ca_file(Some(file.to_owned()))
    }

    /// Checks a `ca_file` as the client does.
    pub fn check_ca_file(&self, file: &Path) -> Result<()> {
        let read = trusted_file::read(file, &self.owners);
        read.map(drop).map_err(|error| error.into_error("the `ca_file`", file))
    }

    /// Starts the demo provider if `session` belongs to it.
    pub fn ensure_reachable(&self, session: &Session) -> Result<()> {
        match session.issuer.as_deref() == Some(demo::FIXED_ISSUER) {
            true => {
                let info = self.sessions.find(&session.provider, Some(&session.account.name))?;
                self.start_demo(demo::Approval::Automatic, info.map_or(StoreKind::File, |info| info.store))
            }
            false => Ok(()),
        }
    }

    /// Starts the demo provider in this process, once, with its state in `store`.
    pub fn start_demo(&self, approval: demo::Approval, store: StoreKind) -> Result<()> {
        let mut running = self.demo.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Ok(());
        }
        let settings = demo::DemoSettings {
            issuer: demo::Issuer::Fixed,
            approval,
            clock: Arc::clone(&self.clock),
            storage: self.demo_storage(store),
            program: self.program.clone(),
        };
        let started = DemoProvider::start(settings, None)?;
        self.http.add_route(http_client::OriginRoute { origin: demo::FIXED_ISSUER.to_owned(), port: started.port() });
        *running = Some(started);
        Ok(())
    }

    /// Starts the demo provider with its state in `store` and returns its logout page.
    pub fn demo_logout(&self, store: StoreKind) -> Result<demo::DemoLogout> {
        self.start_demo(demo::Approval::Page, store)?;
        let running = self.demo.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(running.as_ref().expect("started above").logout())
    }

    fn demo_storage(&self, store: StoreKind) -> demo::StateStorage {
        let parts = StoreParts { keys: &self.keys, keyring: &self.keyring, waits: &self.lock_waits };
        let sessions = sessions(&self.name, &self.environment, &self.directories, &parts);
        let lock_timeout = self.lock_timeout;
        let item = Item {
            app: self.name.clone(),
            id: SessionId::for_secret(&self.name, "demo-provider", "memory"),
            provider: "demo".to_owned(),
            account: "the provider itself".to_owned(),
        };
        Box::new(move |change| {
            let _lock = sessions.lock(&item.id, lock_timeout)?;
            match change(load_demo_state(&sessions, &item, store)?) {
                Some(after) => sessions.store(store).save(&item, &after),
                None => Ok(()),
            }
        })
    }
}

/// Loads the state of the demo provider; tries the other store too, because sessions may be moving.
fn load_demo_state(sessions: &SessionStore, item: &Item, store: StoreKind) -> Result<Option<Secret>> {
    match sessions.store(store).load(&item.app, &item.id)? {
        Some(memory) => Ok(Some(memory)),
        None => Ok(sessions.store(store.other()).load(&item.app, &item.id).ok().flatten()),
    }
}
