//! `credential netrc`: lines of a netrc file.

use crate::app::App;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential::netrc;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::token::{self, TokenOptions};

/// Print a line of a netrc file for each host of a session
///
/// A line applies to every port of its host, so a host that is listed with a port gets none. Keep the lines out of files
/// that outlive the token.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let info = app.select_session(&args.session.query(), "credential netrc")?;
    let session = token::fresh_session(app, &info, &TokenOptions::default())?;
    let mut hosts = [&info.services.hosts, app.configured_hosts(&info)].concat();
    hosts.sort_unstable();
    hosts.dedup();
    let lines = netrc::lines(&info, &hosts, &session.tokens.access_token).map_err(|reason| Error::Usage {
        message: format!("`{}` {reason}", info.provider),
        hint: Some(format!("{{program}} config set providers.{}.hosts HOST", shell_quote(&info.provider))),
    })?;
    output.raw(lines.expose().as_bytes())?;
    Ok(0)
}
