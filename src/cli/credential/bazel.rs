//! `credential bazel`: the credential helper of bazel.

use super::input;
use super::service_token::{AccountArg, session_for};
use crate::app::App;
use crate::cli::output::Output;
use crate::credential::bazel;
use crate::error::{Error, Result};

/// Answer bazel, which asks for the headers of a URL
///
/// Set up with a link to the program, called bazel-credential-mycli, and in .bazelrc: common
/// --credential_helper=cache.example.org=/path/to/bazel-credential-mycli
///
/// A host of no session needs no headers.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: AccountArg,
    /// Request of bazel: get
    action: String,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    if args.action != "get" {
        return Err(Error::usage("the only request is get"));
    }
    let message = input::read_to_end()?;
    let host = bazel::parse(&message).map_err(|reason| Error::usage(format!("bazel sent {reason}")))?;
    match session_for(app, host.as_ref(), &args.account)? {
        None => output.line(bazel::NO_HEADERS)?,
        Some((_, session)) => output.line(bazel::answer(&session).expose())?,
    }
    Ok(0)
}
