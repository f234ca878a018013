//! The user's settings for providers, from the configuration, the environment and the command line.

use std::collections::BTreeMap;
use std::fmt;

use super::provider::{Flow, Provider, Setting};
use super::row::rows;
use crate::secret::Secret;

/// The configured providers, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredProviders {
    /// Base URL for `--redirect-to /path` if the provider has no `home`.
    pub home: Option<String>,
    /// URL of the client's metadata document if the provider has none.
    pub client_metadata: Option<String>,
    /// Each `[providers.NAME]`, with the keys that it sets.
    pub entries: Vec<(String, Provider)>,
}

impl ConfiguredProviders {
    /// Returns the entry with exactly this name.
    pub fn entry(&self, name: &str) -> Option<&Provider> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
    }

    /// Returns a copy in which the name of each missing setting is its value, to show what a provider has.
    pub fn with_placeholders(&self, name: &str, missing: &[Setting]) -> Self {
        let mut copy = self.clone();
        if copy.entry(name).is_none() {
            copy.entries.push((name.to_owned(), Provider::default()));
        }
        if let Some((_, entry)) = copy.entries.iter_mut().find(|(known, _)| known == name) {
            entry.settings.extend(missing.iter().map(|setting| (setting.name.clone(), setting.placeholder())));
        }
        copy
    }

    /// Returns the names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }
}

/// The `AUTH_<NAME>_ID`, `_SECRET` and `_ISSUER` variables, as in Auth.js. An empty one counts as not set.
#[derive(Clone, Default)]
pub struct AuthEnvironment {
    variables: BTreeMap<String, Secret>,
    /// Name of the program.
    program: String,
}

impl AuthEnvironment {
    /// Keeps the variables that begin with `AUTH_` and drops all others.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_set = |(name, value): &(String, String)| name.starts_with("AUTH_") && !value.is_empty();
        let variables = variables.into_iter().filter(is_set).map(|(name, value)| (name, Secret::new(value))).collect();
        Self { variables, program: String::new() }
    }

    /// Sets the name of the program, which is the client id at providers that take any.
    pub fn with_program(self, program: &str) -> Self {
        Self { program: program.to_owned(), ..self }
    }

    pub fn program(&self) -> &str {
        &self.program
    }

    /// Returns the name of a provider's variable: `github`, `ID` → `AUTH_GITHUB_ID`.
    pub fn variable_name(provider: &str, suffix: &str) -> String {
        let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        format!("AUTH_{}_{suffix}", provider.chars().map(upper).collect::<String>())
    }

    pub fn id(&self, provider: &str) -> Option<&str> {
        self.value(provider, "ID").map(Secret::expose)
    }

    pub fn secret(&self, provider: &str) -> Option<&Secret> {
        self.value(provider, "SECRET")
    }

    pub fn issuer(&self, provider: &str) -> Option<&str> {
        self.value(provider, "ISSUER").map(Secret::expose)
    }

    /// Returns the variable of a plain name. A URL has none: `https://a-b.example` and `https://a.b.example` would
    /// share a variable, and one provider would receive the other's secret.
    fn value(&self, provider: &str, suffix: &str) -> Option<&Secret> {
        match provider.contains("://") {
            true => None,
            false => self.variables.get(&Self::variable_name(self.name_in_variables(provider), suffix)),
        }
    }

    /// Returns the name in the variables of a provider: its own, or the first alias that has variables, if its own has
    /// none. The values of two names are never mixed.
    fn name_in_variables<'a>(&self, provider: &'a str) -> &'a str {
        let is_used = |name: &str| {
            ["ID", "SECRET", "ISSUER"]
                .iter()
                .any(|suffix| self.variables.contains_key(&Self::variable_name(name, suffix)))
        };
        if self.variables.is_empty() || is_used(provider) {
            return provider;
        }
        let mut aliases = rows().aliases().filter(|(_, row)| *row == provider).map(|(alias, _)| alias);
        aliases.find(|alias| is_used(alias)).unwrap_or(provider)
    }
}

impl fmt::Debug for AuthEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// Flags of `signin` that change the provider. Other flags (`--prompt`, `--max-age`, `--acr`, …) change one request.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub client_id: Option<String>,
    /// The secret read by `--client-secret-stdin`.
    pub client_secret: Option<Secret>,
    /// Each `--scope`, as typed.
    pub scopes: Vec<String>,
    /// Scopes granted to the existing session; `+S` adds to them.
    pub granted: Option<Vec<String>>,
    pub port: Option<u16>,
    pub callback: Option<String>,
    pub resource: Option<String>,
    /// `--browser`, `--device`, `--paste`.
    pub flow: Option<Flow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> AuthEnvironment {
        AuthEnvironment::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn variable_names_match_auth_js() {
        for (provider, variable) in [
            ("github", "AUTH_GITHUB_ID"),
            ("microsoft-entra-id", "AUTH_MICROSOFT_ENTRA_ID_ID"),
            ("42-school", "AUTH_42_SCHOOL_ID"),
            ("my.corp", "AUTH_MY_CORP_ID"),
        ] {
            assert_eq!(AuthEnvironment::variable_name(provider, "ID"), variable);
        }
    }

    #[test]
    fn variables_of_an_alias_count_if_the_name_has_none() {
        let hydra = environment(&[("AUTH_HYDRA_ID", "id"), ("AUTH_HYDRA_SECRET", "secret")]);
        assert_eq!((hydra.id("ory-hydra"), hydra.id("github")), (Some("id"), None));
        let both = environment(&[("AUTH_ORY_HYDRA_ID", "own"), ("AUTH_HYDRA_SECRET", "of another client")]);
        assert_eq!(both.id("ory-hydra"), Some("own"));
        assert!(both.secret("ory-hydra").is_none());
    }

    /// The providers of Auth.js, by the names that its variables contain.
    #[test]
    fn names_of_auth_js_are_known() {
        let names = "42-school apple asgardeo atlassian auth0 authentik azure-ad azure-ad-b2c azure-devops bankid-no \
            battlenet beyondidentity bitbucket box boxyhq-saml bungie click-up cognito coinbase concept2 \
            descope discord dribbble dropbox duende-identity-server6 eventbrite eveonline facebook faceit \
            figma foursquare freshbooks frontegg fusionauth github gitlab google hubspot huggingface hydra \
            identity-server4 instagram kakao keycloak kinde line linkedin logto mailchimp mailru mastodon \
            mattermost medium microsoft-entra-id naver netlify netsuite nextcloud notion okta onelogin osso \
            osu passage patreon ping-id pinterest pipedrive reddit roblox salesforce simplelogin slack spotify \
            strava threads tiktok todoist trakt twitch twitter united-effects vipps vk webex wechat wikimedia \
            wordpress workos yandex zitadel zoho zoom";
        for name in names.split(' ') {
            let row = rows().canonical(name).unwrap_or_else(|| panic!("{name} is not in the catalog"));
            let variable = AuthEnvironment::variable_name(name, "ID");
            assert_eq!(environment(&[(&variable, "id")]).id(row), Some("id"), "{variable}");
        }
    }

    #[test]
    fn empty_variable_counts_as_unset() {
        assert_eq!(environment(&[("AUTH_GITHUB_ID", "")]).id("github"), None);
        assert_eq!(environment(&[("AUTH_GITHUB_ID", "x")]).id("github"), Some("x"));
    }

    #[test]
    fn url_has_no_environment_variables() {
        let environment = environment(&[("AUTH_HTTPS___A_B_EXAMPLE_SECRET", "x")]);
        assert!(environment.secret("https://a.b.example").is_none());
    }

    #[test]
    fn debug_shows_names_only() {
        let shown = format!("{:?}", environment(&[("AUTH_GITHUB_SECRET", "hunter2"), ("HOME", "/root")]));
        assert_eq!(shown, r#"{"AUTH_GITHUB_SECRET"}"#);
    }
}
