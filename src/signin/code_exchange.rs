//! Authorization code exchange, shared by the browser and paste flows: from the request to the stored session.

use ring::rand::SystemRandom;

use super::build_session::{self, RequestBinding};
use super::flow_context::FlowContext;
use crate::error::Result;
use crate::oauth::authorization::{AuthorizationParams, AuthorizationRequest, AuthorizationSecrets, Code};
use crate::oauth::token;
use crate::session::Session;

/// Builds the authorization request for `redirect_uri`.
pub fn request(context: &FlowContext<'_>, redirect_uri: &str) -> Result<AuthorizationRequest> {
    let FlowContext { plan, options, .. } = context;
    AuthorizationRequest::new(
        plan.provider,
        plan.metadata,
        &AuthorizationParams {
            client_id: plan.client.id.clone(),
            scopes: plan.scopes.clone(),
            redirect_uri: redirect_uri.to_owned(),
            login_hint: plan.account.clone(),
            prompt: plan.prompt.clone(),
            max_age: options.max_age,
            acr: options.acr.clone(),
            resource: None,
            params: options.params.clone(),
        },
        &AuthorizationSecrets::generate(&SystemRandom::new())?,
    )
}

/// Exchanges the code and stores the session.
pub async fn complete(context: &FlowContext<'_>, request: &AuthorizationRequest, code: &Code) -> Result<Session> {
    let plan = context.plan;
    let endpoint = &plan.endpoints.token;
    let response = plan.http.send_async(token::exchange_request(plan.provider, endpoint, &plan.client, code)?).await?;
    let response = token::parse_response(&response, endpoint, plan.provider)?;
    let sent = RequestBinding { nonce: request.nonce(), redirect_uri: Some(request.redirect_uri()) };
    build_session::build_and_save(context, &sent, response).await
}
