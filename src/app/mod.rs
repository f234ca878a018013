//! Who we are and what we reach the world with; built once; what an embedding program makes.

mod certificate;
mod client_secrets;
pub mod environment;
mod jwks;
mod persist;
mod registration;
pub mod runtime;
pub mod select_session;
mod select_store;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::browser::Browser;
use crate::catalog::AuthEnvironment;
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::demo::{self, DemoProvider};
use crate::error::{Error, Result};
use crate::http_client::{self, HttpClient};
use crate::prompt::{Prompt, terminal::NoPrompt};
use crate::secret::Secret;
use crate::session::{Session, SessionId, StoreKind};
use crate::store::{EncryptionKeys, Item, SessionStore};
use environment::{Environment, prefix};
pub use select_store::StoreChoice;
use select_store::{keys, sessions};

/// How long one request may take, from the first byte out to the last byte in.
const HTTP_TIMEOUT: Duration = Duration::from_secs(30);

/// How long another process may hold a session's lock.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Where this program keeps its files.
#[derive(Debug, Clone)]
pub struct Directories {
    /// `config.toml` lies here.
    pub config: PathBuf,
    /// State without secrets.
    pub state: PathBuf,
    /// The file store, where there is no keyring.
    pub data: PathBuf,
    /// Metadata and keys of providers, with their lifetime.
    pub cache: PathBuf,
}

/// The program and its reach: one for each run.
pub struct App {
    /// The name sessions, files and variables carry: `mycli`.
    pub name: String,
    /// What a person types to reach us: `mycli`, or `acme auth` where another program embeds us. Hints carry it.
    pub program: String,
    /// What the surroundings say.
    pub environment: Environment,
    /// A configuration file named on the command line.
    pub config_file: Option<PathBuf>,
    /// A store named on the command line, for new sessions.
    pub store_choice: Option<StoreChoice>,
    /// The person.
    pub prompt: Box<dyn Prompt>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The sessions.
    pub sessions: SessionStore,
    /// What the file store is encrypted with.
    pub keys: Arc<EncryptionKeys>,
    /// The network.
    pub http: HttpClient,
    /// The browser.
    pub browser: Browser,
    directories: Directories,
    config: OnceLock<Config>,
    demo: Mutex<Option<demo::RunningDemo>>,
    file_store_warning: Once,
}

impl App {
    /// A program called `name` in these surroundings. Nothing is opened or read before it is needed.
    ///
    /// # Errors
    /// [`Error::Other`] where the home directory is unknown or not absolute.
    pub fn new(name: &str, environment: Environment) -> Result<Self> {
        let directories = directories(name, &environment)?;
        let keys = Arc::new(keys(name, &environment, &directories));
        let sessions = sessions(name, &environment, &directories, &keys);
        let http = HttpClient::new(http_client::HttpSettings {
            timeout: HTTP_TIMEOUT,
            cache_dir: Some(directories.cache.clone()),
            proxies: http_client::ProxyVariables::read(|name| environment.variable(name)),
            user_agent: format!("{name}/{}", env!("CARGO_PKG_VERSION")),
            ..http_client::HttpSettings::default()
        });
        let browser = Browser::new(environment.browser(name));
        Ok(Self {
            name: name.to_owned(),
            program: name.to_owned(),
            environment,
            config_file: None,
            store_choice: None,
            prompt: Box::new(NoPrompt),
            clock: Arc::new(clock::SystemClock),
            sessions,
            keys,
            http,
            browser,
            directories,
            config: OnceLock::new(),
            demo: Mutex::new(None),
            file_store_warning: Once::new(),
        })
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// One of the program's own variables: `variable("STORE")` is `MYCLI_STORE`.
    pub fn variable(&self, suffix: &str) -> Option<&str> {
        app_variable(&self.name, &self.environment, suffix)
    }

    /// The configuration, read when first asked for; a missing default file is an empty one.
    ///
    /// # Errors
    /// [`Error::Configuration`] where it cannot be read or understood.
    pub fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = crate::config::parse(&self.config_text()?, &self.config_path())?;
        Ok(self.config.get_or_init(|| config))
    }

    /// The text of the configuration file, empty where there is none.
    ///
    /// # Errors
    /// [`Error::Configuration`] where it cannot be read, or was named and is not there.
    pub fn config_text(&self) -> Result<String> {
        let path = self.config_path();
        let named = self.config_file.is_some() || self.variable("CONFIG").is_some();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => Ok(String::new()),
            Err(error) => Err(Error::Configuration { file: path, position: None, message: error.to_string() }),
        }
    }

    /// The configuration file: `--config`, `MYCLI_CONFIG`, the platform's place.
    pub fn config_path(&self) -> PathBuf {
        match (&self.config_file, self.variable("CONFIG")) {
            (Some(file), _) => file.clone(),
            (None, Some(file)) => PathBuf::from(file),
            (None, None) => self.directories.config.join("config.toml"),
        }
    }

    /// The Auth.js variables, for new sign-ins only.
    pub fn auth_environment(&self) -> AuthEnvironment {
        let auth = self.environment.variables.iter().filter(|(name, _)| name.starts_with("AUTH_"));
        AuthEnvironment::new(auth.map(|(name, value)| (name.clone(), value.clone())))
    }

    /// The network as a provider with certificate authorities of its own is reached.
    pub fn http_with_ca(&self, ca_file: Option<&Path>) -> HttpClient {
        match ca_file {
            Some(file) => self.http.with_ca_file(Some(file.to_owned())),
            None => self.http.clone(),
        }
    }

    /// Makes everything `session` may talk to reachable: the embedded provider, where it is that.
    ///
    /// # Errors
    /// As [`App::start_demo`].
    pub fn ensure_reachable(&self, session: &Session) -> Result<()> {
        match session.issuer.as_deref() == Some(demo::FIXED_ISSUER) {
            true => self.start_demo(demo::Approval::Automatic, session_store(&self.sessions, session)?),
            false => Ok(()),
        }
    }

    /// Starts the embedded provider inside this process, once, with its memory in the store `place`.
    ///
    /// # Errors
    /// Where no port can be bound.
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
            access_token_lifetime: demo::ACCESS_TOKEN_LIFETIME,
        };
        let started = DemoProvider::start(settings, None)?;
        self.http.add_route(http_client::OriginRoute { origin: demo::FIXED_ISSUER.to_owned(), port: started.port() });
        *running = Some(started);
        Ok(())
    }

    fn demo_storage(&self, store: StoreKind) -> demo::StateStorage {
        let sessions = sessions(&self.name, &self.environment, &self.directories, &self.keys);
        let item = Item {
            app: self.name.clone(),
            id: SessionId::for_secret(&self.name, "demo-provider", "memory"),
            provider: "demo".to_owned(),
            account: "the provider itself".to_owned(),
        };
        Box::new(move |change| {
            let _lock = sessions.lock(&item.id, LOCK_TIMEOUT)?;
            match change(load_demo_state(&sessions, &item, store)?) {
                Some(after) => sessions.store(store).save(&item, &after),
                None => Ok(()),
            }
        })
    }
}

/// What the demo remembers, in the store of its sessions; in the other one while they are being moved.
fn load_demo_state(sessions: &SessionStore, item: &Item, store: StoreKind) -> Result<Option<Secret>> {
    match sessions.store(store).load(&item.app, &item.id)? {
        Some(memory) => Ok(Some(memory)),
        None => Ok(sessions.store(store.other()).load(&item.app, &item.id).ok().flatten()),
    }
}

fn app_variable<'a>(app: &str, environment: &'a Environment, suffix: &str) -> Option<&'a str> {
    environment.variable(&format!("{}_{suffix}", prefix(app)))
}

fn directories(name: &str, environment: &Environment) -> Result<Directories> {
    // `directories` takes a relative HOME as it is, and files would be strewn over working directories.
    if environment.variable("HOME").is_some_and(|home| cfg!(unix) && !Path::new(home).is_absolute()) {
        return Err(Error::other("HOME is not an absolute path"));
    }
    let found = directories::ProjectDirs::from("", "", name)
        .ok_or_else(|| Error::other("the home directory of this user is unknown; set HOME"))?;
    Ok(Directories {
        config: found.config_dir().to_owned(),
        state: found.state_dir().unwrap_or(found.data_local_dir()).to_owned(),
        data: found.data_local_dir().to_owned(),
        cache: found.cache_dir().to_owned(),
    })
}

fn session_store(sessions: &SessionStore, session: &Session) -> Result<StoreKind> {
    let summary = sessions.find(&session.provider, Some(&session.account.name))?;
    Ok(summary.map_or(StoreKind::File, |summary| summary.store))
}
