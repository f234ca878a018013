//! Finds the provider for a name: in the configuration, then the catalog, then as a URL.

use std::collections::BTreeMap;

use super::layers::ConfiguredProviders;
use super::provider::{KnownEndpoints, Pkce, Provider};
use super::row::rows;
use super::urls;
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Limit of suggested names; more would be a list, not a hint.
const MAX_SUGGESTIONS: usize = 3;

/// Environment variable for a token in `exec` when neither configuration nor row names one.
const DEFAULT_TOKEN_VARIABLE: &str = "ACCESS_TOKEN";

/// Result of looking up a name.
pub(super) struct LookupResult<'a> {
    /// Label of the provider's sessions.
    pub(super) name: String,
    pub(super) entry: Option<&'a Provider>,
    pub(super) row: Option<Provider>,
    /// The issuer, if the name is a URL or host.
    pub(super) issuer: Option<String>,
}

/// Looks up `name`.
///
/// # Errors
/// [`Error::UnknownProvider`] with the nearest names, [`Error::Usage`] for a URL that is not accepted.
pub(super) fn find<'a>(name: &str, configured: &'a ConfiguredProviders) -> Result<LookupResult<'a>> {
    let own = configured.entry(name).filter(|entry| entry.uses.is_some() || rows().url(name).is_none());
    let label = match own {
        Some(_) => name.to_owned(),
        None => known_label(name).transpose()?.ok_or_else(|| unknown_provider(name, configured))?,
    };
    // A table may have the short name of a URL.
    let entry = configured.entry(&label).or_else(|| configured.entry(name));
    let row = rows().row(entry.and_then(|entry| entry.uses.as_deref()).unwrap_or(&label));
    let row = row.or_else(|| rows().row(name).filter(|row| row.url.is_some()));
    let issuer = label.contains("://").then(|| issuer_as_typed(name, &label));
    Ok(LookupResult { name: label, entry, row, issuer })
}

/// Fails for a name that is neither in the configuration nor in the catalog, and is not a URL.
///
/// # Errors
/// [`Error::UnknownProvider`] with the nearest names, [`Error::Usage`] for a URL that is not accepted.
pub fn require_known(name: &str, configured: &ConfiguredProviders) -> Result<()> {
    find(name, configured).map(drop)
}

/// Returns what users of this alias must know, because it meant another provider before.
pub fn alias_note(name: &str, configured: &ConfiguredProviders) -> Option<String> {
    let row = configured.entry(name).is_none().then(|| rows().row(name)).flatten();
    row.and_then(|mut row| row.alias_notes.remove(name))
}

/// Returns the session label for `name`: the row's name for an alias or a row's host, the normalized form of a URL or of
/// the URL that a row is short for, and `name` for anything else, such as a configured name. Callers prefer an existing
/// label that equals `name`.
pub fn canonical(name: &str) -> String {
    known_label(name).and_then(Result::ok).unwrap_or_else(|| name.to_owned())
}

/// Returns `true` if the row of this issuer names `host`, or a domain above: as a place to sign in, or in an endpoint.
/// Only rows whose own host is fixed count, because a server may claim any name in a placeholder.
pub fn is_known_host(issuer: &str, host: &str) -> bool {
    let is_issuer = |template: &str| fixed_host(template).is_some() && matches_template(issuer, template);
    let mut all = rows().names().filter_map(|name| rows().row(name));
    let Some(row) = all.find(|row| row.issuer.as_deref().is_some_and(is_issuer)) else { return false };
    let KnownEndpoints { authorization, device_authorization, .. } = &row.endpoints;
    let endpoints = [authorization, device_authorization].into_iter().flatten().filter_map(|url| fixed_host(url));
    let known = row.verification_hosts.iter().map(String::as_str).chain(endpoints);
    known.into_iter().any(|known| host == known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

/// Host of a URL template without placeholder in it.
fn fixed_host(template: &str) -> Option<&str> {
    let host = template.strip_prefix("https://")?.split('/').next()?;
    (!host.contains('{')).then_some(host)
}

/// Returns the environment variable for a token of `name` in `exec`.
pub fn token_variable(name: &str, configured: &ConfiguredProviders) -> String {
    let entry = configured.entry(name);
    let row = || rows().row(entry.and_then(|entry| entry.uses.as_deref()).unwrap_or(name));
    let configured = entry.and_then(|entry| entry.env.clone());
    configured.or_else(|| row().and_then(|row| row.env)).unwrap_or_else(|| DEFAULT_TOKEN_VARIABLE.to_owned())
}

/// Returns the candidates nearest to `word`, best first: at most one edit in three letters, or `word` as a prefix of
/// three letters or more.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let word = word.to_lowercase();
    if word.is_empty() {
        return Vec::new();
    }
    let max_distance = (word.chars().count() / 3).max(1);
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for candidate in candidates {
        if candidate == word {
            return vec![word];
        }
        let is_prefix = word.len() >= 3 && candidate.starts_with(&word);
        let distance = strsim::damerau_levenshtein(&word, candidate);
        if is_prefix || distance <= max_distance {
            best.insert(candidate, if is_prefix { distance.min(1) } else { distance });
        }
    }
    let mut ranked: Vec<(&str, usize)> = best.into_iter().collect();
    ranked.sort_by_key(|(_, distance)| *distance);
    ranked.into_iter().take(MAX_SUGGESTIONS).map(|(candidate, _)| candidate.to_owned()).collect()
}

/// Returns the label for a catalog name, an alias, a row's host, a URL, a server on this machine or another bare host;
/// `None` for anything else.
fn known_label(name: &str) -> Option<Result<String>> {
    if let Some(row) = rows().canonical(name) {
        return Some(rows().url(row).map_or_else(|| Ok(row.to_owned()), normalize_url));
    }
    if name.contains("://") {
        return Some(normalize_url(name));
    }
    if let Some(url) = urls::local_server(name) {
        return Some(Ok(url));
    }
    let is_host = name.contains('.') && !name.contains(['/', '?', '#', '@']) && !name.starts_with('.');
    is_host.then(|| urls::normalize(&format!("https://{name}")).ok().map(Ok)).flatten()
}

/// Normalizes a URL; a metadata URL stands for the issuer or resource that it describes.
fn normalize_url(name: &str) -> Result<String> {
    let described = urls::described_by_metadata_url(name);
    urls::normalize(described.as_deref().unwrap_or(name)).map_err(|reason| {
        // The other mistakes are for the user to correct.
        let with_tls = name.strip_prefix("http://").map(|rest| format!("https://{rest}"));
        let with_tls = with_tls.filter(|url| urls::normalize(url).is_ok());
        let hint = with_tls.map(|url| format!("{{program}} signin {}", shell_quote(&url)));
        Error::Usage { message: format!("`{}` {reason}", urls::redact_userinfo(name)), hint }
    })
}

/// Keeps a typed trailing slash: issuers are compared byte for byte, and some (Auth0's) end in a slash.
fn issuer_as_typed(name: &str, label: &str) -> String {
    match name.ends_with('/') && urls::described_by_metadata_url(name).is_none() {
        true => format!("{label}/"),
        false => label.to_owned(),
    }
}

/// Returns true if the configuration or the catalog says that `issuer` supports PKCE although its metadata may not list
/// it.
pub fn supports_pkce(issuer: &str, configured: &ConfiguredProviders) -> bool {
    let of_entry = |entry: &Provider| entry.issuer.as_deref().is_some_and(|own| urls::is_same_issuer(own, issuer));
    let of_row = |row: &Provider| row.issuer.as_deref().is_some_and(|template| matches_template(issuer, template));
    configured.entries.iter().any(|(_, entry)| entry.pkce == Pkce::Yes && of_entry(entry))
        || rows().names().filter_map(|name| rows().row(name)).any(|row| row.pkce == Pkce::Yes && of_row(&row))
}

/// Returns true if `issuer` is the `template` of a row with some values for its settings: one label of the host or one
/// segment of the path each.
fn matches_template(issuer: &str, template: &str) -> bool {
    let parts = |url: &str| -> Option<(Vec<String>, Vec<String>)> {
        let (host, path) = url.strip_prefix("https://")?.split_once('/').map_or((url.get(8..)?, ""), |both| both);
        let split = |text: &str, at: char| text.split(at).map(str::to_owned).collect();
        Some((split(host, '.'), split(path.trim_end_matches('/'), '/')))
    };
    let same = |found: &[String], wanted: &[String]| {
        let is_same = |(found, wanted): (&String, &String)| {
            found == wanted || (wanted.starts_with('{') && wanted.ends_with('}') && !found.is_empty())
        };
        found.len() == wanted.len() && found.iter().zip(wanted).all(is_same)
    };
    let (Some((host, path)), Some((host_template, path_template))) = (parts(issuer), parts(template)) else {
        return false;
    };
    // A template without a host of its own would match any server.
    let has_host = host_template.iter().rev().take(2).all(|label| !label.contains('{')) && host_template.len() > 1;
    has_host && same(&host, &host_template) && same(&path, &path_template)
}

fn unknown_provider(name: &str, configured: &ConfiguredProviders) -> Error {
    let aliases = rows().aliases().map(|(alias, _)| alias);
    let candidates = configured.names().chain(rows().names()).chain(aliases);
    let suggestions = urls::with_scheme(name).map_or_else(|| nearest(name, candidates), |url| vec![url]);
    Error::UnknownProvider { name: sanitize_untrusted(name), suggestions }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(names: &[(&str, Option<&str>)]) -> ConfiguredProviders {
        let entry = |uses: Option<&str>| Provider { uses: uses.map(str::to_owned), ..Provider::default() };
        let entries = names.iter().map(|(name, uses)| ((*name).to_owned(), entry(*uses))).collect();
        ConfiguredProviders { entries, ..ConfiguredProviders::default() }
    }

    #[test]
    fn each_name_has_one_label() {
        for (name, label) in [
            ("github", "github"),
            ("gh", "github"),
            ("entra", "microsoft-entra-id"),
            ("https://ID.example/", "https://id.example"),
            ("github.com", "github"),
            ("GitHub.com", "github"),
            ("gitlab.com", "gitlab"),
            ("codeberg.org", "codeberg"),
            ("bitbucket.org", "bitbucket"),
            ("huggingface.co", "huggingface"),
            ("https://gitlab.com", "https://gitlab.com"),
            ("https://id.example/a/.well-known/openid-configuration", "https://id.example/a"),
            ("https://id.example/.well-known/oauth-protected-resource/mcp/", "https://id.example/mcp"),
            ("gitlab.com:8443", "https://gitlab.com:8443"),
            ("id.example", "https://id.example"),
            ("id.example:8443", "https://id.example:8443"),
            ("http://localhost:8080/realm/", "http://localhost:8080/realm"),
            ("localhost:7141", "http://localhost:7141"),
            ("LocalHost:7141/mcp/", "http://localhost:7141/mcp"),
            ("127.0.0.1:7111", "http://127.0.0.1:7111"),
            ("127.0.0.1/mcp", "http://127.0.0.1/mcp"),
            ("[::1]:80/mcp", "http://[::1]/mcp"),
            ("app.localhost:3000", "https://app.localhost:3000"),
            ("https://localhost:7141", "https://localhost:7141"),
            // Other spellings of 127.0.0.1, names, and URLs that no provider may have.
            ("2130706433:80", "2130706433:80"),
            ("127.1/mcp", "127.1/mcp"),
            ("me@127.0.0.1:80", "me@127.0.0.1:80"),
            ("127.0.0.1.example:80", "https://127.0.0.1.example:80"),
            ("localhost", "localhost"),
            ("localhost:99999", "localhost:99999"),
            ("work", "work"),
            ("azure", "microsoft-entra-id"),
            ("outlook", "microsoft-entra-id"),
            ("onedrive", "microsoft-entra-id"),
            ("gmail", "google"),
            ("gcp", "google"),
            ("jira", "atlassian"),
            ("confluence", "atlassian"),
            ("aws", "aws-iam-identity-center"),
            ("gitlab.gnome.org", "gitlab-gnome"),
            ("salsa.debian.org", "gitlab-debian"),
            ("salsa", "gitlab-debian"),
            ("linear-mcp", "https://mcp.linear.app/mcp"),
            ("stripe-mcp", "https://mcp.stripe.com"),
        ] {
            assert_eq!(canonical(name), label, "{name}");
        }
    }

    #[test]
    fn configuration_precedes_catalog() {
        let configured = configured(&[("gh", None), ("work", Some("entra")), ("gitlab", None)]);
        for (name, label, row) in
            [("gh", "gh", "GitHub"), ("work", "work", "Microsoft Entra ID"), ("glab", "gitlab", "GitLab")]
        {
            let found = find(name, &configured).expect(name);
            assert_eq!(found.name, label);
            assert!(found.entry.is_some(), "{name}");
            assert_eq!(found.row.map(|row| row.title).as_deref(), Some(row));
        }
    }

    #[test]
    fn unknown_name_suggests_nearest() {
        let configured = configured(&[("workshop", None)]);
        for (name, expected) in [
            ("githbu", &["github"][..]),
            ("GitHub", &["github"]),
            ("gitlub", &["github", "gitlab"]),
            ("micro", &["microsoft", "microsoft-entra-id", "miro"]),
            ("workshp", &["workshop"]),
            ("zzzzzz", &[]),
            ("", &[]),
            ("..", &[]),
            ("a.b/c", &["https://a.b/c"]),
            ("mcp.example:8443/mcp", &["https://mcp.example:8443/mcp"]),
            ("devbox:8443", &["https://devbox:8443"]),
            ("me@a.b/c", &[]),
            ("../c", &[]),
        ] {
            match find(name, &configured).map(|found| found.name) {
                Err(Error::UnknownProvider { suggestions: nearest, .. }) => assert_eq!(nearest, expected, "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn rejected_urls_are_usage_errors() {
        for name in ["http://id.example", "ftp://id.example", "https://me@id.example", "https://id.example/?a"] {
            let error = find(name, &ConfiguredProviders::default()).map(|found| found.name).expect_err(name);
            assert!(matches!(error, Error::Usage { .. }), "{name}: {error}");
        }
    }

    #[test]
    fn trailing_slash_stays_in_issuer_not_in_label() {
        let configured = ConfiguredProviders::default();
        let found = find("https://tenant.example/", &configured).expect("a URL");
        assert_eq!(found.name, "https://tenant.example");
        assert_eq!(found.issuer.as_deref(), Some("https://tenant.example/"));
    }

    #[test]
    fn pkce_is_known_for_issuers_of_catalog_and_configuration() {
        let mut configured = configured(&[("own", None), ("other", None)]);
        configured.entries[0].1.issuer = Some("https://id.example/a".to_owned());
        configured.entries[0].1.pkce = Pkce::Yes;
        configured.entries[1].1.issuer = Some("https://other.example".to_owned());
        for (issuer, expected) in [
            ("https://id.example/a", true),
            ("https://id.example/a/", true),
            ("https://login.microsoftonline.com/contoso.example/v2.0", true),
            ("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", true),
            ("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC", true),
            ("https://other.example", false),
            ("https://id.example", false),
            ("https://login.microsoftonline.com//v2.0", false),
            ("https://login.microsoftonline.com/a/b/v2.0", false),
            ("https://login.microsoftonline.com.evil.example/a/v2.0", false),
            ("https://cognito-idp.evil.example/amazonaws.com/x", false),
            ("https://evil.example/a/v2.0", false),
        ] {
            assert_eq!(supports_pkce(issuer, &configured), expected, "{issuer}");
        }
    }

    #[test]
    fn token_variable_is_the_customary_one() {
        let mut configured = configured(&[("work", Some("github")), ("own", None)]);
        configured.entries[1].1.env = Some("OWN_TOKEN".to_owned());
        for (name, variable) in
            [("github", "GITHUB_TOKEN"), ("work", "GITHUB_TOKEN"), ("own", "OWN_TOKEN"), ("okta", "ACCESS_TOKEN")]
        {
            assert_eq!(token_variable(name, &configured), variable, "{name}");
        }
    }
}
