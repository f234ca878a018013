//! `providers`: what is configured, what the catalogue has, and the person's own registrations added and removed.

mod show;

use std::io::Write;
use std::path::Path;

use toml_edit::Value;

use crate::app::App;
use crate::catalog::{self, AcceptedRedirect, CatalogRow, Overrides, Provider, ProviderEntry, Setting};
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::store::Item;

pub use show::{ProviderDetails, show};

/// A provider in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderListing {
    /// Its name.
    pub name: String,
    /// What a person reads.
    pub title: String,
    /// `configuration` or `catalogue`.
    pub source: &'static str,
    /// The flows it can be signed in to with, as far as is known without discovery.
    pub flows: Vec<&'static str>,
    /// Whether it stands in the configuration.
    pub configured: bool,
}

/// The configured providers in their order, and with `all` the catalogue after them; `word` must be in name, title or alias.
///
/// # Errors
/// [`Error::Configuration`].
pub fn list(app: &App, all: bool, word: Option<&str>) -> Result<Vec<ProviderListing>> {
    let config = app.config()?;
    let rows = catalog::rows();
    let empty = ProviderEntry::default();
    let listed = |name: &str, entry: Option<&ProviderEntry>| {
        let row = rows.row(entry.and_then(|entry| entry.uses.as_deref()).unwrap_or(name));
        let own = entry.unwrap_or(&empty).endpoints.device_authorization.as_ref();
        let listed = ProviderListing {
            name: name.to_owned(),
            title: row.as_ref().map_or_else(|| name.to_owned(), |row| row.title.clone()),
            source: if entry.is_some() { "configuration" } else { "catalogue" },
            flows: flows(row.as_ref(), own.is_some()),
            configured: entry.is_some(),
        };
        (listed, row.map(|row| row.aliases).unwrap_or_default())
    };
    let configured = config.providers.entries.iter().map(|(name, entry)| listed(name, Some(entry)));
    let rest = rows.names().filter(|name| all && config.providers.entry(name).is_none()).map(|name| listed(name, None));
    let word = word.unwrap_or_default().to_lowercase();
    let matches = |(listed, aliases): &(ProviderListing, Vec<String>)| {
        [&listed.name, &listed.title].into_iter().chain(aliases).any(|text| text.to_lowercase().contains(&word))
    };
    Ok(configured.chain(rest).filter(matches).map(|(listed, _)| listed).collect())
}

/// The flows of a provider as far as its row tells; none where it is closed.
fn flows(row: Option<&CatalogRow>, has_configured_device: bool) -> Vec<&'static str> {
    let has_browser = row.is_none_or(|row| row.authorization_endpoint.is_some() || row.discover);
    let is_domain = row.is_some_and(|row| row.redirect.accepts == AcceptedRedirect::Domain);
    let has_device = has_configured_device || row.is_some_and(|row| row.device_authorization_endpoint.is_some());
    let flows = [("loopback", has_browser && !is_domain), ("device", has_device), ("paste", has_browser)];
    flows.into_iter().filter_map(|(flow, is_there)| is_there.then_some(flow)).collect()
}

/// What is to be stored of a provider.
#[derive(Debug, Default)]
pub struct NewProvider {
    /// Each key of `[providers.NAME]` with its value, as typed.
    pub settings: Vec<(String, String)>,
    /// The client secret, for the credential store.
    pub client_secret: Option<Secret>,
}

/// A provider as far as it is known, and what is not.
#[derive(Debug)]
pub struct MissingSettings {
    /// Its settings that nobody has said.
    pub settings: Vec<Setting>,
    /// What is known, where the settings are complete.
    pub provider: Option<Provider>,
    /// Whether a client secret is known for it.
    pub has_secret: bool,
}

/// What a sign-in to `name` would still lack, with `added` on top of what is configured.
///
/// # Errors
/// As [`add`]; nothing is written.
pub fn find_missing(app: &App, name: &str, added: &NewProvider) -> Result<MissingSettings> {
    let (_, config) = edited_config(app, name, added)?;
    let environment = app.auth_environment();
    let settings = catalog::missing_settings(name, &config.providers, &environment)?;
    if !settings.is_empty() {
        return Ok(MissingSettings { settings, provider: None, has_secret: false });
    }
    let provider = catalog::resolve(name, &config.providers, &environment, &Overrides::default())?;
    let stored = || match &provider.client_id {
        Some(id) => app.load_named_secret(&app.client_secret_id(&provider.name, id)).map(|secret| secret.is_some()),
        None => Ok(false),
    };
    let has_secret = added.client_secret.is_some() || provider.client_secret.is_some() || stored()?;
    Ok(MissingSettings { settings, provider: Some(provider), has_secret })
}

/// The text of the configuration with `added` in it, and what it says.
fn edited_config(app: &App, name: &str, added: &NewProvider) -> Result<(String, Config)> {
    let file = app.config_path();
    let settings: Vec<(String, Value)> =
        added.settings.iter().map(|(key, value)| (key.clone(), parse_value(key, value))).collect();
    let text = config::add_provider(&app.config_text()?, &file, name, &settings)?;
    let config = config::parse(&text, &file)?;
    Ok((text, config))
}

/// Puts a provider into the configuration, its secret into the credential store, and returns it as a sign-in sees it.
///
/// # Errors
/// [`Error::Usage`] where a setting is not accepted or one is missing, [`Error::Store`] where the secret cannot be kept;
/// nothing is written then.
pub fn add(app: &App, name: &str, added: &NewProvider) -> Result<Provider> {
    let (text, config) = edited_config(app, name, added)?;
    let provider = catalog::resolve(name, &config.providers, &app.auth_environment(), &Overrides::default())?;
    if let Some(secret) = &added.client_secret {
        let client_id = provider.client_id.as_deref().ok_or_else(|| Error::Usage {
            message: "a client secret belongs to a client id, and none is known".to_owned(),
            hint: Some(format!("{{program}} providers add {name} --client-id ID --client-secret-stdin")),
        })?;
        let item = Item {
            app: app.name.clone(),
            id: app.client_secret_id(&provider.name, client_id),
            provider: provider.name.clone(),
            account: "client secret".to_owned(),
        };
        app.save_named_secret(&item, secret)?;
    }
    replace_file(&app.config_path(), &text)?;
    Ok(provider)
}

/// Takes a provider out of the configuration; its sessions stay until they are signed out of.
///
/// # Errors
/// [`Error::UnknownProvider`] or [`Error::Usage`] where it is not in the configuration.
pub fn remove(app: &App, name: &str) -> Result<()> {
    let file = app.config_path();
    let text = app.config_text()?;
    let without = config::remove_provider(&text, &file, name)?;
    let config = config::parse(&text, &file)?;
    let client_id = config.providers.entry(name).and_then(|entry| entry.client_id.as_deref());
    replace_file(&file, &without)?;
    match client_id {
        Some(client_id) => app.delete_named_secret(&app.client_secret_id(name, client_id)),
        None => Ok(()),
    }
}

/// Lists and numbers as TOML has them; a `+` or a comma in a scope is for the reader of the file to judge.
fn parse_value(key: &str, value: &str) -> Value {
    match key {
        "scopes" | "hosts" | "allow" => {
            let words = value.split([',', ' ']).filter(|word| !word.is_empty());
            Value::Array(words.collect())
        }
        "port" => value.parse::<i64>().map_or_else(|_| Value::from(value), Value::from),
        _ => Value::from(value),
    }
}

/// Replaces the configuration file in one step, in a directory made for its owner alone.
fn replace_file(file: &Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| Error::Configuration {
        file: file.to_owned(),
        position: None,
        message: format!("the file cannot be written: {error}"),
    };
    // A link to a file kept elsewhere, as people with dotfiles have it, stays a link.
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let directory = file.parent().ok_or_else(|| Error::usage("the configuration file has no directory"))?;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(failed)?;
    let temporary = file.with_extension(format!("toml.{}.tmp", std::process::id()));
    // One that is there was left by a crash, or put there to be written through.
    let _ = std::fs::remove_file(&temporary);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&temporary).and_then(|mut target| {
        target.write_all(text.as_bytes())?;
        target.sync_all()
    });
    written.and_then(|()| std::fs::rename(&temporary, &file)).map_err(|error| {
        // What was there before is untouched; a half-written copy beside it helps nobody.
        let _ = std::fs::remove_file(&temporary);
        failed(error)
    })
}
