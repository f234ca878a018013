//! Who we are and what we reach the world with; built once; what an embedding program makes.

pub mod environment;
mod id_token;
pub mod pick;
pub mod wait;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::browser::Browser;
use crate::catalogue::AuthEnvironment;
use crate::clock::{self, Clock};
use crate::config::Config;
use crate::demo::{self, Demo};
use crate::error::{Error, Result, Trouble};
use crate::http::{self, Http};
use crate::prompt::{Prompt, terminal::Nobody};
use crate::secret::Secret;
use crate::session::{Id, Session, StoreKind};
use crate::store::keyring::{Deadlines, Keyring, SessionBus};
use crate::store::{FileStore, Item, Keys, Places, Sessions, Variable};
use environment::{Environment, prefix};

/// How long one request may take, from the first byte out to the last byte in.
const HTTP_LIMIT: Duration = Duration::from_secs(30);

/// How long a step of the conversation with the credential store may take.
const STORE_LIMIT: Duration = Duration::from_secs(10);

/// How long a person may take to unlock the keyring.
const UNLOCK_LIMIT: Duration = Duration::from_secs(120);

/// The largest session a sign-in is expected to keep, in bytes; checked before a browser opens.
const SESSION_ROOM: usize = 16 << 10;

/// How long another process may hold a session's lock.
pub const LOCK_LIMIT: Duration = Duration::from_secs(60);

/// Where new sessions shall go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreChoice {
    /// The keyring; a file where there is no keyring at all.
    Auto,
    /// The keyring or nothing.
    Keyring,
    /// A file.
    File,
}

impl From<StoreKind> for StoreChoice {
    fn from(kind: StoreKind) -> Self {
        match kind {
            StoreKind::Keyring => Self::Keyring,
            StoreKind::File => Self::File,
        }
    }
}

impl std::str::FromStr for StoreChoice {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "auto" => Ok(Self::Auto),
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            other => {
                Err(Error::usage(format!("`{}` is no store: auto, keyring or file", crate::error::foreign(other))))
            }
        }
    }
}

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
    pub sessions: Sessions,
    /// What the file store is encrypted with.
    pub keys: Arc<Keys>,
    /// The network.
    pub http: Http,
    /// The browser.
    pub browser: Browser,
    directories: Directories,
    config: OnceLock<Config>,
    demo: Mutex<Option<demo::Running>>,
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
        let http = Http::new(http::Settings {
            timeout: HTTP_LIMIT,
            cache: Some(directories.cache.clone()),
            user_agent: format!("{name}/{}", env!("CARGO_PKG_VERSION")),
            ..http::Settings::default()
        });
        let browser = Browser::new(environment.browser(name));
        Ok(Self {
            name: name.to_owned(),
            program: name.to_owned(),
            environment,
            config_file: None,
            store_choice: None,
            prompt: Box::new(Nobody),
            clock: Arc::new(clock::System),
            sessions,
            keys,
            http,
            browser,
            directories,
            config: OnceLock::new(),
            demo: Mutex::new(None),
        })
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// One of the program's own variables: `variable("STORE")` is `MYCLI_STORE`.
    pub fn variable(&self, suffix: &str) -> Option<&str> {
        own_variable(&self.name, &self.environment, suffix)
    }

    /// The configuration, read when first asked for; a missing default file is an empty one.
    ///
    /// # Errors
    /// [`Error::Configuration`] where it cannot be read or understood.
    pub fn config(&self) -> Result<&Config> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = crate::config::read(&self.config_text()?, &self.config_path())?;
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

    /// Where a new session is kept, said aloud where that is only a file.
    ///
    /// # Errors
    /// [`Error::Store`] where the keyring hangs or fails, and where it is absent although it is demanded or was used
    /// before: an absent keyring never downgrades a program that had one.
    pub fn place(&self) -> Result<StoreKind> {
        let choice = self.choice_of_store()?;
        match choice {
            StoreChoice::File => return self.file_place(),
            StoreChoice::Keyring | StoreChoice::Auto => {}
        }
        if keyring_of(&self.environment).present()? {
            return Ok(StoreKind::Keyring);
        }
        if choice == StoreChoice::Keyring {
            return Err(Error::store(Trouble::Absent, "nothing answers, and only a keyring was asked for"));
        }
        if self.sessions.ever_kept_in_keyring()? {
            return Err(Error::store(Trouble::Absent, "nothing answers, though it kept sessions before"));
        }
        let kind = self.file_place()?;
        let files = if self.keys.encrypt() { "encrypted files" } else { "files that only you can read" };
        self.prompt.warn(&format!(
            "no keyring on this machine: the tokens are kept in {files}, in {}",
            self.directories.data.join("secrets").display()
        ));
        Ok(kind)
    }

    /// Which store new sessions shall go to: `--store`, `MYCLI_STORE`, the configuration.
    fn choice_of_store(&self) -> Result<StoreChoice> {
        match (self.store_choice, self.variable("STORE")) {
            (Some(choice), _) => Ok(choice),
            (None, Some(word)) => {
                word.parse().map_err(|error: Error| Error::usage(format!("{}_STORE: {error}", prefix(&self.name))))
            }
            (None, None) => Ok(self.config()?.store.map_or(StoreChoice::Auto, StoreChoice::from)),
        }
    }

    /// The file store, if it can be written, and opened where it is encrypted.
    fn file_place(&self) -> Result<StoreKind> {
        self.check_place(StoreKind::File).map(|()| StoreKind::File)
    }

    /// Fails where nothing could be kept in the store `place`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn check_place(&self, place: StoreKind) -> Result<()> {
        self.sessions.store(place).ready(SESSION_ROOM)
    }

    /// The network as a provider with certificate authorities of its own is reached.
    pub fn http_trusting(&self, ca_file: Option<&Path>) -> Http {
        match ca_file {
            Some(file) => self.http.trusting(Some(file.to_owned())),
            None => self.http.clone(),
        }
    }

    /// What a provider's client secret is stored as; it belongs to that client id and to no other.
    pub fn client_secret_id(&self, provider: &str, client_id: &str) -> Id {
        Id::named(&self.name, "client-secret", &format!("{provider} {client_id}"))
    }

    /// The secret stored for a name that is no session, such as the client secret of a provider.
    ///
    /// # Errors
    /// [`Error::Store`] where the store fails; an absent keyring holds nothing, and one that fails is nothing to a
    /// person who chose the file.
    pub fn named_secret(&self, id: &Id) -> Result<Option<Secret>> {
        if let Some(secret) = self.sessions.store(StoreKind::File).load(&self.name, id)? {
            return Ok(Some(secret));
        }
        match self.sessions.store(StoreKind::Keyring).load(&self.name, id) {
            Err(Error::Store { trouble: Trouble::Absent, .. }) => Ok(None),
            Err(Error::Store { .. }) if self.choice_of_store()? == StoreChoice::File => Ok(None),
            found => found,
        }
    }

    /// Removes such a secret from wherever it is.
    ///
    /// # Errors
    /// As [`App::named_secret`].
    pub fn forget_named_secret(&self, id: &Id) -> Result<()> {
        self.sessions.store(StoreKind::File).remove(&self.name, id)?;
        match self.sessions.store(StoreKind::Keyring).remove(&self.name, id) {
            Err(Error::Store { trouble: Trouble::Absent, .. }) => Ok(()),
            outcome => outcome,
        }
    }

    /// Makes everything `session` may talk to reachable: the embedded provider, where it is that.
    ///
    /// # Errors
    /// As [`App::reach_demo`].
    pub fn reach(&self, session: &Session) -> Result<()> {
        match session.issuer.as_deref() == Some(demo::FIXED_ISSUER) {
            true => self.reach_demo(demo::Approval::Itself, session_place(&self.sessions, session)?),
            false => Ok(()),
        }
    }

    /// Starts the embedded provider inside this process, once, with its memory in the store `place`.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub fn reach_demo(&self, approval: demo::Approval, place: StoreKind) -> Result<()> {
        let mut running = self.demo.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return Ok(());
        }
        let settings = demo::Settings {
            issuer: demo::Issuer::Fixed,
            approval,
            clock: Arc::clone(&self.clock),
            memory: self.demo_memory(place),
            program: self.program.clone(),
            access_token_lifetime: demo::ACCESS_TOKEN_LIFETIME,
        };
        let started = Demo::start(settings, None)?;
        self.http.add_route(http::Route { origin: demo::FIXED_ISSUER.to_owned(), port: started.port() });
        *running = Some(started);
        Ok(())
    }

    fn demo_memory(&self, place: StoreKind) -> demo::Memory {
        let sessions = sessions(&self.name, &self.environment, &self.directories, &self.keys);
        let item = Item {
            app: self.name.clone(),
            id: Id::named(&self.name, "demo-provider", "memory"),
            provider: "demo".to_owned(),
            account: "the provider itself".to_owned(),
        };
        Box::new(move |change| {
            let _lock = sessions.lock(&item.id, LOCK_LIMIT)?;
            match change(memory(&sessions, &item, place)?) {
                Some(after) => sessions.store(place).save(&item, &after),
                None => Ok(()),
            }
        })
    }
}

/// What the demo remembers, in the store of its sessions; in the other one while they are being moved.
fn memory(sessions: &Sessions, item: &Item, place: StoreKind) -> Result<Option<Secret>> {
    match sessions.store(place).load(&item.app, &item.id)? {
        Some(memory) => Ok(Some(memory)),
        None => Ok(sessions.store(place.other()).load(&item.app, &item.id).ok().flatten()),
    }
}

fn own_variable<'a>(app: &str, environment: &'a Environment, suffix: &str) -> Option<&'a str> {
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

fn sessions(name: &str, environment: &Environment, directories: &Directories, keys: &Arc<Keys>) -> Sessions {
    let places = Places { state: directories.state.clone(), data: directories.data.clone() };
    let file = FileStore::encrypted(directories.data.clone(), Arc::clone(keys));
    Sessions::new(name.to_owned(), places, Box::new(keyring_of(environment)), Box::new(file))
}

fn keys(name: &str, environment: &Environment, directories: &Directories) -> Keys {
    let [identity, passphrase] = ["IDENTITY_FILE", "PASSPHRASE_FILE"].map(|suffix| Variable {
        name: format!("{}_{suffix}", prefix(name)),
        file: own_variable(name, environment, suffix).map(PathBuf::from),
    });
    Keys::new(&directories.data, identity, passphrase)
}

fn keyring_of(environment: &Environment) -> Keyring {
    let prompt = if environment.no_input { Duration::ZERO } else { UNLOCK_LIMIT };
    let deadlines = Deadlines { step: STORE_LIMIT, prompt };
    let bus = SessionBus {
        address: environment.variable("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned),
        runtime_dir: environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from),
    };
    Keyring::new(deadlines, bus)
}

fn session_place(sessions: &Sessions, session: &Session) -> Result<StoreKind> {
    let summary = sessions.find(&session.provider, Some(&session.account.name))?;
    Ok(summary.map_or(StoreKind::File, |summary| summary.store))
}
