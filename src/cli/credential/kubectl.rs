//! `credential kubectl`: the credential plugin of kubectl and other programs of client-go.

use super::service_token::fresh_id_token;
use crate::app::App;
use crate::app::host_session::HostSession;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential::kubectl::{self, ExecInfo, ExecVersion};
use crate::error::{Error, Result};
use crate::session::SessionInfo;
use crate::token::{self, TokenOptions};

/// Variable that holds the request.
const INFO: &str = "KUBERNETES_EXEC_INFO";

/// Answer kubectl, which asks for the token of a cluster
///
/// `credential install kubectl PROVIDER` sets it up. By hand: kubectl config set-credentials ada
/// --exec-api-version=client.authentication.k8s.io/v1 --exec-command=mycli --exec-arg=credential,kubectl,PROVIDER
///
/// Without PROVIDER, the host of the cluster selects the session; that needs `provideClusterInfo: true`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    /// Give the access token instead of the ID token
    #[arg(long)]
    access_token: bool,
    /// Version of the answer if the program does not ask for one: v1 or v1beta1
    #[arg(long, value_name = "VERSION", value_parser = parse_version)]
    api_version: Option<ExecVersion>,
}

fn parse_version(text: &str) -> Result<ExecVersion, String> {
    ExecVersion::parse(text).ok_or_else(|| "neither v1 nor v1beta1".to_owned())
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let request = request(app, args)?;
    let info = session(app, &request, args)?;
    let (token, expires_at) = match args.access_token {
        true => {
            let tokens = token::fresh_session(app, &info, &TokenOptions::default())?.tokens;
            (tokens.access_token, tokens.expires_at)
        }
        false => fresh_id_token(app, &info)?,
    };
    output.line(kubectl::answer(request.version, &token, expires_at).expose())?;
    Ok(0)
}

/// Request of the program. Some leave the variable empty (Azure/kubelogin#150).
fn request(app: &App, args: &Args) -> Result<ExecInfo> {
    match (app.environment.variable(INFO), args.api_version) {
        (Some(value), _) => kubectl::parse(value).map_err(|reason| Error::usage(format!("`{INFO}` {reason}"))),
        (None, Some(version)) => Ok(ExecInfo { version, server: None }),
        (None, None) => Err(Error::usage(format!("`{INFO}` is not set; `--api-version` names the version instead"))),
    }
}

/// Session of the named provider, else of the cluster. A cluster never gets the token of a default provider.
fn session(app: &App, request: &ExecInfo, args: &Args) -> Result<SessionInfo> {
    let query = args.session.query();
    if query.provider.is_some() {
        return app.select_session(&query, "credential kubectl");
    }
    let Some(server) = &request.server else {
        return Err(Error::usage("name the provider, or set `provideClusterInfo: true` in the kubeconfig"));
    };
    let found = request.host().map(|host| app.session_of_host(&host, query.account.as_deref())).transpose()?;
    match found {
        Some(HostSession::Found(info)) => Ok(*info),
        _ => Err(Error::Usage {
            message: format!("no session is for the cluster at `{}`", crate::sanitize::sanitize_untrusted(server)),
            hint: Some("{program} config set providers.PROVIDER.hosts HOST:PORT".to_owned()),
        }),
    }
}
