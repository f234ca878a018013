//! `switch`: sets the default provider, and the default account of a provider.

use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::error::Result;

/// Set the default provider and its default account
///
/// Commands that name no provider use the default provider: the `default` of the configuration. Without PROVIDER, shows a
/// menu of the sessions.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Provider to use by default
    provider: Option<String>,
    /// Account to use by default: its name, email address or subject
    account: Option<String>,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let chosen = crate::switch::switch(app, args.provider.as_deref(), args.account.as_deref())?;
    let (provider, account) = (&chosen.provider, &chosen.account.name);
    app.prompt.note(&format!("`{provider}` is now the default provider, as `{account}`"));
    if let Some(named) = app.explicit_provider(&SessionQuery::default())?.filter(|named| named != provider) {
        let source = match app.variable("PROVIDER") {
            Some(_) => "the environment",
            None => "the project file of this directory",
        };
        app.prompt.warn(&format!("{source} names `{named}`, which comes first here"));
    }
    output.document_if_json(&json!({"provider": provider, "account": account})).map(|()| 0)
}
