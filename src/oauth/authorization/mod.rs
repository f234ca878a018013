//! Authorization request and its redirect: RFC 6749 4.1.1 and 4.1.2, RFC 7636 (PKCE), RFC 9207 (`iss`), OpenID Connect
//! Core 3.1.2.
//!
//! A [`Code`] comes only from [`AuthorizationRequest::validate_callback`], which compares `state`, then `iss`, then
//! reads `error`; the code exchange accepts nothing else. A pasted redirect URL passes the same checks.

mod paste;

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use ring::rand::SecureRandom;

use url::Url;

use super::discovery::{Metadata, issuer_matches, resolve_endpoints};
use super::error_from_code;
use super::request::{self, fill_template, percent_encode};
use crate::catalog::{Pkce, Provider, RequestFormat, is_reserved_param};
use crate::error::{Error, Remedy, Result};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Parameters of one authorization request: those of the client, and those that the user chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationParams {
    pub client_id: String,
    pub scopes: Vec<String>,
    pub redirect_uri: String,
    pub login_hint: Option<String>,
    /// `none`, `login`, `consent`, `select_account`, or a provider-specific value.
    pub prompt: Option<String>,
    pub max_age: Option<Duration>,
    /// Acceptable authentication contexts, separated by spaces.
    pub acr: Option<String>,
    /// Resource indicator (RFC 8707); overrides the provider's.
    pub resource: Option<String>,
    /// Additional parameters; each name has passed [`check_param`].
    pub params: Vec<(String, String)>,
}

/// Rejects the name of an additional parameter that the program sets itself.
pub fn check_param(name: &str) -> Result<()> {
    if is_reserved_param(name) {
        return Err(Error::usage(format!("`{}` is set by the program itself", sanitize_untrusted(name))));
    }
    match name.is_empty() || name.chars().any(char::is_control) {
        true => Err(Error::usage("a parameter name is empty or has control characters")),
        false => Ok(()),
    }
}

/// Rejects an authorization endpoint whose query sets a parameter of the request: RFC 6749 3.1 allows each parameter
/// once, and a server could use the endpoint's value instead. A catalog entry may have `{client_id}` there.
fn check_endpoint_query(endpoint: &str) -> Result<()> {
    let query = endpoint.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query_pairs(query);
    match pairs.find(|(name, value)| is_reserved_param(name) && value != "{client_id}") {
        Some((name, _)) => Err(Error::check_with(
            Remedy::Endpoint,
            format!(
                "the authorization endpoint already has the parameter `{}` of the request (RFC 6749 3.1)",
                sanitize_untrusted(&name)
            ),
        )),
        None => Ok(()),
    }
}

/// Unguessable values, 256 bits each (RFC 6749 10.10, RFC 7636 7.1).
pub struct AuthorizationSecrets {
    pub state: [u8; 32],
    /// PKCE verifier: proves to the token endpoint that this client made the request.
    pub verifier: [u8; 32],
    pub nonce: [u8; 32],
}

impl AuthorizationSecrets {
    /// Generates the values from `source`.
    pub fn generate(source: &dyn SecureRandom) -> Result<Self> {
        let mut secrets = Self { state: [0; 32], verifier: [0; 32], nonce: [0; 32] };
        for bytes in [&mut secrets.state, &mut secrets.verifier, &mut secrets.nonce] {
            source.fill(bytes).map_err(Error::no_random_numbers)?;
        }
        Ok(secrets)
    }
}

/// Authorization request: its URL, and the values that validate its callback.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    provider: String,
    url: Secret,
    state: Secret,
    verifier: Option<Secret>,
    nonce: Option<Secret>,
    redirect_uri: RedirectUrl,
    issuer: Option<String>,
    tenant_issuer: bool,
    iss_required: bool,
    resource: Option<String>,
}

/// Authorization code with valid `state` and `iss`, and the values for its exchange.
#[derive(Debug)]
pub struct Code {
    pub(super) code: Secret,
    pub(super) verifier: Option<Secret>,
    pub(super) redirect_uri: RedirectUrl,
    pub(super) resource: Option<String>,
}

impl AuthorizationRequest {
    /// Builds the request.
    ///
    /// Later sources override earlier ones: the catalog entry, [`AuthorizationParams::params`], the other fields of
    /// `requested`.
    ///
    /// # Errors
    /// [`Error::Check`] if there is no valid authorization endpoint, [`Error::Usage`] if the redirect URI is not a URL
    /// or a parameter is reserved.
    pub fn new(
        provider: &Provider,
        metadata: Option<&Metadata>,
        requested: &AuthorizationParams,
        secrets: &AuthorizationSecrets,
    ) -> Result<Self> {
        let AuthorizationParams { client_id, scopes, redirect_uri, .. } = requested;
        let state = encode_random(&secrets.state);
        let verifier = (provider.pkce != Pkce::No).then(|| encode_random(&secrets.verifier));
        let nonce = provider.nonce != Some(false) && scopes.iter().any(|scope| scope == "openid");
        let nonce = nonce.then(|| encode_random(&secrets.nonce));
        let resource = requested.resource.clone().or_else(|| provider.resource.clone());

        let missing =
            || Error::check_with(Remedy::Endpoint, format!("`{}` has no authorization endpoint", provider.name));
        let endpoint = resolve_endpoints(provider, metadata)?.authorization.ok_or_else(missing)?;
        check_endpoint_query(&endpoint)?;
        let endpoint = fill_template(&endpoint, &[("client_id", client_id.as_str())], percent_encode);
        let endpoint = AuthUrl::new(endpoint)
            .map_err(|_| Error::check_with(Remedy::Endpoint, "the authorization endpoint is not a URL"))?;
        let client = BasicClient::new(ClientId::new(client_id.clone())).set_auth_uri(endpoint);
        let invalid_redirect =
            |_| Error::usage(format!("the redirect URI `{}` is not a URL", sanitize_untrusted(redirect_uri)));
        let redirect = RedirectUrl::new(redirect_uri.clone()).map_err(invalid_redirect)?;

        let sent_state = state.expose().to_owned();
        let mut request =
            client.authorize_url(move || CsrfToken::new(sent_state)).set_redirect_uri(Cow::Borrowed(&redirect));
        if !scopes.is_empty() {
            // All scopes as one: the crate joins scopes with a space, and not every provider does.
            request = request.add_scope(Scope::new(scopes.join(&provider.scope_separator)));
        }
        if let Some(verifier) = &verifier {
            let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
            request = request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        let challenge = verifier.as_ref().and_then(|verifier| custom_challenge(provider.pkce, verifier));
        for (name, value) in extra_params(provider, requested, resource.as_deref(), nonce.as_ref())? {
            request = request.add_extra_param(name, value);
        }
        Ok(Self {
            provider: provider.name.clone(),
            url: Secret::new(apply_format(request.url().0, provider, client_id, challenge)),
            state,
            verifier,
            nonce,
            redirect_uri: redirect,
            issuer: metadata.map(|metadata| metadata.issuer.clone()).or_else(|| provider.issuer.clone()),
            tenant_issuer: provider.tenant_issuer,
            iss_required: metadata.is_some_and(|metadata| metadata.authorization_response_iss_parameter_supported),
            resource,
        })
    }

    /// URL for the user's browser. Contains `state`: may go to the terminal and the local redirect, never into an
    /// argument list.
    pub fn url(&self) -> &Secret {
        &self.url
    }

    /// `nonce` that the ID token must repeat; `None` if none was sent.
    pub fn nonce(&self) -> Option<&Secret> {
        self.nonce.as_ref()
    }

    /// Redirect URI as sent.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Returns true if the redirect query has the `state` of this request, exactly once. The comparison takes constant
    /// time.
    pub fn matches_state(&self, raw_query: &str) -> bool {
        let mut states = query_pairs(raw_query).filter(|(name, _)| name == "state");
        match (states.next(), states.next()) {
            (Some((_, state)), None) => self.state.matches(&state),
            _ => false,
        }
    }

    /// Validates the redirect query: `state`, then `iss` (RFC 9207 2.4), then `error`, then `code`.
    ///
    /// # Errors
    /// [`Error::Check`] if `state` or `iss` is wrong or the query is malformed; for an `error` see [`error_from_code`].
    pub fn validate_callback(&self, raw_query: &str) -> Result<Code> {
        if !self.matches_state(raw_query) {
            return Err(Error::check_with(
                Remedy::SignInAgain,
                "the `state` of the callback is missing or does not match the request",
            ));
        }
        let issuer = single_param(raw_query, "iss")?;
        self.check_issuer(issuer.as_deref())?;
        let description = single_param(raw_query, "error_description")?;
        if let Some(code) = single_param(raw_query, "error")?.filter(|code| !code.is_empty()) {
            return Err(error_from_code(&self.provider, None, &code, description.as_deref()));
        }
        // django-oauth-toolkit promises `iss` and omits it from errors: the terminal must still show that the user
        // declined, and an error without `iss` only ends this sign-in. A code always requires the promised `iss`.
        if issuer.is_none() && self.iss_required {
            return Err(Error::check("the callback has no `iss`, which this provider promises to send"));
        }
        match single_param(raw_query, "code")?.filter(|code| !code.is_empty()) {
            Some(code) => Ok(self.code(Secret::new(code))),
            None => Err(Error::check_with(Remedy::SignInAgain, "the callback has neither `code` nor `error`")),
        }
    }

    /// Code that nobody issued, for a request that only shows if the client is accepted.
    pub fn unissued_code(&self, source: &dyn SecureRandom) -> Result<Code> {
        let mut bytes = [0; 32];
        source.fill(&mut bytes).map_err(Error::no_random_numbers)?;
        Ok(self.code(encode_random(&bytes)))
    }

    fn code(&self, code: Secret) -> Code {
        Code {
            code,
            verifier: self.verifier.clone(),
            redirect_uri: self.redirect_uri.clone(),
            resource: self.resource.clone(),
        }
    }

    fn check_issuer(&self, found: Option<&str>) -> Result<()> {
        match (found, &self.issuer) {
            (Some(found), Some(expected)) if self.tenant_issuer && issuer_matches(expected, found) => Ok(()),
            (Some(found), Some(expected)) if found == expected => Ok(()),
            (Some(found), Some(expected)) => Err(Error::check_with(
                Remedy::SignInAgain,
                format!(
                    "the callback is from issuer `{}`, expected `{}`",
                    sanitize_untrusted(found),
                    sanitize_untrusted(expected)
                ),
            )),
            (_, _) => Ok(()),
        }
    }
}

/// PKCE challenge for a catalog entry that deviates from S256 of RFC 7636.
fn custom_challenge(pkce: Pkce, verifier: &Secret) -> Option<(String, &'static str)> {
    match pkce {
        Pkce::S256 | Pkce::Yes | Pkce::No => None,
        Pkce::Hex => {
            let digest = ring::digest::digest(&ring::digest::SHA256, verifier.expose().as_bytes());
            Some((digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect(), "S256"))
        }
        Pkce::Plain => Some((verifier.expose().to_owned(), "plain")),
    }
}

/// Applies the parameter names and values of the catalog entry to the URL.
fn apply_format(mut url: Url, provider: &Provider, client_id: &str, challenge: Option<(String, &str)>) -> String {
    let message = &provider.quirks.authorize;
    if *message == RequestFormat::default() && challenge.is_none() {
        return url.into();
    }
    let mut params: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if let Some((challenge, method)) = challenge {
        params.retain(|(name, _)| !name.starts_with("code_challenge"));
        params.extend(
            [("code_challenge", challenge.as_str()), ("code_challenge_method", method)]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
    }
    let params = params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs = request::apply_format(params, message, &[("client_id", client_id)]);
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.into()
}

fn encode_random(bytes: &[u8; 32]) -> Secret {
    Secret::new(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn extra_params(
    provider: &Provider,
    requested: &AuthorizationParams,
    resource: Option<&str>,
    nonce: Option<&Secret>,
) -> Result<Vec<(String, String)>> {
    let row = provider.params.iter().map(|(name, value)| (name.clone(), value.clone()));
    let mut params: Vec<(String, String)> = row.collect();
    let set = |params: &mut Vec<(String, String)>, name: &str, value: &str| {
        params.retain(|(known, _)| known != name);
        params.push((name.to_owned(), value.to_owned()));
    };
    for (name, value) in &requested.params {
        set(&mut params, name, value);
    }
    for (name, _) in &params {
        check_param(name)?;
    }
    let max_age = requested.max_age.map(|age| age.as_secs().to_string());
    for (name, value) in [
        ("login_hint", requested.login_hint.as_deref()),
        ("prompt", requested.prompt.as_deref()),
        ("max_age", max_age.as_deref()),
        ("acr_values", requested.acr.as_deref()),
        ("resource", resource),
        ("nonce", nonce.map(Secret::expose)),
    ] {
        if let Some(value) = value {
            set(&mut params, name, value);
        }
    }
    Ok(params)
}

fn query_pairs(raw_query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    url::form_urlencoded::parse(raw_query.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned()))
}

/// Value of a parameter that may occur only once (RFC 6749 3.1).
fn single_param(raw_query: &str, name: &str) -> Result<Option<String>> {
    let mut found = query_pairs(raw_query).filter(|(known, _)| known == name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first.map(|(_, value)| value)),
        _ => Err(Error::check_with(Remedy::SignInAgain, format!("the callback has `{name}` more than once"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{ISSUER, field, metadata, provider};
    use super::*;

    pub(super) const REDIRECT: &str = "http://127.0.0.1:4711/callback/";

    fn secrets() -> AuthorizationSecrets {
        AuthorizationSecrets { state: [1; 32], verifier: [2; 32], nonce: [3; 32] }
    }

    pub(super) fn request_with(
        provider: &Provider,
        metadata: Option<&Metadata>,
        scopes: &[&str],
        requested: &AuthorizationParams,
    ) -> AuthorizationRequest {
        let requested = AuthorizationParams {
            client_id: "client".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            redirect_uri: REDIRECT.to_owned(),
            ..requested.clone()
        };
        AuthorizationRequest::new(provider, metadata, &requested, &secrets()).unwrap()
    }

    pub(super) fn request(provider: &Provider, metadata: Option<&Metadata>) -> AuthorizationRequest {
        request_with(provider, metadata, &["openid"], &AuthorizationParams::default())
    }

    fn params(request: &AuthorizationRequest) -> Vec<(String, String)> {
        Url::parse(request.url().expose()).unwrap().query_pairs().into_owned().collect()
    }

    pub(super) fn query(request: &AuthorizationRequest, rest: &str) -> String {
        format!("state={}&{rest}", request.state.expose())
    }

    fn rejected(request: &AuthorizationRequest, rest: &str) -> Error {
        request.validate_callback(&query(request, rest)).unwrap_err()
    }

    #[test]
    fn endpoint_that_sets_a_request_parameter_is_rejected() {
        let of = |endpoint: &str| {
            let mut row = provider();
            row.endpoints.authorization = Some(endpoint.to_owned());
            let (client_id, redirect_uri) = ("id".to_owned(), "http://127.0.0.1/callback".to_owned());
            let params = AuthorizationParams { client_id, redirect_uri, ..AuthorizationParams::default() };
            AuthorizationRequest::new(&row, None, &params, &secrets())
        };
        for query in
            ["redirect_uri=https://evil.example", "a=b&Client_ID=x", "state=", "request_uri=urn:x", "code_challenge=x"]
        {
            let error = of(&format!("https://id.example/authorize?{query}")).unwrap_err();
            assert!(matches!(error, Error::Check { .. }), "{query}: {error}");
        }
        for query in ["", "tenant=a", "client={client_id}"] {
            assert!(of(&format!("https://id.example/authorize?{query}")).is_ok(), "{query}");
        }
    }

    #[test]
    fn request_has_the_rfc_parameters() {
        let request = request_with(&provider(), None, &["openid", "email"], &AuthorizationParams::default());
        let params = params(&request);
        assert!(request.url().expose().starts_with("https://id.example/authorize?"));
        let verifier = request.verifier.as_ref().unwrap().expose();
        let challenge = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        for (name, value) in [
            ("response_type", "code"),
            ("client_id", "client"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid email"),
            ("state", request.state.expose()),
            ("nonce", request.nonce().unwrap().expose()),
            ("code_challenge_method", "S256"),
            ("code_challenge", &BASE64_URL_SAFE_NO_PAD.encode(challenge)),
        ] {
            assert_eq!(field(&params, name), Some(value), "{name}");
        }
        assert_eq!(params.len(), 8);
        // RFC 7636 4.1: 43 to 128 unreserved characters.
        assert_eq!(verifier.len(), 43);
        assert!(verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
    }

    #[test]
    fn nonce_requires_openid_and_entry_can_disable_pkce() {
        let mut row = provider();
        row.pkce = Pkce::No;
        row.scope_separator = ",".into();
        let request = request_with(&row, None, &["read:user", "openid2"], &AuthorizationParams::default());
        let params = params(&request);
        assert_eq!(field(&params, "scope"), Some("read:user,openid2"));
        for gone in ["nonce", "code_challenge", "code_challenge_method"] {
            assert_eq!(field(&params, gone), None, "{gone}");
        }
        assert!(request.nonce().is_none());
        let code = request.validate_callback(&query(&request, "code=c")).unwrap();
        assert!(code.verifier.is_none());
        assert_eq!(
            field(&super::tests::params(&request_with(&row, None, &[], &AuthorizationParams::default())), "scope"),
            None
        );
    }

    #[test]
    fn catalog_entry_formats_the_request() {
        let mut row = provider();
        row.endpoints.authorization = Some("https://id.example/{client_id}/authorize?a=b".into());
        row.quirks.authorize.names = [("client_id".into(), "client_key".into())].into();
        row.quirks.authorize.params = [("response_type".into(), "auth_code".into())].into();
        row.nonce = Some(false);
        let request = request(&row, None);
        assert!(request.url().expose().starts_with("https://id.example/client/authorize?a=b&"));
        let params = params(&request);
        for (name, value) in [
            ("client_key", Some("client")),
            ("client_id", None),
            ("response_type", Some("auth_code")),
            ("scope", Some("openid")),
            ("state", Some(request.state.expose())),
            ("nonce", None),
        ] {
            assert_eq!(field(&params, name), value, "{name}");
        }
        assert!(request.nonce().is_none());
    }

    #[test]
    fn catalog_entry_changes_the_pkce_challenge() {
        for (pkce, method, length) in [(Pkce::Hex, "S256", 64), (Pkce::Plain, "plain", 43)] {
            let mut row = provider();
            row.pkce = pkce;
            let request = request(&row, None);
            let params = params(&request);
            let challenge = field(&params, "code_challenge").unwrap();
            assert_eq!(field(&params, "code_challenge_method"), Some(method));
            assert_eq!(challenge.len(), length);
            assert_eq!(challenge == request.verifier.as_ref().unwrap().expose(), pkce == Pkce::Plain);
        }
    }

    #[test]
    fn requested_params_override_the_entry() {
        let mut row = provider();
        row.endpoints.authorization = Some("https://id.example/authorize?tenant=7".into());
        row.params = [("prompt", "consent"), ("access_type", "offline")].map(|(k, v)| (k.into(), v.into())).into();
        row.resource = Some("https://row.example".into());
        let requested = AuthorizationParams {
            login_hint: Some("a b&c=d".into()),
            prompt: Some("login".into()),
            max_age: Some(Duration::from_secs(90)),
            acr: Some("gold silver".into()),
            resource: Some("https://api.example".into()),
            params: vec![("access_type".into(), "online".into()), ("hd".into(), "x.example".into())],
            ..AuthorizationParams::default()
        };
        let request = request_with(&row, None, &[], &requested);
        let params = params(&request);
        for (name, value) in [
            ("tenant", "7"),
            ("prompt", "login"),
            ("access_type", "online"),
            ("login_hint", "a b&c=d"),
            ("max_age", "90"),
            ("acr_values", "gold silver"),
            ("resource", "https://api.example"),
            ("hd", "x.example"),
        ] {
            assert_eq!(field(&params, name), Some(value), "{name}");
        }
        assert_eq!(
            request.validate_callback(&query(&request, "code=c")).unwrap().resource.as_deref(),
            Some("https://api.example")
        );
    }

    #[test]
    fn reserved_params_are_rejected() {
        for name in [
            "client_id",
            "response_type",
            "response_mode",
            "redirect_uri",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "request",
            "request_uri",
            "State",
            "",
            "a\nb",
        ] {
            assert_eq!(check_param(name).unwrap_err().exit_code(), 2, "{name}");
            let requested = AuthorizationParams {
                client_id: "client".into(),
                redirect_uri: REDIRECT.into(),
                params: vec![(name.into(), "x".into())],
                ..AuthorizationParams::default()
            };
            assert!(AuthorizationRequest::new(&provider(), None, &requested, &secrets()).is_err());
        }
        check_param("access_type").unwrap();
    }

    #[test]
    fn state_must_match_exactly_once() {
        let request = request(&provider(), None);
        let state = request.state.expose();
        assert!(request.matches_state(&format!("code=c&state={state}")));
        for other in [
            String::new(),
            "code=c".into(),
            "code=c&state=".into(),
            "state=x&code=c".into(),
            format!("state={state}x&code=c"),
            format!("state={}&code=c", &state[1..]),
            format!("state={state}&state={state}&code=c"),
            format!("state=x&state={state}&code=c"),
            format!("STATE={state}&code=c"),
        ] {
            assert!(!request.matches_state(&other), "{other}");
            assert_eq!(request.validate_callback(&other).unwrap_err().exit_code(), 1, "{other}");
        }
    }

    #[test]
    fn valid_callback_returns_the_code() {
        let request = request(&provider(), Some(&metadata()));
        let code = request
            .validate_callback(&query(&request, "code=a%2Fb+c&iss=https%3A%2F%2Fid.example&session_state=1"))
            .unwrap();
        assert_eq!(code.code.expose(), "a/b c");
        assert_eq!(*code.redirect_uri, REDIRECT);
        assert_eq!(code.verifier.unwrap().expose(), request.verifier.as_ref().unwrap().expose());
    }

    #[test]
    fn iss_must_match_in_success_and_error() {
        let known = request(&provider(), Some(&metadata()));
        for rest in ["code=c", "error=access_denied"] {
            for iss in ["https://evil.example", "https://id.example/", "https://ID.example", ""] {
                let error = rejected(&known, &format!("{rest}&iss={iss}"));
                assert_eq!(error.exit_code(), 1, "{rest} {iss}");
                assert!(error.to_string().contains("issuer"), "{error}");
            }
        }
        let mut nameless = provider();
        nameless.issuer = None;
        let unknown = request(&nameless, None);
        assert!(unknown.validate_callback(&query(&unknown, "code=c&iss=https://any.example")).is_ok());
    }

    #[test]
    fn code_without_iss_is_rejected_if_iss_was_promised() {
        let silent = request(&provider(), Some(&metadata()));
        assert!(silent.validate_callback(&query(&silent, "code=c")).is_ok());
        let metadata = Metadata { authorization_response_iss_parameter_supported: true, ..metadata() };
        let promised = request(&provider(), Some(&metadata));
        for (rest, exit) in
            [("code=c", 1), ("error=access_denied", 4), ("error=access_denied&iss=https://evil.example", 1)]
        {
            assert_eq!(rejected(&promised, rest).exit_code(), exit, "{rest}");
        }
        assert!(promised.validate_callback(&query(&promised, &format!("code=c&iss={ISSUER}"))).is_ok());
    }

    #[test]
    fn tenant_issuer_matches_if_the_entry_allows_it() {
        let mut row = provider();
        let metadata = Metadata { issuer: "https://ms.example/{tenantid}/v2.0".into(), ..metadata() };
        let iss = |iss: &str| format!("code=c&iss={iss}");
        let strict = request(&row, Some(&metadata));
        assert!(strict.validate_callback(&query(&strict, &iss("https://ms.example/9188040d-6c67/v2.0"))).is_err());
        row.tenant_issuer = true;
        let tolerant = request(&row, Some(&metadata));
        assert!(tolerant.validate_callback(&query(&tolerant, &iss("https://ms.example/9188040d-6c67/v2.0"))).is_ok());
        for wrong in ["https://ms.example//v2.0", "https://ms.example/a/b/v2.0", "https://evil.example/a/v2.0"] {
            assert!(tolerant.validate_callback(&query(&tolerant, &iss(wrong))).is_err(), "{wrong}");
        }
    }

    #[test]
    fn malformed_callbacks_are_failed_checks() {
        let request = request(&provider(), None);
        for rest in ["", "code=", "code=a&code=b", "code=a&iss=x&iss=x", "error=a&error=b", "Code=x"] {
            assert_eq!(rejected(&request, rest).exit_code(), 1, "{rest}");
        }
    }

    #[test]
    fn error_overrides_code_and_is_sanitized() {
        let request = request(&provider(), None);
        let error = rejected(&request, "code=c&error=access_denied&error_description=no%1b%5B2J%0Aentry");
        assert_eq!(error.exit_code(), 4);
        assert_eq!(error.to_string(), "`acme` denied access: no[2J entry");
        assert!(request.validate_callback(&query(&request, "code=c&error=")).is_ok());
    }

    #[test]
    fn debug_hides_secrets() {
        let request = request(&provider(), None);
        let code = request.validate_callback(&query(&request, "code=hush")).unwrap();
        let shown = format!("{request:?} {code:?}");
        for secret in
            [request.state.expose(), request.verifier.as_ref().unwrap().expose(), "hush", "https://id.example/"]
        {
            assert!(!shown.contains(secret), "{secret}");
        }
    }

    #[test]
    fn secrets_differ_each_time() {
        let source = ring::rand::SystemRandom::new();
        let (a, b) =
            (AuthorizationSecrets::generate(&source).unwrap(), AuthorizationSecrets::generate(&source).unwrap());
        assert_ne!(a.state, b.state);
        assert_ne!(a.state, a.verifier);
        assert_ne!(a.verifier, a.nonce);
    }
}
