//! `providers register`: registers an application of the user's at a provider, or says how.

use serde_json::json;

use super::github_app_questions::{self, AppArgs};
use super::output::Output;
use super::registration_form::PageOpening;
use super::secret_input::token_from_user;
use super::{provider_questions, registration_form};
use crate::app::App;
use crate::catalog::{self, Overrides, Provider};
use crate::error::{Error, Result};
use crate::providers::{self, MissingSettings, NewProvider};
use crate::sanitize::shell_quote;
use crate::signin::{self, SigninOptions};

/// Register an application at a provider
///
/// A sign-in needs the client ID of an application that is registered at the provider. Where the provider has an API for
/// that, uses it. At GitHub, creates a GitHub App with two clicks in the browser. Elsewhere shows field by field what to
/// enter, opens the provider's page, and asks for the client ID. The client secret goes to the credential store.
#[derive(Debug, clap::Args)]
pub struct RegisterArgs {
    /// Provider: a name from the configuration or the catalog, or an https:// URL
    name: String,
    /// Use the provider's form, such as the one for an OAuth app of GitHub with its scopes
    #[arg(long, conflicts_with_all = ["permission", "organization", "token_stdin"])]
    form: bool,
    #[command(flatten)]
    github_app: AppArgs,
    /// Read an initial access token of an administrator from stdin (RFC 7591)
    #[arg(long)]
    token_stdin: bool,
}

pub fn run(app: &App, output: &Output, args: &RegisterArgs) -> Result<()> {
    let name = &args.name;
    let (configured, environment) = (&app.config()?.providers, app.auth_environment());
    let resolved = catalog::resolve(name, configured, &environment, &Overrides::default());
    if let Ok(provider) = &resolved
        && let Some(id) = &provider.client_id
    {
        return report_known(app, output, provider, id);
    }
    if matches!(resolved, Err(Error::UnknownProvider { .. })) && !app.prompt.can_prompt() {
        return resolved.map(drop);
    }
    let token = args.token_stdin.then(|| token_from_user(app, "initial access token", name)).transpose()?;
    let added = match app.prompt.can_prompt() {
        true => provider_questions::ask_settings(app, name, NewProvider::default())?,
        false => NewProvider::default(),
    };
    let MissingSettings { provider: Some(provider), .. } = providers::find_missing(app, name, &added)? else {
        return resolved.map(drop);
    };
    let (has_token, needs_token) = (token.is_some(), provider.register.needs_token);
    if !args.form && (has_token || (signin::can_register(&provider) && !needs_token)) {
        let options = SigninOptions { registration_token: token, ..SigninOptions::default() };
        if let Some((client_id, is_new)) = signin::register(app, &provider, &options)? {
            return report_registered(app, output, &provider, &added, (&client_id, is_new));
        }
        if has_token {
            return Err(Error::usage(format!("`{name}` has no API to register a client")));
        }
    }
    let (added, kind) = match github_app_questions::is_asked_for(app, &provider, &args.github_app, args.form)? {
        true => (github_app_questions::create(app, name, &provider, added, &args.github_app)?, "github-app"),
        false if !app.prompt.can_prompt() => return provider.require_client_id().map(drop),
        false => (provider_questions::ask_client(app, name, added, PageOpening::AtOnce)?, "form"),
    };
    let provider = providers::add(app, name, &added)?;
    app.prompt.note(&format!("`{}` is configured", provider.name));
    registration_form::show_next_command(app, &provider);
    output.document_if_json(&json!({
        "name": provider.name,
        "kind": kind,
        "client_id": provider.client_id,
        "redirect_uri": catalog::redirect_uri_to_register(&provider),
    }))
}

/// Reports that nothing has to be registered, or that the user did so before.
fn report_known(app: &App, output: &Output, provider: &Provider, id: &str) -> Result<()> {
    let name = &provider.name;
    if provider.register.client_id.is_none() || provider.is_configured("client_id") {
        return Err(Error::Usage {
            message: format!("`{name}` has the client ID `{id}` already"),
            hint: Some(format!("{{program}} signin {}", shell_quote(name))),
        });
    }
    app.prompt.note(&format!("`{name}` needs no registration: any program signs in as `{id}`"));
    registration_form::show_next_command(app, provider);
    output.document_if_json(&json!({"name": name, "kind": "none", "client_id": id, "redirect_uri": null}))
}

/// Stores the settings that led to the registration, and reports it.
fn report_registered(
    app: &App,
    output: &Output,
    provider: &Provider,
    added: &NewProvider,
    (client_id, is_new): (&str, bool),
) -> Result<()> {
    if !added.settings.is_empty() {
        providers::add(app, &provider.name, added)?;
    }
    if !is_new {
        app.prompt.note(&format!("this program is registered already, as `{client_id}`"));
    }
    registration_form::show_next_command(app, provider);
    output
        .document_if_json(&json!({"name": provider.name, "kind": "api", "client_id": client_id, "redirect_uri": null}))
}
