//! Arguments that select a session.

use crate::app::select_session::SessionQuery;

/// Arguments that select a session
#[derive(Debug, clap::Args)]
pub struct SessionArgs {
    /// Provider: a name, an https:// URL or a host name
    provider: Option<String>,
    /// Select an account by its name, email address or subject
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

impl SessionArgs {
    pub fn query(&self) -> SessionQuery {
        SessionQuery { provider: self.provider.clone(), account: self.account.clone() }
    }
}
