//! `credential google`: executable-sourced credentials of Google's libraries.

use super::service_token::fresh_id_token;
use crate::app::App;
use crate::cli::output::Output;
use crate::cli::session_args::SessionArgs;
use crate::credential::google::{self, SubjectTokenType};
use crate::error::{Error, Result};

/// Answer a library of Google, which exchanges an ID token for one of a service account
///
/// Set up in the credential configuration, and with GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1: {"credential_source":
/// {"executable": {"command": "mycli credential google PROVIDER"}}}
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    match answer(app, args) {
        Ok(answer) => output.line(answer.expose()).map(|()| 0),
        Err(error) => {
            output.line(&google::failure(error.kind(), &error.to_string()))?;
            Err(error)
        }
    }
}

fn answer(app: &App, args: &Args) -> Result<crate::secret::Secret> {
    let asked = app.environment.variable("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    let kind = SubjectTokenType::parse(asked).ok_or_else(|| Error::usage("the library asks for no ID token"))?;
    let info = app.select_session(&args.session.query(), "credential google")?;
    let (id_token, expires_at) = fresh_id_token(app, &info)?;
    Ok(kind.answer(&id_token, expires_at))
}
