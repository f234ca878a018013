//! A sign-in for which no provider was named: the person chooses one, on a page in the browser or from a menu in the
//! terminal, and from then on it goes the way of a sign-in that names it.

use std::time::Duration;

use super::rate_limit::{self, SigninAttempt};
use super::{CompletedFlow, PATIENCE, SigninOptions, SigninResult, browser_flow, client_registration, flow, through};
use crate::app::{App, runtime};
use crate::callback_server::{Page, PickerBuilder, ProviderButton, ProviderPicker};
use crate::catalog::{Flow, Provider};
use crate::error::{Error, Result};
use crate::prompt::BrowserPrompt;
use crate::sanitize::shell_quote;
use crate::secret::Secret;

/// A configured provider that may be chosen.
#[derive(Debug)]
pub struct PickerEntry {
    /// Its name.
    pub name: String,
    /// The provider and what is asked of its sign-in, or why there is none.
    pub provider: Result<(Provider, SigninOptions)>,
}

/// How the person is to choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct PickerOptions {
    /// Not on the page: the sign-in itself is to go another way than through the browser.
    pub in_the_terminal: bool,
    /// The page's address is printed, and no browser opened.
    pub no_open: bool,
    /// The port of the page.
    pub port: Option<u16>,
    /// How long the person may take.
    pub limit: Option<Duration>,
}

/// Lets the person choose one of `offers` and signs in to it.
///
/// # Errors
/// [`Error::ProviderRequired`] where nobody can be asked, that of the first offer where none can be taken,
/// [`Error::TimedOut`] where nobody chose, and those of [`super::signin`].
pub fn signin_to_one_of(app: &App, offers: Vec<PickerEntry>, manner: PickerOptions) -> Result<SigninResult> {
    let can_open = !app.environment.no_input && !manner.in_the_terminal;
    if can_open && (manner.no_open || app.browser.unavailable_reason().is_none()) {
        let buttons = buttons(app, &offers);
        if buttons.iter().all(|button| button.unavailable_reason.is_some()) {
            return Err(first_unavailable_reason(app, offers));
        }
        rate_limit::check(app, SigninAttempt::OnPage)?;
        app.check_new_place()?;
        let page = PickerBuilder::bind(manner.port)?.serve(&app.program, buttons);
        rate_limit::begin(app, SigninAttempt::OnPage)?;
        if let Some(done) = on_page(app, &offers, manner, page)? {
            return Ok(done);
        }
    }
    from_menu(app, offers, manner.limit.unwrap_or(PATIENCE))
}

/// Sends the browser to the page, or tells the person where it is; `false` where no browser could be opened and a menu can
/// be shown instead.
fn show(app: &App, page: &ProviderPicker, no_open: bool) -> bool {
    let opened = (!no_open).then(|| app.browser.open(page.url()));
    if let (Some(Err(error)), true) = (&opened, app.prompt.can_prompt()) {
        app.prompt.note(&error.to_string());
        return false;
    }
    app.prompt.show_browser_prompt(&BrowserPrompt {
        title: "a provider of your choice",
        url: page.url(),
        start_url: page.url(),
        opened: matches!(opened, Some(Ok(()))),
        open_error: opened.and_then(Result::err).map(|error| error.to_string()),
    });
    true
}

/// Waits for the choice, signs in, and starts over where the person goes back and chooses another. `None` where no browser
/// could be opened and a menu can be shown instead.
fn on_page(
    app: &App,
    offers: &[PickerEntry],
    manner: PickerOptions,
    page: ProviderPicker,
) -> Result<Option<SigninResult>> {
    let limit = manner.limit.unwrap_or(PATIENCE);
    let first = runtime::wait(async {
        match show(app, &page, manner.no_open) {
            true => choice(app, &page, limit).await.map(Some),
            false => Ok(None),
        }
    })?;
    let Some(mut index) = first else { return Ok(None) };
    loop {
        let (provider, asked) = offers[index].provider.as_ref().expect("what cannot be taken is no button");
        let outcome = match through(app, provider, asked, Some(&page)) {
            Ok(Some(done)) => Ok(done),
            Ok(None) => {
                index = runtime::wait(choice(app, &page, limit))?;
                continue;
            }
            Err(error) => Err(error),
        };
        tell(app, &page, provider, asked, &outcome);
        // Whatever ends this wait, the outcome is there.
        let _ = runtime::wait(async {
            page.close().await;
            Ok(())
        });
        return outcome.map(Some);
    }
}

async fn choice(app: &App, page: &ProviderPicker, limit: Duration) -> Result<usize> {
    let _shown = app.prompt.start_waiting("a choice in the browser", limit);
    tokio::select! {
        biased;
        index = page.next_choice() => Ok(index),
        () = app.clock.sleep(limit) => Err(Error::TimedOut { action: "the choice of a provider".to_owned(), after: limit }),
    }
}

/// Tells a browser that still waits at the page, because it was led nowhere.
fn tell(app: &App, page: &ProviderPicker, provider: &Provider, asked: &SigninOptions, outcome: &Result<SigninResult>) {
    match (outcome, &asked.redirect_to) {
        (Ok(SigninResult { way: CompletedFlow::Existing, .. }), Some(address)) => {
            page.redirect_to(&crate::oauth::host_of(address), &Secret::new(address.as_str()));
        }
        (Ok(SigninResult { session, .. }), _) => {
            page.show_page(&Page::signed_in(&app.program, &provider.title, Some(&session.account.name)));
        }
        (Err(error), _) => page.show_page(&browser_flow::failure(app, &provider.title, error)),
    }
}

/// The same list in the terminal.
fn from_menu(app: &App, mut offers: Vec<PickerEntry>, limit: Duration) -> Result<SigninResult> {
    if !app.prompt.can_prompt() {
        let candidates = offers.into_iter().map(|offer| offer.name).collect();
        return Err(Error::ProviderRequired { candidates, command: "signin" });
    }
    app.check_new_place()?;
    let index = app.choose("Sign in with", &titles(&offers), limit)?;
    let (provider, asked) = offers.swap_remove(index).provider?;
    super::signin(app, &provider, &asked)
}

/// What a person reads for each: the title, and the name where that is another one's title too.
fn titles(offers: &[PickerEntry]) -> Vec<String> {
    let title = |offer: &PickerEntry| match &offer.provider {
        Ok((provider, _)) => provider.title.clone(),
        Err(_) => offer.name.clone(),
    };
    let all: Vec<String> = offers.iter().map(title).collect();
    let is_shared = |title: &String| all.iter().filter(|other| *other == title).count() > 1;
    let whole = |(offer, title): (&PickerEntry, &String)| match is_shared(title) {
        true => format!("{title} ({})", offer.name),
        false => title.clone(),
    };
    offers.iter().zip(&all).map(whole).collect()
}

fn buttons(app: &App, offers: &[PickerEntry]) -> Vec<ProviderButton> {
    let one = |(offer, title): (&PickerEntry, String)| ProviderButton {
        name: offer.name.clone(),
        title,
        color: offer.provider.as_ref().ok().and_then(|(provider, _)| provider.brand_color.clone()),
        unavailable_reason: unavailable_reason(app, offer),
    };
    offers.iter().zip(titles(offers)).map(one).collect()
}

/// What keeps an offer from being taken, as the page says it.
fn unavailable_reason(app: &App, offer: &PickerEntry) -> Option<String> {
    let said = |error: &Error| {
        let (message, hint) = (error.to_string(), error.hint(&app.program).unwrap_or_default());
        match hint.rsplit_once('\n') {
            Some((words, command)) => format!("{message}; {}: `{command}`", words.replace('\n', " ")),
            None if hint.is_empty() => message,
            None => format!("{message}: `{hint}`"),
        }
    };
    match &offer.provider {
        Ok((provider, _)) => check(app, provider).err().as_ref().map(said),
        Err(error) => Some(said(error)),
    }
}

/// What can be told of a provider without asking it anything.
fn check(app: &App, provider: &Provider) -> Result<()> {
    if client_registration::may_be(provider) {
        return Ok(());
    }
    let client_id = provider.require_client_id()?;
    if provider.flow == Some(Flow::Paste) && !app.prompt.can_prompt() {
        return Err(Error::Usage {
            message: format!("the answer of `{}` is pasted, which needs a terminal", provider.name),
            hint: Some(format!("{{program}} signin {} --paste", shell_quote(&provider.name))),
        });
    }
    super::check_callback(app, provider)?;
    let may_need_one = provider.secret_needed || provider.quirks.device.secret_needed;
    if !may_need_one || provider.client_secret.is_some() {
        return Ok(());
    }
    // A store that cannot be asked is the sign-in's own trouble, and no reason to hide a button.
    let stored = app.named_secret(&app.client_secret_id(&provider.name, client_id));
    flow::check_secret(provider, stored.map_or(true, |secret| secret.is_some()))
}

fn first_unavailable_reason(app: &App, offers: Vec<PickerEntry>) -> Error {
    let refusal = |offer: PickerEntry| match offer.provider {
        Ok((provider, _)) => check(app, &provider).err(),
        Err(error) => Some(error),
    };
    let first = offers.into_iter().find_map(refusal);
    first.unwrap_or_else(|| Error::ProviderRequired { candidates: Vec::new(), command: "signin" })
}
