//! Authorization code exchange, shared by the browser and paste flows: from the request to the stored session.

use ring::rand::SystemRandom;

use super::build_session::{self, RequestBinding};
use super::flow_context::FlowContext;
use super::moved;
use super::plan::Plan;
use crate::error::Result;
use crate::oauth::HttpResponse;
use crate::oauth::authorization::{AuthorizationParams, AuthorizationRequest, AuthorizationSecrets, Code};
use crate::oauth::discovery::ProviderEndpoints;
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
    // The user has approved: no time limit of the sign-in may lose that.
    context.app.http.set_deadline(None);
    let mut outcome = exchange(context.plan, code).await;
    let is_moved = |found: &ProviderEndpoints| found.session.token != context.plan.endpoints.token;
    let moved = moved::find(context, &outcome, is_moved).await;
    let moved_plan = moved.as_ref().map(|moved| moved.plan(context.plan));
    let plan = moved_plan.as_ref().unwrap_or(context.plan);
    if let Some(moved) = &moved {
        moved.announce(context.app);
        outcome = exchange(plan, code).await;
    }
    let response = token::parse_response(&outcome?, &plan.endpoints.token, plan.provider)?;
    let sent = RequestBinding { nonce: request.nonce(), redirect_uri: Some(request.redirect_uri()) };
    build_session::build_and_save(&FlowContext { plan, ..*context }, &sent, response).await
}

async fn exchange(plan: &Plan<'_>, code: &Code) -> Result<HttpResponse> {
    let request = token::exchange_request(plan.provider, &plan.endpoints.token, &plan.client, code)?;
    plan.http.send_async(request).await
}
