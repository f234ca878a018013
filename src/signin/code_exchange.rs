//! Authorization code exchange, shared by the browser and paste flows: from the request to the stored session.

use ring::rand::SystemRandom;

use super::build_session;
use super::options::SigninOptions;
use super::plan::{OFFLINE_ACCESS, Plan};
use super::save_session::save_session;
use crate::app::App;
use crate::error::Result;
use crate::oauth::authorization::{self, AuthorizationRequest, AuthorizationSecrets, Code};
use crate::oauth::token;
use crate::session::Session;

/// Authorization request in progress.
pub struct SentRequest<'a> {
    pub request: &'a AuthorizationRequest,
    /// Redirect URI of the request.
    pub redirect_uri: &'a str,
}

/// Builds the authorization request for `redirect_uri`.
pub fn request(plan: &Plan<'_>, options: &SigninOptions, redirect_uri: &str) -> Result<AuthorizationRequest> {
    AuthorizationRequest::new(
        plan.provider,
        plan.metadata.as_ref(),
        &plan.client.id,
        &plan.scopes,
        redirect_uri,
        &authorization::AuthorizationParams {
            login_hint: options.account.clone().or_else(|| plan.provider.account.clone()),
            prompt: options.prompt.clone().or_else(|| consent_prompt(plan)),
            max_age: options.max_age,
            acr: options.acr.clone(),
            resource: None,
            params: options.params.clone(),
        },
        &AuthorizationSecrets::generate(&SystemRandom::new())?,
    )
}

/// Returns `consent` if needed: a provider may ignore `offline_access` without a consent prompt (OpenID Connect Core
/// 11). Catalog entries set their own `prompt`.
fn consent_prompt(plan: &Plan<'_>) -> Option<String> {
    let has_scope = |scope: &str| plan.scopes.iter().any(|options| options == scope);
    let provider = plan.provider;
    let is_needed =
        provider.generic && has_scope("openid") && has_scope(OFFLINE_ACCESS) && !provider.params.contains_key("prompt");
    is_needed.then(|| "consent".to_owned())
}

/// Exchanges the code and stores the session.
pub async fn complete(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    sent: &SentRequest<'_>,
    code: &Code,
) -> Result<Session> {
    let endpoint = &plan.endpoints.token;
    let response = plan.http.send_async(token::exchange_request(plan.provider, endpoint, &plan.client, code)?).await?;
    let response = token::parse_response(&response, endpoint, plan.provider)?;
    let bound = build_session::RequestBinding { nonce: sent.request.nonce(), redirect_uri: Some(sent.redirect_uri) };
    let session = build_session::build(app, plan, options, &bound, response).await?;
    save_session(app, &session, plan.store)?;
    Ok(session)
}
