//! Check of a client from an earlier registration before the browser opens: servers forget clients, and their error page
//! returns nothing to this program (supabase/mcp#355).

use std::time::Duration;

use super::client_registration::ReplacementReason;
use super::code_exchange;
use super::flow_context::FlowContext;
use super::options::SigninOptions;
use super::plan::{Plan, PlannedFlow};
use super::target::Target;
use crate::app::App;
use crate::error::Result;
use crate::oauth::client_rejection::{self, ClientStanding};

/// A slow page says nothing, and the user waits.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends the authorization request of a browser once, without following redirects, if nothing else has confirmed the
/// client. The response is read for the client only: a code in it is dropped.
pub fn standing(app: &App, target: &mut Target<'_>, options: &SigninOptions) -> Result<ClientStanding> {
    match &target.registered {
        Some(registered) if registered.is_reused && !registered.is_confirmed => match registered.rejects_checks {
            true => Ok(ClientStanding::Unclear),
            false => ask(app, target, options),
        },
        _ => Ok(ClientStanding::Known),
    }
}

/// Registers a client in place of one that the provider has forgotten, as it seems, and asks about the new one. The same
/// answer for a client that is new means that such a check says nothing: the next sign-in sends none.
pub fn replace(app: &App, target: &mut Target<'_>, options: &SigninOptions) -> Result<()> {
    app.prompt.note("the provider no longer knows the registered client; registering a new client");
    loop {
        target.replace_client(app, options, ReplacementReason::Unknown)?;
        if ask(app, target, options)? != ClientStanding::Unknown {
            return Ok(());
        }
        if !target.registered.as_ref().is_some_and(|registered| registered.is_reused) {
            target.ignore_client_checks(app);
            return Ok(());
        }
    }
}

fn ask(app: &App, target: &mut Target<'_>, options: &SigninOptions) -> Result<ClientStanding> {
    let Some(registered) = &target.registered else { return Ok(ClientStanding::Known) };
    let redirect_uri = target.redirect.pasted(&registered.ports);
    let plan = Plan::new(app, target, options)?;
    if matches!(plan.flow, PlannedFlow::Device(_)) {
        // Its first request tells, before the user is involved.
        return Ok(ClientStanding::Known);
    }
    let context = FlowContext { app, plan: &plan, options, picker: None };
    let request = code_exchange::request(&context, &redirect_uri)?;
    app.prompt.detail("checking that the provider still knows the registered client");
    let response = plan.http.with_timeout(TIMEOUT).send(client_rejection::request(request.url())?);
    let standing = |response| client_rejection::parse_response(&response, &redirect_uri);
    Ok(response.map_or(ClientStanding::Unclear, standing))
}
