//! Questions and flags for a GitHub App, and what the user is told about the new app.

use std::collections::BTreeMap;

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::catalog::{ClientKind, Provider};
use crate::error::{Error, Result};
use crate::providers::NewProvider;
use crate::providers::github_app::{self, NewApp};

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

/// Returns true if the user wants a GitHub App: by a flag, or by the choice on a terminal.
pub fn wants_app(app: &App, provider: &Provider, args: &AppArgs, is_form: bool) -> Result<bool> {
    let has_flags = !args.permission.is_empty() || args.organization.is_some();
    if provider.register.manifest.is_none() {
        return match has_flags {
            true => Err(Error::usage(format!("`{}` has no GitHub Apps", provider.name))),
            false => Ok(false),
        };
    }
    if has_flags || is_form || !app.prompt.can_prompt() {
        return Ok(has_flags);
    }
    let kinds = [
        "a GitHub App: two clicks; reaches the repositories on which you install it",
        "an OAuth app: a form to fill in; has scopes such as repo",
    ];
    let question = format!("Register at {}", provider.title);
    Ok(app.choose(&question, &kinds.map(str::to_owned), USER_TIMEOUT)? == 0)
}

/// Creates the app and returns its client for the configuration.
pub fn create(app: &App, provider: &Provider, mut added: NewProvider, args: &AppArgs) -> Result<NewProvider> {
    let rules = provider.register.manifest.as_ref().expect("the user chose an app");
    // Fail on an unusable store before the provider creates an app whose secret would be lost.
    app.check_new_session_store()?;
    let permissions: BTreeMap<String, String> = args.permission.iter().cloned().collect();
    let new = NewApp { permissions, organization: args.organization.clone() };
    let created = github_app::create(app, provider, rules, &new)?;
    let owner = created.owner.map(|owner| format!(" of `{owner}`")).unwrap_or_default();
    app.prompt
        .note(&format!("created the GitHub App `{}`{owner}; manage it at {}", created.name, created.settings_page));
    app.prompt.note(&format!("install it on your repositories: {}", created.install_page));
    let settings = [
        ("client_id", created.client_id),
        ("client_kind", ClientKind::GithubApp.name().to_owned()),
        ("client_page", created.settings_page),
    ];
    added.settings.extend(settings.map(|(key, value)| (key.to_owned(), value)));
    added.client_secret = Some(created.client_secret);
    Ok(added)
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
