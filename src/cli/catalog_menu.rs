//! Menu of the catalog, for a sign-in on a terminal with nothing configured.

use std::time::Duration;

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::error::{Error, Result};
use crate::prompt::SearchOption;
use crate::providers::{self, ProviderListing};

/// Names at the top, so that most users need no key but Enter. The rest follows in alphabetical order.
const FIRST: [&str; 9] =
    ["github", "google", "microsoft-entra-id", "gitlab", "okta", "keycloak", "mastodon", "huggingface", "demo"];

/// Lets the user choose a provider of the catalog, or type a URL.
///
/// # Errors
/// [`Error::Cancelled`] and [`Error::TimedOut`]; [`Error::Store`] if no session could be kept.
pub fn choose(app: &App, timeout: Option<Duration>) -> Result<String> {
    app.check_new_session_store()?;
    let options = options(app)?;
    loop {
        let name = app.search("Sign in with", &options, timeout.unwrap_or(USER_TIMEOUT))?;
        match app.require_known(&name) {
            Ok(()) => return Ok(name),
            Err(error @ (Error::UnknownProvider { .. } | Error::Usage { .. })) => {
                let hint = error.hint(&app.invocation).map_or_else(String::new, |hint| format!("; {hint}"));
                app.prompt.note(&format!("{error}{hint}"));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Every provider that a user can sign in to.
fn options(app: &App) -> Result<Vec<SearchOption>> {
    let mut listed = providers::list(app, true, None)?;
    listed.retain(|listed| !listed.flows.is_empty());
    let place = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    listed.sort_by_cached_key(|listed| (place(&listed.name), listed.title.to_lowercase()));
    let option = |ProviderListing { name, title, aliases, .. }| SearchOption { name, title, aliases };
    Ok(listed.into_iter().map(option).collect())
}

#[cfg(test)]
mod tests {
    use super::FIRST;
    use crate::catalog::rows;

    #[test]
    fn first_names_are_in_the_catalog() {
        assert!(FIRST.iter().all(|name| rows().canonical(name) == Some(*name)));
    }
}
