//! Redirect URIs of the paste flow.

use crate::callback_server::RedirectUri;
use crate::catalog::{self, AcceptedRedirect, CallbackUri, CodePage, CodePageContent, Pkce, Provider};
use crate::error::{Error, Result};
use crate::prompt::PasteSource;
use crate::sanitize::sanitize_untrusted;

/// Default port of a redirect URI without a listener. Registrations use the same port if the provider compares ports.
const DEFAULT_PASTE_PORT: u16 = 25519;

/// Out-of-band redirect URI: the provider's page shows the code to the user, even if someone else started the sign-in.
/// Google supported it for native apps until 2022, others still do. Such pages show no more than a code, and the
/// catalog entry describes the format.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Returns true if the redirect URI is not on this machine, so that the user must paste.
pub fn is_paste_only(provider: &Provider) -> bool {
    let elsewhere = |callback: &String| catalog::parse_callback(callback) == Ok(CallbackUri::External);
    provider.callback.as_ref().is_some_and(elsewhere)
}

/// Rejects a page whose code cannot be pasted safely.
///
/// # Errors
/// [`Error::Usage`].
pub fn check(provider: &Provider) -> Result<()> {
    let (name, callback) = (&provider.name, provider.callback.as_deref());
    match code_page(provider) {
        Some(CodePage { shows: CodePageContent::Code, uri }) if provider.pkce == Pkce::No => Err(Error::usage(
            format!("the page at `{uri}` shows only a code, which needs PKCE, and `{name}` does not support PKCE"),
        )),
        None if callback.is_some_and(|callback| callback.starts_with(OUT_OF_BAND)) => Err(Error::usage(format!(
            "the page at `{}` shows only a code, and the format for `{name}` is unknown",
            sanitize_untrusted(callback.unwrap_or_default())
        ))),
        _ => Ok(()),
    }
}

/// Redirect URI: the registered one byte for byte, else a loopback URI.
pub fn redirect_uri(provider: &Provider) -> Result<String> {
    match &provider.callback {
        Some(callback) => Ok(callback.clone()),
        None if provider.redirect.accepts == AcceptedRedirect::Https => Ok(catalog::redirect_uri_to_register(provider)),
        None => {
            let uri = RedirectUri::new(&provider.redirect.host, provider.port, &provider.redirect.path)?;
            Ok(uri.with_port(provider.port.unwrap_or(DEFAULT_PASTE_PORT)))
        }
    }
}

/// The provider's code page, if the redirect URI is that page.
pub fn code_page(provider: &Provider) -> Option<&CodePage> {
    provider.redirect.page.as_ref().filter(|page| provider.callback.as_ref() == Some(&page.uri))
}

pub fn paste_source(provider: &Provider) -> PasteSource {
    match code_page(provider) {
        Some(_) => PasteSource::Code,
        None if is_paste_only(provider) => PasteSource::Elsewhere,
        None => PasteSource::Unloadable,
    }
}
