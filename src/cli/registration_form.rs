//! The form for registering an application, beside the questions of the terminal: page, fields and what to enter.

use super::question::{self, REQUIRED};
use crate::app::App;
use crate::app::runtime;
use crate::catalog::{Provider, RegistrationForm};
use crate::error::{Error, Result};
use crate::prompt::terminal::read_secret;
use crate::providers::{self, NewProvider};
use crate::secret::Secret;
use crate::signin;

/// When the page opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOpening {
    /// The command is for what the page does, or opens a browser anyway.
    AtOnce,
    /// The user may have an application already.
    OnEnter,
}

/// Shows where to register an application and what to enter there.
pub fn show(app: &App, provider: &Provider, opening: PageOpening) -> RegistrationForm {
    let form = provider.registration_form(&app.name, &app.invocation);
    let title = &provider.title;
    let first = match (&form.filled_page, &form.page) {
        (Some(_), Some(page)) if app.prompt.can_prompt() && app.browser.unavailable_reason().is_none() => {
            let when = match opening {
                PageOpening::AtOnce => "the form opens filled in",
                PageOpening::OnEnter => "Enter opens the form filled in",
            };
            format!("register an application at {page} ({when})")
        }
        (Some(url), _) | (None, Some(url)) => format!("register an application at {url}"),
        (None, None) => {
            format!("register an application in the developer settings of {title}; the catalog does not know the page")
        }
    };
    app.prompt.note(&first);
    app.prompt.note_fields(&form.fields);
    form
}

/// Asks for the client ID after the page was opened. Empty if the provider may register clients by itself.
pub fn client_id(app: &App, provider: &Provider, form: &RegistrationForm, opening: PageOpening) -> Result<String> {
    let page = form.filled_page.as_ref().or(form.page.as_ref());
    let page = page.filter(|_| app.browser.unavailable_reason().is_none());
    if let Some(page) = page {
        if opening == PageOpening::OnEnter {
            let question = "Press Enter to open the page in your browser, or enter the client ID:";
            let typed = question::ask(app, question, one_word)?;
            if !typed.is_empty() {
                return Ok(typed);
            }
        }
        match app.browser.open(&Secret::new(page.as_str())) {
            Ok(()) => app.prompt.note("Opening your browser. Copy the client ID from the page that it ends up at."),
            Err(error) => app.prompt.note(&format!("{error}; visit {page}")),
        }
    }
    let question = match provider.generic {
        true => "Client ID (leave empty if the provider registers clients automatically):",
        false => "Client ID:",
    };
    question::ask(app, question, |typed| match typed {
        "" if !provider.generic => Err(String::new()),
        typed => one_word(typed),
    })
}

fn one_word(typed: &str) -> Result<String, String> {
    match typed.contains(char::is_whitespace) {
        true => Err("contains spaces".to_owned()),
        false => Ok(typed.to_owned()),
    }
}

/// Asks for the client secret; optional if the device flow needs none.
pub fn secret(app: &App, provider: &Provider) -> Result<Option<Secret>> {
    let is_optional = provider.endpoints.device_authorization.is_some() && !provider.quirks.device.secret_needed;
    let question = match is_optional {
        true => "Client secret (input hidden; leave empty to sign in with a device code, which needs none):",
        false => "Client secret (input hidden):",
    };
    loop {
        let typed = runtime::run(read_secret(question))?.ok_or(Error::Interrupted { signal: 2 })?;
        match typed.expose().trim() {
            "" if is_optional => return Ok(None),
            "" => app.prompt.note(REQUIRED),
            secret => return Ok(Some(Secret::new(secret))),
        }
    }
}

/// Shows the command that signs in to a provider which has just been configured.
pub fn show_next_command(app: &App, provider: &Provider) {
    let lacking = providers::find_missing(app, &provider.name, &NewProvider::default());
    let next = signin::next_command(provider, lacking.is_ok_and(|lacking| lacking.has_secret));
    app.prompt.note(&format!("next: {}", next.replace("{program}", &app.invocation)));
}
