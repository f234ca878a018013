//! Redirect URIs of the paste flow.

use crate::callback_server::RedirectUri;
use crate::catalog::{self, AcceptedRedirect, CallbackUri, CodePage, CodePageContent, Pkce, Provider};
use crate::error::{Error, Result};
use crate::prompt::PasteSource;
use crate::sanitize::sanitize_untrusted;

/// The port of a redirect URI that nobody listens at, where none is fixed: the one that registrations have where the port
/// counts, so that there is no other to get used to.
const DEFAULT_PASTE_PORT: u16 = 25519;

/// The redirect URI of a page that shows what it is given, by the wish of whoever asks (Google's native applications had
/// it until 2022, others still do). No provider shows more than a code there, and what it does show is for its row to say.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Whether the answer can only be brought by a person, because nothing here can listen for it.
pub fn is_paste_only(provider: &Provider) -> bool {
    let elsewhere = |callback: &String| catalog::parse_callback(callback) == Ok(CallbackUri::External);
    provider.callback.as_ref().is_some_and(elsewhere)
}

/// Refuses a page that no answer can be carried from.
///
/// # Errors
/// [`Error::Usage`].
pub fn check(provider: &Provider) -> Result<()> {
    let (name, callback) = (&provider.name, provider.callback.as_deref());
    match code_page(provider) {
        Some(CodePage { shows: CodePageContent::Code, uri }) if provider.pkce == Pkce::No => {
            Err(Error::usage(format!(
                "the page at `{uri}` shows a code alone, which is taken only with PKCE, and `{name}` does not know that"
            )))
        }
        None if callback.is_some_and(|callback| callback.starts_with(OUT_OF_BAND)) => Err(Error::usage(format!(
            "the page at `{}` shows a code alone, which is not taken: nothing is known of what `{name}` shows there",
            sanitize_untrusted(callback.unwrap_or_default())
        ))),
        _ => Ok(()),
    }
}

/// The redirect URI: the registered one byte for byte, else one on this machine.
pub fn redirect_uri(provider: &Provider) -> Result<String> {
    match &provider.callback {
        Some(callback) => Ok(callback.clone()),
        None if provider.accepted_redirect == AcceptedRedirect::Https => {
            Ok(catalog::redirect_uri_to_register(provider))
        }
        None => {
            let uri = RedirectUri::new(&provider.redirect_host, provider.port, &provider.redirect_path)?;
            Ok(uri.with_port(provider.port.unwrap_or(DEFAULT_PASTE_PORT)))
        }
    }
}

/// The provider's page, where the browser ends there.
pub fn code_page(provider: &Provider) -> Option<&CodePage> {
    provider.code_page.as_ref().filter(|page| provider.callback.as_ref() == Some(&page.uri))
}

pub fn paste_source(provider: &Provider) -> PasteSource {
    match code_page(provider) {
        Some(_) => PasteSource::Code,
        None if is_paste_only(provider) => PasteSource::Elsewhere,
        None => PasteSource::Unloadable,
    }
}
