//! `credential install` and `credential uninstall`: the settings that make other programs ask this one for tokens.
//!
//! A plan is a list of changes, so that the user sees them before anything is touched; an empty plan means that nothing is
//! left to do.

mod cargo;
mod change;
mod docker;
mod git;
mod kubectl;
mod link;
mod places;
mod settings_file;

use crate::app::App;
use crate::credential::ServiceHost;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

pub use change::{Change, Direction};

/// Program that can be set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolKind {
    Git,
    Docker,
    Kubectl,
    Cargo,
    Keyring,
}

/// Plans the changes for `names`: hosts of git and docker, a provider for kubectl, registries of cargo. Without names those
/// of the sessions are installed, and all of this program are uninstalled.
///
/// # Errors
/// [`Error::Usage`] if a name is missing or invalid, [`Error::Other`] if the settings cannot be read, are malformed or name
/// another helper already.
pub fn plan(app: &App, tool: ToolKind, direction: Direction, names: &[String]) -> Result<Vec<Change>> {
    let program = places::this_program(app)?;
    match (tool, direction) {
        (ToolKind::Git, Direction::Install) => git::install(&program, &hosts(app, tool, names)?),
        (ToolKind::Git, Direction::Uninstall) => git::uninstall(&program, names),
        (ToolKind::Docker, Direction::Install) => docker::install(app, &program, &hosts(app, tool, names)?),
        (ToolKind::Docker, Direction::Uninstall) => docker::uninstall(app, &program, names),
        (ToolKind::Kubectl, _) => kubectl::plan(app, &program, direction, single(names, "PROVIDER")?),
        (ToolKind::Cargo, Direction::Install) if names.is_empty() => Err(missing("REGISTRY")),
        (ToolKind::Cargo, _) => cargo::plan(app, &program, direction, names),
        (ToolKind::Keyring, _) if !names.is_empty() => Err(Error::usage("keyring takes no names")),
        (ToolKind::Keyring, Direction::Install) => link::install(app, &program, "keyring"),
        (ToolKind::Keyring, Direction::Uninstall) => link::uninstall(app, &program, "keyring"),
    }
}

fn single<'a>(names: &'a [String], what: &str) -> Result<&'a str> {
    match names {
        [name] => Ok(name),
        [] => Err(missing(what)),
        _ => Err(Error::usage(format!("more than one {what}"))),
    }
}

fn missing(what: &str) -> Error {
    Error::usage(format!("{what} is missing"))
}

/// Named hosts, else those where the sessions' tokens are passwords of this program.
fn hosts(app: &App, tool: ToolKind, names: &[String]) -> Result<Vec<String>> {
    let mut hosts = names.to_vec();
    if names.is_empty() {
        for provider in app.sessions.listed_providers(usize::MAX)? {
            let Ok(Some(info)) = app.sessions.find(&provider, None) else { continue };
            let service = if tool == ToolKind::Git { info.services.git } else { info.services.registry };
            hosts.extend(service.into_iter().flat_map(|service| service.hosts));
        }
    }
    if hosts.is_empty() {
        return Err(Error::usage("no session knows a host of this program; name the HOST"));
    }
    let invalid = |host: &&String| ServiceHost::parse("https", host).is_none();
    match hosts.iter().find(invalid) {
        Some(host) => Err(Error::usage(format!("`{}` is not a host", sanitize_untrusted(host)))),
        None => Ok(hosts),
    }
}
