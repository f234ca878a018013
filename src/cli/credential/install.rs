//! `credential install` and `credential uninstall`: set up other programs to ask for tokens.

use clap::ValueEnum;
use serde_json::json;

use crate::app::{App, runtime};
use crate::cli::output::Output;
use crate::credential_setup::{self, Change, Direction, ToolKind};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;

/// Set up another program to ask for tokens
///
/// Shows the changes to the settings of the other program and makes them after Enter, or with --yes. A second install
/// changes nothing. Settings that name another helper already are an error and stay.
///
/// NAME is a host for git and docker (default: those of the sessions), the provider for kubectl, a registry of the
/// configuration for cargo. kubectl gets a user called mycli-PROVIDER to select in a context. docker, podman, skopeo and
/// keyring start a link in ~/.local/bin; pip and uv need PIP_KEYRING_PROVIDER=subprocess and
/// UV_KEYRING_PROVIDER=subprocess too.
#[derive(Debug, clap::Args)]
pub struct InstallArgs {
    #[command(flatten)]
    setup: SetupArgs,
}

/// Undo `credential install`
///
/// Shows the changes and makes them after Enter, or with --yes. Without NAME everything that asks this program is removed
/// (git, docker, cargo). Settings of other helpers stay.
#[derive(Debug, clap::Args)]
pub struct UninstallArgs {
    #[command(flatten)]
    setup: SetupArgs,
}

#[derive(Debug, clap::Args)]
struct SetupArgs {
    /// Program to set up
    protocol: Tool,
    /// Hosts, registries or the provider
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Make the changes without asking
    #[arg(long)]
    yes: bool,
    /// Only show the changes
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tool {
    /// git
    Git,
    /// docker, podman, skopeo and buildah
    Docker,
    /// kubectl and other programs of client-go
    Kubectl,
    /// cargo
    Cargo,
    /// pip and uv
    Keyring,
}

impl Tool {
    fn kind(self) -> ToolKind {
        match self {
            Self::Git => ToolKind::Git,
            Self::Docker => ToolKind::Docker,
            Self::Kubectl => ToolKind::Kubectl,
            Self::Cargo => ToolKind::Cargo,
            Self::Keyring => ToolKind::Keyring,
        }
    }
}

pub fn install(app: &App, output: &Output, args: &InstallArgs) -> Result<u8> {
    run(app, output, &args.setup, Direction::Install)
}

pub fn uninstall(app: &App, output: &Output, args: &UninstallArgs) -> Result<u8> {
    run(app, output, &args.setup, Direction::Uninstall)
}

fn run(app: &App, output: &Output, args: &SetupArgs, direction: Direction) -> Result<u8> {
    let plan = credential_setup::plan(app, args.protocol.kind(), direction, &args.names)?;
    let lines: Vec<&String> = plan.iter().flat_map(|change| &change.descriptions).collect();
    if plan.is_empty() {
        app.prompt.note("nothing to change");
    } else if !args.dry_run {
        confirm(app, args, direction, &lines)?;
        plan.iter().try_for_each(Change::make)?;
        app.prompt.note("done");
    } else if !output.json {
        lines.iter().try_for_each(|line| output.line(line))?;
    }
    output.document_if_json(&json!({"changes": lines, "made": !args.dry_run})).map(|()| 0)
}

fn confirm(app: &App, args: &SetupArgs, direction: Direction, lines: &[&String]) -> Result<()> {
    lines.iter().for_each(|line| app.prompt.note(line));
    if args.yes {
        return Ok(());
    }
    if !app.prompt.can_prompt() {
        let verb = if direction == Direction::Install { "install" } else { "uninstall" };
        let tool = args.protocol.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        let names = args.names.iter().map(|name| format!(" {}", shell_quote(name))).collect::<String>();
        return Err(Error::InteractionRequired {
            action: "the changes need a confirmation".to_owned(),
            alternative: format!("{{program}} credential {verb} {tool}{names} --yes"),
        });
    }
    let question = "Press Enter to make these changes, or Ctrl-C to cancel.";
    let is_confirmed = runtime::run(async { Ok(app.prompt.confirm(question).await) })?;
    if is_confirmed { Ok(()) } else { Err(Error::Cancelled) }
}
