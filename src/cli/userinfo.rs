//! `userinfo`: prints what the provider says about the user.

use std::time::Duration;

use super::output::Output;
use super::session_args::SessionArgs;
use crate::app::App;
use crate::error::Result;
use crate::token::{self, TokenOptions};

/// Print what the provider says about the user, as JSON
///
/// Sends the access token of the session to the userinfo endpoint (OpenID Connect Core 5.3), or to the provider's own
/// endpoint of this kind.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let info = app.select_session(&args.session.query(), "userinfo")?;
    let options = TokenOptions { min_ttl: Duration::ZERO, ..TokenOptions::default() };
    let session = token::fresh_session(app, &info, &options)?;
    let profile = app.fetch_profile(&session).map_err(|error| app.with_session_hint(&info, error))?;
    output.line(&output.json_text(&profile))?;
    Ok(0)
}
