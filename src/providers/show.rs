//! The values that a new sign-in would use, each with its source.

use std::borrow::Cow;
use std::time::Duration;

use crate::app::App;
use crate::catalog::{self, AcceptedRedirect, Access, Evidence, Overrides, Pkce, Provider, RedirectRules};
use crate::demo::FIXED_ISSUER;
use crate::error::Result;
use crate::oauth::discovery::{self, Metadata, UrlOrder};
use crate::oauth::not_metadata;
use crate::session::{BasicService, MailService, Services};

/// Time limit of discovery; the other values are shown even if it fails.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(10);

const CATALOG: &str = "catalogue";
const COMMAND_LINE: &str = "command line";
const CONFIGURATION: &str = "configuration";
const DEFAULT: &str = "default";
const DISCOVERY: &str = "discovery";
const ENVIRONMENT: &str = "environment";
const MISSING: &str = "missing";

/// One value of a provider, with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderDetails {
    /// The key, as in the configuration.
    pub key: String,
    pub value: String,
    /// `command line`, `environment`, `configuration`, `catalogue`, `discovery`, `default`, or `missing` for a setting that
    /// a sign-in needs; its name stands in the URLs.
    pub source: &'static str,
    /// `true` if the value in the catalog has only one source, an old source or no known source.
    pub low_confidence: bool,
}

impl ProviderDetails {
    /// Returns true for a setting that a sign-in needs.
    pub fn is_missing(&self) -> bool {
        self.source == MISSING
    }

    /// Returns the source in words for the user; `source` itself is part of the JSON output.
    pub fn source_label(&self) -> &'static str {
        match self.source {
            CATALOG => "catalog",
            MISSING => "not set",
            source => source,
        }
    }
}

/// Returns each value of `name` that a new sign-in would use. Fetches the provider's metadata if a sign-in would.
///
/// # Errors
/// As [`catalog::resolve`].
pub fn show(app: &App, name: &str) -> Result<(Provider, Vec<ProviderDetails>)> {
    let environment = app.auth_environment();
    let configured = &app.config()?.providers;
    let label = if configured.entry(name).is_some() { name.to_owned() } else { catalog::canonical(name) };
    let missing = catalog::missing_settings(name, configured, &environment)?;
    let configured = match missing.is_empty() {
        true => Cow::Borrowed(configured),
        false => Cow::Owned(configured.with_placeholders(&label, &missing)),
    };
    let named = if missing.is_empty() { name } else { &label };
    let provider = catalog::resolve(named, &configured, &environment, &Overrides::default())?;
    let is_missing = |key: &str| missing.iter().any(|setting| setting.name == key);
    let mut list = DetailList { provider: &provider, details: Vec::new() };
    let is_short_name = catalog::rows().url(name).is_some();
    let title = if is_short_name { CATALOG } else { list.source("title") };
    list.add_from("title", Some(&provider.title), title);
    list.add_some("use", &provider.uses);
    for (key, value) in &provider.settings {
        let source = if is_missing(key) { MISSING } else { list.source(key) };
        list.add_from(key, Some(value), source);
    }
    let issuer = match environment.issuer(&provider.name) {
        Some(_) => ENVIRONMENT,
        None if is_short_name => CATALOG,
        None if provider.generic && !provider.is_configured("issuer") => COMMAND_LINE,
        None => list.source("issuer"),
    };
    list.add_from("issuer", provider.issuer.as_deref(), issuer);
    let id = if environment.id(&provider.name).is_some() { ENVIRONMENT } else { list.source("client_id") };
    list.add_from("client_id", provider.client_id.as_deref(), id);
    let secret = if environment.secret(&provider.name).is_some() { ENVIRONMENT } else { CATALOG };
    list.add_from("client_secret", provider.client_secret.as_ref().map(|_| "(not shown)"), secret);
    list.add_some("client_kind", &provider.client_kind.map(|kind| kind.name().to_owned()));
    list.add_some("client_page", &provider.client_page);
    client_values(&mut list);
    list.add("scopes", &provider.scopes.join(" "));
    let sets = provider.scope_sets.iter().map(|(name, scopes)| format!("@{name}={}", scopes.join(",")));
    list.add("scope_sets", &sets.collect::<Vec<_>>().join(" "));
    // A placeholder is no host.
    let found = if missing.is_empty() { metadata(app, &provider) } else { None };
    let found = found.unwrap_or_default();
    endpoint_values(&mut list, &found);
    let is_redirected = provider.is_configured("callback") || provider.is_configured("port");
    let redirect = if is_redirected { CONFIGURATION } else { list.source("redirect_uri") };
    list.add_from("redirect_uri", Some(&catalog::redirect_uri_to_register(&provider)), redirect);
    other_values(&mut list, &app.name);
    let details = list.details;
    Ok((provider, details))
}

/// Values collected so far.
struct DetailList<'a> {
    provider: &'a Provider,
    details: Vec<ProviderDetails>,
}

impl DetailList<'_> {
    /// Returns the source of a value that neither flags nor environment set.
    fn source(&self, key: &str) -> &'static str {
        match (self.provider.is_configured(key), self.provider.generic) {
            (true, _) => CONFIGURATION,
            // A provider that is not in the catalog has defaults instead.
            (false, true) => DEFAULT,
            (false, false) => CATALOG,
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        self.add_from(key, Some(value), self.source(key));
    }

    fn add_some(&mut self, key: &str, value: &Option<String>) {
        self.add_from(key, value.as_deref(), self.source(key));
    }

    /// Adds a value unless it is empty.
    fn add_from(&mut self, key: &str, value: Option<&str>, source: &'static str) {
        let in_row = if key == "redirect_uri" { "redirect" } else { key };
        let is_listed = self.provider.low_confidence.iter().any(|low| low == in_row);
        let RedirectRules { port, accepts, .. } = &self.provider.redirect;
        let is_guessed = key == "redirect_uri" && port.is_none() && *accepts == AcceptedRedirect::Loopback;
        let low_confidence = source == CATALOG && (is_listed || is_guessed);
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.details.push(ProviderDetails { key: key.to_owned(), value: value.to_owned(), source, low_confidence });
        }
    }
}

/// Adds client authentication, need for a secret and PKCE. A provider without a row has only the configured value.
fn client_values(list: &mut DetailList<'_>) {
    let provider = list.provider;
    let usual = if provider.low_confidence.iter().any(|low| low == "client_auth") { "client_secret_basic" } else { "" };
    list.add("client_auth", provider.client_auth.map_or(usual, |auth| auth.name()));
    if provider.generic {
        return;
    }
    let has_device = provider.endpoints.device_authorization.is_some();
    let needed = match (provider.secret_needed, provider.quirks.device.secret_needed) {
        (true, false) if has_device => "in the browser, not with a device code",
        (false, true) => "with a device code, not in the browser",
        (true, _) => "yes",
        (false, false) => "no",
    };
    list.add("secret_needed", needed);
    let pkce = match provider.pkce {
        Pkce::S256 | Pkce::Yes => "S256",
        Pkce::Hex => "S256 in hexadecimal",
        Pkce::Plain => "plain",
        Pkce::No => "no",
    };
    list.add("pkce", pkce);
}

/// Adds the endpoints; known ones take precedence over discovery.
fn endpoint_values(list: &mut DetailList<'_>, discovered: &Metadata) {
    let known = &list.provider.endpoints;
    for (key, known, discovered) in [
        ("authorization_endpoint", &known.authorization, &discovered.authorization_endpoint),
        ("token_endpoint", &known.token, &discovered.token_endpoint),
        ("device_authorization_endpoint", &known.device_authorization, &discovered.device_authorization_endpoint),
        ("userinfo_endpoint", &known.userinfo, &discovered.userinfo_endpoint),
        ("revocation_endpoint", &known.revocation, &discovered.revocation_endpoint),
        ("end_session_endpoint", &known.end_session, &discovered.end_session_endpoint),
        ("jwks_uri", &known.jwks, &discovered.jwks_uri),
    ] {
        let source = if known.is_some() { list.source(key) } else { DISCOVERY };
        list.add_from(key, known.as_ref().or(discovered.as_ref()).map(String::as_str), source);
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
    let locations = match &provider.metadata {
        Some(location) => vec![location.clone()],
        None => discovery::metadata_urls(issuer, UrlOrder::OpenIdFirst)?,
    };
    let mut found: Option<Metadata> = None;
    for location in locations.iter().cloned().chain(discovery::slash_urls(&locations)) {
        if found.is_some() && location.ends_with('/') {
            break;
        }
        let response = http.fetch_metadata(&location, app.now())?.response;
        let Some(metadata) = discovery::parse_response(issuer, provider.tenant_issuer, &location, &response)? else {
            continue;
        };
        match &mut found {
            Some(found) => found.merge_missing(metadata),
            None => found = Some(metadata),
        }
    }
    found.ok_or_else(|| not_metadata::not_found(issuer, None, Some(&provider.name)))
}

/// Adds the services that accept the token.
fn service_values(list: &mut DetailList<'_>) {
    let Services { hosts, api, git, registry, mail } = &list.provider.services;
    list.add_some("api", api);
    for (key, service) in [("git", git), ("registry", registry)] {
        let Some(BasicService { hosts, user }) = service else { continue };
        let user = user.as_ref().map(|user| format!(", user {user}")).unwrap_or_default();
        list.add(key, &format!("{}{user}", hosts.join(" ")));
    }
    let MailService { imap, smtp } = mail.clone().unwrap_or_default();
    let servers = [("imap", imap), ("smtp", smtp)].map(|(name, host)| host.map(|host| format!("{name} {host}")));
    list.add("mail", &servers.into_iter().flatten().collect::<Vec<_>>().join(", "));
    list.add("hosts", &hosts.join(" "));
}

/// Adds the rest, and the unconfirmed keys that are not shown elsewhere.
fn other_values(list: &mut DetailList<'_>, program: &str) {
    let provider = list.provider;
    list.add_some("register_at", &provider.register_at);
    list.add_from("access", provider.access.map(Access::name), CATALOG);
    list.add_some("register_hint", &provider.register_hint);
    if !provider.register.enter.is_empty() {
        let fields = provider.registration_form(program, program).fields;
        let fields: Vec<String> = fields.into_iter().map(|(field, value)| format!("{field}: {value}")).collect();
        list.add("register", &fields.join("; "));
    }
    list.add_from("docs", provider.docs.as_deref(), CATALOG);
    let params: Vec<String> = provider.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    list.add("params", &params.join(" "));
    list.add_some("env", &provider.env);
    let header = provider.quirks.token_header.as_ref().map(|header| format!("{}: {}", header.name, header.value));
    list.add_some("token_header", &header);
    service_values(list);
    // The one for all providers is in the configuration too.
    list.add_from("home", provider.home.as_deref(), CONFIGURATION);
    list.add_from("client_metadata", provider.client_metadata.as_deref(), CONFIGURATION);
    let no_resource = provider.omit_resource.then(|| "none".to_owned());
    list.add_some("resource", &provider.resource.clone().or(no_resource));
    list.add_some("probe", &provider.probe.map(|probe| probe.name().to_owned()));
    list.add("allow", &provider.allow.join(" "));
    list.add_some("account", &provider.account);
    list.add_some("ca_file", &provider.ca_file.as_ref().map(|file| file.display().to_string()));
    list.add_from("notes", Some(&provider.notes.join("; ")), CATALOG);
    list.add_from("evidence", provider.evidence.map(Evidence::name), CATALOG);
    list.add_from("sources", Some(&provider.sources.join(", ")), CATALOG);
    let is_shown = |low: &str| {
        let key = if low == "redirect" { "redirect_uri" } else { low };
        list.details.iter().any(|detail| detail.low_confidence && detail.key == key)
    };
    let hidden: Vec<&str> = provider.low_confidence.iter().map(String::as_str).filter(|low| !is_shown(low)).collect();
    list.add("unsure", &hidden.join(" "));
}
