//! What every way that ends with an authorization code shares, the browser's and the pasted one: the request, and from its
//! answer to the stored session.

use ring::rand::SystemRandom;

use super::plan::{OFFLINE, Plan};
use super::{SigninOptions, build_session, keep};
use crate::app::App;
use crate::error::Result;
use crate::oauth::authorization::{self, AuthorizationRequest, AuthorizationSecrets, Code};
use crate::oauth::token;
use crate::session::Session;

/// The request that is under way.
pub struct SentRequest<'a> {
    /// The request.
    pub request: &'a AuthorizationRequest,
    /// Its redirect URI.
    pub redirect_uri: &'a str,
}

/// Writes the request whose answer comes to `redirect_uri`.
pub fn request(prepared: &Plan<'_>, asked: &SigninOptions, redirect_uri: &str) -> Result<AuthorizationRequest> {
    AuthorizationRequest::new(
        prepared.provider,
        prepared.metadata.as_ref(),
        &prepared.client.id,
        &prepared.scopes,
        redirect_uri,
        &authorization::AuthorizationParams {
            login_hint: asked.account.clone().or_else(|| prepared.provider.account.clone()),
            prompt: asked.prompt.clone().or_else(|| consent(prepared)),
            max_age: asked.max_age,
            acr: asked.acr.clone(),
            resource: None,
            params: asked.params.clone(),
        },
        &AuthorizationSecrets::draw(&SystemRandom::new())?,
    )
}

/// A provider may pass over `offline_access` unless the person is asked for consent (OpenID Connect Core 11). What the
/// catalogue's providers want is in their rows.
fn consent(prepared: &Plan<'_>) -> Option<String> {
    let asks = |scope: &str| prepared.scopes.iter().any(|asked| asked == scope);
    let provider = prepared.provider;
    let is_needed = provider.generic && asks("openid") && asks(OFFLINE) && !provider.params.contains_key("prompt");
    is_needed.then(|| "consent".to_owned())
}

/// From the code to the stored session.
pub async fn complete(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    sent: &SentRequest<'_>,
    code: &Code,
) -> Result<Session> {
    let endpoint = &prepared.endpoints.token;
    let answer =
        prepared.http.send_async(token::exchange(prepared.provider, endpoint, &prepared.client, code)?).await?;
    let answer = token::read(&answer, endpoint, prepared.provider)?;
    let bound = build_session::RequestBinding { nonce: sent.request.nonce(), redirect_uri: Some(sent.redirect_uri) };
    let session = build_session::session(app, prepared, asked, &bound, answer).await?;
    keep(app, &session, prepared.place)?;
    Ok(session)
}
