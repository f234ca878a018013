//! `config`: reads and changes single keys of the configuration file.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::output::Output;
use super::providers::absolute_path;
use crate::app::App;
use crate::config_file;
use crate::error::Result;
use crate::sanitize::single_line;

/// Read and change the configuration file
///
/// Keys are those of mycli-config(5), such as default, timeouts.http or providers.github.scopes. Comments and order of the
/// file are kept.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[allow(missing_docs)] // a doc comment here would become the help text of a program that flattens this
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    Get(GetArgs),
    Set(SetArgs),
    Unset(UnsetArgs),
    Path(PathArgs),
    Edit(EditArgs),
}

/// Print the value of a key, or every key that is set
///
/// Exits with 1 if KEY is not set. The elements of a list are separated by spaces.
#[derive(Debug, clap::Args)]
pub struct GetArgs {
    /// Key, such as default or providers.github.scopes
    key: Option<String>,
}

/// Set a key
///
/// Lists are separated by commas or spaces. Client secrets have no key: see `providers add --client-secret-stdin`.
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    /// Key, such as default or providers.github.scopes
    key: String,
    /// New value
    value: String,
}

/// Remove a key
#[derive(Debug, clap::Args)]
pub struct UnsetArgs {
    /// Key, such as default or providers.github.scopes
    key: String,
}

/// Print the path of the configuration file
#[derive(Debug, clap::Args)]
pub struct PathArgs {}

/// Open the configuration file in an editor (VISUAL, EDITOR) and check it afterwards
#[derive(Debug, clap::Args)]
pub struct EditArgs {}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match &args.command {
        ConfigCommand::Get(args) => get(app, output, args.key.as_deref()),
        ConfigCommand::Set(args) => set(app, output, args),
        ConfigCommand::Unset(args) => unset(app, output, args),
        ConfigCommand::Path(PathArgs {}) => path(app, output),
        ConfigCommand::Edit(EditArgs {}) => edit(app, output),
    }
    .map(|()| 0)
}

fn get(app: &App, output: &Output, key: Option<&str>) -> Result<()> {
    let settings = config_file::get(app, key)?;
    if output.json {
        let values: Map<String, Value> = settings.into_iter().map(|(path, value)| (path.to_string(), value)).collect();
        return output.document(&json!({"values": values}));
    }
    match (key, settings.as_slice()) {
        (Some(_), [(_, value)]) => output.line(&single_line(&shown(value))),
        _ => settings.iter().try_for_each(|(path, value)| {
            output.line(&format!("{} = {}", single_line(&path.to_string()), single_line(&shown(value))))
        }),
    }
}

/// Value as `config set` reads it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(shown).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn set(app: &App, output: &Output, args: &SetArgs) -> Result<()> {
    let last = args.key.rsplit('.').next().unwrap_or_default();
    let path = config_file::set(app, &args.key, &absolute_path(last, &args.value))?;
    app.prompt.note(&format!("set `{path}`"));
    let values = config_file::get(app, Some(&args.key))?;
    let value = values.into_iter().next().map(|(_, value)| value);
    output.document_if_json(&json!({"key": path.to_string(), "value": value}))
}

fn unset(app: &App, output: &Output, args: &UnsetArgs) -> Result<()> {
    let was_set = config_file::unset(app, &args.key)?;
    app.prompt.note(&match was_set {
        true => format!("removed `{}`", args.key),
        false => format!("`{}` was not set", args.key),
    });
    output.document_if_json(&json!({"key": args.key, "was_set": was_set}))
}

fn path(app: &App, output: &Output) -> Result<()> {
    let path = app.config_path();
    match output.json {
        true => output.document(&json!({"path": path.display().to_string(), "exists": path.exists()})),
        false => output.line(&path.display().to_string()),
    }
}

fn edit(app: &App, output: &Output) -> Result<()> {
    config_file::edit(app)?;
    output.document_if_json(&json!({"path": app.config_path().display().to_string()}))
}
