//! The values that a new sign-in would use, each with its source.

use std::time::Duration;

use crate::app::App;
use crate::catalog::{self, Overrides, Pkce, Provider};
use crate::demo::FIXED_ISSUER;
use crate::error::Result;
use crate::oauth::discovery::{self, Metadata};

/// Time limit of discovery; the other values are shown even if it fails.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(10);

const CATALOG: &str = "catalogue";
const COMMAND_LINE: &str = "command line";
const CONFIGURATION: &str = "configuration";
const DEFAULT: &str = "default";
const DISCOVERY: &str = "discovery";
const ENVIRONMENT: &str = "environment";

/// One value of a provider, with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDetails {
    /// The key, as in the configuration.
    pub key: String,
    /// The value.
    pub value: String,
    /// `command line`, `environment`, `configuration`, `catalogue`, `discovery` or `default`.
    pub source: &'static str,
    /// `true` if the value in the catalog has only one source, an old source or no known source.
    pub low_confidence: bool,
}

impl ProviderDetails {
    /// Returns the source in words for the user; `source` itself is part of the JSON output.
    pub fn source_label(&self) -> &'static str {
        if self.source == CATALOG { "catalog" } else { self.source }
    }
}

/// Returns each value of `name` that a new sign-in would use. Fetches the provider's metadata if a sign-in would.
///
/// # Errors
/// As [`catalog::resolve`].
pub fn show(app: &App, name: &str) -> Result<(Provider, Vec<ProviderDetails>)> {
    let config = app.config()?;
    let environment = app.auth_environment();
    let provider = catalog::resolve(name, &config.providers, &environment, &Overrides::default())?;
    let empty = Provider::default();
    let entry = config.providers.entry(&provider.name).unwrap_or(&empty);
    let from = |in_environment: bool, configured: bool| {
        if in_environment { ENVIRONMENT } else { config_or_catalog(configured) }
    };
    let mut list = DetailList { provider: &provider, details: Vec::new() };
    list.add("title", &provider.title, CATALOG);
    list.add_some("use", entry.uses.as_ref(), CONFIGURATION);
    for (key, value) in &entry.settings {
        list.add(key, value, CONFIGURATION);
    }
    let issuer = match provider.generic && entry.issuer.is_none() {
        true if environment.issuer(&provider.name).is_none() => COMMAND_LINE,
        _ => from(environment.issuer(&provider.name).is_some(), entry.issuer.is_some()),
    };
    list.add_some("issuer", provider.issuer.as_ref(), issuer);
    let id = from(environment.id(&provider.name).is_some(), entry.client_id.is_some());
    list.add_some("client_id", provider.client_id.as_ref(), id);
    if provider.client_secret.is_some() {
        list.add("client_secret", "(not shown)", ENVIRONMENT);
    }
    client_values(&mut list, entry);
    list.add("scopes", &provider.scopes.join(" "), config_or_catalog(entry.scopes_chosen));
    endpoint_values(&mut list, entry, metadata(app, &provider).as_ref());
    let is_redirected = entry.callback.is_some() || entry.port.is_some();
    list.add("redirect_uri", &catalog::redirect_uri_to_register(&provider), config_or_catalog(is_redirected));
    other_values(&mut list, entry);
    let details = list.details;
    Ok((provider, details))
}

fn config_or_catalog(configured: bool) -> &'static str {
    if configured { CONFIGURATION } else { CATALOG }
}

/// Values collected so far.
struct DetailList<'a> {
    provider: &'a Provider,
    details: Vec<ProviderDetails>,
}

impl DetailList<'_> {
    /// Adds a value unless it is empty.
    fn add(&mut self, key: &str, value: &str, source: &'static str) {
        // A provider that is not in the catalog has defaults instead.
        let source = if source == CATALOG && self.provider.generic { DEFAULT } else { source };
        let in_row = if key == "redirect_uri" { "redirect" } else { key };
        let unsure = source == CATALOG && self.provider.low_confidence.iter().any(|low| low == in_row);
        if !value.is_empty() {
            self.details.push(ProviderDetails {
                key: key.to_owned(),
                value: value.to_owned(),
                source,
                low_confidence: unsure,
            });
        }
    }

    fn add_some(&mut self, key: &str, value: Option<&String>, source: &'static str) {
        self.add(key, value.map_or("", String::as_str), source);
    }
}

/// Adds client authentication, need for a secret and PKCE. A provider without a row has only the configured value.
fn client_values(list: &mut DetailList<'_>, entry: &Provider) {
    let provider = list.provider;
    if provider.generic {
        return list.add("client_auth", entry.client_auth.map_or("", |auth| auth.name()), CONFIGURATION);
    }
    let usual = if provider.low_confidence.iter().any(|low| low == "client_auth") { "client_secret_basic" } else { "" };
    let auth = provider.client_auth.map_or(usual, |auth| auth.name());
    list.add("client_auth", auth, config_or_catalog(entry.client_auth.is_some()));
    let has_device = provider.endpoints.device_authorization.is_some();
    let needed = match (provider.secret_needed, provider.quirks.device.secret_needed) {
        (true, false) if has_device => "in the browser, not with a device code",
        (false, true) => "with a device code, not in the browser",
        (true, _) => "yes",
        (false, false) => "no",
    };
    list.add("secret_needed", needed, CATALOG);
    let pkce = match provider.pkce {
        Pkce::S256 => "S256",
        Pkce::Hex => "S256 in hexadecimal",
        Pkce::Plain => "plain",
        Pkce::No => "no",
    };
    list.add("pkce", pkce, CATALOG);
}

/// Adds the endpoints; known ones take precedence over discovery.
fn endpoint_values(list: &mut DetailList<'_>, entry: &Provider, metadata: Option<&Metadata>) {
    let (known, configured) = (&list.provider.endpoints, &entry.endpoints);
    let none = Metadata::default();
    let discovered = metadata.unwrap_or(&none);
    let device =
        (&known.device_authorization, &configured.device_authorization, &discovered.device_authorization_endpoint);
    for (key, (known, configured, discovered)) in [
        (
            "authorization_endpoint",
            (&known.authorization, &configured.authorization, &discovered.authorization_endpoint),
        ),
        ("token_endpoint", (&known.token, &configured.token, &discovered.token_endpoint)),
        ("device_authorization_endpoint", device),
        ("userinfo_endpoint", (&known.userinfo, &configured.userinfo, &discovered.userinfo_endpoint)),
        ("revocation_endpoint", (&known.revocation, &configured.revocation, &discovered.revocation_endpoint)),
        ("end_session_endpoint", (&known.end_session, &configured.end_session, &discovered.end_session_endpoint)),
        ("jwks_uri", (&known.jwks, &configured.jwks, &discovered.jwks_uri)),
    ] {
        match known {
            Some(known) => list.add(key, known, config_or_catalog(configured.is_some())),
            None => list.add_some(key, discovered.as_ref(), DISCOVERY),
        }
    }
}

/// Fetches the provider's metadata if a sign-in would; a failure is a warning.
fn metadata(app: &App, provider: &Provider) -> Option<Metadata> {
    let issuer = provider.issuer.as_ref().filter(|issuer| provider.discover && *issuer != FIXED_ISSUER)?;
    match fetch_metadata(app, provider, issuer) {
        Ok(metadata) => Some(metadata),
        Err(error) => {
            app.prompt.warn(&format!("values from the provider's metadata are missing: {error}"));
            None
        }
    }
}

fn fetch_metadata(app: &App, provider: &Provider, issuer: &str) -> Result<Metadata> {
    let http = app.http_with_ca(provider.ca_file.as_deref()).with_timeout(DISCOVERY_TIMEOUT);
    let locations =
        provider.metadata.clone().map_or_else(|| discovery::metadata_urls(issuer), |location| Ok(vec![location]))?;
    let mut found: Option<Metadata> = None;
    for location in locations {
        let (response, _) = http.fetch_document_or_stale(&location, app.now())?;
        let Some(metadata) = discovery::parse_response(issuer, provider.tenant_issuer, &location, &response)? else {
            continue;
        };
        match &mut found {
            Some(found) => found.merge_missing(metadata),
            None => found = Some(metadata),
        }
    }
    found.ok_or_else(|| discovery::not_found(issuer, None))
}

/// Adds values with a single source, and the unconfirmed keys that are not shown elsewhere.
fn other_values(list: &mut DetailList<'_>, entry: &Provider) {
    let provider = list.provider;
    list.add_some("register_at", provider.register_at.as_ref(), CATALOG);
    list.add_some("register_hint", provider.register_hint.as_ref(), CATALOG);
    list.add_some("docs", provider.docs.as_ref(), CATALOG);
    let params: Vec<String> = provider.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    list.add("params", &params.join(" "), config_or_catalog(!entry.params.is_empty()));
    list.add_some("env", provider.env.as_ref(), config_or_catalog(entry.env.is_some()));
    list.add("hosts", &provider.hosts.join(" "), config_or_catalog(!entry.hosts.is_empty()));
    list.add_some("home", provider.home.as_ref(), CONFIGURATION);
    list.add_some("resource", provider.resource.as_ref(), CONFIGURATION);
    list.add("allow", &provider.allow.join(" "), CONFIGURATION);
    list.add_some("account", provider.account.as_ref(), CONFIGURATION);
    let file = provider.ca_file.as_ref().map(|file| file.display().to_string());
    list.add_some("ca_file", file.as_ref(), CONFIGURATION);
    list.add("notes", &provider.notes.join("; "), CATALOG);
    let is_shown = |low: &str| {
        let key = if low == "redirect" { "redirect_uri" } else { low };
        list.details.iter().any(|detail| detail.low_confidence && detail.key == key)
    };
    let elsewhere: Vec<&str> =
        provider.low_confidence.iter().map(String::as_str).filter(|low| !is_shown(low)).collect();
    list.add("unsure", &elsewhere.join(" "), CATALOG);
}
