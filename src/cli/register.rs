//! `providers register`: registers an application of the user's at a provider, or says how.

use serde_json::json;

use super::output::Output;
use super::{provider_questions, registration_form};
use crate::app::App;
use crate::catalog::{self, Overrides};
use crate::error::{Error, Result};
use crate::providers::{self, NewProvider};
use crate::sanitize::shell_quote;

/// Register an application at a provider
///
/// A sign-in needs the client ID of an application that is registered at the provider. Shows field by field what to enter
/// at the provider's page, opens the page, and asks for the client ID. The client secret goes to the credential store.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// Provider: a name from the configuration or the catalog
    name: String,
}

pub fn run(app: &App, output: &Output, args: &RegisterArgs) -> Result<()> {
    let name = &args.name;
    let (configured, environment) = (&app.config()?.providers, app.auth_environment());
    let resolved = catalog::resolve(name, configured, &environment, &Overrides::default());
    if let Ok(Some(id)) = resolved.as_ref().map(|provider| &provider.client_id) {
        return Err(Error::Usage {
            message: format!("`{name}` has the client ID `{id}` already"),
            hint: Some(format!("{{program}} signin {}", shell_quote(name))),
        });
    }
    if !app.prompt.can_prompt() {
        return resolved.and_then(|provider| provider.require_client_id().map(drop));
    }
    app.check_new_session_store()?;
    let added = provider_questions::ask(app, name, NewProvider::default())?;
    let provider = providers::add(app, name, &added)?;
    app.prompt.note(&format!("`{}` is configured", provider.name));
    registration_form::show_next_command(app, &provider);
    output.document_if_json(&json!({
        "name": provider.name,
        "kind": "form",
        "client_id": provider.client_id,
        "redirect_uri": catalog::redirect_uri_to_register(&provider),
    }))
}
