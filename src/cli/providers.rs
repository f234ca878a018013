//! `providers`: what is configured and what the catalogue has.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde_json::{Value, json};

use super::output::Output;
use super::signin::secret_from_stdin;
use super::table::Table;
use crate::app::App;
use crate::catalogue;
use crate::error::{Error, Result, foreign, word};
use crate::providers::{self, Added, Listed, Shown};

/// List, show, add and remove providers
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[allow(missing_docs)] // as for the commands above it
#[derive(Debug, Subcommand)]
pub enum Command {
    List(List),
    Show(Show),
    Add(Add),
    Remove(Remove),
}

/// List the configured providers
#[derive(Debug, Default, clap::Args)]
pub struct List {
    /// Only those with this word in name or title
    word: Option<String>,
    /// The catalogue too
    #[arg(long)]
    all: bool,
}

/// Show each value of a provider and where it came from
#[derive(Debug, clap::Args)]
pub struct Show {
    /// The provider
    name: String,
}

/// Add a provider to the configuration, or change it
///
/// Prints the redirect URI to register and where. The client secret goes to the credential store, never to the file.
#[derive(Debug, clap::Args)]
pub struct Add {
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
pub struct Remove {
    /// The provider
    name: String,
}

/// Runs the command.
///
/// # Errors
/// As the deeds in [`providers`], and [`Error::Output`].
pub fn run(app: &App, output: &Output, args: Args) -> Result<u8> {
    match args.command {
        None => list(app, output, &List::default()),
        Some(Command::List(args)) => list(app, output, &args),
        Some(Command::Show(args)) => show(app, output, &args),
        Some(Command::Add(args)) => add(app, output, args),
        Some(Command::Remove(args)) => remove(app, output, &args),
    }
    .map(|()| 0)
}

fn list(app: &App, output: &Output, args: &List) -> Result<()> {
    let listed = providers::list(app, args.all, args.word.as_deref())?;
    if output.json {
        let rows: Vec<Value> = listed.iter().map(to_json).collect();
        return output.document(&json!({"providers": rows}));
    }
    if listed.is_empty() {
        let more = if args.all { "nothing fits" } else { "nothing is configured; --all shows the catalogue" };
        app.prompt.say(more);
    }
    let row = |listed: &Listed| {
        let mark = match (args.all, listed.configured) {
            (false, _) => "",
            (true, true) => "* ",
            (true, false) => "  ",
        };
        vec![format!("{mark}{}", listed.name), listed.title.clone()]
    };
    output.table(&Table { headings: None, rows: listed.iter().map(row).collect(), cut: Some(1) })
}

fn to_json(listed: &Listed) -> Value {
    json!({
        "name": listed.name,
        "title": listed.title,
        "source": listed.source,
        "flows": listed.flows,
        "configured": listed.configured,
    })
}

fn show(app: &App, output: &Output, args: &Show) -> Result<()> {
    let (provider, shown) = providers::show(app, &args.name)?;
    if output.json {
        let values: BTreeMap<&str, Value> =
            shown.iter().map(|shown| (shown.key, json!({"value": shown.value, "source": shown.source}))).collect();
        return output.document(&json!({"name": provider.name, "values": values}));
    }
    let row = |shown: &Shown| vec![shown.key.to_owned(), format!("{}  ({})", foreign(&shown.value), shown.source)];
    output.table(&Table { headings: None, rows: shown.iter().map(row).collect(), cut: None })
}

fn add(app: &App, output: &Output, args: Add) -> Result<()> {
    let typed = typed(&args);
    let mut settings = Vec::new();
    for (key, value) in [("use", args.uses), ("issuer", args.issuer), ("client_id", args.client_id)] {
        settings.extend(value.map(|value| (key.to_owned(), value)));
    }
    for pair in &args.set {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Error::usage(format!("`--set {}` is not K=V", foreign(pair))))?;
        settings.push((key.to_owned(), value.to_owned()));
    }
    if settings.is_empty() && !args.client_secret_stdin {
        return Err(Error::Usage {
            message: format!("there is nothing to store for `{}`", foreign(&args.name)),
            hint: Some(format!("{{program}} providers add {} --client-id ID", args.name)),
        });
    }
    let client_secret = args.client_secret_stdin.then(|| secret_from_stdin(app)).transpose()?;
    let added = providers::add(app, &args.name, &Added { settings, client_secret });
    let provider = added.map_err(|error| with_flags(error, &args.name, &typed))?;
    let redirect_uri = catalogue::redirect_uri_to_register(&provider);
    app.prompt.say(&format!("`{}` is configured; the redirect URI to register is {redirect_uri}", provider.name));
    if let Some(place) = &provider.register_at {
        app.prompt.say(&format!("register it at {place}"));
    }
    if let Some(hint) = &provider.register_hint {
        app.prompt.say(&format!("note: {hint}"));
    }
    app.prompt.say(&format!("then: {} signin {}", app.program, word(&provider.name)));
    match output.json {
        true => output.document(&json!({"name": provider.name, "redirect_uri": redirect_uri})),
        false => Ok(()),
    }
}

/// The flags of this command line, as a shell takes them.
fn typed(args: &Add) -> String {
    let flags = [("--use", &args.uses), ("--issuer", &args.issuer), ("--client-id", &args.client_id)];
    let given = flags.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
    let mut typed: String =
        given.chain(args.set.iter().map(|pair| ("--set", pair))).map(|(f, v)| format!(" {f} {}", word(v))).collect();
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

fn remove(app: &App, output: &Output, args: &Remove) -> Result<()> {
    providers::remove(app, &args.name)?;
    app.prompt.say(&format!("`{}` is removed from the configuration", args.name));
    match output.json {
        true => output.document(&json!({"name": args.name})),
        false => Ok(()),
    }
}
