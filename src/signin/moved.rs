//! Endpoints that stopped working: the metadata of the issuer is read once more, past the cache, so that neither the
//! user's approval nor the sign-in is lost.

use super::flow_context::FlowContext;
use super::plan::Plan;
use crate::app::App;
use crate::error::{Error, Result};
use crate::oauth::discovery::{self, Metadata, ProviderEndpoints};
use crate::oauth::{self, HttpResponse};

/// Current metadata and endpoints of the provider.
pub struct Moved {
    metadata: Metadata,
    pub endpoints: ProviderEndpoints,
}

impl Moved {
    pub fn announce(&self, app: &App) {
        app.prompt.note("the provider's endpoints moved; using its current ones");
    }

    pub fn plan<'p>(&'p self, plan: &Plan<'p>) -> Plan<'p> {
        Plan { metadata: Some(&self.metadata), endpoints: self.endpoints.session.clone(), ..plan.clone() }
    }
}

/// Returns true if the endpoint did not respond, or its page is gone.
pub fn is_gone(outcome: &Result<HttpResponse>) -> bool {
    match outcome {
        Ok(response) => oauth::is_gone(response),
        Err(error) => matches!(error, Error::Network { .. }),
    }
}

/// Reads the metadata if `outcome` says that an endpoint is gone. Returns it if `is_moved` finds another endpoint there.
pub async fn find(
    context: &FlowContext<'_>,
    outcome: &Result<HttpResponse>,
    is_moved: impl Fn(&ProviderEndpoints) -> bool,
) -> Option<Moved> {
    let FlowContext { app, plan, .. } = context;
    // Endpoints of the catalog or the configuration are not looked up.
    if !is_gone(outcome) || plan.metadata.is_none() {
        return None;
    }
    let metadata = app.fresh_metadata_of(&plan.http, plan.provider).await?;
    let endpoints = discovery::resolve_endpoints(plan.provider, Some(&metadata)).ok().filter(is_moved)?;
    Some(Moved { metadata, endpoints })
}
