//! `switch`: makes an account the default of its provider.

use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::error::Result;

/// Make an account the default of its provider
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Provider of the account
    provider: String,
    /// Account: its name, email address or subject
    account: String,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let chosen = crate::switch::switch(app, &args.provider, &args.account)?;
    app.prompt.note(&format!("`{}` is now the default account of `{}`", chosen.account.name, chosen.provider));
    output.document_if_json(&json!({"provider": chosen.provider, "account": chosen.account.name})).map(|()| 0)
}
