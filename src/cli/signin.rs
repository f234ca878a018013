//! `signin`: signs the user in and stores the session.

use std::time::Duration;

use super::background::{self, Role};
use super::catalog_menu;
use super::output::Output;
use super::provider_questions;
use super::secret_input::{secret_from_stdin, token_from_user};
use super::signin_report::report;
use super::signin_values::{granted, label, params};
use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::app::select_session::SessionQuery;
use crate::catalog::{self, Flow, Overrides, Provider};
use crate::config::{self, Config, StoreChoice};
use crate::duration;
use crate::error::{Error, Result};
use crate::oauth::protected_resource::parse_step_up;
use crate::secret::Secret;
use crate::signin::{
    self, CompletedFlow, PickerEntry, PickerOptions, SigninOptions, SigninResult, TimeLimit, TokenSigninOptions,
    TypedFlags,
};

/// Sign in to a provider
///
/// Opens the provider's page in the browser, which returns to a URL on this machine. If no browser can be opened here,
/// shows a code to enter on any device, or reads the URL that another browser ends up at. Stores the tokens in the
/// keyring. Keeps a valid session and reports it. Without PROVIDER, the browser shows a page to choose one of the
/// configured providers; with none configured, a terminal shows a menu of the catalog.
#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Provider: a name, an https:// URL or a host name
    provider: Option<String>,
    /// Sign in even if a valid session exists
    #[arg(long)]
    force: bool,
    /// Require this account; store nothing if another one signs in
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Name the session; tells accounts apart that the server does not name
    #[arg(long, value_name = "NAME", value_parser = label)]
    label: Option<String>,
    /// Accept this new authorization server, or this host, without a question
    #[arg(long, value_name = "ISSUER")]
    trust: Vec<String>,
    /// Sign in through the browser of this machine
    #[arg(long, help_heading = "Flow options")]
    browser: bool,
    /// Show a code to enter on any device (RFC 8628)
    #[arg(long, conflicts_with_all = ["browser", "port", "callback"], help_heading = "Flow options")]
    device: bool,
    /// Print the URL and read the one that the browser ends up at
    #[arg(long, conflicts_with_all = ["browser", "device"], help_heading = "Flow options")]
    paste: bool,
    /// Print the URL instead of opening a browser
    #[arg(long, help_heading = "Flow options")]
    no_open: bool,
    /// Show the URL of the device flow as a QR code
    #[arg(long, help_heading = "Flow options")]
    qr: bool,
    /// Show no QR code
    #[arg(long, conflicts_with = "qr", help_heading = "Flow options")]
    no_qr: bool,
    /// Copy the code of the device flow to the clipboard (OSC 52)
    #[arg(long, help_heading = "Flow options")]
    copy: bool,
    /// Set the time limit [default: 5m; for a device code its lifetime]
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse, help_heading = "Flow options")]
    timeout: Option<Duration>,
    /// Send the browser to this URL, or path below `home`, when the session is stored
    #[arg(long, value_name = "URL", help_heading = "Redirect options")]
    redirect_to: Option<String>,
    /// Use this port in the redirect URI
    #[arg(
        long,
        value_name = "PORT",
        conflicts_with = "callback",
        value_parser = clap::value_parser!(u16).range(1..),
        help_heading = "Redirect options"
    )]
    port: Option<u16>,
    /// Use this registered redirect URI, byte for byte
    #[arg(long, value_name = "URI", help_heading = "Redirect options")]
    callback: Option<String>,
    /// Request these scopes, separated by commas or spaces: +SCOPE adds to the granted ones, @SET stands for a set such as @git, '' requests none
    #[arg(long, value_name = "SCOPE", help_heading = "Request options")]
    scope: Vec<String>,
    /// Set the `prompt` parameter, such as login or select_account
    #[arg(long, value_name = "PROMPT", help_heading = "Request options")]
    prompt: Option<String>,
    /// Require a login at the provider that is not older than this
    #[arg(long, value_name = "DURATION", value_parser = crate::duration::parse, help_heading = "Request options")]
    max_age: Option<Duration>,
    /// Request this authentication context class
    #[arg(long, value_name = "ACR", help_heading = "Request options")]
    acr: Option<String>,
    /// Request a token for this resource (RFC 8707)
    #[arg(long, value_name = "URI", help_heading = "Request options")]
    resource: Option<String>,
    /// Send no `resource` parameter, if the server rejects it
    #[arg(long, conflicts_with = "resource", help_heading = "Request options")]
    no_resource: bool,
    /// Do what the resource asked for: take scopes, metadata and strength from its WWW-Authenticate header
    #[arg(long, value_name = "CHALLENGE", conflicts_with_all = ["scope", "acr", "max_age"], help_heading = "Request options")]
    challenge: Option<String>,
    /// Add a parameter to the authorization request
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Request options")]
    param: Vec<String>,
    /// Use this client ID and keep it with the session
    #[arg(long, value_name = "ID", help_heading = "Client options")]
    client_id: Option<String>,
    /// Read the client secret from stdin and keep it with the session
    #[arg(long, help_heading = "Client options")]
    client_secret_stdin: bool,
    /// Print where to go as JSON and sign in in the background; for programs without a terminal
    #[arg(long, conflicts_with_all = ["paste", "qr", "no_qr", "copy"], help_heading = "Background options")]
    no_wait: bool,
    /// Wait for the end of the sign-in that --no-wait started
    #[arg(
        long,
        value_name = "ID",
        conflicts_with_all = FLOW_ARGUMENTS,
        conflicts_with_all = ["provider", "account", "label", "resource", "no_resource", "with_token"],
        help_heading = "Background options"
    )]
    resume: Option<String>,
    /// Store an access token that you have, such as a personal access token; read from stdin, or typed unseen
    #[arg(long, conflicts_with_all = FLOW_ARGUMENTS, help_heading = "Token options")]
    with_token: bool,
    /// Do not ask the provider whose token this is
    #[arg(long, requires = "with_token", help_heading = "Token options")]
    no_check: bool,
}

/// Arguments that only a flow in the browser or with a code can follow.
const FLOW_ARGUMENTS: [&str; 22] = [
    "no_wait",
    "challenge",
    "force",
    "trust",
    "browser",
    "device",
    "paste",
    "no_open",
    "qr",
    "no_qr",
    "copy",
    "timeout",
    "redirect_to",
    "port",
    "callback",
    "scope",
    "prompt",
    "max_age",
    "acr",
    "param",
    "client_id",
    "client_secret_stdin",
];

pub fn run(app: &mut App, output: &Output, mut args: Args) -> Result<u8> {
    if let Some(id) = &args.resume {
        return background::resume(app, output, id);
    }
    apply_challenge(&mut args)?;
    if args.with_token {
        return report(app, output, &with_token(app, &args)?);
    }
    let names = provider_names(app, &args)?;
    let role = match (args.no_wait, names.as_slice()) {
        (false, _) => Role::Foreground,
        (true, [name]) => {
            let timeout = args.timeout.unwrap_or(USER_TIMEOUT);
            background::enter(app, output, name, timeout, args.client_secret_stdin)?
        }
        (true, _) => return Err(Error::ProviderRequired { candidates: names, command: "signin --no-wait" }),
    };
    match role {
        Role::Ended(code) => Ok(code),
        Role::Background(handover) => handover.finish(run_here(app, args, &names)),
        Role::Foreground => report(app, output, &run_here(app, args, &names)?),
    }
}

/// Signs in within this process.
fn run_here(app: &App, args: Args, names: &[String]) -> Result<SigninResult> {
    let typed = typed_flags(app, &args);
    if let [name] = names {
        let configured = &app.config()?.providers;
        if let Some(note) = catalog::alias_note(name, configured) {
            app.prompt.note(&format!("note: {note}"));
        }
        catalog::expand_scopes(name, configured, &args.scope)?;
    }
    let only = (names.len() == 1).then(|| names[0].clone());
    let done = sign_in(app, args, names, &typed);
    done.map_err(|error| typed.complete("signin", only.as_deref(), error))
}

/// Signs in for a program that asked for a token while its user waits.
pub fn sign_in_for_program(app: &App, provider: &str, account: Option<&str>) -> Result<()> {
    let args = Args { provider: Some(provider.to_owned()), account: account.map(str::to_owned), ..Args::default() };
    run_here(app, args, &[provider.to_owned()]).map(drop)
}

fn sign_in(app: &App, args: Args, names: &[String], typed: &TypedFlags) -> Result<SigninResult> {
    let params = params(&args.param)?;
    let client_secret = args.client_secret_stdin.then(|| secret_from_stdin(app, "signin")).transpose()?;
    let (completed, timeout) = (None, None);
    let mut request = SigninRequest { app, args: &args, client_secret, params, completed, timeout, typed };
    if let ([name], None, None) = (names, &request.client_secret, &args.client_id) {
        request.completed = provider_questions::complete(app, name, |name| request.gets_client(name))?;
    }
    // The user's time for the questions does not count.
    request.timeout = args.timeout.map(TimeLimit::start);
    match names {
        [name] => {
            let (provider, options) = request.resolve(name)?;
            signin::signin(app, &provider, &options)
        }
        names => {
            let entry = |name: &String| PickerEntry { name: name.clone(), provider: request.resolve(name) };
            let options = PickerOptions {
                menu_only: args.device || args.paste,
                no_open: args.no_open,
                port: args.port,
                timeout: args.timeout,
            };
            signin::signin_with_picker(app, names.iter().map(entry).collect(), options)
        }
    }
}

/// Sets the arguments that a challenge stands for.
fn apply_challenge(args: &mut Args) -> Result<()> {
    let Some(header) = &args.challenge else { return Ok(()) };
    let asked = parse_step_up(header).map_err(|reason| Error::usage(format!("`--challenge`: {reason}")))?;
    args.scope = asked.scopes.iter().map(|scope| format!("+{scope}")).collect();
    (args.acr, args.max_age) = (asked.acr_values, asked.max_age);
    args.force |= asked.is_rejection;
    Ok(())
}

/// Stores a token that the user has.
fn with_token(app: &App, args: &Args) -> Result<SigninResult> {
    let names = provider_names(app, args)?;
    let [name] = names.as_slice() else {
        return Err(Error::ProviderRequired { candidates: names, command: "signin --with-token" });
    };
    let resource = if args.no_resource { Some(String::new()) } else { args.resource.clone() };
    let overrides = Overrides { resource, ..Overrides::default() };
    let provider = catalog::resolve(name, &app.config()?.providers, &app.auth_environment(), &overrides)?;
    let query = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
    let options = TokenSigninOptions {
        account: app.selected_account(&query, &provider.name)?,
        label: args.label.clone(),
        no_check: args.no_check,
    };
    let token = token_from_user(app, "access token", &provider.label())?;
    let session = signin::signin_with_token(app, &provider, token, &options)?;
    Ok(SigninResult { session, flow: CompletedFlow::Token })
}

/// Command line of a sign-in.
struct SigninRequest<'a> {
    app: &'a App,
    args: &'a Args,
    client_secret: Option<Secret>,
    params: Vec<(String, String)>,
    /// Configuration with the settings that the user was just asked for.
    completed: Option<Config>,
    timeout: Option<TimeLimit>,
    typed: &'a TypedFlags,
}

impl SigninRequest<'_> {
    /// Whether the sign-in gets a client by itself: some APIs register one for certain scopes only.
    fn gets_client(&self, name: &str) -> Result<bool> {
        match self.resolve(name) {
            Ok((provider, _)) => signin::gets_client(self.app, &provider),
            // What is missing is asked for; the sign-in reports anything else.
            Err(_) => Ok(false),
        }
    }

    /// The provider with this name, and the options of a sign-in to it.
    fn resolve(&self, name: &str) -> Result<(Provider, SigninOptions)> {
        let (app, args) = (self.app, self.args);
        let config = self.completed.as_ref().map_or_else(|| app.config(), Ok)?;
        let query = SessionQuery { provider: args.provider.clone(), account: args.account.clone() };
        let overrides = Overrides {
            client_id: args.client_id.clone(),
            client_secret: self.client_secret.clone(),
            scopes: args.scope.clone(),
            granted: granted(app, &args.scope, &query, name)?,
            port: args.port,
            callback: args.callback.clone(),
            resource: if args.no_resource { Some(String::new()) } else { args.resource.clone() },
            flow: flow(args),
        };
        let provider = catalog::resolve(name, &config.providers, &app.auth_environment(), &overrides)?;
        let redirect_to = args.redirect_to.as_deref();
        let redirect_to = redirect_to.map(|value| config::redirect_to(value, provider.home.as_deref())).transpose()?;
        let options = SigninOptions {
            account: app.selected_account(&query, &provider.name)?,
            label: args.label.clone(),
            trust: args.trust.clone(),
            registration_token: None,
            prompt: args.prompt.clone(),
            max_age: args.max_age,
            acr: args.acr.clone(),
            challenge: args.challenge.clone(),
            params: self.params.clone(),
            redirect_to,
            force: args.force,
            no_open: args.no_open || args.no_wait,
            in_background: args.no_wait,
            typed_flags: self.typed.clone(),
            timeout: self.timeout,
            qr: (args.qr || args.no_qr).then_some(args.qr),
            copy: args.copy,
        };
        Ok((provider, options))
    }
}

/// The typed flags, which the next command needs again.
fn typed_flags(app: &App, args: &Args) -> TypedFlags {
    let text = |value: &Option<Duration>| value.map(duration::show);
    let scopes = (!args.scope.is_empty()).then(|| args.scope.join(","));
    TypedFlags::default()
        .with_value("client-id", args.client_id.as_deref())
        .with_switch("client-secret-stdin", args.client_secret_stdin)
        .with_value("scope", scopes.as_deref())
        .with_value("resource", args.resource.as_deref())
        .with_switch("no-resource", args.no_resource)
        .with_value("account", args.account.as_deref())
        .with_value("label", args.label.as_deref())
        .with_values("trust", &args.trust)
        .with_switch("browser", args.browser)
        .with_switch("device", args.device)
        .with_switch("paste", args.paste)
        .with_switch("no-open", args.no_open)
        .with_switch("no-wait", args.no_wait)
        .with_switch("qr", args.qr)
        .with_switch("no-qr", args.no_qr)
        .with_switch("copy", args.copy)
        .with_value("timeout", text(&args.timeout).as_deref())
        .with_value("redirect-to", args.redirect_to.as_deref())
        .with_value("port", args.port.map(|port| port.to_string()).as_deref())
        .with_value("callback", args.callback.as_deref())
        .with_value("prompt", args.prompt.as_deref())
        .with_value("max-age", text(&args.max_age).as_deref())
        .with_value("acr", args.acr.as_deref())
        .with_pairs("param", &args.param)
        .with_switch("force", args.force)
        .with_value("store", app.store_choice.map(StoreChoice::word))
}

/// Flow that the flags force. `--port` and `--callback` mean the browser flow.
fn flow(args: &Args) -> Option<Flow> {
    match (args.device, args.paste) {
        (true, _) => Some(Flow::Device),
        (false, true) => Some(Flow::Paste),
        (false, false) => (args.browser || args.port.is_some() || args.callback.is_some()).then_some(Flow::Loopback),
    }
}

/// PROVIDER, or its replacement, or all configured providers, or one that the user chooses from the catalog; at least one.
fn provider_names(app: &App, args: &Args) -> Result<Vec<String>> {
    let query = SessionQuery { provider: args.provider.clone(), account: None };
    if let Some(name) = app.signin_provider(&query)? {
        return Ok(vec![name]);
    }
    let names = config::provider_names(app.config()?);
    let has_client = args.client_id.is_some() || args.client_secret_stdin;
    match names.len() {
        0 if app.prompt.can_prompt() && !has_client => Ok(vec![catalog_menu::choose(app, args.timeout)?]),
        0 => Err(Error::ProviderRequired { candidates: names, command: "signin" }),
        // A client ID belongs to one provider, and its secret must not be sent to another.
        2.. if has_client => Err(Error::ProviderRequired { candidates: names, command: "signin" }),
        _ => Ok(names),
    }
}
