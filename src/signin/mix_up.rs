//! A server that nobody here has chosen before, with a sign-in page that is another's: the mix-up attack (RFC 9700 4.4).
//!
//! Such a server sends the person to the page of an honest one, as a client of that one, and is given the code that comes
//! back. An answer that says who gave it (RFC 9207) ends that. Where none is promised the person is asked, because there are
//! honest servers whose page lies with their customer.

use url::Url;

use super::protected_resource::{confirm, display_url};
use crate::app::App;
use crate::catalog::Provider;
use crate::error::{Error, Result};
use crate::oauth::discovery::Metadata;
use crate::oauth::host_of;

/// The host of the sign-in page, where that is neither the issuer's nor below it, and nothing in the answer will tell.
pub fn foreign_page_host(metadata: &Metadata) -> Option<String> {
    let page = Url::parse(metadata.authorization_endpoint.as_deref()?).ok()?;
    let issuer = Url::parse(&metadata.issuer).ok()?;
    let below = page.host_str()?.strip_suffix(issuer.host_str()?).is_some_and(|rest| rest.ends_with('.'));
    let is_own = page.origin() == issuer.origin() || below;
    (!is_own && !metadata.authorization_response_iss_parameter_supported).then(|| host_of(page.as_str()))
}

/// Refuses a page that is not the one `agreed` to: the metadata has been read again since, and a server may say something
/// else each time.
///
/// # Errors
/// [`Error::Check`].
pub fn check(metadata: &Metadata, agreed: Option<&str>) -> Result<()> {
    match foreign_page_host(metadata) {
        Some(page) if agreed != Some(&page) => {
            let server = host_of(&metadata.issuer);
            Err(Error::check(format!("the sign-in page of `{server}` is at `{page}` now, and was not a moment ago")))
        }
        _ => Ok(()),
    }
}

/// Lets the person agree to the `page` of a server that the configuration does not name.
///
/// # Errors
/// [`Error::InteractionRequired`] where nobody can be asked, with the configuration that answers; as [`App::choose`].
pub fn confirm_page(app: &App, provider: &Provider, issuer: &str, page: &str) -> Result<()> {
    let entry = app.config()?.providers.entry(&provider.name).and_then(|entry| entry.issuer.as_ref());
    if entry.is_some() {
        return Ok(());
    }
    let server = host_of(issuer);
    if !app.prompt.can_prompt() {
        let (name, issuer, path) = (&provider.name, display_url(issuer), app.config_path());
        return Err(Error::InteractionRequired {
            action: format!("the sign-in page of `{server}` is at `{page}`, which must be agreed to first"),
            alternative: format!(
                "run {{program}} signin {name} in a terminal, or write into {}:\n[providers.\"{name}\"]\nissuer = \"{issuer}\"",
                path.display()
            ),
        });
    }
    app.check_new_session_store()?;
    let question =
        format!("`{server}` will be given what you sign in for at the page of another server, {page}. Is that right?");
    confirm(app, &question, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_servers_own_or_a_strangers() {
        let of = |issuer: &str, page: &str, iss: bool| {
            super::foreign_page_host(&Metadata {
                issuer: issuer.to_owned(),
                authorization_endpoint: Some(page.to_owned()),
                authorization_response_iss_parameter_supported: iss,
                ..Metadata::default()
            })
        };
        for own in ["https://as.example/authorize", "https://login.as.example/", "https://as.example:443/x"] {
            assert_eq!(of("https://as.example/tenant", own, false), None, "{own}");
        }
        for (page, host) in [
            ("https://honest.example/authorize", "honest.example"),
            ("https://as.example.evil.example/", "as.example.evil.example"),
            ("https://notas.example/", "notas.example"),
            ("https://example/", "example"),
            ("https://as.example:8443/", "as.example:8443"),
        ] {
            assert_eq!(of("https://as.example", page, false).as_deref(), Some(host));
            assert_eq!(of("https://as.example", page, true), None, "{page}");
        }
    }
}
