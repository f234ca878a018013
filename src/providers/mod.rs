//! `providers`: lists, shows, adds and removes providers.

pub mod github_app;
mod show;

use toml_edit::Value;

use crate::app::App;
use crate::catalog::{self, AcceptedRedirect, Overrides, Provider, Setting};
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::store::Item;

pub use show::{ProviderDetails, show};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderListing {
    pub name: String,
    pub title: String,
    pub aliases: Vec<String>,
    /// `configuration` or `catalogue`.
    pub source: &'static str,
    /// Flows that are known without discovery.
    pub flows: Vec<&'static str>,
    pub configured: bool,
}

/// Returns the configured providers in their order, followed by the catalog if `all` is set. `word` must be part of
/// name, title or alias.
pub fn list(app: &App, all: bool, word: Option<&str>) -> Result<Vec<ProviderListing>> {
    let config = app.config()?;
    let rows = catalog::rows();
    let empty = Provider::default();
    let listed = |name: &str, entry: Option<&Provider>| {
        let row = rows.row(entry.and_then(|entry| entry.uses.as_deref()).unwrap_or(name));
        let device_endpoint = entry.unwrap_or(&empty).endpoints.device_authorization.as_ref();
        ProviderListing {
            name: name.to_owned(),
            title: row.as_ref().map_or_else(|| name.to_owned(), |row| row.title.clone()),
            source: if entry.is_some() { "configuration" } else { "catalogue" },
            flows: flows(row.as_ref(), device_endpoint.is_some()),
            configured: entry.is_some(),
            aliases: row.map(|row| row.aliases).unwrap_or_default(),
        }
    };
    let configured = config.providers.entries.iter().map(|(name, entry)| listed(name, Some(entry)));
    let rest = rows.names().filter(|name| all && config.providers.entry(name).is_none()).map(|name| listed(name, None));
    let word = word.unwrap_or_default().to_lowercase();
    let matches = |listed: &ProviderListing| {
        [&listed.name, &listed.title].into_iter().chain(&listed.aliases).any(|text| text.to_lowercase().contains(&word))
    };
    Ok(configured.chain(rest).filter(matches).collect())
}

/// Returns the flows of a provider that its row allows; none if the provider is closed.
fn flows(row: Option<&Provider>, has_configured_device: bool) -> Vec<&'static str> {
    let has_browser = row.is_none_or(|row| row.endpoints.authorization.is_some() || row.discover || row.url.is_some());
    let is_domain = row.is_some_and(|row| row.redirect.accepts == AcceptedRedirect::Domain);
    let has_device = has_configured_device || row.is_some_and(|row| row.endpoints.device_authorization.is_some());
    let flows = [("loopback", has_browser && !is_domain), ("device", has_device), ("paste", has_browser)];
    flows.into_iter().filter_map(|(flow, is_there)| is_there.then_some(flow)).collect()
}

/// Values of a provider to store.
#[derive(Debug, Default)]
pub struct NewProvider {
    /// Keys of `[providers.NAME]` with their values, as typed.
    pub settings: Vec<(String, String)>,
    /// The client secret, for the credential store.
    pub client_secret: Option<Secret>,
}

/// The settings that a provider lacks, and the provider if it lacks none.
#[derive(Debug)]
pub struct MissingSettings {
    pub settings: Vec<Setting>,
    /// The provider, if its settings are complete.
    pub provider: Option<Provider>,
    /// `true` if a client secret is set or stored.
    pub has_secret: bool,
}

/// Returns what a sign-in to `name` lacks if `added` is configured. Writes nothing.
///
/// # Errors
/// As [`add`].
pub fn find_missing(app: &App, name: &str, added: &NewProvider) -> Result<MissingSettings> {
    let (_, config) = edited_config(app, &app.config_text()?, name, added)?;
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

/// Returns `text`, that of the configuration, with `added`, and the parsed form.
fn edited_config(app: &App, text: &str, name: &str, added: &NewProvider) -> Result<(String, Config)> {
    let file = app.config_path();
    let settings: Vec<(String, Value)> =
        added.settings.iter().map(|(key, value)| (key.clone(), config::provider_value(key, value))).collect();
    let text = config::add_provider(text, &file, name, &settings)?;
    let config = config::parse(&text, &file)?;
    Ok((text, config))
}

/// Writes a provider to the configuration and its secret to the credential store, and returns the resolved provider.
///
/// # Errors
/// [`Error::Usage`] if a setting is missing or not accepted, [`Error::Store`] if the secret cannot be stored; the
/// configuration is then unchanged.
pub fn add(app: &App, name: &str, added: &NewProvider) -> Result<Provider> {
    app.change_config(|text| add_to(text, app, name, added))
}

/// Adds a provider to `text` and stores its secret.
fn add_to(text: &str, app: &App, name: &str, added: &NewProvider) -> Result<(String, Provider)> {
    let (text, config) = edited_config(app, text, name, added)?;
    let provider = catalog::resolve(name, &config.providers, &app.auth_environment(), &Overrides::default())?;
    if let Some(secret) = &added.client_secret {
        let client_id = provider.client_id.as_deref().ok_or_else(|| Error::Usage {
            message: "a client secret needs a client ID, and none is set".to_owned(),
            hint: Some(format!("{{program}} providers add {} --client-id ID --client-secret-stdin", shell_quote(name))),
        })?;
        let item = Item {
            app: app.name.clone(),
            id: app.client_secret_id(&provider.name, client_id),
            provider: provider.name.clone(),
            account: "client secret".to_owned(),
        };
        app.save_named_secret(&item, secret)?;
    }
    Ok((text, provider))
}

/// Removes a provider from the configuration. Its sessions stay until the user signs out.
/// Returns the page at which the registered application still exists, if there may be one.
///
/// # Errors
/// [`Error::UnknownProvider`] or [`Error::Usage`] if it is not in the configuration.
pub fn remove(app: &App, name: &str) -> Result<Option<String>> {
    let file = app.config_path();
    let (client_id, page) = app.change_config(|text| {
        let without = config::remove_provider(text, &file, name)?;
        let providers = config::parse(text, &file)?.providers;
        let entry = providers.entry(name);
        let resolved = || catalog::resolve(name, &providers, &app.auth_environment(), &Overrides::default()).ok();
        let page = entry.and_then(|entry| entry.client_page.clone()).or_else(|| resolved()?.register_at);
        Ok((without, (entry.and_then(|entry| entry.client_id.clone()), page)))
    })?;
    let Some(client_id) = client_id else { return Ok(None) };
    app.delete_named_secret(&app.client_secret_id(name, &client_id))?;
    Ok(page)
}
