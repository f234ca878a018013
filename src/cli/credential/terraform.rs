//! `credential terraform`: the credentials helper of terraform and tofu.

use super::input;
use super::service_token::{AccountArg, session_for};
use crate::app::App;
use crate::cli::output::Output;
use crate::credential::{ServiceHost, terraform_token};
use crate::error::{Error, Result};

/// Answer terraform or tofu, which ask for the token of a host
///
/// Set up with a link to the program, called terraform-credentials-mycli, in ~/.terraform.d/plugins, and in
/// ~/.terraformrc: credentials_helper "mycli" {}
///
/// Nothing is stored or forgotten: the session is the credential.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    account: AccountArg,
    /// Request of terraform: get, store or forget
    action: String,
    /// Host, with its port if that is not 443
    host: String,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match args.action.as_str() {
        "get" => {
            let host = ServiceHost::parse("https", &args.host);
            match session_for(app, host.as_ref(), &args.account)? {
                Some((_, session)) => output.line(terraform_token(&session.tokens.access_token).expose())?,
                None => output.line("{}")?,
            }
            Ok(0)
        }
        "store" => {
            input::discard();
            let message = format!("{} stores no tokens of other programs", app.name);
            Err(Error::Usage { message, hint: Some("{program} signin".to_owned()) })
        }
        "forget" => Ok(0),
        _ => Err(Error::usage("the request is none of get, store and forget")),
    }
}
