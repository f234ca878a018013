//! `credential docker`: the credential helper of docker, podman, skopeo and buildah.

use std::collections::BTreeMap;

use serde_json::Value;

use super::input;
use super::service_token::{AccountArg, session_for};
use crate::app::App;
use crate::cli::output::Output;
use crate::credential::docker::{DockerAddress, DockerCredential, NOT_FOUND};
use crate::credential::{ServiceHost, basic_user};
use crate::error::{Error, Result};
use crate::session::SessionInfo;

/// Answer docker, podman, skopeo or buildah, which ask for the credential of a registry
///
/// `credential install docker` sets it up. By hand: a link to the program, called docker-credential-mycli, on the PATH, and
/// in ~/.docker/config.json: {"credHelpers": {"registry.example.org": "mycli"}}
///
/// Errors are texts on stdout, as the protocol wants them; the reason is on stderr. Nothing is stored or erased: the
/// session is the credential.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: AccountArg,
    /// Request: get, store, erase, list or version
    action: String,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match respond(app, output, args) {
        Err(error) if !matches!(error, Error::Output(_)) => {
            output.line(&error.to_string())?;
            Err(error)
        }
        outcome => outcome,
    }
}

fn respond(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match args.action.as_str() {
        "get" => get(app, output, args),
        "store" => store(app, output, args),
        "erase" => {
            input::discard();
            Ok(0)
        }
        "list" => output.document(&list(app)?).map(|()| 0),
        "version" => output.line(&format!("{} {}", app.name, env!("CARGO_PKG_VERSION"))).map(|()| 0),
        _ => Err(Error::usage("the request is none of get, store, erase, list and version")),
    }
}

/// Writes an error of the protocol; the caller reads it on stdout.
fn refuse(output: &Output, text: &str) -> Result<u8> {
    output.line(text).map(|()| 1)
}

fn get(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let message = input::read_to_end()?;
    let address = match DockerAddress::parse(&message) {
        Ok(address) => address,
        Err(text) => return refuse(output, text),
    };
    match session_for(app, address.host().as_ref(), &args.account) {
        Ok(None) => refuse(output, NOT_FOUND),
        Ok(Some((info, session))) => {
            let user = basic_user(info.services.registry.as_ref(), &info);
            output.line(address.answer(user, &session.tokens.access_token).expose()).map(|()| 0)
        }
        // docker asks every helper before a build: a registry that is not needed must not stop it.
        Err(error) => {
            output.fail(&error);
            refuse(output, NOT_FOUND)
        }
    }
}

/// Accepts the token of the session itself, which `docker login` stores after it has used it.
fn store(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let message = input::read_to_end()?;
    let credential = match DockerCredential::parse(&message) {
        Ok(credential) => credential,
        Err(text) => return refuse(output, text),
    };
    match session_for(app, credential.host().as_ref(), &args.account) {
        Ok(Some((_, session))) if session.tokens.access_token == credential.secret => Ok(0),
        _ => refuse(output, &format!("{} stores no passwords; sign in with: {} signin", app.name, app.invocation)),
    }
}

/// Registries of the sessions with their user names.
fn list(app: &App) -> Result<Value> {
    let mut users = BTreeMap::new();
    for provider in app.sessions.listed_providers(usize::MAX)? {
        let Ok(Some(info)) = app.sessions.find(&provider, None) else { continue };
        for host in registries(&info) {
            users.entry(host.clone()).or_insert_with(|| basic_user(info.services.registry.as_ref(), &info).to_owned());
        }
    }
    Ok(users.into_iter().map(|(host, user)| (host, user.into())).collect::<serde_json::Map<_, _>>().into())
}

fn registries(info: &SessionInfo) -> impl Iterator<Item = &String> {
    let hosts = info.services.registry.iter().flat_map(|registry| &registry.hosts);
    hosts.filter(|host| ServiceHost::parse("https", host).is_some())
}
