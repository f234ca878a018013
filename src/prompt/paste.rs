//! Where to sign in and what to bring back, in words and in JSON.

use serde_json::{Value, json};

use super::terminal::Manner;
use super::{Ends, PastePage};
use crate::error::plain;

/// The page as one event.
pub(super) fn event(page: &PastePage<'_>) -> Value {
    json!({
        "event": "paste",
        "address": page.address.expose(),
        "callback": page.callback,
        "expires_in": page.limit.as_secs(),
    })
}

/// The page as text. The address holds `state` and is shown all the same, even in a log: nothing goes on without it, and
/// what `state` keeps out, PKCE keeps out too.
pub(super) fn text(page: &PastePage<'_>, manner: &Manner) -> String {
    let (title, address) = (plain(page.title), plain(page.address.expose()));
    let end = match page.ends {
        Ends::Unloadable => "at the end it shows a page that it cannot load, as nothing listens there".to_owned(),
        Ends::Elsewhere => format!("at the end it is at {}", plain(page.callback)),
        Ends::Code => "at the end the page shows a code".to_owned(),
    };
    let wanted = if page.ends == Ends::Code { "that code" } else { "the whole address of that page" };
    match manner.has_keyboard {
        true => format!(
            "to sign in to {title}, go with any browser to\n\n  {address}\n\n{end}:\npaste {wanted} here (it is not shown) \
             and press Enter\n"
        ),
        false => format!("to sign in to {title}, go with any browser to {address}\n{end}; {wanted} is read from stdin"),
    }
}
