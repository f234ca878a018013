//! Mix-up defense (RFC 9700 4.4) for an authorization server that is not configured and whose sign-in page is on
//! another host.
//!
//! Such a server can send the user to the page of an honest server, as a client of that server, and receive the code.
//! An `iss` parameter in the response (RFC 9207) prevents this. If the server does not promise one, the user must
//! confirm, because some honest servers host the page elsewhere, such as at their identity vendor.

use url::Url;

use super::protected_resource::{confirm, display_url};
use crate::app::App;
use crate::error::{Error, Result};
use crate::oauth::discovery::Metadata;
use crate::oauth::host_of;
use crate::sanitize::{shell_quote, shell_quote_path};

/// Returns the host of the sign-in page if it is neither the issuer's host nor a subdomain, and the response will not
/// carry `iss`.
pub fn foreign_page_host(metadata: &Metadata) -> Option<String> {
    let page = Url::parse(metadata.authorization_endpoint.as_deref()?).ok()?;
    let issuer = Url::parse(&metadata.issuer).ok()?;
    let below = page.host_str()?.strip_suffix(issuer.host_str()?).is_some_and(|rest| rest.ends_with('.'));
    let is_own = page.origin() == issuer.origin() || below;
    (!is_own && !metadata.authorization_response_iss_parameter_supported).then(|| host_of(page.as_str()))
}

/// Asks the user to accept the `page` of a server that is not configured.
pub fn confirm_page(app: &App, name: &str, issuer: &str, page: &str) -> Result<()> {
    let entry = app.config()?.providers.entry(name).and_then(|entry| entry.issuer.as_ref());
    if entry.is_some() {
        return Ok(());
    }
    let server = host_of(issuer);
    if !app.prompt.can_prompt() {
        let (issuer, path) = (display_url(issuer), app.config_path());
        return Err(Error::InteractionRequired {
            action: format!("the sign-in page of `{server}` is on another host, `{page}`, which you must accept first"),
            alternative: format!(
                "{{program}} signin {} in a terminal, or add to {}:\n[providers.\"{name}\"]\nissuer = \"{issuer}\"",
                shell_quote(name),
                shell_quote_path(&path)
            ),
        });
    }
    app.check_new_session_store()?;
    let question = format!("`{server}` sends you to another host to sign in: {page}. Continue?");
    confirm(app, &question, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_sign_in_page_is_detected() {
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
