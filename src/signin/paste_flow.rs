//! Paste flow: the user brings the redirect URL or the code. Used if the browser cannot return to this machine, and
//! next to the loopback listener if the user can type.

use std::future::Future;
use std::pin::Pin;

use super::code_exchange::{self, SentRequest};
use super::options::SigninOptions;
use super::paste_callback::{code_page, paste_source, redirect_uri};
use super::plan::Plan;
use super::provider_change::unless_provider_changed;
use crate::app::runtime::USER_TIMEOUT;
use crate::app::{App, runtime};
use crate::callback_server::ProviderPicker;
use crate::catalog::{CodePageContent, Provider};
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationRequest, Code};
use crate::prompt::PastePrompt;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::Session;

/// Runs the flow. Returns `None` if the user picked another provider.
pub fn run(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    picker: Option<&ProviderPicker>,
) -> Result<Option<Session>> {
    let redirect_uri = redirect_uri(plan.provider)?;
    let request = code_exchange::request(plan, options, &redirect_uri)?;
    let sent = SentRequest { request: &request, redirect_uri: &redirect_uri };
    runtime::run(unless_provider_changed(picker, finish(app, plan, options, &sent, picker)))
}

/// Waits for the pasted input.
async fn finish(
    app: &App,
    plan: &Plan<'_>,
    options: &SigninOptions,
    sent: &SentRequest<'_>,
    picker: Option<&ProviderPicker>,
) -> Result<Session> {
    let provider = plan.provider;
    if let (Some(limit), None) = (app.signin_limit(), picker) {
        limit.record(Some(&provider.name), app.now())?;
    }
    let timeout = options.timeout.unwrap_or(USER_TIMEOUT);
    let input = PasteInput::start(app, provider, sent.request);
    if let Some(picker) = picker {
        picker.redirect_to(&provider.title, sent.request.url());
    }
    app.prompt.show_paste_prompt(&PastePrompt {
        title: &provider.title,
        url: sent.request.url(),
        redirect_uri: sent.redirect_uri,
        source: paste_source(provider),
        timeout,
    });
    let code = {
        let _spinner = app.prompt.start_waiting("pasted input", timeout);
        tokio::select! {
            biased;
            code = input.code() => code?.ok_or_else(|| input_ended(app, provider))?,
            () = app.clock.sleep(timeout) => {
                return Err(Error::TimedOut { action: "paste sign-in".to_owned(), after: timeout });
            }
        }
    };
    code_exchange::complete(app, plan, options, sent, &code).await
}

/// An empty line means Ctrl-C on a terminal. Without a terminal stdin has ended.
fn input_ended(app: &App, provider: &Provider) -> Error {
    match app.environment.stdin_is_terminal {
        true => Error::Interrupted { signal: 2 },
        false => Error::Usage {
            message: "stdin ended before the redirect URL was pasted; run this in a terminal".to_owned(),
            hint: Some(format!("{{program}} signin {} --paste", shell_quote(&provider.name))),
        },
    }
}

/// Pasted input, read until it matches the request. Restores the terminal on drop.
pub struct PasteInput<'a> {
    app: &'a App,
    request: &'a AuthorizationRequest,
    shows: Option<CodePageContent>,
    line: Line<'a>,
}

type Line<'a> = Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + 'a>>;

impl<'a> PasteInput<'a> {
    /// Starts reading with echo off; call before the prompt is printed.
    pub fn start(app: &'a App, provider: &Provider, request: &'a AuthorizationRequest) -> Self {
        let shows = code_page(provider).map(|page| page.shows);
        Self { app, request, shows, line: app.prompt.read_pasted() }
    }

    /// Returns the first valid code, or `None` if the user enters an empty line. On a terminal, explains invalid input
    /// and asks again.
    ///
    /// # Errors
    /// As [`AuthorizationRequest::validate_pasted`]; invalid input if there is no terminal.
    pub async fn code(mut self) -> Result<Option<Code>> {
        loop {
            let error = match self.line.as_mut().await {
                Ok(None) => return Ok(None),
                Ok(Some(text)) => match self.request.validate_pasted(text.expose(), self.shows) {
                    Ok(validated) => return validated.map(Some),
                    Err(error) => error.into(),
                },
                // Input that is too long or not UTF-8.
                Err(error @ Error::Usage { .. }) => error,
                Err(error) => return Err(error),
            };
            if !self.app.environment.stdin_is_terminal {
                return Err(error);
            }
            self.line = self.app.prompt.read_pasted();
            self.app.prompt.warn(&format!("{error}; paste again"));
        }
    }
}

/// Code pasted next to a listener. Never completes if the user cannot type or enters an empty line.
pub async fn pasted_code(input: Option<PasteInput<'_>>) -> Result<Code> {
    let code = match input {
        Some(input) => input.code().await?,
        None => None,
    };
    match code {
        Some(code) => Ok(code),
        None => std::future::pending().await,
    }
}
