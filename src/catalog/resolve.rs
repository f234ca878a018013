//! Merges flags, environment, configuration and row, in that order of precedence.

use super::layers::{AuthEnvironment, ConfiguredProviders, Overrides, ProviderEntry};
use super::lookup::{LookupResult, find, nearest};
use super::row::{CatalogRow, PortRule, Setting, rows};
use super::settings::RowSettings;
use super::{KnownEndpoints, Pkce, Provider, scopes, urls};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::ClientAuth;

/// Port of redirect URIs for providers that compare it (RFC 8252 7.3 says they should not), below the ranges that Linux
/// (32768) and Windows (49152) use for outgoing connections. Users have registered this port: never change it.
const REGISTERED_PORT: u16 = 25519;

/// Resolves `name` to a provider that is complete except for discovery. Only new sign-ins use it, existing sessions
/// never do.
///
/// # Errors
/// [`Error::UnknownProvider`] with the nearest names; [`Error::Usage`] if a setting is missing, with the command that
/// stores it, or if a value from environment or flags is not accepted.
pub fn resolve(
    name: &str,
    configured: &ConfiguredProviders,
    environment: &AuthEnvironment,
    flags: &Overrides,
) -> Result<Provider> {
    let found = find(name, configured)?;
    let empty = ProviderEntry::default();
    let sources = Sources { entry: found.entry.unwrap_or(&empty), found: &found, environment, flags };
    let mut provider = Provider::from_name(&found.name);
    if let Some(row) = &found.row {
        apply_row(&mut provider, row);
    }
    apply_entry(&mut provider, sources.entry, configured);
    let uses_row_urls = apply_urls(&mut provider, &sources)?;
    apply_client(&mut provider, &sources);
    apply_request(&mut provider, &sources)?;
    apply_redirect(&mut provider, &sources)?;
    if !uses_row_urls {
        provider.discover = provider.issuer.is_some() && !is_complete(&provider);
    }
    require_reachable(&provider)?;
    Ok(provider)
}

/// Returns the settings that are still missing to complete the URLs of `name`, in the row's order.
///
/// # Errors
/// [`Error::UnknownProvider`] with the nearest names.
pub fn missing_settings(
    name: &str,
    configured: &ConfiguredProviders,
    environment: &AuthEnvironment,
) -> Result<Vec<Setting>> {
    let found = find(name, configured)?;
    let empty = ProviderEntry::default();
    let (entry, flags) = (found.entry.unwrap_or(&empty), Overrides::default());
    let other_issuer = environment.issuer(&found.name).or(entry.issuer.as_deref());
    let Some(row) = found.row.as_ref().filter(|_| other_issuer.is_none()) else { return Ok(Vec::new()) };
    let mut settings = RowSettings::new(Some(row), entry, &flags);
    let mut probe = Provider::from_name(&found.name);
    apply_row(&mut probe, row);
    probe.quirks.requests_mut().for_each(|message| message.rewrite(|text| settings.fill(text)));
    probe.params.values().for_each(|value| drop(settings.fill(value)));
    // Callers that use the settings report the invalid ones.
    let _ = apply_row_urls(&mut probe, row, &mut settings);
    Ok(settings.missing().into_iter().cloned().collect())
}

struct Sources<'a> {
    found: &'a LookupResult<'a>,
    entry: &'a ProviderEntry,
    environment: &'a AuthEnvironment,
    flags: &'a Overrides,
}

/// Copies the values of a row that contain no setting; URLs follow in [`apply_urls`].
fn apply_row(provider: &mut Provider, row: &CatalogRow) {
    provider.title.clone_from(&row.title);
    provider.client_id.clone_from(&row.client_id);
    provider.client_auth = row.client_auth;
    provider.secret_needed = row.secret_needed;
    provider.scopes.clone_from(&row.scopes);
    provider.pkce = row.pkce.unwrap_or(Pkce::S256);
    provider.params.clone_from(&row.params);
    provider.refresh_params.clone_from(&row.refresh_params);
    provider.id_token = row.id_token.unwrap_or(true);
    provider.nonce = row.nonce.unwrap_or(true);
    provider.id_token_hmac = row.id_token_hmac;
    provider.tenant_issuer = row.tenant_issuer;
    provider.profile = row.profile.clone();
    provider.brand_color.clone_from(&row.brand_color);
    provider.register_at.clone_from(&row.register_at);
    provider.register_hint.clone_from(&row.register_hint);
    provider.docs.clone_from(&row.docs);
    provider.notes.clone_from(&row.notes);
    provider.low_confidence.clone_from(&row.low_confidence);
    provider.env.clone_from(&row.env);
    provider.hosts.clone_from(&row.hosts);
    provider.accepted_redirect = row.redirect.accepts;
    provider.code_page.clone_from(&row.redirect.page);
    provider.port = (row.redirect.port == PortRule::Exact).then_some(REGISTERED_PORT);
    set_if_some(&mut provider.scope_separator, &row.scope_separator);
    set_if_some(&mut provider.redirect_host, &row.redirect.host);
    set_if_some(&mut provider.redirect_path, &row.redirect.path);
    provider.quirks = row.quirks();
}

/// Copies the configured values that no flag or variable overrides.
fn apply_entry(provider: &mut Provider, entry: &ProviderEntry, configured: &ConfiguredProviders) {
    provider.home = entry.home.clone().or_else(|| configured.home.clone());
    provider.allow.clone_from(&entry.allow);
    provider.ca_file.clone_from(&entry.ca_file);
    provider.callback_certificate.clone_from(&entry.callback_certificate);
    provider.callback_key.clone_from(&entry.callback_key);
    provider.env = entry.env.clone().or(provider.env.take());
    if !entry.hosts.is_empty() {
        provider.hosts.clone_from(&entry.hosts);
    }
}

fn set_if_some(target: &mut String, source: &Option<String>) {
    if let Some(value) = source {
        target.clone_from(value);
    }
}

/// Sets issuer and endpoints, and returns `true` if the row's URLs are used. An issuer that differs from the row's
/// names another server, so the row's URLs are dropped and discovery finds them.
fn apply_urls(provider: &mut Provider, sources: &Sources<'_>) -> Result<bool> {
    let Sources { found, entry, environment, flags } = sources;
    let from_environment = environment.issuer(&found.name);
    let given = [flags.issuer.as_deref(), from_environment, entry.issuer.as_deref(), found.issuer.as_deref()];
    let given = given.into_iter().flatten().next();
    if let Some(issuer) = given {
        urls::validate_issuer(issuer).map_err(|reason| invalid_issuer(&provider.name, issuer, &reason))?;
    }
    let mut settings = RowSettings::new(found.row.as_ref(), entry, flags);
    let url_row = found.row.as_ref().filter(|row| given.is_none_or(|given| settings.matches_issuer(row, given)));
    provider.quirks.requests_mut().for_each(|message| message.rewrite(|text| settings.fill(text)));
    provider.params.values_mut().for_each(|value| *value = settings.fill(value));
    provider.params.retain(|_, value| !value.is_empty());
    match url_row {
        Some(row) if row.closed.is_some() && entry.endpoints == KnownEndpoints::default() => {
            return Err(closed_error(row));
        }
        Some(row) => apply_row_urls(provider, row, &mut settings)?,
        None => {
            provider.issuer = given.map(str::to_owned);
            provider.register_at = None;
            provider.quirks.requests_mut().for_each(|message| message.endpoint = None);
            provider.code_page = None;
        }
    }
    if found.row.is_none() {
        describe_generic(provider);
    }
    override_endpoints(&mut provider.endpoints, &entry.endpoints);
    Ok(url_row.is_some())
}

/// Sets the row's URLs, filled with the settings.
fn apply_row_urls(provider: &mut Provider, row: &CatalogRow, settings: &mut RowSettings<'_>) -> Result<()> {
    let mut fill = |template: &Option<String>| template.as_deref().map(|text| settings.fill(text));
    provider.issuer = fill(&row.issuer);
    provider.discover = row.discover;
    provider.metadata = fill(&row.metadata);
    provider.register_at = fill(&row.register_at);
    provider.endpoints = KnownEndpoints {
        authorization: fill(&row.authorization_endpoint),
        token: fill(&row.token_endpoint),
        device_authorization: fill(&row.device_authorization_endpoint),
        userinfo: fill(&row.userinfo_endpoint),
        revocation: fill(&row.revocation_endpoint),
        end_session: fill(&row.end_session_endpoint),
        jwks: fill(&row.jwks_uri),
    };
    let device = &mut provider.quirks.device;
    device.verification_uri = fill(&row.device.verification_uri);
    device.verification_uri_complete = fill(&row.device.verification_uri_complete);
    settings.check(&provider.name)
}

/// Replaces each known endpoint that `entry` sets.
fn override_endpoints(known: &mut KnownEndpoints, entry: &KnownEndpoints) {
    let set = |known: &mut Option<String>, entry: &Option<String>| {
        if entry.is_some() {
            known.clone_from(entry);
        }
    };
    set(&mut known.authorization, &entry.authorization);
    set(&mut known.token, &entry.token);
    set(&mut known.device_authorization, &entry.device_authorization);
    set(&mut known.userinfo, &entry.userinfo);
    set(&mut known.revocation, &entry.revocation);
    set(&mut known.end_session, &entry.end_session);
    set(&mut known.jwks, &entry.jwks);
}

/// Describes a provider without a row: the host is its title, and identity scopes are requested if it has an issuer.
fn describe_generic(provider: &mut Provider) {
    if let Some((_, rest)) = provider.name.split_once("://") {
        provider.title = rest.to_owned();
    }
    provider.generic = provider.issuer.is_some();
    if provider.generic {
        provider.scopes = ["openid", "profile", "email"].map(str::to_owned).to_vec();
    }
}

/// Returns `true` if a sign-in needs no metadata: the endpoints are known, and the keys too if an ID token is expected.
fn is_complete(provider: &Provider) -> bool {
    let endpoints = &provider.endpoints;
    let identity = provider.scopes.iter().any(|scope| scope == "openid");
    endpoints.authorization.is_some() && endpoints.token.is_some() && (endpoints.jwks.is_some() || !identity)
}

/// Requires metadata or the endpoints of one flow.
fn require_reachable(provider: &Provider) -> Result<()> {
    let endpoints = &provider.endpoints;
    let has_start = endpoints.authorization.is_some() || endpoints.device_authorization.is_some();
    match provider.discover || (has_start && endpoints.token.is_some()) {
        true => Ok(()),
        false => Err(Error::Usage {
            message: match nearest(&provider.name, rows().names()).as_slice() {
                [near, ..] => {
                    format!("`{}` has no `issuer` and is not in the catalog; did you mean `{near}`?", provider.name)
                }
                [] => format!("`{}` has no `use`, no `issuer` and no endpoints", provider.name),
            },
            hint: Some(format!("{{program}} providers add {} --issuer URL", provider.name)),
        }),
    }
}

/// Sets client id, client secret and client authentication.
fn apply_client(provider: &mut Provider, sources: &Sources<'_>) {
    let Sources { found, entry, environment, flags } = sources;
    let from_environment = environment.id(&found.name);
    let chosen = flags.client_id.as_deref().or(from_environment).or(entry.client_id.as_deref());
    if let Some(chosen) = chosen {
        provider.client_id = Some(chosen.to_owned());
    }
    // A secret from the environment is sent only with the client id from the environment.
    let is_same_client = from_environment.is_none() || from_environment == chosen;
    let secret = environment.secret(&found.name).filter(|_| is_same_client);
    provider.client_secret = flags.client_secret.as_ref().or(secret).map(|secret| Secret::new(secret.expose()));
    provider.client_auth = entry.client_auth.or(provider.client_auth);
    if entry.client_auth == Some(ClientAuth::None) {
        // A configured public client overrides the row.
        provider.secret_needed = false;
        provider.quirks.device.secret_needed = false;
    }
}

/// Sets the contents of the authorization request.
fn apply_request(provider: &mut Provider, sources: &Sources<'_>) -> Result<()> {
    let Sources { entry, flags, .. } = sources;
    let configured = entry.scopes.as_deref().unwrap_or(&provider.scopes);
    provider.scopes_chosen = entry.scopes.is_some() || !flags.scopes.is_empty();
    provider.scopes = scopes::merge_scopes(&flags.scopes, flags.granted.as_deref(), configured)?;
    provider.params.extend(entry.params.clone());
    // The row's parameters are for the browser only; the user's are for the device flow too.
    provider.quirks.device.request.params.extend(entry.params.clone());
    for (name, value) in &flags.params {
        if name.is_empty() || scopes::is_reserved_param(name) {
            return Err(Error::usage(format!(
                "`--param`: `{}` is set by the program itself",
                sanitize_untrusted(name)
            )));
        }
        provider.params.insert(name.clone(), value.clone());
    }
    if let Some(resource) = &flags.resource {
        urls::validate_resource(resource)
            .map_err(|reason| Error::usage(format!("`--resource`: `{}` {reason}", urls::redact_userinfo(resource))))?;
    }
    provider.resource = flags.resource.clone().or_else(|| entry.resource.clone());
    provider.account = flags.account.clone().or_else(|| entry.account.clone());
    provider.flow = flags.flow.or(entry.flow);
    Ok(())
}

/// Sets callback and port. A flag overrides the configuration, and a port that conflicts with the callback is an error.
fn apply_redirect(provider: &mut Provider, sources: &Sources<'_>) -> Result<()> {
    let Sources { entry, flags, .. } = sources;
    provider.callback = flags.callback.clone().or_else(|| entry.callback.clone());
    let apply_entry = entry.port.filter(|_| flags.callback.is_none());
    let Some(callback) = &provider.callback else {
        provider.port = flags.port.or(entry.port).or(provider.port);
        return check_port(provider.port);
    };
    let read = urls::parse_callback(callback)
        .map_err(|reason| Error::usage(format!("`--callback`: `{}` {reason}", urls::redact_userinfo(callback))))?;
    provider.port = match (flags.port.or(apply_entry), read.fixed_port()) {
        (Some(port), Some(fixed)) if port != fixed => {
            return Err(Error::usage(format!("port {port} does not match the callback `{callback}`")));
        }
        (port, fixed) => port.or(fixed),
    };
    check_port(provider.port)
}

fn check_port(port: Option<u16>) -> Result<()> {
    match port {
        Some(0) => Err(Error::usage("`--port` must be a number from 1 to 65535")),
        _ => Ok(()),
    }
}

fn closed_error(row: &CatalogRow) -> Error {
    Error::usage(format!("{} is closed: {}", row.title, row.closed.as_deref().unwrap_or_default()))
}

fn invalid_issuer(provider: &str, issuer: &str, reason: &str) -> Error {
    Error::usage(format!("the issuer `{}` of `{provider}` {reason}", urls::redact_userinfo(issuer)))
}

#[cfg(test)]
mod tests {
    use super::super::{Flow, SettingKind, redirect_uri_to_register, rows};
    use super::*;

    fn entry(name: &str, entry: ProviderEntry) -> ConfiguredProviders {
        ConfiguredProviders { home: None, entries: vec![(name.to_owned(), entry)] }
    }

    fn settings(pairs: &[(&str, &str)]) -> ProviderEntry {
        let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ProviderEntry { settings, ..ProviderEntry::default() }
    }

    fn environment(pairs: &[(&str, &str)]) -> AuthEnvironment {
        AuthEnvironment::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    fn plain(name: &str, configured: &ConfiguredProviders) -> Result<Provider> {
        resolve(name, configured, &AuthEnvironment::default(), &Overrides::default())
    }

    fn flagged(name: &str, configured: &ConfiguredProviders, flags: Overrides) -> Result<Provider> {
        resolve(name, configured, &AuthEnvironment::default(), &flags)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn every_row_resolves_or_names_what_is_missing() {
        for name in rows().names() {
            let row = rows().row(name).expect(name);
            let needed: Vec<&Setting> = row.settings.iter().filter(|setting| setting.default.is_none()).collect();
            match plain(name, &ConfiguredProviders::default()) {
                Ok(provider) => {
                    assert!(needed.is_empty() && row.closed.is_none(), "{name}");
                    assert_eq!(provider.title, row.title);
                }
                Err(Error::Usage { message, .. }) if row.closed.is_some() => {
                    assert!(message.contains(&row.title) && message.contains("is closed: "), "{message}");
                }
                Err(Error::Usage { message, hint }) => {
                    let hint = hint.expect("a command");
                    for setting in &needed {
                        assert!(message.contains(&format!("`{}`", setting.name)), "{message}");
                        assert!(hint.contains(&format!("--set {}=", setting.name)), "{hint}");
                    }
                    assert!(hint.starts_with(&format!("{{program}} providers add {name} ")), "{hint}");
                }
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_row_has_valid_urls_once_its_settings_are_set() {
        for name in rows().names() {
            let row = rows().row(name).filter(|row| row.closed.is_none());
            let Some(row) = row else { continue };
            let value = |setting: &Setting| match setting.kind {
                SettingKind::Segment => "x1".to_owned(),
                SettingKind::Host => "id.example".to_owned(),
                SettingKind::Url => "https://id.example/base".to_owned(),
            };
            let settings = row.settings.iter().map(|setting| (setting.name.clone(), value(setting))).collect();
            let provider =
                plain(name, &entry(name, ProviderEntry { settings, ..ProviderEntry::default() })).expect(name);
            let known = &provider.endpoints;
            let all = [
                &provider.issuer,
                &known.authorization,
                &known.token,
                &known.device_authorization,
                &known.userinfo,
                &known.revocation,
                &known.end_session,
                &known.jwks,
                &provider.quirks.refresh.endpoint,
            ];
            for url in all.into_iter().flatten() {
                assert_eq!(urls::validate_endpoint(url), Ok(()), "{name}: {url}");
                let late = ["{client_id}", "{access_token}", "{reply."].iter().any(|late| url.contains(late));
                assert!(late || !url.contains(['{', '}']), "{name}: {url}");
            }
        }
    }

    #[test]
    fn settings_fill_the_urls() {
        for (name, pairs, issuer, device) in [
            ("gitlab", &[][..], "https://gitlab.com", "https://gitlab.com/oauth/authorize_device"),
            (
                "gitlab",
                &[("base_url", "https://git.example/lab/")],
                "https://git.example/lab",
                "https://git.example/lab/oauth/authorize_device",
            ),
            (
                "okta",
                &[("domain", "acme.okta.example")],
                "https://acme.okta.example/oauth2/default",
                "https://acme.okta.example/oauth2/default/v1/device/authorize",
            ),
            (
                "keycloak",
                &[("domain", "id.example:8443"), ("realm", "main")],
                "https://id.example:8443/realms/main",
                "https://id.example:8443/realms/main/protocol/openid-connect/auth/device",
            ),
            (
                "keycloak",
                &[("base_url", "http://localhost:8080/auth"), ("realm", "main")],
                "http://localhost:8080/auth/realms/main",
                "http://localhost:8080/auth/realms/main/protocol/openid-connect/auth/device",
            ),
            (
                "microsoft-entra-id",
                &[("tenant", "contoso.example")],
                "https://login.microsoftonline.com/contoso.example/v2.0",
                "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/devicecode",
            ),
        ] {
            let provider = plain(name, &entry(name, settings(pairs))).expect(name);
            assert_eq!(provider.issuer.as_deref(), Some(issuer));
            assert_eq!(provider.endpoints.device_authorization.as_deref(), Some(device));
        }
    }

    #[test]
    fn setting_cannot_change_another_part_of_the_url() {
        for (name, pairs) in [
            ("okta", &[("domain", "acme.example/evil")][..]),
            ("okta", &[("domain", "me@acme.example")]),
            ("okta", &[("domain", "https://acme.example")]),
            ("okta", &[("domain", "acme.example:99999")]),
            ("okta", &[("domain", "acme.example"), ("auth_server", "..")]),
            ("okta", &[("domain", "acme.example"), ("auth_server", "a?b")]),
            ("microsoft-entra-id", &[("tenant", "a/b")]),
            ("microsoft-entra-id", &[("tenant", "")]),
            ("gitlab", &[("base_url", "http://git.example")]),
            ("gitlab", &[("base_url", "https://git.example/?x")]),
            ("gitlab", &[("tenant", "x")]),
        ] {
            let flags = Overrides { settings: settings(pairs).settings, ..Overrides::default() };
            let error = flagged(name, &ConfiguredProviders::default(), flags).expect_err(name);
            assert!(matches!(error, Error::Usage { .. }), "{pairs:?}: {error}");
        }
    }

    #[test]
    fn flag_overrides_environment_overrides_configuration() {
        let row = plain("demo", &ConfiguredProviders::default()).expect("demo");
        assert_eq!(row.client_id.as_deref(), Some("demo"));
        let configured = entry("demo", ProviderEntry { client_id: some("file"), ..ProviderEntry::default() });
        assert_eq!(plain("demo", &configured).expect("demo").client_id.as_deref(), Some("file"));
        let environment = environment(&[("AUTH_DEMO_ID", "environment")]);
        let resolved = resolve("demo", &configured, &environment, &Overrides::default()).expect("demo");
        assert_eq!(resolved.client_id.as_deref(), Some("environment"));
        let flags = Overrides { client_id: some("flag"), ..Overrides::default() };
        let resolved = resolve("demo", &configured, &environment, &flags).expect("demo");
        assert_eq!(resolved.client_id.as_deref(), Some("flag"));
    }

    #[test]
    fn secret_is_used_only_with_its_client_id() {
        let environment = environment(&[("AUTH_GITHUB_ID", "a"), ("AUTH_GITHUB_SECRET", "of a")]);
        let secret = |flags: Overrides| {
            let provider = resolve("github", &ConfiguredProviders::default(), &environment, &flags).expect("github");
            provider.client_secret.map(|secret| secret.expose().to_owned())
        };
        assert_eq!(secret(Overrides::default()).as_deref(), Some("of a"));
        assert_eq!(secret(Overrides { client_id: some("b"), ..Overrides::default() }), None);
        let own = Overrides { client_id: some("b"), client_secret: Some(Secret::new("of b")), ..Overrides::default() };
        assert_eq!(secret(own).as_deref(), Some("of b"));
    }

    #[test]
    fn another_issuer_drops_the_urls_of_the_row() {
        let configured =
            entry("okta", ProviderEntry { issuer: some("https://acme.okta.example"), ..ProviderEntry::default() });
        let provider = plain("okta", &configured).expect("okta, without its settings");
        assert_eq!(provider.issuer.as_deref(), Some("https://acme.okta.example"));
        assert_eq!(provider.endpoints, KnownEndpoints::default());
        assert!(provider.discover);
        assert!(provider.scopes.contains(&"offline_access".to_owned()));
        let environment = environment(&[("AUTH_GITHUB_ISSUER", "https://git.example")]);
        let provider =
            resolve("github", &ConfiguredProviders::default(), &environment, &Overrides::default()).expect("github");
        assert!(provider.discover && provider.endpoints.token.is_none());
    }

    #[test]
    fn repeating_the_issuer_of_the_row_changes_nothing() {
        let configured =
            entry("google", ProviderEntry { issuer: some("https://accounts.google.com"), ..ProviderEntry::default() });
        let provider = plain("google", &configured).expect("google");
        assert_eq!(provider.endpoints.token.as_deref(), Some("https://oauth2.googleapis.com/token"));
    }

    #[test]
    fn http_issuer_off_loopback_is_rejected_from_every_source() {
        let flags = Overrides { issuer: some("http://id.example"), ..Overrides::default() };
        let environment = environment(&[("AUTH_ACME_ISSUER", "http://id.example")]);
        let configured = entry("acme", ProviderEntry::default());
        for result in [
            flagged("acme", &configured, flags),
            resolve("acme", &configured, &environment, &Overrides::default()),
            plain("http://id.example", &configured),
        ] {
            let error = result.expect_err("http");
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("loopback"), "{error}");
        }
    }

    #[test]
    fn openid_provider_needs_only_its_issuer() {
        let configured =
            entry("acme", ProviderEntry { issuer: some("https://id.acme.example"), ..ProviderEntry::default() });
        for (name, label) in [("acme", "acme"), ("https://id.acme.example/", "https://id.acme.example")] {
            let provider = plain(name, &configured).expect(name);
            assert_eq!(provider.name, label);
            assert!(provider.discover);
            assert_eq!(provider.scopes, ["openid", "profile", "email"]);
        }
    }

    #[test]
    fn endpoints_suffice_without_an_issuer() {
        let endpoints = KnownEndpoints {
            authorization: some("https://a.example/authorize"),
            token: some("https://a.example/token"),
            ..KnownEndpoints::default()
        };
        let provider =
            plain("own", &entry("own", ProviderEntry { endpoints, ..ProviderEntry::default() })).expect("own");
        assert!(!provider.discover && provider.scopes.is_empty());
        let error = plain("own", &entry("own", ProviderEntry::default())).expect_err("nothing");
        assert_eq!(error.hint("x").as_deref(), Some("x providers add own --issuer URL"));
    }

    #[test]
    fn redirect_uris_follow_the_row() {
        for (name, pairs, expected) in [
            ("github", &[][..], "http://127.0.0.1/callback"),
            ("microsoft-entra-id", &[("tenant", "common")], "http://localhost/callback"),
            ("auth0", &[("domain", "a.example")], "http://127.0.0.1:25519/callback"),
        ] {
            let provider = plain(name, &entry(name, settings(pairs))).expect(name);
            assert_eq!(redirect_uri_to_register(&provider), expected);
            match provider.require_client_id() {
                Err(Error::NoClientId { redirect_uri, .. }) => assert_eq!(redirect_uri, expected),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn port_and_callback_must_match() {
        let callback = |uri: &str| Overrides { callback: some(uri), ..Overrides::default() };
        let both = |port, uri: &str| Overrides { port: Some(port), ..callback(uri) };
        let configured = entry("github", ProviderEntry { port: Some(7000), ..ProviderEntry::default() });
        for (flags, port) in [
            (Overrides::default(), Some(7000)),
            (Overrides { port: Some(8000), ..Overrides::default() }, Some(8000)),
            (callback("http://127.0.0.1/cb"), None),
            (callback("http://127.0.0.1:9000/cb"), Some(9000)),
            (callback("http://localhost/cb"), Some(80)),
            (both(8000, "http://127.0.0.1/cb"), Some(8000)),
            (both(9000, "http://127.0.0.1:9000/cb"), Some(9000)),
        ] {
            let shown = format!("{flags:?}");
            let provider = flagged("github", &configured, flags).expect(&shown);
            assert_eq!(provider.port, port, "{shown}");
        }
        for flags in [
            both(8000, "http://127.0.0.1:9000/cb"),
            both(8000, "http://localhost/cb"),
            callback("http://127.0.0.1/cb#x"),
            callback("http://me@127.0.0.1/cb"),
            Overrides { port: Some(0), ..Overrides::default() },
        ] {
            assert_eq!(flagged("github", &configured, flags).expect_err("rejected").exit_code(), 2);
        }
    }

    #[test]
    fn callback_is_kept_byte_for_byte() {
        for uri in ["http://127.0.0.1", "http://127.0.0.1/", "http://LOCALHOST:80/a/../b/", "http://127.0.0.1:1/%7Ecb/"]
        {
            let flags = Overrides { callback: some(uri), ..Overrides::default() };
            let provider = flagged("github", &ConfiguredProviders::default(), flags).expect(uri);
            assert_eq!(provider.callback.as_deref(), Some(uri));
            assert_eq!(redirect_uri_to_register(&provider), uri);
        }
    }

    #[test]
    fn params_merge_and_reserved_ones_are_rejected() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let configured =
            entry("google", ProviderEntry { params: [pair("hd", "acme.example")].into(), ..ProviderEntry::default() });
        let flags = Overrides { params: vec![pair("prompt", "login")], ..Overrides::default() };
        let provider = flagged("google", &configured, flags).expect("google");
        let expected = [pair("access_type", "offline"), pair("hd", "acme.example"), pair("prompt", "login")];
        assert_eq!(provider.params, expected.into());
        for name in ["state", "code_challenge", ""] {
            let flags = Overrides { params: vec![pair(name, "x")], ..Overrides::default() };
            assert_eq!(flagged("google", &configured, flags).expect_err(name).exit_code(), 2);
        }
    }

    #[test]
    fn every_key_of_an_entry_reaches_the_provider() {
        let written = ProviderEntry {
            uses: some("github"),
            client_auth: Some(ClientAuth::ClientSecretBasic),
            scopes: Some(vec!["repo".to_owned()]),
            endpoints: KnownEndpoints { userinfo: some("https://api.example/me"), ..KnownEndpoints::default() },
            flow: Some(Flow::Device),
            callback_certificate: Some("c.pem".into()),
            callback_key: Some("k.pem".into()),
            resource: some("https://api.example"),
            env: some("T"),
            hosts: vec!["git.example".to_owned()],
            allow: vec!["@acme.example".to_owned()],
            account: some("me"),
            ca_file: Some("ca.pem".into()),
            ..ProviderEntry::default()
        };
        let configured = ConfiguredProviders { home: some("https://app.example"), ..entry("work", written) };
        let provider = plain("work", &configured).expect("work");
        assert_eq!((provider.name.as_str(), provider.title.as_str()), ("work", "GitHub"));
        assert_eq!(provider.client_auth, Some(ClientAuth::ClientSecretBasic));
        assert_eq!(provider.scopes, ["repo"]);
        assert_eq!(provider.endpoints.userinfo.as_deref(), Some("https://api.example/me"));
        assert_eq!(provider.endpoints.token.as_deref(), Some("https://github.com/login/oauth/access_token"));
        assert_eq!(provider.flow, Some(Flow::Device));
        assert_eq!(provider.callback_certificate.as_deref(), Some("c.pem".as_ref()));
        assert_eq!(provider.callback_key.as_deref(), Some("k.pem".as_ref()));
        assert_eq!(provider.resource.as_deref(), Some("https://api.example"));
        assert_eq!(provider.env.as_deref(), Some("T"));
        assert_eq!(provider.hosts, ["git.example"]);
        assert_eq!(provider.allow, ["@acme.example"]);
        assert_eq!(provider.account.as_deref(), Some("me"));
        assert_eq!(provider.ca_file.as_deref(), Some("ca.pem".as_ref()));
        assert_eq!(provider.home.as_deref(), Some("https://app.example"));
    }

    #[test]
    fn plus_scopes_extend_granted_then_configured_then_row() {
        let added = |granted: Option<&[&str]>, configured: &ConfiguredProviders| {
            let granted = granted.map(|list| list.iter().map(|scope| (*scope).to_owned()).collect());
            let flags = Overrides { scopes: vec!["+x".to_owned()], granted, ..Overrides::default() };
            flagged("gitlab", configured, flags).expect("gitlab").scopes
        };
        let configured =
            entry("gitlab", ProviderEntry { scopes: Some(vec!["api".to_owned()]), ..ProviderEntry::default() });
        assert_eq!(added(Some(&["g"]), &configured), ["g", "x"]);
        assert_eq!(added(None, &configured), ["api", "x"]);
        assert_eq!(added(None, &ConfiguredProviders::default()), ["read_user", "x"]);
    }
}
