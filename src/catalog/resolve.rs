//! Merges flags, environment, configuration and row, in that order of precedence.

use super::layers::{AuthEnvironment, ConfiguredProviders, Overrides};
use super::logos::logo;
use super::lookup::{find, nearest};
use super::provider::{Flow, KnownEndpoints, Provider, Setting, SettingKind};
use super::redirect_rules::PortRule;
use super::registration::REGISTERED_PORT;
use super::registration_rules::ClientKind;
use super::row::rows;
use super::settings::{RowSettings, fill_registration, missing_settings_error};
use super::{scopes, urls};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{ClientAuth, RequestFormat, host_and_port};

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
    let empty = Provider::default();
    let table = found.entry.unwrap_or(&empty);
    let given = [environment.issuer(&found.name), table.issuer.as_deref(), found.issuer.as_deref()];
    let issuer = given.into_iter().flatten().next();
    let described = issuer.and_then(urls::described_by_metadata_url);
    let issuer = described.as_deref().or(issuer);
    if let Some(issuer) = issuer {
        urls::validate_issuer(issuer).map_err(|reason| invalid_issuer(&found.name, issuer, &reason))?;
    }
    let (mut provider, uses_row_urls) = match found.row {
        Some(row) if row.url.is_some() => {
            let Provider { title, docs, notes, .. } = row;
            (Provider { title, docs, notes, ..without_row(&found.name, issuer) }, false)
        }
        Some(row) => {
            let has_client = [flags.client_id.as_deref(), environment.id(&found.name), table.client_id.as_deref()];
            let has_client = has_client.iter().any(Option::is_some);
            fill_row(Provider { name: found.name, ..row }, table, issuer, has_client)?
        }
        None => (without_row(&found.name, issuer), false),
    };
    provider.merge(table);
    provider.home = provider.home.or_else(|| configured.home.clone());
    provider.client_metadata = provider.client_metadata.or_else(|| configured.client_metadata.clone());
    apply_client(&mut provider, table, environment, flags);
    apply_request(&mut provider, flags)?;
    apply_client_kind(&mut provider, flags)?;
    apply_redirect(&mut provider, table, flags)?;
    if !uses_row_urls || table.endpoints.token.is_some() {
        // What is known of the row's endpoints says nothing about the user's own.
        (provider.evidence, provider.sources) = (None, Vec::new());
    }
    if uses_row_urls && table.endpoints == KnownEndpoints::default() {
        provider.logo = logo(table.uses.as_deref().unwrap_or(&provider.name));
    }
    if !uses_row_urls {
        provider.discover = provider.issuer.is_some() && !is_complete(&provider);
    }
    provider.services.settle();
    require_reachable(&provider)?;
    Ok(provider)
}

/// Replaces the sets in `--scope` flags for `name` by their scopes, or only checks them before a user is asked for
/// anything.
///
/// # Errors
/// [`Error::UnknownProvider`] with the nearest names, [`Error::Usage`] for an element that is neither a scope nor one of
/// the provider's sets.
pub fn expand_scopes(name: &str, configured: &ConfiguredProviders, flags: &[String]) -> Result<Vec<String>> {
    let found = find(name, configured)?;
    let mut provider = Provider { name: found.name, ..found.row.unwrap_or_default() };
    provider.scope_sets.extend(found.entry.map(|entry| entry.scope_sets.clone()).unwrap_or_default());
    flags.iter().map(|flag| scopes::expand_flag(flag, &provider)).collect()
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
    let empty = Provider::default();
    let table = found.entry.unwrap_or(&empty);
    let other_issuer = environment.issuer(&found.name).or(table.issuer.as_deref());
    let Some(mut row) = found.row.filter(|_| other_issuer.is_none()) else { return Ok(Vec::new()) };
    let declared = std::mem::take(&mut row.declared_settings);
    let mut settings = RowSettings::new(&declared, &table.settings);
    settings.fill_row(&mut row);
    Ok(settings.missing().into_iter().cloned().collect())
}

/// Fills a row with its settings, and returns `true` if its URLs are used. An `issuer` that differs from the row's names
/// another server, so the row's URLs are dropped and discovery finds them. So does a token endpoint elsewhere.
fn fill_row(mut row: Provider, table: &Provider, issuer: Option<&str>, has_client: bool) -> Result<(Provider, bool)> {
    let declared = std::mem::take(&mut row.declared_settings);
    let unfilled = (row.register_at.clone(), row.register.clone());
    let mut settings = RowSettings::new(&declared, &table.settings);
    let own_issuer = row.issuer.as_deref().map(|template| settings.fill(template));
    let is_same = settings.missing().is_empty() && own_issuer.as_deref() == issuer;
    if row.quirks.refresh == RequestFormat::default() {
        row.quirks.refresh = row.quirks.token.clone();
    }
    let names_server =
        |setting: &Setting| setting.kind != SettingKind::Segment && table.settings.contains_key(&setting.name);
    if declared.iter().any(names_server) {
        row.services.drop_fixed_hosts();
    }
    settings.fill_row(&mut row);
    row.params.retain(|_, value| !value.is_empty());
    // A client that registers itself names its own ports.
    let has_own_ports = row.redirect.port == Some(PortRule::Any) || (!has_client && row.has_open_api());
    row.port = (!has_own_ports).then_some(REGISTERED_PORT);
    if row.scope_separator.is_empty() {
        row.scope_separator = " ".to_owned();
    }
    if issuer.is_some() && !is_same {
        row.drop_urls();
        row.issuer = issuer.map(str::to_owned);
        return Ok((row, false));
    }
    if let Some(reason) = row.closed.as_ref().filter(|_| table.endpoints == KnownEndpoints::default()) {
        return Err(Error::usage(format!("{} is closed: {reason}", row.title)));
    }
    match settings.missing().as_slice() {
        [] if names_other_server(&row, table) => {
            let page = row.redirect.page.take().filter(|page| table.callback.as_ref() == Some(&page.uri));
            row.drop_urls();
            row.redirect.page = page;
            row.issuer = issuer.map(str::to_owned);
            Ok((row, false))
        }
        [] => Ok((row, true)),
        missing if has_client || row.registers_itself() => Err(missing_settings_error(&row.name, missing)),
        missing => {
            (row.register_at, row.register) = unfilled;
            fill_registration(&mut row, &declared, &table.settings);
            Err(row.no_client_id(missing))
        }
    }
}

/// Returns `true` if the token endpoint of the table is at a host that the row does not name: a token from there must
/// not reach the servers of the row. An authorization endpoint alone may be a company's page at the same provider.
fn names_other_server(row: &Provider, table: &Provider) -> bool {
    let KnownEndpoints { authorization, token, device_authorization, .. } = &row.endpoints;
    let known = [authorization, token, device_authorization, &row.issuer].into_iter().flatten();
    let hosts: Vec<Option<String>> = known.map(|url| host_and_port(url)).collect();
    table.endpoints.token.as_ref().is_some_and(|token| !hosts.contains(&host_and_port(token)))
}

/// Describes a provider without a row: the host is its title, and identity scopes are requested if it has an issuer.
fn without_row(name: &str, issuer: Option<&str>) -> Provider {
    let mut provider = Provider::from_name(name);
    provider.title = name.split_once("://").map_or(name, |(_, rest)| rest).to_owned();
    provider.issuer = issuer.map(str::to_owned);
    provider.generic = issuer.is_some();
    if provider.generic {
        provider.scopes = ["openid", "profile", "email"].map(str::to_owned).to_vec();
    }
    provider
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
            hint: Some(format!("{{program}} providers add {} --issuer URL", shell_quote(&provider.name))),
        }),
    }
}

/// Sets client id, client secret and client authentication.
fn apply_client(provider: &mut Provider, table: &Provider, environment: &AuthEnvironment, flags: &Overrides) {
    let from_environment = environment.id(&provider.name);
    if let Some(chosen) = flags.client_id.as_deref().or(from_environment) {
        // The kind is that of the configured client.
        provider.client_kind = provider.client_kind.filter(|_| provider.client_id.as_deref() == Some(chosen));
        provider.client_id = Some(chosen.to_owned());
    }
    // A secret from the environment is sent only with the client id from the environment.
    let is_same_client = from_environment.is_none() || from_environment == provider.client_id.as_deref();
    let secret = environment.secret(&provider.name).filter(|_| is_same_client);
    provider.client_secret = flags.client_secret.as_ref().or(secret).cloned();
    if provider.client_id.is_none() {
        apply_public_client(provider, environment.program());
    }
    if table.client_auth == Some(ClientAuth::None) {
        // A configured public client overrides the row.
        provider.secret_needed = false;
        provider.quirks.device.secret_needed = false;
    }
}

/// Sets the client that the provider documents for any program.
fn apply_public_client(provider: &mut Provider, program: &str) {
    let rules = &provider.register;
    provider.client_id = rules.client_id.as_ref().map(|id| id.replace("{program}", program));
    let secret = rules.client_secret.as_deref().filter(|_| provider.client_secret.is_none());
    if let Some(secret) = secret {
        provider.client_secret = Some(Secret::new(secret));
    }
}

/// Sets scopes, resource and flow.
fn apply_request(provider: &mut Provider, flags: &Overrides) -> Result<()> {
    let default = scopes::expand_sets(&provider.scopes, provider)?;
    let asked = flags.scopes.iter().map(|flag| scopes::expand_flag(flag, provider)).collect::<Result<Vec<_>>>()?;
    provider.scopes = scopes::merge_scopes(&asked, flags.granted.as_deref(), &default)?;
    provider.scopes_added = scopes::added_scopes(&asked);
    let is_replaced = !asked.is_empty() && provider.scopes_added.is_empty();
    provider.scopes_chosen |= is_replaced || flags.granted.is_some();
    if let Some(resource) = &flags.resource {
        // An empty one means that none is sent.
        let checked = if resource.is_empty() { Ok(()) } else { urls::validate_resource(resource) };
        checked
            .map_err(|reason| Error::usage(format!("`--resource`: `{}` {reason}", urls::redact_userinfo(resource))))?;
        provider.resource = Some(resource.clone());
    }
    provider.omit_resource = provider.resource.as_deref() == Some("");
    provider.resource = provider.resource.take().filter(|resource| !resource.is_empty());
    provider.flow = flags.flow.or(provider.flow);
    Ok(())
}

/// Applies the rules of a GitHub App.
fn apply_client_kind(provider: &mut Provider, flags: &Overrides) -> Result<()> {
    if provider.client_kind != Some(ClientKind::GithubApp) {
        return Ok(());
    }
    if flags.scopes.iter().any(|scope| !scope.is_empty()) {
        let page = provider.client_page.as_ref().map(|page| format!(" at {page}")).unwrap_or_default();
        return Err(Error::Usage {
            message: format!(
                "`{}` signs in with a GitHub App, which has permissions, not scopes: --scope changes nothing",
                provider.name
            ),
            hint: Some(format!("change the permissions of the app{page}, or register an OAuth app")),
        });
    }
    provider.scopes = Vec::new();
    // Its owner may have turned the device flow on: whoever asks for that flow gets it, or learns where to.
    let is_chosen = provider.flow == Some(Flow::Device) || provider.is_configured("device_authorization_endpoint");
    if !is_chosen {
        provider.endpoints.device_authorization = None;
    }
    if let Some(page) = &provider.client_page {
        provider.quirks.device.hint = Some(format!("tick Enable Device Flow at {page}"));
    }
    Ok(())
}

/// Sets callback and port. A flag overrides the configuration, and a port that conflicts with the callback is an error.
fn apply_redirect(provider: &mut Provider, table: &Provider, flags: &Overrides) -> Result<()> {
    if flags.port == Some(0) {
        return Err(Error::usage("`--port` must be a number from 1 to 65535"));
    }
    let configured_port = table.port.filter(|_| flags.callback.is_none());
    let port = flags.port.or(configured_port);
    if flags.callback.is_some() {
        provider.callback.clone_from(&flags.callback);
    }
    let Some(callback) = &provider.callback else {
        provider.port = port.or(provider.port);
        return Ok(());
    };
    let read = urls::parse_callback(callback)
        .map_err(|reason| Error::usage(format!("`--callback`: `{}` {reason}", urls::redact_userinfo(callback))))?;
    provider.port = match (port, read.fixed_port()) {
        (Some(port), Some(fixed)) if port != fixed => {
            return Err(Error::usage(format!("port {port} does not match the callback `{callback}`")));
        }
        (port, fixed) => port.or(fixed),
    };
    Ok(())
}

fn invalid_issuer(provider: &str, issuer: &str, reason: &str) -> Error {
    Error::usage(format!("the issuer `{}` of `{provider}` {reason}", urls::redact_userinfo(issuer)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Flow, redirect_uri_to_register};
    use super::*;

    fn table(name: &str, keys: &str) -> ConfiguredProviders {
        let text = format!("[providers.{name}]\n{keys}\n");
        crate::config::parse(&text, Path::new("/c/config.toml")).expect(keys).providers
    }

    fn settings(pairs: &[(&str, &str)]) -> String {
        pairs.iter().map(|(name, value)| format!("{name} = \"{value}\"\n")).collect()
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
            let needed: Vec<&Setting> =
                row.declared_settings.iter().filter(|setting| setting.default.is_none()).collect();
            match plain(name, &ConfiguredProviders::default()) {
                Ok(provider) => {
                    assert!(needed.is_empty() && row.closed.is_none(), "{name}");
                    assert_eq!(provider.title, row.title);
                }
                Err(Error::Usage { message, .. }) if row.closed.is_some() => {
                    assert!(message.contains(&row.title) && message.contains("is closed: "), "{message}");
                }
                Err(error @ Error::NoClientId { .. }) => {
                    let (message, hint) = (error.to_string(), error.hint("mycli").expect("a command"));
                    for setting in &needed {
                        assert!(message.contains(&format!("`{}`", setting.name)), "{message}");
                        assert!(hint.contains(&format!("--set {}=", setting.name)), "{hint}");
                    }
                    assert!(hint.contains(&format!("\nmycli providers add {name} --set ")), "{hint}");
                    assert!(hint.contains(" --client-id ID") && !hint.contains(['{', '}']), "{hint}");
                }
                Err(Error::Usage { message, hint }) if row.registers_itself() => {
                    let hint = hint.expect("a command");
                    for setting in &needed {
                        assert!(message.contains(&format!("`{}`", setting.name)), "{message}");
                        assert!(hint.contains(&format!("--set {}=", setting.name)), "{hint}");
                    }
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
            let keys: String = row
                .declared_settings
                .iter()
                .map(|setting| format!("{} = \"{}\"\n", setting.name, value(setting)))
                .collect();
            let provider = plain(name, &table(name, &keys)).expect(name);
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
            let provider = plain(name, &table(name, &settings(pairs))).expect(name);
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
        ] {
            let settings = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let entries = vec![(name.to_owned(), Provider { settings, ..Provider::default() })];
            let error =
                plain(name, &ConfiguredProviders { entries, ..ConfiguredProviders::default() }).expect_err(name);
            assert!(matches!(error, Error::Usage { .. } | Error::NoClientId { .. }), "{pairs:?}: {error}");
        }
    }

    #[test]
    fn flag_overrides_environment_overrides_configuration() {
        let row = plain("demo", &ConfiguredProviders::default()).expect("demo");
        assert_eq!(row.client_id.as_deref(), Some("demo"));
        let configured = table("demo", "client_id = 'file'");
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
        let configured = table("okta", "issuer = 'https://acme.okta.example'");
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
    fn own_token_endpoint_drops_the_urls_of_the_row() {
        let at = |host: &str| {
            let keys = format!(
                "authorization_endpoint = 'https://{host}/login/oauth/authorize'\n\
                 token_endpoint = 'https://{host}/login/oauth/access_token'"
            );
            plain("github", &table("github", &keys)).expect("github")
        };
        let own = at("ghe.corp.example");
        let KnownEndpoints { authorization, token, .. } = own.endpoints.clone();
        assert_eq!(own.endpoints, KnownEndpoints { authorization, token, ..KnownEndpoints::default() });
        assert_eq!(own.services, crate::session::Services::default());
        assert_eq!((own.register_at, own.discover, own.title.as_str()), (None, false, "GitHub"));
        assert_eq!(own.endpoints.token.as_deref(), Some("https://ghe.corp.example/login/oauth/access_token"));
        let same = at("github.com");
        assert_eq!(same.endpoints.userinfo.as_deref(), Some("https://api.github.com/user"));
        assert!(same.services.hosts.contains(&"api.github.com".to_owned()));
        let page = plain("github", &table("github", "authorization_endpoint = 'https://corp.example/a'"));
        assert!(page.expect("github").endpoints.userinfo.is_some(), "the tokens are the row's");
    }

    #[test]
    fn repeating_the_issuer_of_the_row_changes_nothing() {
        let configured = table("google", "issuer = 'https://accounts.google.com'");
        let provider = plain("google", &configured).expect("google");
        assert_eq!(provider.endpoints.token.as_deref(), Some("https://oauth2.googleapis.com/token"));
    }

    #[test]
    fn http_issuer_off_loopback_is_rejected_from_every_source() {
        let environment = environment(&[("AUTH_ACME_ISSUER", "http://id.example")]);
        let configured = table("acme", "");
        for result in
            [resolve("acme", &configured, &environment, &Overrides::default()), plain("http://id.example", &configured)]
        {
            let error = result.expect_err("http");
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains("loopback"), "{error}");
        }
    }

    #[test]
    fn metadata_url_as_issuer_is_recognized() {
        let configured = table("acme", "issuer = 'https://id.acme.example/a/.well-known/openid-configuration'");
        assert_eq!(
            plain("acme", &configured).expect("a provider").issuer.as_deref(),
            Some("https://id.acme.example/a")
        );
        let typed = "https://id.acme.example/.well-known/oauth-authorization-server/";
        let provider = plain(typed, &ConfiguredProviders::default()).expect("a provider");
        assert_eq!(
            (provider.name.as_str(), provider.issuer.as_deref()),
            ("https://id.acme.example", Some("https://id.acme.example"))
        );
    }

    #[test]
    fn openid_provider_needs_only_its_issuer() {
        let configured = table("acme", "issuer = 'https://id.acme.example'");
        for (name, label) in [("acme", "acme"), ("https://id.acme.example/", "https://id.acme.example")] {
            let provider = plain(name, &configured).expect(name);
            assert_eq!(provider.name, label);
            assert!(provider.discover);
            assert_eq!(provider.scopes, ["openid", "profile", "email"]);
        }
    }

    #[test]
    fn short_name_is_the_url_in_every_way() {
        let configured = table("linear-mcp", "client_id = 'own'");
        let by_url = table("'https://mcp.linear.app/mcp'", "client_id = 'own'");
        let none = ConfiguredProviders::default();
        let url = "https://mcp.linear.app/mcp";
        for (name, configured, id, title) in [
            ("linear-mcp", &none, None, "Linear MCP server"),
            (url, &none, None, "mcp.linear.app/mcp"),
            ("linear-mcp", &configured, Some("own"), "Linear MCP server"),
            ("linear-mcp", &by_url, Some("own"), "Linear MCP server"),
        ] {
            let provider = plain(name, configured).expect(name);
            assert_eq!((provider.name.as_str(), provider.issuer.as_deref()), (url, Some(url)));
            assert_eq!((provider.client_id.as_deref(), provider.title.as_str()), (id, title));
            assert!(provider.generic && provider.discover && provider.declared_settings.is_empty());
        }
        let used = plain("own", &table("own", "use = 'github'")).expect("own");
        assert_eq!(used.name, "own");
    }

    #[test]
    fn row_that_uses_another_one_is_that_server() {
        let provider = plain("gitlab.gnome.org", &ConfiguredProviders::default()).expect("a row");
        assert_eq!((provider.name.as_str(), provider.title.as_str()), ("gitlab-gnome", "GNOME GitLab"));
        assert_eq!(provider.issuer.as_deref(), Some("https://gitlab.gnome.org"));
        assert_eq!(provider.services.api.as_deref(), Some("https://gitlab.gnome.org/api/v4"));
        assert_eq!(provider.services.hosts, ["gitlab.gnome.org"]);
        assert!(provider.scope_sets.contains_key("git") && provider.uses.is_none());
        assert_eq!(plain("gitea.com", &ConfiguredProviders::default()).expect("a row").name, "gitea-com");
    }

    #[test]
    fn endpoints_suffice_without_an_issuer() {
        let endpoints =
            "authorization_endpoint = 'https://a.example/authorize'\ntoken_endpoint = 'https://a.example/token'";
        let provider = plain("own", &table("own", endpoints)).expect("own");
        assert!(!provider.discover && provider.scopes.is_empty());
        let error = plain("own", &table("own", "")).expect_err("nothing");
        assert_eq!(error.hint("x").as_deref(), Some("x providers add own --issuer URL"));
    }

    #[test]
    fn redirect_uris_follow_the_row() {
        for (name, pairs, expected) in [
            ("github", &[][..], "http://127.0.0.1/callback"),
            ("microsoft-entra-id", &[("tenant", "common")], "http://localhost/callback"),
            ("auth0", &[("domain", "a.example")], "http://127.0.0.1:25519/callback"),
            // No rule is known, so the port is fixed.
            ("brex", &[], "http://127.0.0.1:25519/callback"),
        ] {
            let provider = plain(name, &table(name, &settings(pairs))).expect(name);
            assert_eq!(redirect_uri_to_register(&provider), expected);
            match provider.require_client_id() {
                Err(Error::NoClientId { needed, .. }) => {
                    let fields = &needed.fields;
                    assert!(fields.iter().any(|(_, value)| value == expected), "{fields:?}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn port_and_callback_must_match() {
        let callback = |uri: &str| Overrides { callback: some(uri), ..Overrides::default() };
        let both = |port, uri: &str| Overrides { port: Some(port), ..callback(uri) };
        let configured = table("github", "port = 7000");
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
    fn configured_params_join_those_of_the_row() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let provider = plain("google", &table("google", "params = { hd = 'acme.example' }")).expect("google");
        let expected = [pair("access_type", "offline"), pair("hd", "acme.example"), pair("prompt", "consent")];
        assert_eq!(provider.params, expected.into());
        assert_eq!(provider.quirks.device.request.params, [pair("hd", "acme.example")].into());
    }

    #[test]
    fn every_key_of_a_table_reaches_the_provider() {
        let keys = "use = 'github'\nclient_auth = 'client_secret_basic'\nscopes = ['repo']\n\
            userinfo_endpoint = 'https://api.example/me'\nflow = 'device'\ncallback_certificate = 'c.pem'\n\
            callback_key = 'k.pem'\nresource = 'https://api.example'\nprobe = 'get'\nenv = 'T'\nhosts = ['git.example']\n\
            allow = ['@acme.example']\naccount = 'me'\nca_file = 'ca.pem'";
        let configured = ConfiguredProviders { home: some("https://app.example"), ..table("work", keys) };
        let provider = plain("work", &configured).expect("work");
        assert_eq!((provider.name.as_str(), provider.title.as_str()), ("work", "GitHub"));
        assert_eq!(provider.client_auth, Some(ClientAuth::ClientSecretBasic));
        assert_eq!(provider.scopes, ["repo"]);
        assert_eq!(provider.endpoints.userinfo.as_deref(), Some("https://api.example/me"));
        assert_eq!(provider.endpoints.token.as_deref(), Some("https://github.com/login/oauth/access_token"));
        assert_eq!(provider.flow, Some(Flow::Device));
        assert_eq!(provider.callback_certificate.as_deref(), Some("/c/c.pem".as_ref()));
        assert_eq!(provider.callback_key.as_deref(), Some("/c/k.pem".as_ref()));
        assert_eq!(provider.resource.as_deref(), Some("https://api.example"));
        assert_eq!(provider.probe, Some(super::super::Probe::Get));
        assert_eq!(provider.env.as_deref(), Some("T"));
        assert_eq!(provider.services.hosts[0], "git.example");
        assert_eq!(provider.allow, ["@acme.example"]);
        assert_eq!(provider.account.as_deref(), Some("me"));
        assert_eq!(provider.ca_file.as_deref(), Some("/c/ca.pem".as_ref()));
        assert_eq!(provider.home.as_deref(), Some("https://app.example"));
    }

    #[test]
    fn plus_scopes_extend_granted_then_configured_then_row() {
        let added = |granted: Option<&[&str]>, configured: &ConfiguredProviders| {
            let granted = granted.map(|list| list.iter().map(|scope| (*scope).to_owned()).collect());
            let flags = Overrides { scopes: vec!["+x".to_owned()], granted, ..Overrides::default() };
            flagged("gitlab", configured, flags).expect("gitlab").scopes
        };
        let configured = table("gitlab", "scopes = ['api']");
        assert_eq!(added(Some(&["g"]), &configured), ["g", "x"]);
        assert_eq!(added(None, &configured), ["api", "x"]);
        assert_eq!(added(None, &ConfiguredProviders::default()), ["read_user", "x"]);
    }

    /// A token for another GitLab must not reach gitlab.com.
    #[test]
    fn services_follow_the_server_of_the_row() {
        for (name, keys, api, git, hosts) in [
            (
                "github",
                "",
                Some("https://api.github.com"),
                Some((&["github.com", "gist.github.com"][..], "x-access-token")),
                &[
                    "github.com",
                    "gist.github.com",
                    "raw.githubusercontent.com",
                    "uploads.github.com",
                    "ghcr.io",
                    "api.github.com",
                ][..],
            ),
            ("gitlab", "", Some("https://gitlab.com/api/v4"), Some((&["gitlab.com"], "oauth2")), &["gitlab.com"]),
            (
                "gitlab",
                "base_url = 'https://git.example:8443/lab'",
                Some("https://git.example:8443/lab/api/v4"),
                Some((&["git.example:8443"], "oauth2")),
                &["git.example:8443"],
            ),
            ("gitlab", "issuer = 'https://git.example'", None, None, &[]),
            ("gitlab", "issuer = 'https://git.example'\nhosts = ['git.example']", None, None, &["git.example"]),
            (
                "forgejo",
                "domain = 'git.example'",
                Some("https://git.example/api/v1"),
                Some((&["git.example"], "oauth2")),
                &["git.example"],
            ),
            ("yahoo", "", None, None, &["imap.mail.yahoo.com:993", "smtp.mail.yahoo.com:465"]),
            ("zoho", "region = 'eu'", Some("https://www.zohoapis.eu"), None, &["www.zohoapis.eu"]),
            (
                "zoho",
                "region = 'ca'\naccounts = 'accounts.zohocloud.ca'",
                Some("https://www.zohoapis.ca"),
                None,
                &["www.zohoapis.ca"],
            ),
        ] {
            let services = plain(name, &table(name, keys)).expect(name).services;
            assert_eq!(services.api.as_deref(), api, "{name} {keys}");
            let service = services.git.map(|git| (git.hosts, git.user.unwrap_or_default()));
            let expected = git.map(|(hosts, user)| (hosts.iter().map(ToString::to_string).collect(), user.to_owned()));
            assert_eq!(service, expected, "{name} {keys}");
            assert_eq!(services.hosts, hosts, "{name} {keys}");
        }
    }

    /// A logo tells the user where they sign in.
    #[test]
    fn logo_is_shown_for_the_endpoints_of_the_row_only() {
        for (name, keys, is_shown) in [
            ("github", "", true),
            ("github", "client_id = 'x'\nissuer = 'https://github.com/login/oauth'", true),
            ("github", "issuer = 'https://id.example'", false),
            ("github", "authorization_endpoint = 'https://id.example/a'", false),
            (
                "github",
                "token_endpoint = 'https://id.example/t'\nauthorization_endpoint = 'https://id.example/a'",
                false,
            ),
            ("gitea", "domain = 'git.example'", true),
            ("work", "use = 'github'", true),
            ("work", "use = 'gitlab'", false),
            ("gitlab-gnome", "", false),
        ] {
            assert_eq!(plain(name, &table(name, keys)).expect(name).logo.is_some(), is_shown, "{name} {keys}");
        }
        assert!(plain("https://github.example", &ConfiguredProviders::default()).expect("a URL").logo.is_none());
    }

    #[test]
    fn scope_sets_of_row_and_configuration_are_named_by_at() {
        let configured = table("gitlab", "scope_sets = { git = ['api'], own = ['a', 'b'] }");
        let of = |name: &str, flag: &str, configured: &ConfiguredProviders| {
            flagged(name, configured, Overrides { scopes: vec![flag.to_owned()], ..Overrides::default() })
                .map(|provider| provider.scopes)
        };
        let scopes = |flag: &str, configured: &ConfiguredProviders| of("gitlab", flag, configured);
        let row = ConfiguredProviders::default();
        let git = ["read_user", "read_repository", "write_repository"];
        assert_eq!(scopes("@git", &row).expect("the row's"), git);
        assert_eq!(scopes("+@git", &row).expect("the row's"), git, "the default is part of the set");
        assert_eq!(scopes("@git", &configured).expect("the configured one"), ["api"]);
        let configured = table("github", "scope_sets = { own = ['a', 'b'] }");
        assert_eq!(of("github", "@own,@registry", &configured).expect("both")[..3], ["a", "b", "read:packages"]);
        assert_eq!(scopes("@mail", &row).expect_err("no mail").exit_code(), 2);
        let default = plain("gitlab", &table("gitlab", "scopes = ['@git', 'api']")).expect("gitlab");
        assert_eq!(default.scopes[2..], ["write_repository", "api"]);
        assert_eq!(plain("gitlab", &table("gitlab", "scopes = ['@gti']")).expect_err("unknown").exit_code(), 2);
    }
}
