//! Paste flow: the user brings the redirect URL or the code. Used if the browser cannot return to this machine, and
//! next to the loopback listener if the user can type.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Notify;

use super::code_exchange;
use super::flow_context::FlowContext;
use super::options::CompletedFlow;
use crate::app::App;
use crate::catalog::CodePageContent;
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationRequest, Code};
use crate::prompt::PastePrompt;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::Session;

/// Runs the flow. Returns `None` if the user picked another provider.
pub fn run(context: &FlowContext<'_>, redirect_uri: &str) -> Result<Option<(Session, CompletedFlow)>> {
    let request = code_exchange::request(context, redirect_uri)?;
    Ok(context.run(finish(context, &request))?.map(|session| (session, CompletedFlow::Paste)))
}

/// Waits for the pasted input.
async fn finish(context: &FlowContext<'_>, request: &AuthorizationRequest) -> Result<Session> {
    let FlowContext { app, plan, picker, .. } = context;
    context.count_attempt()?;
    let timeout = context.user_timeout();
    let input = PasteInput::start(context, request);
    let title = &plan.provider.label();
    if let Some(picker) = picker {
        picker.redirect_to(title, plan.provider.logo, request.url());
    }
    app.prompt.show_paste_prompt(&PastePrompt {
        title,
        url: request.url(),
        redirect_uri: request.redirect_uri(),
        source: plan.paste_source,
        timeout,
    });
    let code = {
        let _spinner = app.prompt.start_waiting("pasted input", timeout);
        tokio::select! {
            biased;
            code = input.code() => {
                if matches!(code, Ok(Some(_)) | Err(Error::Denied { .. } | Error::Rejected { .. })) {
                    context.count_answer();
                }
                code?.ok_or_else(|| input_ended(app, &plan.provider.name))?
            }
            () = app.clock.sleep(timeout) => {
                return Err(Error::TimedOut { action: "paste sign-in".to_owned(), after: timeout, meanwhile: None });
            }
        }
    };
    code_exchange::complete(context, request, &code).await
}

/// An empty line means Ctrl-C on a terminal. Without a terminal stdin has ended.
fn input_ended(app: &App, provider: &str) -> Error {
    match app.environment.stdin_is_terminal {
        true => Error::Interrupted { signal: 2 },
        false => Error::Usage {
            message: "stdin ended before the redirect URL was pasted; run this in a terminal".to_owned(),
            hint: Some(format!("{{program}} signin {} --paste", shell_quote(provider))),
        },
    }
}

/// Pasted input, read until it matches the request. Restores the terminal on drop.
pub struct PasteInput<'a> {
    app: &'a App,
    request: &'a AuthorizationRequest,
    shows: Option<CodePageContent>,
    line: Line<'a>,
    unfit: Arc<Notify>,
}

type Line<'a> = Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + 'a>>;

impl<'a> PasteInput<'a> {
    /// Starts reading with echo off; call before the prompt is printed.
    pub fn start(context: &FlowContext<'a>, request: &'a AuthorizationRequest) -> Self {
        let FlowContext { app, plan, .. } = context;
        Self { app, request, shows: plan.code_page, line: app.prompt.read_pasted(), unfit: Arc::default() }
    }

    /// Notified of input that is no response to the request.
    pub fn unfit(&self) -> Arc<Notify> {
        Arc::clone(&self.unfit)
    }

    /// Returns the first valid code, or `None` if the user enters an empty line. On a terminal, explains invalid input
    /// and asks again.
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
            self.unfit.notify_one();
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
