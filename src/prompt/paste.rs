//! Prompt of the paste flow, as text and as JSON.

use serde_json::{Value, json};

use super::capabilities::TerminalCapabilities;
use super::style::{hyperlink, wrap};
use super::{PastePrompt, PasteSource};
use crate::sanitize::single_line;

/// Returns the prompt as a JSON event.
pub(super) fn event(page: &PastePrompt<'_>) -> Value {
    json!({
        "event": "paste",
        "address": page.url.expose(),
        "callback": page.redirect_uri,
        "expires_in": page.timeout.as_secs(),
    })
}

/// Returns the prompt as sanitized text, with the URL as a link because a terminal wraps it. The URL contains `state`
/// and is shown even in a log: the user cannot continue without the URL, and PKCE stops the attacks that `state` stops.
pub(super) fn text(page: &PastePrompt<'_>, capabilities: &TerminalCapabilities) -> String {
    let (title, url) = (single_line(page.title), single_line(page.url.expose()));
    let url = hyperlink(&url, Some(&url), capabilities.can_style);
    let ending = match page.source {
        PasteSource::Unloadable => {
            "The sign-in ends at a page that your browser cannot load; this is expected.".to_owned()
        }
        PasteSource::Elsewhere => format!("The sign-in ends at {}.", single_line(page.redirect_uri)),
        PasteSource::Code => "The sign-in ends at a page that shows a code.".to_owned(),
    };
    let expected = if page.source == PasteSource::Code { "the code" } else { "the URL of that page" };
    if !capabilities.has_keyboard {
        return format!("To sign in to {title}, visit {url} in any browser\n{ending}\nReading {expected} from stdin.");
    }
    let wrapped = |text: &str| wrap(text, capabilities.columns(), "");
    let lead = wrapped(&format!("To sign in to {title}, visit this URL in any browser:"));
    let request = wrapped(&format!("Paste {expected} here (input hidden) and press Enter."));
    format!("{lead}\n\n  {url}\n\n{}\n{request}\n", wrapped(&ending))
}
