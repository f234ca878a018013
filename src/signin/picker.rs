//! Sign-in without a named provider: the user picks one on a page in the browser or from a menu in the terminal.

use std::time::Duration;

use super::fallback_hint::with_more_time;
use super::options::{CompletedFlow, SigninOptions, SigninResult};
use super::redirect::Redirect;
use super::run::{signin, signin_from};
use super::{client_registration, failure_page::failure_page, rejection_report};
use crate::app::runtime::USER_TIMEOUT;
use crate::app::{App, runtime};
use crate::callback_server::{Page, PickerBuilder, ProviderButton, ProviderPicker};
use crate::catalog::{Flow, Provider};
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::store::SigninSubject;

/// Configured provider in the picker.
#[derive(Debug)]
pub struct PickerEntry {
    pub name: String,
    /// Provider and sign-in options, or the reason it is unavailable.
    pub provider: Result<(Provider, SigninOptions)>,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct PickerOptions {
    /// Use the menu: the selected flow does not use a local browser.
    pub menu_only: bool,
    /// Print the URL of the page instead of opening a browser.
    pub no_open: bool,
    /// Port of the page.
    pub port: Option<u16>,
    /// Time limit for the user.
    pub timeout: Option<Duration>,
}

/// Lets the user pick one of `entries` and signs in to it.
///
/// # Errors
/// [`Error::ProviderRequired`] if the user cannot be asked, the error of the first entry if all are unavailable,
/// [`Error::TimedOut`] if the user picks nothing, and the errors of [`super::signin`].
pub fn signin_with_picker(app: &App, entries: Vec<PickerEntry>, settings: PickerOptions) -> Result<SigninResult> {
    let outcome = pick_and_sign_in(app, entries, settings);
    outcome.map_err(|error| with_more_time(error, "{program} signin", settings.timeout))
}

fn pick_and_sign_in(app: &App, entries: Vec<PickerEntry>, settings: PickerOptions) -> Result<SigninResult> {
    let can_open = !app.environment.no_input && !settings.menu_only;
    if can_open && (settings.no_open || app.browser.unavailable_reason().is_none()) {
        let buttons = buttons(app, &entries);
        if buttons.iter().all(|button| button.unavailable_reason.is_some()) {
            return Err(first_error(app, entries));
        }
        let limit = app.signin_limit().filter(|_| !settings.no_open);
        limit.map_or(Ok(()), |limit| limit.check(SigninSubject::PICKER))?;
        app.check_new_session_store()?;
        let picker = PickerBuilder::bind(settings.port)?.serve(&app.program, buttons);
        limit.map_or(Ok(()), |limit| limit.record(SigninSubject::PICKER, app.now()))?;
        if let Some(done) = run_picker(app, &entries, settings, picker)? {
            return Ok(done);
        }
    }
    run_menu(app, entries, settings.timeout.unwrap_or(USER_TIMEOUT))
}

/// Opens the page or prints its URL. Returns `false` if no browser opened and a menu can be shown instead.
fn show(app: &App, picker: &ProviderPicker, no_open: bool) -> bool {
    let opened = (!no_open).then(|| app.browser.open(picker.launch_url()));
    if let (Some(Err(error)), true) = (&opened, app.prompt.can_prompt()) {
        app.prompt.note(&error.to_string());
        return false;
    }
    app.show_page("a provider of your choice", picker.printed_url(), opened);
    true
}

/// Waits for a choice and signs in; repeats if the user goes back and picks another provider. Returns `None` if no
/// browser opened and a menu can be shown instead.
fn run_picker(
    app: &App,
    entries: &[PickerEntry],
    settings: PickerOptions,
    picker: ProviderPicker,
) -> Result<Option<SigninResult>> {
    let timeout = settings.timeout.unwrap_or(USER_TIMEOUT);
    let first = runtime::run(async {
        match show(app, &picker, settings.no_open) {
            true => wait_for_choice(app, &picker, timeout).await.map(Some),
            false => Ok(None),
        }
    })?;
    let Some(mut index) = first else { return Ok(None) };
    if let Some(limit) = app.signin_limit().filter(|_| !settings.no_open) {
        limit.answer(SigninSubject::PICKER)?;
    }
    loop {
        let (provider, options) = entries[index].provider.as_ref().expect("unavailable entries have no button");
        let outcome = match signin_from(app, provider, options, Some(&picker)) {
            Ok(Some(done)) => Ok(done),
            Ok(None) => {
                index = runtime::run(wait_for_choice(app, &picker, timeout))?;
                continue;
            }
            Err(error) => Err(error),
        };
        show_outcome(app, &picker, provider, options, &outcome);
        // The outcome is final, even if a signal ends this wait.
        let _ = runtime::run(async {
            picker.close().await;
            Ok(())
        });
        return outcome.map(Some);
    }
}

async fn wait_for_choice(app: &App, picker: &ProviderPicker, timeout: Duration) -> Result<usize> {
    let _shown = app.prompt.start_waiting("a choice in the browser", timeout);
    let rejections = picker.rejections();
    tokio::select! {
        biased;
        index = picker.next_choice() => Ok(index),
        never = rejection_report::report(app, &rejections) => match never {},
        () = app.clock.sleep(timeout) => Err(Error::TimedOut {
            action: "provider selection".to_owned(),
            after: timeout,
            meanwhile: rejections.summary(),
        })
    }
}

/// Shows the outcome in a browser that is still on the page because no flow redirected it.
fn show_outcome(
    app: &App,
    picker: &ProviderPicker,
    provider: &Provider,
    options: &SigninOptions,
    outcome: &Result<SigninResult>,
) {
    match (outcome, &options.redirect_to) {
        (Ok(SigninResult { flow: CompletedFlow::Existing, .. }), Some(url)) => {
            picker.redirect_to(&crate::oauth::host_of(url), None, &Secret::new(url.as_str()));
        }
        (Ok(SigninResult { session, .. }), _) => {
            picker.show_page(&Page::signed_in(&app.program, &provider.label(), Some(&session.account.name)));
        }
        (Err(error), _) => picker.show_page(&failure_page(app, provider, options, error, None)),
    }
}

/// The same list as a menu in the terminal.
fn run_menu(app: &App, mut entries: Vec<PickerEntry>, timeout: Duration) -> Result<SigninResult> {
    if !app.prompt.can_prompt() {
        let candidates = entries.into_iter().map(|entry| entry.name).collect();
        return Err(Error::ProviderRequired { candidates, command: "signin" });
    }
    app.check_new_session_store()?;
    let label = |entry: &PickerEntry| match &entry.provider {
        Ok((provider, _)) => provider.label(),
        Err(_) => entry.name.clone(),
    };
    let labels: Vec<String> = entries.iter().map(label).collect();
    let index = app.choose("Sign in with", &labels, timeout)?;
    let (provider, options) = entries.swap_remove(index).provider?;
    signin(app, &provider, &options)
}

fn buttons(app: &App, entries: &[PickerEntry]) -> Vec<ProviderButton> {
    let one = |entry: &PickerEntry| {
        let provider = entry.provider.as_ref().ok().map(|(provider, _)| provider);
        ProviderButton {
            name: entry.name.clone(),
            title: provider.map_or(&entry.name, |provider| &provider.title).clone(),
            color: provider.and_then(|provider| provider.brand_color.clone()),
            logo: provider.and_then(|provider| provider.logo),
            unavailable_reason: unavailable_reason(app, entry),
        }
    };
    entries.iter().map(one).collect()
}

/// Reason an entry is unavailable, as shown on the page.
fn unavailable_reason(app: &App, entry: &PickerEntry) -> Option<String> {
    let text = |error: &Error| {
        let (message, hint) = (error.to_string(), error.hint(&app.invocation).unwrap_or_default());
        match hint.rsplit_once('\n') {
            // The fields of a form keep their lines.
            Some((words, command)) if error.lists_fields() => {
                let lines: Vec<_> = words.lines().map(str::trim_start).collect();
                format!("{message}; {} run `{command}`", lines.join("\n"))
            }
            Some((words, command)) => format!("{message}; {}: `{command}`", words.replace('\n', " ")),
            None if hint.is_empty() => message,
            None => format!("{message}: `{hint}`"),
        }
    };
    match &entry.provider {
        Ok((provider, _)) => check(app, provider).err().as_ref().map(text),
        Err(error) => Some(text(error)),
    }
}

/// Checks a provider without any request.
fn check(app: &App, provider: &Provider) -> Result<()> {
    if client_registration::gets_client(app, provider)? {
        return Ok(());
    }
    let client_id = provider.require_client_id()?;
    if provider.flow == Some(Flow::Paste) && !app.prompt.can_prompt() {
        return Err(Error::Usage {
            message: format!("the paste flow of `{}` needs a terminal", provider.name),
            hint: Some(format!("{{program}} signin {} --paste", shell_quote(&provider.name))),
        });
    }
    Redirect::new(app, provider)?;
    let may_need_one = provider.secret_needed || provider.quirks.device.secret_needed;
    if !may_need_one || provider.client_secret.is_some() {
        return Ok(());
    }
    // A store failure does not disable the button: the sign-in reports it.
    let stored = app.load_named_secret(&app.client_secret_id(&provider.name, client_id));
    provider.require_secret(stored.map_or(true, |secret| secret.is_some()))
}

fn first_error(app: &App, entries: Vec<PickerEntry>) -> Error {
    let error = |entry: PickerEntry| match entry.provider {
        Ok((provider, _)) => check(app, &provider).err(),
        Err(error) => Some(error),
    };
    let first = entries.into_iter().find_map(error);
    first.unwrap_or_else(|| Error::ProviderRequired { candidates: Vec::new(), command: "signin" })
}
