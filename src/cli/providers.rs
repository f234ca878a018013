//! `providers`: lists, shows, adds and removes providers.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use super::provider_questions;
use super::registration_form::PageOpening;
use super::secret_input::secret_from_stdin;
use super::table::Table;
use super::{register, registration_form};
use crate::app::App;
use crate::catalog;
use crate::config::StoreChoice;
use crate::error::{Error, Result};
use crate::oauth::client_document;
use crate::providers::{self, NewProvider, ProviderDetails, ProviderListing};
use crate::sanitize::{sanitize_untrusted, shell_quote, single_line};
use crate::signin::{self, ProviderCheck, TypedFlags};

/// List, show, add and remove providers
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<ProvidersCommand>,
}

impl Args {
    /// False if the command only reads the catalog and a configuration, which may be absent.
    pub(super) fn needs_home(&self) -> bool {
        matches!(
            self.command,
            Some(ProvidersCommand::Register(_) | ProvidersCommand::Add(_) | ProvidersCommand::Remove(_))
        )
    }
}

#[allow(missing_docs)] // a doc comment here would become the help text of a program that flattens this
#[derive(Debug, Subcommand)]
pub enum ProvidersCommand {
    List(ListArgs),
    Show(ShowArgs),
    Register(register::RegisterArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
    Test(TestArgs),
    ClientMetadata(ClientMetadataArgs),
}

/// List the configured providers
///
/// If WORD fits none of them, searches the catalog.
#[derive(Debug, Default, clap::Args)]
pub struct ListArgs {
    /// List only providers with this text in name, title or alias
    word: Option<String>,
    /// List the whole catalog
    #[arg(long)]
    all: bool,
}

/// Show every setting of a provider and its source
///
/// `evidence` tells how well an entry of the catalog is known: `verified` was compared with the documentation of the
/// provider, `agreed` has the same endpoints in independent sources, `unverified` rests on the one in `sources` alone and
/// may be wrong. `access` tells that only partners can register an application, or that the provider approves each one.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// Name of the provider
    name: String,
}

/// Add a provider to the configuration, or change it
///
/// Prints the redirect URI to register and the page to register at. Asks for missing settings if only a name is given. The
/// client secret goes to the credential store, never to the file.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// Name for the provider; a name from the catalog brings its endpoints
    name: String,
    /// Use the settings of this catalog entry
    #[arg(long = "use", value_name = "ENTRY")]
    uses: Option<String>,
    /// Discover the endpoints from this issuer
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// Set the client ID of your application
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from stdin
    #[arg(long)]
    client_secret_stdin: bool,
    /// Set another key, such as tenant=contoso.example (see mycli-config(5))
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Remove a provider from the configuration
///
/// Sessions of the provider stay until you sign out.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// Name of the provider
    name: String,
}

/// Check the settings of a provider without signing in
///
/// Finds the endpoints, sends the authorization request to see if the redirect URI is accepted, and sends a code that
/// nobody issued to see if the client is. Registers and stores nothing. Exits with 0 if no check fails, else 1.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Name of the provider, or URL of a protected resource
    name: String,
}

/// Print a metadata document for this program to host at a URL
///
/// Servers that accept Client ID Metadata Documents need no registration: serve the printed document at URL as
/// application/json, and set `client_metadata` to URL in the configuration.
#[derive(Debug, clap::Args)]
pub struct ClientMetadataArgs {
    /// https URL at which you serve the document
    url: String,
}

pub fn run(app: &App, output: &Output, args: Args) -> Result<u8> {
    match args.command {
        Some(ProvidersCommand::Test(args)) => return test(app, output, &args.name),
        None => list(app, output, &ListArgs::default()),
        Some(ProvidersCommand::List(args)) => list(app, output, &args),
        Some(ProvidersCommand::Show(args)) => show(app, output, &args),
        Some(ProvidersCommand::Register(args)) => register::run(app, output, &args),
        Some(ProvidersCommand::Add(args)) => add(app, output, args),
        Some(ProvidersCommand::Remove(args)) => remove(app, output, &args),
        Some(ProvidersCommand::ClientMetadata(args)) => client_metadata(app, output, &args.url),
    }
    .map(|()| 0)
}

fn client_metadata(app: &App, output: &Output, url: &str) -> Result<()> {
    let invalid = |reason| Error::usage(format!("`{}` {reason}", sanitize_untrusted(url)));
    catalog::validate_client_document(url).map_err(invalid)?;
    let document = client_document::document(url, &app.name, &catalog::document_redirect_uris(url));
    match output.json {
        true => output.document(&document),
        false => output.line(&format!("{document:#}")),
    }
}

fn test(app: &App, output: &Output, name: &str) -> Result<u8> {
    let config = &app.config()?.providers;
    let provider = catalog::resolve(name, config, &app.auth_environment(), &catalog::Overrides::default())?;
    let checks = signin::check_provider(app, &provider);
    let to_json =
        |check: &ProviderCheck| json!({"name": check.name, "ok": check.ok, "detail": check.detail, "hint": check.hint});
    match output.json {
        true => output.document(&json!({"checks": checks.iter().map(to_json).collect::<Vec<_>>()}))?,
        false => {
            let lines = |check: &ProviderCheck| {
                output.check_lines(
                    check.ok,
                    &format!("{}: {}", check.name, single_line(&check.detail)),
                    check.hint.as_deref(),
                )
            };
            output.raw(checks.iter().map(lines).collect::<String>().as_bytes())?;
        }
    }
    Ok(if checks.iter().any(|check| check.ok == Some(false)) { 1 } else { 0 })
}

fn list(app: &App, output: &Output, args: &ListArgs) -> Result<()> {
    let word = args.word.as_deref();
    let configured = providers::list(app, args.all, word)?;
    let all = args.all || (configured.is_empty() && word.is_some());
    let listed = if all && !args.all { providers::list(app, all, word)? } else { configured };
    if output.json {
        let rows: Vec<Value> = listed.iter().map(to_json).collect();
        return output.document(&json!({"providers": rows}));
    }
    if listed.is_empty() {
        app.prompt.note(match all {
            true => "no provider matches",
            false => "no provider is configured; --all lists the catalog",
        });
    }
    let row = |listed: &ProviderListing| {
        let mark = match (all, listed.configured) {
            (false, _) => "",
            (true, true) => "* ",
            (true, false) => "  ",
        };
        vec![format!("{mark}{}", listed.name), listed.title.clone(), flow_names(listed)]
    };
    output.table(&Table { headings: None, rows: listed.iter().map(row).collect(), cut: Some(1) })
}

/// Names of the flows; pasting is listed only if there is no browser flow.
fn flow_names(listed: &ProviderListing) -> String {
    let has_loopback = listed.flows.contains(&"loopback");
    let word = |flow: &&'static str| match *flow {
        "loopback" => Some("browser"),
        "device" => Some("device code"),
        "paste" if has_loopback => None,
        other => Some(other),
    };
    match listed.flows.as_slice() {
        [] => "closed".to_owned(),
        flows => flows.iter().filter_map(word).collect::<Vec<_>>().join(", "),
    }
}

fn to_json(listed: &ProviderListing) -> Value {
    json!({
        "name": listed.name,
        "title": listed.title,
        "source": listed.source,
        "flows": listed.flows,
        "configured": listed.configured,
    })
}

fn show(app: &App, output: &Output, args: &ShowArgs) -> Result<()> {
    let (provider, shown) = providers::show(app, &args.name)?;
    if output.json {
        let value = |shown: &ProviderDetails| json!({"value": shown.value, "source": shown.source, "unsure": shown.low_confidence});
        let values: BTreeMap<&str, Value> = shown.iter().map(|shown| (shown.key.as_str(), value(shown))).collect();
        return output.document(&json!({"name": provider.name, "values": values}));
    }
    let row = |shown: &ProviderDetails| {
        let unsure = if shown.low_confidence { ", unsure" } else { "" };
        vec![shown.key.clone(), format!("{}  ({}{unsure})", single_line(&shown.value), shown.source_label())]
    };
    output.table(&Table { headings: None, rows: shown.iter().map(row).collect(), cut: None })?;
    let missing = shown.iter().filter(|shown| shown.is_missing());
    let flags: String = missing.map(|shown| format!(" --set {}={}", shown.key, shown.value)).collect();
    if !flags.is_empty() {
        app.prompt.note(&format!("next: {} providers add {}{flags}", app.program, shell_quote(&provider.name)));
    }
    Ok(())
}

fn add(app: &App, output: &Output, args: AddArgs) -> Result<()> {
    let typed = typed_flags(app, &args);
    let mut settings = Vec::new();
    for (key, value) in [("use", args.uses), ("issuer", args.issuer), ("client_id", args.client_id)] {
        settings.extend(value.map(|value| (key.to_owned(), value)));
    }
    for pair in &args.set {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("`--set {}` is not KEY=VALUE", sanitize_untrusted(pair))))?;
        settings.push((key.to_owned(), absolute_path(key, value)));
    }
    // A command line with values gets no questions.
    let has_values = args.client_secret_stdin || settings.iter().any(|(key, _)| key != "use");
    let client_secret = args.client_secret_stdin.then(|| secret_from_stdin(app, "providers add")).transpose();
    let client_secret = client_secret.map_err(|error| typed.complete("providers add", Some(&args.name), error))?;
    let mut added = NewProvider { settings, client_secret };
    let is_interactive = !has_values && app.prompt.can_prompt();
    if is_interactive {
        added = provider_questions::ask(app, &args.name, added, PageOpening::OnEnter)?;
    }
    if added.settings.is_empty() && added.client_secret.is_none() {
        return nothing_to_store(app, output, &args.name, is_interactive);
    }
    let stored = providers::add(app, &args.name, &added);
    let provider = stored.map_err(|error| typed.complete("providers add", Some(&args.name), error))?;
    let redirect_uri = catalog::redirect_uri_to_register(&provider);
    if is_interactive {
        app.prompt.note(&format!("`{}` is configured", provider.name));
    } else {
        app.prompt.note(&format!("`{}` is configured; register the redirect URI {redirect_uri}", provider.name));
        if let Some(url) = &provider.register_at {
            app.prompt.note(&format!("register your application at {url}"));
        }
        if let Some(access) = provider.access {
            app.prompt.note(&format!("note: {}", access.describe(&provider.title)));
        }
    }
    registration_form::show_next_command(app, &provider);
    output.document_if_json(&json!({"name": provider.name, "redirect_uri": redirect_uri}))
}

/// Reports that there is nothing to store: no setting is missing, or no setting was given.
fn nothing_to_store(app: &App, output: &Output, name: &str, is_interactive: bool) -> Result<()> {
    if !is_interactive {
        let is_known = app.require_known(name).is_ok();
        let issuer = if is_known { "" } else { " --issuer URL" };
        return Err(Error::Usage {
            message: format!("nothing to store for `{}`", sanitize_untrusted(name)),
            hint: Some(format!("{{program}} providers add {}{issuer} --client-id ID", shell_quote(name))),
        });
    }
    app.prompt.note(&format!(
        "`{}` is complete; show it with: {} providers show {}",
        sanitize_untrusted(name),
        app.invocation,
        shell_quote(name)
    ));
    output.document_if_json(&json!({"name": name, "redirect_uri": null}))
}

/// Value of a setting for the file: a typed path is relative to the working directory, one in the file to the file.
pub(super) fn absolute_path(key: &str, value: &str) -> String {
    let is_file = matches!(key, "ca_file" | "callback_certificate" | "callback_key");
    let path = (is_file && !value.is_empty()).then(|| std::path::absolute(value).ok()).flatten();
    path.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| value.to_owned())
}

/// The typed flags: nothing was stored, so the next command needs them again.
fn typed_flags(app: &App, args: &AddArgs) -> TypedFlags {
    TypedFlags::default()
        .with_value("use", args.uses.as_deref())
        .with_value("issuer", args.issuer.as_deref())
        .with_value("client-id", args.client_id.as_deref())
        .with_pairs("set", &args.set)
        .with_switch("client-secret-stdin", args.client_secret_stdin)
        .with_value("store", app.store_choice.map(StoreChoice::word))
}

fn remove(app: &App, output: &Output, args: &RemoveArgs) -> Result<()> {
    let page = providers::remove(app, &args.name)?;
    app.prompt.note(&format!("removed `{}` from the configuration", args.name));
    if let Some(page) = page {
        app.prompt.note(&format!("the application itself still exists; delete it at {page}"));
    }
    output.document_if_json(&json!({"name": args.name}))
}
