//! Questions and flags for a GitHub App, and what the user is told about the new app.

use std::collections::BTreeMap;

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::catalog::{ClientKind, Provider};
use crate::error::{Error, Result};
use crate::providers::github_app::{self, NewApp, RegisteredApp};
use crate::providers::{self, NewProvider};
use crate::sanitize::shell_quote;

/// Flags for the new app.
#[derive(Debug, Default, clap::Args)]
pub struct AppArgs {
    /// Give the new GitHub App a permission, such as contents=write
    #[arg(long, value_name = "NAME=LEVEL", value_parser = permission, help_heading = "GitHub options")]
    permission: Vec<(String, String)>,
    /// Let this organization own the new GitHub App
    #[arg(long, value_name = "NAME", value_parser = organization, help_heading = "GitHub options")]
    organization: Option<String>,
}

/// Returns true if `providers register` is for a GitHub App: by a flag, or if nothing asks for the form.
pub fn is_asked_for(app: &App, provider: &Provider, args: &AppArgs, is_form: bool) -> Result<bool> {
    let has_flags = !args.permission.is_empty() || args.organization.is_some();
    match (&provider.register.manifest, has_flags) {
        (None, true) => Err(Error::usage(format!("`{}` has no GitHub Apps", provider.name))),
        (None, false) => Ok(false),
        (Some(_), _) => {
            // A script that says nothing gets the words of the form, and no page.
            let is_app = has_flags || (!is_form && app.prompt.can_prompt());
            if is_app && !has_flags {
                app.prompt.note("creating a GitHub App; for an OAuth app with scopes such as repo, add --form");
            }
            Ok(is_app)
        }
    }
}

/// Returns true if the user chooses a GitHub App.
pub fn wants_app(app: &App, provider: &Provider) -> Result<bool> {
    if provider.register.manifest.is_none() || !app.prompt.can_prompt() {
        return Ok(false);
    }
    let kinds = [
        "a GitHub App: two clicks; reaches the repositories on which you install it",
        "an OAuth app: a form to fill in; has scopes such as repo",
    ];
    let question = format!("Register at {}", provider.title);
    Ok(app.choose(&question, &kinds.map(str::to_owned), USER_TIMEOUT)? == 0)
}

/// Creates the app, stores its client for `name` with what is `added` already, and returns all settings that are stored.
pub fn create(app: &App, name: &str, provider: &Provider, added: NewProvider, args: &AppArgs) -> Result<NewProvider> {
    let rules = provider.register.manifest.as_ref().expect("the user chose an app");
    // Fail on an unusable store before the provider creates an app whose secret would be lost.
    app.check_new_session_store()?;
    let permissions: BTreeMap<String, String> = args.permission.iter().cloned().collect();
    let new = NewApp { permissions, organization: args.organization.clone() };
    let mut kept = NewProvider { settings: added.settings, client_secret: None };
    let created = github_app::create(app, provider, rules, &new, |created| {
        let settings = [
            ("client_id", created.client_id.as_str()),
            ("client_kind", ClientKind::GithubApp.name()),
            ("client_page", created.settings_page.as_str()),
        ];
        kept.settings.extend(settings.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let with_secret =
            NewProvider { settings: kept.settings.clone(), client_secret: Some(created.client_secret.clone()) };
        providers::add(app, name, &with_secret).map(drop).inspect_err(|_| {
            let (app_name, page) = (&created.name, &created.settings_page);
            app.prompt.warn(&format!("the GitHub App `{app_name}` was created but not stored; delete it at {page}"));
        })
    })?;
    tell(app, provider, &created);
    Ok(kept)
}

fn tell(app: &App, provider: &Provider, created: &RegisteredApp) {
    let RegisteredApp { name, settings_page, install_page, .. } = created;
    let owner = created.owner.as_ref().map(|owner| format!(" of `{owner}`")).unwrap_or_default();
    app.prompt.note(&format!("created the GitHub App `{name}`{owner}; manage it at {settings_page}"));
    app.prompt.note(&format!("install it on your repositories: {install_page}"));
    // No manifest turns this flow on.
    let command = format!("{} signin {} --device", app.invocation, shell_quote(&provider.name));
    app.prompt
        .note(&format!("to sign in with a device code, tick Enable Device Flow at {settings_page}, then: {command}"));
}

fn permission(text: &str) -> Result<(String, String), String> {
    let words = text.split_once('=').filter(|(name, level)| {
        let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_word && ["read", "write", "admin"].contains(level)
    });
    let pair = words.map(|(name, level)| (name.to_owned(), level.to_owned()));
    pair.ok_or_else(|| "a permission is NAME=read, NAME=write or NAME=admin".to_owned())
}

fn organization(text: &str) -> Result<String, String> {
    let is_name =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_name { Ok(text.to_owned()) } else { Err("an organization has letters, digits and `-`".to_owned()) }
}
