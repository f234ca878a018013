//! Registration of an application: what to enter where, and the errors of a provider without a client or a redirect URI.

use url::Url;

use super::provider::{Flow, Provider, Setting};
use super::redirect_rules::{AcceptedRedirect, PortRule, RedirectRules};
use crate::error::{ClientNeeds, Error, Result};
use crate::sanitize::shell_quote;

/// What a user does to register an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationForm {
    /// Page with the form; `None` if the catalog does not know it.
    pub page: Option<String>,
    /// The page with the form filled in, if the provider allows that.
    pub filled_page: Option<String>,
    /// Fields of the form in its order, each with what to enter.
    pub fields: Vec<(String, String)>,
}

impl Provider {
    /// Returns the form for a program called `program`, whose commands begin with `invocation`.
    pub fn registration_form(&self, program: &str, invocation: &str) -> RegistrationForm {
        let redirect_uri = redirect_uri_to_register(self);
        let fill = |text: &String| text.replace("{program}", program).replace("{redirect_uri}", &redirect_uri);
        let rules = &self.register;
        let notes =
            self.access.map(|access| access.describe(&self.title)).into_iter().chain(self.register_hint.clone());
        let mut fields: Vec<_> = notes.map(|note| ("Note".to_owned(), note)).collect();
        fields.extend(rules.enter.iter().map(|(field, value)| (field.clone(), fill(value))));
        if rules.enter.is_empty() {
            let uri = match self.lacks_callback() {
                true => format!("an https URL that you control, such as {redirect_uri}"),
                false => redirect_uri.clone(),
            };
            fields.push(("Redirect URI".to_owned(), uri));
        }
        if rules.needs_token {
            let command = format!("{invocation} providers register {} --token-stdin", shell_quote(&self.name));
            let instead = format!("if an administrator gave you one, enter nothing here: {command}");
            fields.push(("Initial access token".to_owned(), instead));
        }
        let page = self.register_at.clone();
        let filled_page = page.as_ref().filter(|_| !rules.prefill.is_empty()).and_then(|page| Url::parse(page).ok());
        let filled_page = filled_page.map(|mut url| {
            url.query_pairs_mut().extend_pairs(rules.prefill.iter().map(|(name, value)| (name, fill(value))));
            url.to_string()
        });
        RegistrationForm { page, filled_page, fields }
    }

    /// Returns the client id.
    ///
    /// # Errors
    /// [`Error::NoClientId`] with the page to register at and what to enter there.
    pub fn require_client_id(&self) -> Result<&str> {
        self.client_id.as_deref().ok_or_else(|| self.no_client_id(&[]))
    }

    /// Error for a provider without a client id, and perhaps without some settings.
    pub(super) fn no_client_id(&self, settings: &[&Setting]) -> Error {
        // The hint of the error fills in name and command line of the program.
        let form = self.registration_form("{application}", "{program}");
        let settings = settings.iter().map(|setting| (setting.name.clone(), setting.note.clone()));
        let callback = ("callback".to_owned(), Some("the https redirect URI that you register".to_owned()));
        let settings = settings.chain(self.lacks_callback().then_some(callback));
        Error::NoClientId {
            provider: self.name.clone(),
            register_at: form.page,
            needed: Box::new(ClientNeeds { fields: form.fields, settings: settings.collect() }),
            secret_required: self.secret_needed,
        }
    }

    /// Returns true if a sign-in with the usual scopes needs no registration by the user.
    pub(super) fn registers_itself(&self) -> bool {
        self.client_id.is_some() || self.register.client_id.is_some() || self.has_open_api()
    }

    /// Returns true if an API registers a client for the usual scopes, for anybody.
    pub(super) fn has_open_api(&self) -> bool {
        self.register.api_for(&self.scopes).is_some() && !self.register.needs_token
    }

    /// Returns the name under which a registered client is stored: the issuer, or the token endpoint without one.
    pub fn registration_server(&self) -> Option<&str> {
        self.issuer.as_deref().or(self.endpoints.token.as_deref())
    }

    /// Returns true if the provider accepts no `http` redirect URI and no other is configured.
    pub fn lacks_callback(&self) -> bool {
        self.callback.is_none() && self.redirect.accepts != AcceptedRedirect::Loopback
    }

    /// Rejects a browser sign-in that cannot return: the provider accepts no `http` redirect URI and no other is
    /// configured.
    ///
    /// # Errors
    /// [`Error::Usage`] with the command that stores a callback.
    pub fn check_callback(&self) -> Result<()> {
        // The paste flow needs no listener.
        let is_pasted = self.flow == Some(Flow::Paste) && self.redirect.accepts == AcceptedRedirect::Https;
        if !self.lacks_callback() || is_pasted {
            return Ok(());
        }
        let (name, example) = (shell_quote(&self.name), redirect_uri_to_register(self));
        let add = format!("{{program}} providers add {name} --set {}", shell_quote(&format!("callback={example}")));
        let hint = match self.redirect.accepts {
            AcceptedRedirect::Https => format!(
                "use an https callback on this machine with a certificate\n\
                 ({add} --set callback_certificate=FILE --set callback_key=FILE), or register\n\
                 {} and paste the final URL:\n\
                 {{program}} signin {name} --paste",
                shell_quote(&example)
            ),
            AcceptedRedirect::Loopback | AcceptedRedirect::Domain => add,
        };
        Err(Error::Usage {
            message: format!("`{}` accepts https redirect URIs only, and no callback is configured", self.name),
            hint: Some(hint),
        })
    }
}

/// Port of a redirect URI that is registered with its port: for providers that compare ports (RFC 8252 7.3 says they
/// should not), for https (443 needs privileges), and for a URI without a listener. Below the ranges that Linux (32768)
/// and Windows (49152) use for outgoing connections. Users have registered this port: never change it.
pub const REGISTERED_PORT: u16 = 25519;

/// Returns the redirect URI to register: the one that is sent, without a port if the provider accepts any (RFC 8252
/// 7.3).
pub fn redirect_uri_to_register(provider: &Provider) -> String {
    let RedirectRules { host, path, port, accepts, .. } = &provider.redirect;
    let port = provider.port.or_else(|| (*port == Some(PortRule::Exact)).then_some(REGISTERED_PORT));
    match (&provider.callback, accepts, port) {
        (Some(callback), ..) => callback.clone(),
        (None, AcceptedRedirect::Domain, _) => format!("https://YOUR.DOMAIN{path}"),
        (None, AcceptedRedirect::Https, port) => format!("https://localhost:{}{path}", port.unwrap_or(REGISTERED_PORT)),
        (None, AcceptedRedirect::Loopback, Some(port)) => format!("http://{host}:{port}{path}"),
        (None, AcceptedRedirect::Loopback, None) => format!("http://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AuthEnvironment, ConfiguredProviders, Overrides, resolve, rows};
    use super::*;

    fn form(name: &str) -> RegistrationForm {
        let (configured, environment) = (ConfiguredProviders::default(), AuthEnvironment::default());
        resolve(name, &configured, &environment, &Overrides::default()).expect(name).registration_form("acme", "acme")
    }

    #[test]
    fn form_is_filled_in_where_the_provider_allows() {
        for (name, expected) in [
            (
                "github",
                "https://github.com/settings/applications/new?oauth_application%5Bcallback_url%5D=\
                 http%3A%2F%2F127.0.0.1%2Fcallback&oauth_application%5Bname%5D=acme&\
                 oauth_application%5Burl%5D=http%3A%2F%2F127.0.0.1",
            ),
            (
                "linear",
                "https://linear.app/settings/api/applications/new?distribution=private&oauth.client_name=acme&\
                 oauth.grant_types=authorization_code&oauth.redirect_uris=http%3A%2F%2Flocalhost%3A25519%2Fcallback",
            ),
        ] {
            assert_eq!(form(name).filled_page.as_deref(), Some(expected), "{name}");
        }
        let page = Url::parse(&form("slack").filled_page.expect("a page")).expect("a URL");
        let (_, manifest) = page.query_pairs().find(|(name, _)| name == "manifest_json").expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
        assert_eq!(manifest["oauth_config"]["redirect_urls"][0], "http://localhost:25519/callback");
        assert_eq!(manifest["display_information"]["name"], "acme");
        assert_eq!(form("gitlab").filled_page, None);
    }

    #[test]
    fn form_names_the_field_of_the_redirect_uri() {
        let field = |name: &str| {
            let fields = form(name).fields;
            fields.into_iter().find(|(_, value)| value.contains("://")).map(|(field, _)| field)
        };
        assert_eq!(field("gitlab").as_deref(), Some("Redirect URI"));
        assert_eq!(field("dropbox").as_deref(), Some("Redirect URIs"));
        // A row without fields.
        assert_eq!(field("asana").as_deref(), Some("Redirect URI"));
        // A desktop client of Google has no such field.
        assert_eq!(field("google"), None);
    }

    #[test]
    fn fields_have_only_known_placeholders() {
        for name in rows().names() {
            let row = rows().row(name).expect(name);
            assert!(
                row.register.prefill.is_empty() || row.register_at.is_some(),
                "{name} fills a page it does not know"
            );
            for (field, value) in &row.register.enter {
                assert!(!field.is_empty() && !value.is_empty() && value.len() < 120, "{name}: {field}");
                let placeholder = value.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
                let known = placeholder.is_none_or(|(inner, _)| matches!(inner, "program" | "redirect_uri"));
                assert!(known, "{name}: {value}");
            }
        }
    }
}
