//! `signin`: a person signs in, and the session is stored.

use std::io::Read;
use std::time::Duration;

use console::Term;
use serde_json::json;

use super::output::{Output, rfc3339};
use super::provider_questions;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::catalog::{self, Flow, Overrides, Provider};
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::oauth::authorization;
use crate::providers::{self, NewProvider};
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::signin::{self, CompletedFlow, OFFLINE_ACCESS, PickerEntry, PickerOptions, SigninOptions, SigninResult};

/// The longest client secret that stdin may carry, in bytes.
const SECRET_LENGTH: u64 = 8192;

/// Sign in to a provider, through the browser, with a device code or by pasting
///
/// The browser opens at the provider and comes back to an address on this machine; where none can be opened here, a code
/// is shown to be entered on any device, or what the browser of another machine ends at is pasted. Without PROVIDER and with several configured, the browser opens on a page with a
/// button for each. The tokens go to the keyring. A valid session is reported and kept. PROVIDER is a name, an https:// address of an issuer, or a host.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The provider
    provider: Option<String>,
    /// Where the browser goes after the sign-in is stored: an address, or a path joined to `home`
    #[arg(long, value_name = "URL")]
    redirect_to: Option<String>,
    /// Come back through the browser of this machine, whatever else would be chosen
    #[arg(long)]
    browser: bool,
    /// Show a code to be entered on any device (RFC 8628)
    #[arg(long, conflicts_with_all = ["browser", "port", "callback"])]
    device: bool,
    /// Print the address, and read the one at which the browser ends, from the terminal unseen or from stdin
    #[arg(long, conflicts_with_all = ["browser", "device"])]
    paste: bool,
    /// Draw the address of the device flow as a QR code
    #[arg(long)]
    qr: bool,
    /// Draw no QR code
    #[arg(long, conflicts_with = "qr")]
    no_qr: bool,
    /// Put the code of the device flow on the clipboard of the terminal (OSC 52)
    #[arg(long)]
    copy: bool,
    /// Print the address, open no browser, keep listening
    #[arg(long)]
    no_open: bool,
    /// The port of the redirect URI
    #[arg(long, value_name = "N", conflicts_with = "callback", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// The registered redirect URI, sent byte for byte
    #[arg(long, value_name = "URI")]
    callback: Option<String>,
    /// Scopes, comma or space separated; `+S` adds to those granted, others replace them
    #[arg(long, value_name = "S")]
    scope: Vec<String>,
    /// The account expected; if another one signs in, nothing is stored
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// `prompt` of the authorization request
    #[arg(long, value_name = "P")]
    prompt: Option<String>,
    /// The longest time since the person last proved who they are
    #[arg(long, value_name = "DUR", value_parser = crate::duration::parse)]
    max_age: Option<Duration>,
    /// The authentication context asked for
    #[arg(long, value_name = "ACR")]
    acr: Option<String>,
    /// The resource the token is for (RFC 8707)
    #[arg(long, value_name = "URI")]
    resource: Option<String>,
    /// A further parameter of the authorization request
    #[arg(long, value_name = "K=V")]
    param: Vec<String>,
    /// The client id, kept with the session
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Read the client secret from stdin; kept with the session in the credential store
    #[arg(long)]
    client_secret_stdin: bool,
    /// Sign in although a valid session exists
    #[arg(long)]
    force: bool,
    /// How long to wait for the person [default: 5m; with a device code, as long as it is good]
    #[arg(long, value_name = "DUR", value_parser = crate::duration::parse)]
    timeout: Option<Duration>,
}

/// Runs the command.
///
/// # Errors
/// As [`signin::signin`] and [`signin::signin_with_picker`], [`Error::Usage`] where a flag is refused, and
/// [`Error::Output`].
pub fn run(app: &App, output: &Output, args: Args) -> Result<u8> {
    let params = params(&args.param)?;
    let names = provider_names(app, &args)?;
    let client_secret = args.client_secret_stdin.then(|| secret_from_stdin(app)).transpose()?;
    let completed = match names.as_slice() {
        [name] if client_secret.is_none() && args.client_id.is_none() => completed(app, name)?,
        _ => None,
    };
    let told = SigninJson { app, args: &args, client_secret, params, completed };
    let done = match names.as_slice() {
        [name] => {
            let (provider, asked) = told.about(name)?;
            signin::signin(app, &provider, &asked).map_err(|error| with_client(error, &provider.name, &args))?
        }
        names => {
            let offer = |name: &String| PickerEntry { name: name.clone(), provider: told.about(name) };
            let manner = PickerOptions {
                menu_only: args.device || args.paste,
                no_open: args.no_open,
                port: args.port,
                timeout: args.timeout,
            };
            signin::signin_with_picker(app, names.iter().map(offer).collect(), manner)?
        }
    };
    report(app, output, &done)
}

/// What the command line says about a sign-in.
struct SigninJson<'a> {
    app: &'a App,
    args: &'a Args,
    client_secret: Option<Secret>,
    params: Vec<(String, String)>,
    /// The configuration with what was asked for just now.
    completed: Option<Config>,
}

impl SigninJson<'_> {
    /// The provider of this name, and what is asked of its sign-in.
    fn about(&self, name: &str) -> Result<(Provider, SigninOptions)> {
        let (app, args) = (self.app, self.args);
        let config = self.completed.as_ref().map_or_else(|| app.config(), Ok)?;
        let wanted = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
        let overrides = Overrides {
            client_id: args.client_id.clone(),
            client_secret: self.client_secret.clone(),
            scopes: args.scope.clone(),
            granted: granted(app, args, &wanted, name)?,
            port: args.port,
            callback: args.callback.clone(),
            resource: args.resource.clone(),
            flow: flow(args),
            ..Overrides::default()
        };
        let provider = catalog::resolve(name, &config.providers, &app.auth_environment(), &overrides)?;
        let redirect_to = args.redirect_to.as_deref();
        let redirect_to = redirect_to.map(|value| config::redirect_to(value, provider.home.as_deref())).transpose()?;
        let asked = SigninOptions {
            account: app.selected_account(&wanted, &provider.name)?,
            prompt: args.prompt.clone(),
            max_age: args.max_age,
            acr: args.acr.clone(),
            params: self.params.clone(),
            redirect_to,
            force: args.force,
            no_open: args.no_open,
            timeout: args.timeout,
            qr: (args.qr || args.no_qr).then_some(args.qr),
            copy: args.copy,
        };
        Ok((provider, asked))
    }
}

/// The error with a hint that has the client that was typed: it is written down nowhere, so the command needs it whole.
fn with_client(error: Error, name: &str, args: &Args) -> Error {
    let Some(id) = &args.client_id else { return error };
    let start = format!("{{program}} signin {}", shell_quote(name));
    let secret = if args.client_secret_stdin { " --client-secret-stdin" } else { "" };
    let client = format!(" --client-id {}{secret}", shell_quote(id));
    let whole = |hint: String| match hint.split_once(&start) {
        Some((before, more)) => format!("{before}{start}{client}{more}"),
        None => hint,
    };
    match error {
        Error::Usage { message, hint } => Error::Usage { message, hint: hint.map(whole) },
        Error::InteractionRequired { action, alternative } => {
            Error::InteractionRequired { action, alternative: whole(alternative) }
        }
        Error::Blocked { cause, alternative } => Error::Blocked { cause, alternative: whole(alternative) },
        Error::Rejected { ref code, .. } if code == "invalid_client" => {
            Error::Blocked { cause: Box::new(error), alternative: format!("check the client id: {start}{client}") }
        }
        other => other,
    }
}

/// Where a sign-in to `name` lacks its client id or a setting and a person is there, asks for them as `providers add`
/// does and stores them; the configuration after that.
fn completed(app: &App, name: &str) -> Result<Option<Config>> {
    // What is wrong with the name is told by those who look it up.
    let is_there = || catalog::require_known(name, &app.config()?.providers);
    if !app.prompt.can_prompt() || name.contains("://") || is_there().is_err() {
        return Ok(None);
    }
    let name = match app.config()?.providers.entry(name) {
        Some(_) => name.to_owned(),
        None => catalog::canonical(name),
    };
    if name.contains("://") || provider_questions::is_complete(app, &name)? {
        return Ok(None);
    }
    app.check_new_session_store()?;
    let added = provider_questions::ask(app, &name, NewProvider::default())?;
    providers::add(app, &name, &added)?;
    app.prompt.note(&format!("`{name}` is configured"));
    config::parse(&app.config_text()?, &app.config_path()).map(Some)
}

fn report(app: &App, output: &Output, done: &SigninResult) -> Result<u8> {
    let session = &done.session;
    let (flow, words) = match done.flow {
        CompletedFlow::Loopback => ("loopback", "signed in to"),
        CompletedFlow::Device => ("device", "signed in to"),
        CompletedFlow::Paste => ("paste", "signed in to"),
        CompletedFlow::Existing => ("existing", "already signed in to"),
    };
    app.prompt.note(&format!("{words} `{}` as `{}`", session.provider, session.account.name));
    if output.json {
        output.document(&json!({
            "provider": session.provider,
            "account": session.account.name,
            "subject": session.account.subject,
            "issuer": session.issuer,
            "scopes": session.scopes,
            "expires_at": rfc3339(session.expires_at),
            "store": session.store,
            "flow": flow,
        }))?;
    }
    Ok(0)
}

/// The flow that the flags force. A port or a callback is one of the listener.
fn flow(args: &Args) -> Option<Flow> {
    match (args.device, args.paste) {
        (true, _) => Some(Flow::Device),
        (false, true) => Some(Flow::Paste),
        (false, false) => (args.browser || args.port.is_some() || args.callback.is_some()).then_some(Flow::Loopback),
    }
}

/// PROVIDER, what stands for it, or those configured, at least one.
fn provider_names(app: &App, args: &Args) -> Result<Vec<String>> {
    let wanted = SessionQuery { provider: args.provider.clone(), account: None };
    if let Some(name) = app.signin_provider(&wanted)? {
        return Ok(vec![name]);
    }
    let names = config::provider_names(app.config()?);
    match names.len() {
        0 => Err(Error::ProviderRequired { candidates: names, command: "signin" }),
        // One client id is one provider's, and its secret must not be sent to another.
        2.. if args.client_id.is_some() || args.client_secret_stdin => {
            Err(Error::ProviderRequired { candidates: names, command: "signin" })
        }
        _ => Ok(names),
    }
}

/// The scopes the session has, which `--scope +S` adds to.
fn granted(app: &App, args: &Args, wanted: &SessionQuery, name: &str) -> Result<Option<Vec<String>>> {
    if !args.scope.iter().any(|scope| scope.contains('+')) {
        return Ok(None);
    }
    let account = app.selected_account(wanted, name)?;
    Ok(app.find_session(name, account.as_deref())?.map(|session| {
        let mut scopes = session.scopes;
        // Many do not name it among what they granted, and without it the session would not outlive its access token.
        if session.scopes_requested.iter().any(|scope| scope == OFFLINE_ACCESS)
            && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS)
        {
            scopes.push(OFFLINE_ACCESS.to_owned());
        }
        scopes
    }))
}

fn params(given: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Error::usage(format!("`--param {}` is not K=V", crate::sanitize::sanitize_untrusted(text)))
        })?;
        authorization::check_param(name)?;
        Ok((name.to_owned(), value.to_owned()))
    };
    given.iter().map(pair).collect()
}

/// The client secret on stdin, the line end after it left out.
pub fn secret_from_stdin(app: &App) -> Result<Secret> {
    let mut text = zeroize::Zeroizing::new(String::new());
    let read = match app.prompt.can_prompt() {
        true => {
            app.prompt.note("paste the client secret, which is not shown, and press Enter");
            Term::stderr().read_secure_line().map(|line| *text = line)
        }
        false => std::io::stdin().lock().take(SECRET_LENGTH).read_to_string(&mut text).map(drop),
    };
    let unreadable = |error| Error::usage(format!("the client secret on stdin could not be read: {error}"));
    read.map_err(unreadable)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(Error::usage("there is no client secret on stdin")),
        secret => Ok(Secret::new(secret)),
    }
}
