//! `credential headers`: a header helper of agents.

use crate::app::App;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential;
use crate::error::Result;
use crate::token::{self, TokenOptions};

/// Print a JSON object of header names and values, for the header helpers of agents
///
/// The agent asks again after a 401 response. Any other program can use `token --headers`, which prints the same.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let session = token::token(app, &args.session.query(), &TokenOptions::default())?;
    output.line(credential::headers(&session).expose())?;
    Ok(0)
}
