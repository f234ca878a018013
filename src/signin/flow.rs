//! Choice of the flow: the configured flow, else the browser, else a device code, else pasting, else a printed URL.

use crate::app::App;
use crate::catalog::{Flow, Provider};
use crate::error::{Error, Result};
use crate::prompt::PasteSource;
use crate::sanitize::{sanitize_untrusted, shell_quote};

use super::options::SigninOptions;
use super::redirect::is_paste_only;

/// Flow to run, with its inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowChoice {
    /// Browser with loopback redirect.
    Loopback,
    /// Device code (RFC 8628).
    Device {
        /// Device authorization endpoint (RFC 8628 3.1).
        endpoint: String,
        /// Short reason, if the user did not select this flow.
        reason: Option<String>,
    },
    /// Any browser; the user pastes the redirect URL or code.
    Paste {
        /// Short reason, if the user did not select this flow.
        reason: Option<String>,
    },
}

impl FlowChoice {
    /// Flag that selects another flow, if that may succeed, as far as known without a request.
    pub fn fallback(&self, app: &App, source: PasteSource, has_device_flow: bool) -> Option<&'static str> {
        // A browser cannot redirect to this machine.
        let cannot_return = app.browser.unavailable_reason().is_some() || source != PasteSource::Unloadable;
        match self {
            Self::Device { .. } => Some(if cannot_return { "--paste" } else { "--browser" }),
            Self::Loopback | Self::Paste { .. } => has_device_flow.then_some("--device"),
        }
    }
}

/// Chooses the flow. `endpoint` finds the device authorization endpoint and may send requests.
pub fn choose(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    has_secret: bool,
    endpoint: impl FnOnce() -> Result<Option<String>>,
) -> Result<FlowChoice> {
    let reason = match provider.flow {
        Some(Flow::Device) => {
            let endpoint = endpoint()?.ok_or_else(|| device_flow_missing(provider))?;
            return Ok(FlowChoice::Device { endpoint, reason: None });
        }
        Some(Flow::Loopback) => return Ok(FlowChoice::Loopback),
        Some(Flow::Paste) if options.in_background => return Err(paste_needs_terminal(provider)),
        Some(Flow::Paste) => return Ok(FlowChoice::Paste { reason: None }),
        None if lacks_secret(provider, has_secret) => {
            format!("the browser flow of `{}` needs a client secret", provider.name)
        }
        None if is_device_only(provider) => format!("`{}` has no browser flow", provider.name),
        None if is_paste_only(provider) => {
            format!(
                "the redirect URI `{}` is not on this machine",
                sanitize_untrusted(provider.callback.as_deref().unwrap_or_default())
            )
        }
        // `--no-open` keeps the listener, which a forwarded port may reach.
        None if options.no_open && !options.in_background => return Ok(FlowChoice::Loopback),
        None => match (app.browser.unavailable_reason(), app.browser.callback_warning()) {
            (None, None) => return Ok(FlowChoice::Loopback),
            (Some(absence), _) => format!("cannot open a browser: {absence}"),
            (None, Some(detour)) => detour.to_owned(),
        },
    };
    let found = match device_lacks_secret(provider, has_secret) {
        true => None,
        false => endpoint()?,
    };
    match found {
        Some(endpoint) => Ok(FlowChoice::Device { endpoint, reason: Some(reason) }),
        None if lacks_secret(provider, has_secret) => Err(provider.secret_missing()),
        None if can_paste(app, provider) => Ok(FlowChoice::Paste { reason: Some(reason) }),
        None => Ok(FlowChoice::Loopback),
    }
}

/// Returns true if [`choose`] will prefer the device flow, as far as known before discovery. For a provider that is
/// known only by its issuer.
pub fn prefers_device(app: &App, selected: Option<Flow>, options: &SigninOptions) -> bool {
    match selected {
        Some(flow) => flow == Flow::Device,
        None => {
            (!options.no_open || options.in_background)
                && (app.browser.unavailable_reason().is_some() || app.browser.callback_warning().is_some())
        }
    }
}

/// Returns true if the provider is known to support only the device flow.
fn is_device_only(provider: &Provider) -> bool {
    let endpoints = &provider.endpoints;
    endpoints.authorization.is_none() && endpoints.device_authorization.is_some() && !provider.discover
}

/// Returns true if the user can paste and a local browser cannot return to this machine. In a codespace it may.
fn can_paste(app: &App, provider: &Provider) -> bool {
    app.prompt.can_prompt() && (is_paste_only(provider) || app.browser.unavailable_reason().is_some())
}

fn lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.secret_needed && !has_secret
}

/// Returns true if the device flow needs a client secret that is not known.
pub fn device_lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.quirks.device.secret_needed && !has_secret
}

fn paste_needs_terminal(provider: &Provider) -> Error {
    Error::InteractionRequired {
        action: format!("a sign-in to `{}` ends with a paste at a terminal", provider.name),
        alternative: format!("{{program}} signin {}", shell_quote(&provider.name)),
    }
}

fn device_flow_missing(provider: &Provider) -> Error {
    let name = &provider.name;
    Error::Usage {
        message: format!("`{name}` has no device authorization endpoint"),
        hint: Some(format!("{{program}} signin {} --browser", shell_quote(name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::environment::Environment;
    use crate::prompt::TerminalCapabilities;
    use crate::prompt::terminal::{self, Terminal};

    const ENDPOINT: &str = "https://id.example/device";

    fn app(pairs: &[(&str, &str)]) -> App {
        let home = [("HOME", "/nonexistent")];
        let variables = pairs.iter().chain(&home).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        App::new("mycli", Environment { variables: variables.collect(), ..Environment::default() }).expect("a home")
    }

    fn provider(flow: Option<Flow>, secrets: (bool, bool)) -> Provider {
        let mut provider = Provider { flow, secret_needed: secrets.0, ..Provider::from_name("acme") };
        provider.quirks.device.secret_needed = secrets.1;
        provider.endpoints.device_authorization = Some(ENDPOINT.into());
        provider.endpoints.authorization = Some("https://id.example/authorize".into());
        provider
    }

    #[test]
    fn device_only_provider_uses_device_flow() {
        let mut provider = provider(None, (false, false));
        provider.endpoints.authorization = None;
        let here = app(&[("BROWSER", "mine")]);
        assert_eq!(flow_of(&here, &provider, false, Some(ENDPOINT)), 'D');
        provider.discover = true;
        assert_eq!(
            flow_of(&here, &provider, false, Some(ENDPOINT)),
            'l',
            "the metadata may list an authorization endpoint"
        );
    }

    /// Gives `app` a terminal.
    fn at_terminal(mut app: App) -> App {
        let capabilities = TerminalCapabilities { can_prompt: true, ..TerminalCapabilities::default() };
        app.prompt = Box::new(Terminal::new(capabilities, Box::new(std::io::sink()), terminal::empty_stdin()));
        app
    }

    /// `l`oopback, `d`evice, `D`evice with a reason, `p`aste, `P`aste with a reason, or the exit code.
    fn flow_of(app: &App, provider: &Provider, no_open: bool, endpoint: Option<&str>) -> char {
        let options = SigninOptions { no_open, ..SigninOptions::default() };
        let choice = provider
            .require_secret(false)
            .and_then(|()| choose(app, provider, &options, false, || Ok(endpoint.map(str::to_owned))));
        match choice {
            Ok(FlowChoice::Loopback) => 'l',
            Ok(FlowChoice::Device { reason: None, .. }) => 'd',
            Ok(FlowChoice::Device { reason: Some(_), .. }) => 'D',
            Ok(FlowChoice::Paste { reason: None }) => 'p',
            Ok(FlowChoice::Paste { reason: Some(_) }) => 'P',
            Err(error) => char::from_digit(error.exit_code().into(), 10).expect("one digit"),
        }
    }

    #[test]
    fn flow_follows_user_then_browser_then_provider() {
        const BROWSER: &[(&str, &str)] = &[("BROWSER", "mine")];
        const SSH: &[(&str, &str)] = &[("SSH_TTY", "/dev/pts/1")];
        type Case =
            (&'static [(&'static str, &'static str)], Option<Flow>, (bool, bool), bool, Option<&'static str>, char);
        let table: &[Case] = &[
            (BROWSER, None, (false, false), false, Some(ENDPOINT), 'l'),
            (SSH, None, (false, false), false, Some(ENDPOINT), 'D'),
            (SSH, None, (false, false), false, None, 'l'),
            (SSH, None, (false, false), true, Some(ENDPOINT), 'l'),
            (SSH, Some(Flow::Loopback), (false, false), false, Some(ENDPOINT), 'l'),
            (BROWSER, Some(Flow::Device), (false, false), false, Some(ENDPOINT), 'd'),
            (BROWSER, Some(Flow::Device), (false, false), true, Some(ENDPOINT), 'd'),
            (BROWSER, Some(Flow::Device), (false, false), false, None, '2'),
            // GitHub: the browser flow needs a secret, the device flow does not.
            (BROWSER, None, (true, false), false, Some(ENDPOINT), 'D'),
            (BROWSER, None, (true, false), false, None, '2'),
            (BROWSER, Some(Flow::Loopback), (true, false), false, Some(ENDPOINT), '2'),
            // Google: both flows need a secret.
            (BROWSER, None, (true, true), false, Some(ENDPOINT), '2'),
            (BROWSER, Some(Flow::Device), (true, true), false, Some(ENDPOINT), '2'),
            // Only the device flow needs a secret.
            (SSH, None, (false, true), false, Some(ENDPOINT), 'l'),
        ];
        for (environment, flow, secrets, no_open, endpoint, expected) in table {
            let provider = provider(*flow, *secrets);
            let chosen = flow_of(&app(environment), &provider, *no_open, *endpoint);
            assert_eq!(chosen, *expected, "{environment:?} {flow:?} {secrets:?} {no_open} {endpoint:?}");
        }
    }

    #[test]
    fn paste_is_the_last_resort_on_a_terminal() {
        const BROWSER: &[(&str, &str)] = &[("BROWSER", "mine")];
        const SSH: &[(&str, &str)] = &[("SSH_TTY", "/dev/pts/1")];
        const CODESPACE: &[(&str, &str)] = &[("CODESPACES", "true"), ("BROWSER", "/vscode/bin/helpers/browser.sh")];
        const LISTENING: Option<&str> = None;
        const ELSEWHERE: Option<&str> = Some("https://app.example/callback");
        type Case = (&'static [(&'static str, &'static str)], Option<Flow>, Option<&'static str>, bool, char, char);
        let table: &[Case] = &[
            // Environment, flow, callback, device flow available → flow with a terminal, flow without.
            (BROWSER, Some(Flow::Paste), LISTENING, true, 'p', 'p'),
            (BROWSER, None, LISTENING, true, 'l', 'l'),
            (SSH, None, LISTENING, true, 'D', 'D'),
            (SSH, None, LISTENING, false, 'P', 'l'),
            (SSH, Some(Flow::Loopback), LISTENING, false, 'l', 'l'),
            // The browser still opens; the user can paste the redirect URL if the browser cannot return.
            (CODESPACE, None, LISTENING, false, 'l', 'l'),
            (BROWSER, None, ELSEWHERE, true, 'D', 'D'),
            (BROWSER, None, ELSEWHERE, false, 'P', 'l'),
        ];
        for (environment, flow, callback, has_device, expected, expected_without) in table {
            let provider = Provider { callback: callback.map(str::to_owned), ..provider(*flow, (false, false)) };
            let endpoint = has_device.then_some(ENDPOINT);
            let at = |app: &App| flow_of(app, &provider, false, endpoint);
            assert_eq!(at(&at_terminal(app(environment))), *expected, "{environment:?} {flow:?} {callback:?}");
            assert_eq!(at(&app(environment)), *expected_without, "{environment:?} {flow:?} {callback:?}");
        }
        let printed = flow_of(&at_terminal(app(SSH)), &provider(None, (false, false)), true, None);
        assert_eq!(printed, 'l', "--no-open keeps the listener");
    }

    /// Environment, and the reason for the device flow if no flow is selected and the provider has one. `None` is the
    /// browser.
    #[test]
    #[cfg(not(any(target_os = "macos", windows)))] // these always have windows
    fn environment_decides_if_no_flow_is_selected() {
        const HELPER: (&str, &str) = ("BROWSER", "/vscode/bin/helpers/browser.sh");
        const NO_DISPLAY: Option<&str> = Some("cannot open a browser: there is no display");
        const SSH: Option<&str> = Some("cannot open a browser: this is an SSH session");
        const CONTAINER: Option<&str> = Some("cannot open a browser: this is a container without a display");
        const TEXT: Option<&str> = Some("cannot open a browser: `w3m` is a text browser");
        const DEAD: Option<&str> = Some("cannot open a browser: display `localhost:59535.0` does not respond");
        const CODESPACE: Option<&str> = Some("your browser may not reach the callback in this codespace");
        type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);
        let table: &[Case] = &[
            // Empty environment: cron, a service, `sudo` and `su` without a display.
            (&[], NO_DISPLAY),
            (&[("DISPLAY", "")], NO_DISPLAY),
            (&[("SUDO_USER", "ada"), ("USER", "root")], NO_DISPLAY),
            // A display of another machine is not probed; a local one is, see `browser::display`.
            (&[("DISPLAY", "desk.example:0")], None),
            (&[("DISPLAY", "localhost:59535.0")], DEAD),
            // SSH: with a forwarded display, with a dead display kept by a multiplexer, with an editor's helper.
            (&[("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")], SSH),
            (&[("SSH_TTY", "/dev/pts/1")], SSH),
            (&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "desk.example:10.0")], None),
            (&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "localhost:59535.0")], DEAD),
            (&[("SSH_TTY", "/dev/pts/1"), ("VSCODE_IPC_HOOK_CLI", "/run/vscode.sock"), HELPER], None),
            // Browser named by the user.
            (&[("BROWSER", "mine")], None),
            (&[("MYCLI_BROWSER", "mine"), ("BROWSER", "w3m")], None),
            (&[("BROWSER", "w3m")], TEXT),
            (&[("MYCLI_BROWSER", "w3m"), ("BROWSER", "mine")], TEXT),
            (&[("BROWSER", "w3m:mine")], None),
            (&[("BROWSER", "w3m"), ("DISPLAY", "desk.example:0")], None),
            (&[("BROWSER", "firefox")], NO_DISPLAY),
            (&[("BROWSER", "firefox"), ("DISPLAY", "desk.example:0")], None),
            (&[("BROWSER", "xdg-open"), ("SSH_TTY", "/dev/pts/1")], SSH),
            (&[("BROWSER", " : ")], NO_DISPLAY),
            // WSL opens a Windows browser, with and without the display of WSLg. Its sshd is still an SSH session.
            (&[("WSL_DISTRO_NAME", "Debian")], None),
            (&[("WSL_INTEROP", "/run/WSL/1_interop"), ("DISPLAY", "desk.example:0")], None),
            (&[("WSL_DISTRO_NAME", "Debian"), ("SSH_TTY", "/dev/pts/1")], SSH),
            (&[("container", "podman")], CONTAINER),
            (&[("KUBERNETES_SERVICE_HOST", "192.0.2.1")], CONTAINER),
            (&[("container", "podman"), ("DISPLAY", "desk.example:0")], None),
            (&[("REMOTE_CONTAINERS", "true"), ("VSCODE_IPC_HOOK_CLI", "/tmp/vscode.sock"), HELPER], None),
            (&[("REMOTE_CONTAINERS", "true")], CONTAINER),
            // Codespaces: in a tab, in the desktop program, and by `gh codespace ssh`.
            (&[("CODESPACES", "true"), HELPER], CODESPACE),
            (&[("CODESPACES", "true"), ("SSH_TTY", "/dev/pts/1")], SSH),
        ];
        let provider = provider(None, (false, false));
        for (environment, expected) in table {
            let app = app(environment);
            let chosen =
                |endpoint| choose(&app, &provider, &SigninOptions::default(), false, || Ok(endpoint)).expect("a flow");
            let reason = match chosen(Some(ENDPOINT.to_owned())) {
                FlowChoice::Device { reason, .. } => Some(reason.expect("a reason for a flow that was not selected")),
                _ => None,
            };
            assert_eq!(reason.as_deref(), *expected, "{environment:?}");
            assert_eq!(chosen(None), FlowChoice::Loopback, "{environment:?}");
        }
    }
}
