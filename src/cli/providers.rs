//! `providers`: what is configured and what the catalogue has.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use super::provider_questions;
use super::signin::secret_from_stdin;
use super::table::Table;
use crate::app::App;
use crate::catalog;
use crate::error::{Error, Result};
use crate::providers::{self, NewProvider, ProviderDetails, ProviderListing};
use crate::sanitize::{sanitize_untrusted, shell_quote, single_line};
use crate::signin;

/// List, show, add and remove providers
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<ProvidersCommand>,
}

#[allow(missing_docs)] // as for the commands above it
#[derive(Debug, Subcommand)]
pub enum ProvidersCommand {
    List(ListArgs),
    Show(ShowArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
}

/// List the configured providers
#[derive(Debug, Default, clap::Args)]
pub struct ListArgs {
    /// Only those with this word in name, title or alias
    word: Option<String>,
    /// The catalogue too
    #[arg(long)]
    all: bool,
}

/// Show each value of a provider and where it came from
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The provider
    name: String,
}

/// Add a provider to the configuration, or change it
///
/// Prints the redirect URI to register and where. The client secret goes to the credential store, never to the file.
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The name it shall have; one of the catalogue brings its endpoints along
    name: String,
    /// The catalogue entry it is another name for
    #[arg(long = "use", value_name = "ENTRY")]
    uses: Option<String>,
    /// The issuer, for discovery
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// The client id of your own registration
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from stdin
    #[arg(long)]
    client_secret_stdin: bool,
    /// A further setting, such as tenant=contoso.example
    #[arg(long, value_name = "K=V")]
    set: Vec<String>,
}

/// Remove a provider from the configuration
///
/// Its sessions stay until they are signed out of.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// The provider
    name: String,
}

/// Runs the command.
///
/// # Errors
/// As the deeds in [`providers`], and [`Error::Output`].
pub fn run(app: &App, output: &Output, args: Args) -> Result<u8> {
    match args.command {
        None => list(app, output, &ListArgs::default()),
        Some(ProvidersCommand::List(args)) => list(app, output, &args),
        Some(ProvidersCommand::Show(args)) => show(app, output, &args),
        Some(ProvidersCommand::Add(args)) => add(app, output, args),
        Some(ProvidersCommand::Remove(args)) => remove(app, output, &args),
    }
    .map(|()| 0)
}

fn list(app: &App, output: &Output, args: &ListArgs) -> Result<()> {
    let listed = providers::list(app, args.all, args.word.as_deref())?;
    if output.json {
        let rows: Vec<Value> = listed.iter().map(to_json).collect();
        return output.document(&json!({"providers": rows}));
    }
    if listed.is_empty() {
        app.prompt.note(match (&args.word, args.all) {
            (_, true) => "nothing fits",
            (Some(_), false) => "nothing that is configured fits; --all searches the catalogue too",
            (None, false) => "nothing is configured; --all shows the catalogue",
        });
    }
    let row = |listed: &ProviderListing| {
        let mark = match (args.all, listed.configured) {
            (false, _) => "",
            (true, true) => "* ",
            (true, false) => "  ",
        };
        vec![format!("{mark}{}", listed.name), listed.title.clone(), ways(listed)]
    };
    output.table(&Table { headings: None, rows: listed.iter().map(row).collect(), cut: Some(1) })
}

/// The flows, as a person says them; that the answer may be pasted is said where it has to be.
fn ways(listed: &ProviderListing) -> String {
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
        vec![shown.key.clone(), format!("{}  ({}{unsure})", single_line(&shown.value), shown.source)]
    };
    output.table(&Table { headings: None, rows: shown.iter().map(row).collect(), cut: None })
}

fn add(app: &App, output: &Output, args: AddArgs) -> Result<()> {
    let typed = typed(&args);
    let mut settings = Vec::new();
    for (key, value) in [("use", args.uses), ("issuer", args.issuer), ("client_id", args.client_id)] {
        settings.extend(value.map(|value| (key.to_owned(), value)));
    }
    for pair in &args.set {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Error::usage(format!("`--set {}` is not K=V", sanitize_untrusted(pair))))?;
        settings.push((key.to_owned(), from_here(key, value)));
    }
    // Whoever gives the values by flags is not asked for more.
    let is_told = args.client_secret_stdin || settings.iter().any(|(key, _)| key != "use");
    let client_secret = args.client_secret_stdin.then(|| secret_from_stdin(app)).transpose()?;
    let mut added = NewProvider { settings, client_secret };
    let asks = !is_told && app.prompt.can_prompt();
    if asks {
        added = provider_questions::ask(app, &args.name, added)?;
    }
    if added.settings.is_empty() && added.client_secret.is_none() {
        return nothing_to_store(app, output, &args.name, asks);
    }
    let stored = providers::add(app, &args.name, &added);
    let provider = stored.map_err(|error| with_flags(error, &args.name, &typed))?;
    let redirect_uri = catalog::redirect_uri_to_register(&provider);
    if asks {
        app.prompt.note(&format!("`{}` is configured", provider.name));
    } else {
        app.prompt.note(&format!("`{}` is configured; the redirect URI to register is {redirect_uri}", provider.name));
        if let Some(place) = &provider.register_at {
            app.prompt.note(&format!("register it at {place}"));
        }
        if let Some(hint) = &provider.register_hint {
            app.prompt.note(&format!("note: {hint}"));
        }
    }
    let has_secret =
        providers::find_missing(app, &args.name, &NewProvider::default()).is_ok_and(|lacking| lacking.has_secret);
    let next = signin::next_command(&provider, has_secret);
    app.prompt.note(&format!("then: {}", next.replace("{program}", &app.program)));
    match output.json {
        true => output.document(&json!({"name": provider.name, "redirect_uri": redirect_uri})),
        false => Ok(()),
    }
}

/// Nothing came by flags or answers: nothing is missing, or nobody could be asked.
fn nothing_to_store(app: &App, output: &Output, name: &str, asked: bool) -> Result<()> {
    if !asked {
        return Err(Error::Usage {
            message: format!("there is nothing to store for `{}`", sanitize_untrusted(name)),
            hint: Some(format!("{{program}} providers add {name} --client-id ID")),
        });
    }
    app.prompt.note(&format!(
        "nothing is missing for `{}`; {} providers show {}",
        sanitize_untrusted(name),
        app.program,
        shell_quote(name)
    ));
    match output.json {
        true => output.document(&json!({"name": name, "redirect_uri": null})),
        false => Ok(()),
    }
}

/// A setting as the file has it: what is typed names a file from this directory, what stands there from the file's own.
fn from_here(key: &str, value: &str) -> String {
    let is_file = matches!(key, "ca_file" | "callback_certificate" | "callback_key");
    let path = (is_file && !value.is_empty()).then(|| std::path::absolute(value).ok()).flatten();
    path.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| value.to_owned())
}

/// The flags of this command line, as a shell takes them.
fn typed(args: &AddArgs) -> String {
    let flags = [("--use", &args.uses), ("--issuer", &args.issuer), ("--client-id", &args.client_id)];
    let given = flags.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
    let mut typed: String = given
        .chain(args.set.iter().map(|pair| ("--set", pair)))
        .map(|(f, v)| format!(" {f} {}", shell_quote(v)))
        .collect();
    if args.client_secret_stdin {
        typed.push_str(" --client-secret-stdin");
    }
    typed
}

/// The hint with what was typed already: nothing was stored, so the command is needed whole.
fn with_flags(error: Error, name: &str, typed: &str) -> Error {
    let start = format!("{{program}} providers add {name}");
    match error {
        Error::Usage { message, hint: Some(hint) } if hint.starts_with(&start) => {
            let more = &hint[start.len()..];
            Error::Usage { message, hint: Some(format!("{start}{typed}{more}")) }
        }
        other => other,
    }
}

fn remove(app: &App, output: &Output, args: &RemoveArgs) -> Result<()> {
    providers::remove(app, &args.name)?;
    app.prompt.note(&format!("`{}` is removed from the configuration", args.name));
    match output.json {
        true => output.document(&json!({"name": args.name})),
        false => Ok(()),
    }
}
