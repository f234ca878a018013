//! The answer as a person brings it: the way for a browser that cannot come back here, and beside the listener wherever
//! somebody can type.

use std::future::Future;
use std::pin::Pin;

use super::code_exchange::{self, SentRequest};
use super::plan::Plan;
use super::rate_limit::{self, SigninAttempt};
use super::{PATIENCE, SigninOptions, unless_chosen_again};
use crate::app::{App, runtime};
use crate::callback_server::{ProviderPicker, RedirectUri};
use crate::catalog::{self, AcceptedRedirect, CallbackUri, CodePage, CodePageContent, Pkce, Provider};
use crate::error::{Error, Result};
use crate::oauth::authorization::{AuthorizationRequest, Code};
use crate::prompt::{PastePrompt, PasteSource};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::secret::Secret;
use crate::session::Session;

/// The port of a redirect URI that nobody listens at, where none is fixed: the one that registrations have where the port
/// counts, so that there is no other to get used to.
const UNHEARD_PORT: u16 = 25519;

/// The redirect URI of a page that shows what it is given, by the wish of whoever asks (Google's native applications had
/// it until 2022, others still do). No provider shows more than a code there, and what it does show is for its row to say.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Runs the flow to its end; `None` where the person chose another provider on the page.
pub fn run(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    page: Option<&ProviderPicker>,
) -> Result<Option<Session>> {
    let redirect_uri = redirect_uri(prepared.provider)?;
    let request = code_exchange::request(prepared, asked, &redirect_uri)?;
    let sent = SentRequest { request: &request, redirect_uri: &redirect_uri };
    runtime::wait(unless_chosen_again(page, finish(app, prepared, asked, &sent, page)))
}

/// Waits for what is pasted.
async fn finish(
    app: &App,
    prepared: &Plan<'_>,
    asked: &SigninOptions,
    sent: &SentRequest<'_>,
    page: Option<&ProviderPicker>,
) -> Result<Session> {
    let provider = prepared.provider;
    if page.is_none() {
        rate_limit::begin(app, SigninAttempt::At(&provider.name))?;
    }
    let limit = asked.limit.unwrap_or(PATIENCE);
    let pasting = PasteInput::start(app, provider, sent.request);
    if let Some(page) = page {
        page.redirect_to(&provider.title, sent.request.url());
    }
    app.prompt.show_paste_prompt(&PastePrompt {
        title: &provider.title,
        url: sent.request.url(),
        redirect_uri: sent.redirect_uri,
        source: ends(provider),
        timeout: limit,
    });
    let code = {
        let _shown = app.prompt.start_waiting("what you paste", limit);
        tokio::select! {
            biased;
            code = pasting.code() => code?.ok_or_else(|| nothing_came(app, provider))?,
            () = app.clock.sleep(limit) => {
                return Err(Error::TimedOut { action: "the sign-in by pasting".to_owned(), after: limit });
            }
        }
    };
    code_exchange::complete(app, prepared, asked, sent, &code).await
}

/// Whoever ends the line without an answer did what Ctrl-C does; a stdin that ends has none.
fn nothing_came(app: &App, provider: &Provider) -> Error {
    match app.environment.stdin_is_terminal {
        true => Error::Interrupted { signal: 2 },
        false => Error::Usage {
            message: "stdin has ended, and the answer was not on it".to_owned(),
            hint: Some(format!("in a terminal: {{program}} signin {} --paste", shell_quote(&provider.name))),
        },
    }
}

/// What a person types, until it is the answer to a request. Dropped, it leaves the terminal as it was.
pub struct PasteInput<'a> {
    app: &'a App,
    request: &'a AuthorizationRequest,
    shows: Option<CodePageContent>,
    line: Line<'a>,
}

type Line<'a> = Pin<Box<dyn Future<Output = Result<Option<Secret>>> + Send + 'a>>;

impl<'a> PasteInput<'a> {
    /// Starts to read: from here on nothing typed is shown, so this comes before any words that ask for it.
    pub fn start(app: &'a App, provider: &Provider, request: &'a AuthorizationRequest) -> Self {
        let shows = code_page(provider).map(|page| page.shows);
        Self { app, request, shows, line: app.prompt.read_pasted() }
    }

    /// The code of the first answer; `None` where the person ends it without. On a terminal, what is not the answer is
    /// explained, and asked for again.
    ///
    /// # Errors
    /// Those of [`Request::judge`], and what was wrong where there is no terminal.
    pub async fn code(mut self) -> Result<Option<Code>> {
        loop {
            let wrong = match self.line.as_mut().await {
                Ok(None) => return Ok(None),
                Ok(Some(text)) => match self.request.judge_pasted(text.expose(), self.shows) {
                    Ok(judged) => return judged.map(Some),
                    Err(misfit) => misfit.into(),
                },
                // Too long, or no text.
                Err(error @ Error::Usage { .. }) => error,
                Err(error) => return Err(error),
            };
            if !self.app.environment.stdin_is_terminal {
                return Err(wrong);
            }
            self.line = self.app.prompt.read_pasted();
            self.app.prompt.warn(&format!("{wrong}; paste again"));
        }
    }
}

/// The code that is pasted beside a listener, where somebody can type; else this waits for ever, as it does once the
/// person has ended it.
pub async fn beside(pasting: Option<PasteInput<'_>>) -> Result<Code> {
    let code = match pasting {
        Some(pasting) => pasting.code().await?,
        None => None,
    };
    match code {
        Some(code) => Ok(code),
        None => std::future::pending().await,
    }
}

/// Whether the answer can only be brought by a person, because nothing here can listen for it.
pub fn is_only_way(provider: &Provider) -> bool {
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
fn redirect_uri(provider: &Provider) -> Result<String> {
    match &provider.callback {
        Some(callback) => Ok(callback.clone()),
        None if provider.accepted_redirect == AcceptedRedirect::Https => {
            Ok(catalog::redirect_uri_to_register(provider))
        }
        None => {
            let wanted = RedirectUri::new(&provider.redirect_host, provider.port, &provider.redirect_path)?;
            Ok(wanted.with_port(provider.port.unwrap_or(UNHEARD_PORT)))
        }
    }
}

/// The provider's page, where the browser ends there.
fn code_page(provider: &Provider) -> Option<&CodePage> {
    provider.code_page.as_ref().filter(|page| provider.callback.as_ref() == Some(&page.uri))
}

fn ends(provider: &Provider) -> PasteSource {
    match code_page(provider) {
        Some(_) => PasteSource::Code,
        None if is_only_way(provider) => PasteSource::Elsewhere,
        None => PasteSource::Unloadable,
    }
}
