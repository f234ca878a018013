//! `signin --with-token`: stores an access token that the user has from elsewhere, such as a personal access token.
//!
//! Such a session has no client: nothing can refresh or revoke it. It never becomes the default beside another session
//! and never takes over a name.

use super::account::{self, Identity};
use super::allow_list;
use super::discovery::ProviderDiscovery;
use crate::app::{App, runtime};
use crate::catalog::Provider;
use crate::error::{Error, Remedy, Result};
use crate::identity;
use crate::oauth::token;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::{
    Account, Client, ClientAuth, ClientOrigin, Endpoints, EventKind, Session, SessionInfo, SessionKey, SessionQuirks,
    TokenHeader, Tokens,
};

/// Options of a sign-in with a token.
#[derive(Debug, Default)]
pub struct TokenSigninOptions {
    /// Expected account.
    pub account: Option<String>,
    /// Name that the user gives to the session.
    pub label: Option<String>,
    /// Do not ask the provider who the user is.
    pub no_check: bool,
}

/// Stores `token` as a session of `provider`.
///
/// # Errors
/// [`Error::Usage`] for a token with other characters or a provider without profile, [`Error::Denied`] if the provider
/// rejects the token, [`Error::WrongAccount`], [`Error::Network`], [`Error::Store`]. Nothing is stored on error.
pub fn signin_with_token(
    app: &App,
    provider: &Provider,
    token: Secret,
    options: &TokenSigninOptions,
) -> Result<SessionInfo> {
    token::check_typed_token(&token)?;
    let store = app.new_session_store()?;
    let mut session = session(app, provider, token);
    let profile = match options.no_check {
        true => None,
        false => {
            session.endpoints.userinfo = Some(profile_endpoint(app, provider)?);
            Some(app.fetch_profile(&session).map_err(|error| rejected(provider, error))?)
        }
    };
    let account = identity::build_account(&provider.profile, None, profile.as_ref());
    allow_list::check(provider, &account, None, profile.as_ref())?;
    let identity = Identity { account: &account, claims: None, profile: profile.as_ref(), any_tenant: false };
    let expected = options.account.as_ref().or(provider.account.as_ref());
    account::check_expected(provider, expected, &identity, options.label.as_ref())?;
    name(&mut session, account, options.label.clone());
    let info = session.info(store);
    check_name_is_free(app, &info)?;
    account::check_label_is_free(app, &info)?;
    runtime::run(app.save_signin(&session, store))?;
    app.record_event(EventKind::SignedIn, &info);
    Ok(info)
}

/// Session without a client and, so far, without an account.
fn session(app: &App, provider: &Provider, access_token: Secret) -> Session {
    let now = app.now();
    let authority = provider.issuer.as_ref().or(provider.endpoints.token.as_ref()).unwrap_or(&provider.name);
    Session {
        key: SessionKey {
            app: app.name.clone(),
            authority: authority.clone(),
            client_id: String::new(),
            resource: provider.resource.clone(),
            subject: None,
            label: None,
        },
        provider: provider.name.clone(),
        earlier_of: None,
        account: Account { subject: None, name: String::new(), email: None },
        label: None,
        issuer: provider.issuer.clone(),
        tenant_template: None,
        endpoints: Endpoints {
            token: provider.endpoints.token.clone().unwrap_or_default(),
            revocation: None,
            userinfo: None,
            end_session: None,
            jwks: provider.endpoints.jwks.clone(),
            from_metadata: Vec::new(),
        },
        client: Client { id: String::new(), secret: None, auth: ClientAuth::None, origin: ClientOrigin::Configured },
        scopes: Vec::new(),
        scopes_requested: Vec::new(),
        scope_separator: provider.scope_separator.clone(),
        refresh_params: Vec::new(),
        ca_file: provider.ca_file.clone(),
        id_token_hmac: false,
        quirks: quirks(provider),
        speaks_mcp: false,
        services: provider.services.clone(),
        tokens: Tokens {
            access_token,
            token_type: None,
            refresh_token: None,
            id_token: None,
            expires_at: None,
            refresh_expires_at: None,
            received_at: now,
        },
        derived: Vec::new(),
        signed_in_at: now,
    }
}

/// What the row says about a token that the user made: unless its profile request places the token elsewhere, the same
/// header as for the API.
fn quirks(provider: &Provider) -> SessionQuirks {
    let (mut userinfo, token_header) = (provider.quirks.userinfo.clone(), provider.quirks.token_header.clone());
    let places_token = userinfo.texts().any(|text| text.contains("{access_token}"));
    if let Some(TokenHeader { name, value }) = token_header.clone().filter(|_| !places_token) {
        userinfo.headers.insert(name, value);
    }
    SessionQuirks { userinfo, token_header, ..SessionQuirks::default() }
}

/// URL of the profile, from the row, the configuration or the provider's metadata.
fn profile_endpoint(app: &App, provider: &Provider) -> Result<String> {
    let flag = |error: Error| Error::Blocked {
        cause: Box::new(error),
        alternative: format!("{{program}} signin {} --with-token --no-check", shell_quote(&provider.name)),
    };
    let known = provider.quirks.userinfo.endpoint.as_ref().or(provider.endpoints.userinfo.as_ref());
    let found = match known {
        Some(endpoint) => Some(endpoint.clone()),
        None if provider.discover => {
            ProviderDiscovery::new(app, provider)?.find(|metadata| &metadata.userinfo_endpoint).map_err(flag)?
        }
        None => None,
    };
    // A URL with fields of a token response cannot be filled without one.
    let texts = provider.quirks.userinfo.texts().chain(found.as_deref());
    let needs_response = texts.into_iter().any(|text| text.contains("{reply."));
    found.filter(|_| !needs_response).ok_or_else(|| {
        flag(Error::usage(format!("`{}` has no endpoint that tells whose token this is", provider.name)))
    })
}

/// A token that the provider does not take is no session that has ended.
fn rejected(provider: &Provider, error: Error) -> Error {
    match error {
        Error::ReauthenticationRequired { .. } => {
            Error::denied(Remedy::NewToken, format!("`{}` rejected the token; nothing was stored", provider.name))
        }
        error => error,
    }
}

/// Names the session after its account, or by the label.
pub fn name(session: &mut Session, account: Account, label: Option<String>) {
    session.key.subject.clone_from(&account.subject);
    session.account = account;
    if let Some(label) = label {
        session.key.label = Some(label.clone()).filter(|_| session.key.subject.is_none());
        session.account.name.clone_from(&label);
        session.label = Some(label);
    }
}

/// Fails if another session has the name: a name always means one session.
fn check_name_is_free(app: &App, new: &SessionInfo) -> Result<()> {
    let name = shell_quote(&new.provider);
    let of_provider = app.sessions.list()?.sessions.into_iter().map(|listed| listed.info);
    for other in of_provider.filter(|info| info.provider == new.provider && info.id != new.id) {
        if !new.shares_name_with(&other, &app.name) {
            return Err(Error::Usage {
                message: format!("`{}` is signed in at another issuer or for another resource", new.provider),
                hint: Some(format!("{{program}} signout {name}")),
            });
        }
        if new.label.is_none() && other.account.matches_name(&new.account.name) {
            return Err(Error::Usage {
                message: format!("`{}` is already signed in to `{}`; name the token", new.account.name, new.provider),
                hint: Some(format!("{{program}} signin {name} --with-token --label NAME")),
            });
        }
    }
    Ok(())
}
