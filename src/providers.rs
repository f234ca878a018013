//! `providers`: what is configured, what the catalogue has, and the person's own registrations added and removed.

use std::io::Write;
use std::path::Path;

use toml_edit::Value;

use crate::app::App;
use crate::catalogue::{self, Accepts, Entry, Overrides, Provider};
use crate::config;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::store::Item;

/// A provider in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
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

/// The configured providers in their order, and with `all` the catalogue after them; `word` must be in name or title.
///
/// # Errors
/// [`Error::Configuration`].
pub fn list(app: &App, all: bool, word: Option<&str>) -> Result<Vec<Listed>> {
    let config = app.config()?;
    let rows = catalogue::rows();
    let blank = Entry::default();
    let listed = |name: &str, entry: Option<&Entry>| {
        let row = rows.row(entry.and_then(|entry| entry.uses.as_deref()).unwrap_or(name));
        let own = entry.unwrap_or(&blank).endpoints.device_authorization.as_ref();
        let device = own.or(row.as_ref().and_then(|row| row.device_authorization_endpoint.as_ref()));
        let is_domain = row.as_ref().is_some_and(|row| row.redirect.accepts == Accepts::Domain);
        let flows = [("loopback", !is_domain), ("device", device.is_some()), ("paste", true)];
        Listed {
            name: name.to_owned(),
            title: row.as_ref().map_or_else(|| name.to_owned(), |row| row.title.clone()),
            source: if entry.is_some() { "configuration" } else { "catalogue" },
            flows: flows.into_iter().filter_map(|(flow, is_there)| is_there.then_some(flow)).collect(),
            configured: entry.is_some(),
        }
    };
    let configured = config.providers.entries.iter().map(|(name, entry)| listed(name, Some(entry)));
    let rest = rows.names().filter(|name| all && config.providers.entry(name).is_none()).map(|name| listed(name, None));
    let word = word.unwrap_or_default().to_lowercase();
    let fits =
        |listed: &Listed| listed.name.to_lowercase().contains(&word) || listed.title.to_lowercase().contains(&word);
    Ok(configured.chain(rest).filter(fits).collect())
}

/// One value of a provider, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The key, as in the configuration.
    pub key: &'static str,
    /// The value.
    pub value: String,
    /// `environment`, `configuration` or `catalogue`.
    pub source: &'static str,
}

/// Each value of `name` that a new sign-in would use, but for what discovery adds.
///
/// # Errors
/// As [`catalogue::resolve`].
pub fn show(app: &App, name: &str) -> Result<(Provider, Vec<Shown>)> {
    let config = app.config()?;
    let environment = app.auth_environment();
    let provider = catalogue::resolve(name, &config.providers, &environment, &Overrides::default())?;
    let blank = Entry::default();
    let entry = config.providers.entry(&provider.name).unwrap_or(&blank);
    let from = |told: bool, configured: bool| match (told, configured) {
        (true, _) => "environment",
        (false, true) => "configuration",
        (false, false) => "catalogue",
    };
    let mut shown = Vec::new();
    let mut add = |key: &'static str, value: Option<String>, source: &'static str| {
        shown.extend(value.filter(|value| !value.is_empty()).map(|value| Shown { key, value, source }));
    };
    let known = &provider.endpoints;
    let own = &entry.endpoints;
    add("title", Some(provider.title.clone()), "catalogue");
    add("use", entry.uses.clone(), "configuration");
    add("issuer", provider.issuer.clone(), from(environment.issuer(&provider.name).is_some(), entry.issuer.is_some()));
    add(
        "client_id",
        provider.client_id.clone(),
        from(environment.id(&provider.name).is_some(), entry.client_id.is_some()),
    );
    add("scopes", Some(provider.scopes.join(" ")), from(false, entry.scopes.is_some()));
    let endpoints = [
        ("authorization_endpoint", &known.authorization, &own.authorization),
        ("token_endpoint", &known.token, &own.token),
        ("device_authorization_endpoint", &known.device_authorization, &own.device_authorization),
        ("userinfo_endpoint", &known.userinfo, &own.userinfo),
        ("revocation_endpoint", &known.revocation, &own.revocation),
        ("jwks_uri", &known.jwks, &own.jwks),
    ];
    for (key, value, configured) in endpoints {
        add(key, value.clone(), from(false, configured.is_some()));
    }
    add("redirect_uri", Some(catalogue::redirect_uri_to_register(&provider)), from(false, entry.callback.is_some()));
    add("register_at", provider.register_at.clone(), "catalogue");
    add("register_hint", provider.register_hint.clone(), "catalogue");
    add("home", provider.home.clone(), "configuration");
    add("env", provider.env.clone(), from(false, entry.env.is_some()));
    add("allow", Some(provider.allow.join(" ")), "configuration");
    add("account", provider.account.clone(), "configuration");
    Ok((provider, shown))
}

/// What is to be stored of a provider.
#[derive(Debug, Default)]
pub struct Added {
    /// Each key of `[providers.NAME]` with its value, as typed.
    pub settings: Vec<(String, String)>,
    /// The client secret, for the credential store.
    pub client_secret: Option<Secret>,
}

/// Puts a provider into the configuration, its secret into the credential store, and returns it as a sign-in sees it.
///
/// # Errors
/// [`Error::Usage`] where a setting is not accepted or one is missing, [`Error::Store`] where the secret cannot be kept;
/// nothing is written then.
pub fn add(app: &App, name: &str, added: &Added) -> Result<Provider> {
    let file = app.config_path();
    let settings: Vec<(String, Value)> =
        added.settings.iter().map(|(key, value)| (key.clone(), typed(key, value))).collect();
    let text = config::edit_add(&app.config_text()?, &file, name, &settings)?;
    let config = config::read(&text, &file)?;
    let provider = catalogue::resolve(name, &config.providers, &app.auth_environment(), &Overrides::default())?;
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
        app.keep_named_secret(&item, secret)?;
    }
    replace(&file, &text)?;
    Ok(provider)
}

/// Takes a provider out of the configuration; its sessions stay until they are signed out of.
///
/// # Errors
/// [`Error::UnknownProvider`] or [`Error::Usage`] where it is not in the configuration.
pub fn remove(app: &App, name: &str) -> Result<()> {
    let file = app.config_path();
    let text = app.config_text()?;
    let without = config::edit_remove(&text, &file, name)?;
    let config = config::read(&text, &file)?;
    let client_id = config.providers.entry(name).and_then(|entry| entry.client_id.as_deref());
    replace(&file, &without)?;
    match client_id {
        Some(client_id) => app.forget_named_secret(&app.client_secret_id(name, client_id)),
        None => Ok(()),
    }
}

/// Lists and numbers as TOML has them; a `+` or a comma in a scope is for the reader of the file to judge.
fn typed(key: &str, value: &str) -> Value {
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
fn replace(file: &Path, text: &str) -> Result<()> {
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
