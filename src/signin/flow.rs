//! Which way a sign-in goes: what the person said, else the browser where one can be opened here, else a device code
//! where the provider has that, else pasting where somebody can type, else the browser's address in words.

use crate::app::App;
use crate::catalog::{Flow, Provider};
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

use super::options::SigninOptions;
use super::paste_callback::is_paste_only;

/// The way, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlowChoice {
    /// Through the browser and the loopback redirect.
    Loopback,
    /// By a code typed at another address (RFC 8628): the device authorization endpoint, and why this way, where the
    /// person did not ask for it.
    Device {
        /// RFC 8628 3.1.
        endpoint: String,
        /// In a few words.
        reason: Option<String>,
    },
    /// Through any browser, its answer pasted.
    Paste {
        /// Why this way, in a few words, where the person did not ask for it.
        reason: Option<String>,
    },
}

/// Says at once, before the provider is asked anything, that no way can do without a secret.
pub fn check_secret(provider: &Provider, has_secret: bool) -> Result<()> {
    let (browser, device) = (lacks_secret(provider, has_secret), device_lacks_secret(provider, has_secret));
    let device_may_exist = provider.endpoints.device_authorization.is_some() || provider.discover;
    let lacking = match provider.flow {
        Some(Flow::Device) => device,
        Some(Flow::Loopback | Flow::Paste) => browser,
        None => browser && (device || !device_may_exist),
    };
    if lacking { Err(secret_missing(provider)) } else { Ok(()) }
}

/// Chooses. `endpoint` finds the device authorization endpoint, and may have to ask the provider for it.
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
        Some(Flow::Paste) => return Ok(FlowChoice::Paste { reason: None }),
        None if lacks_secret(provider, has_secret) => {
            format!("`{}` gives tokens through the browser only to clients with a secret", provider.name)
        }
        None if is_device_only(provider) => format!("`{}` has no sign-in in the browser", provider.name),
        None if is_paste_only(provider) => {
            format!(
                "the redirect URI `{}` is not of this machine",
                sanitize_untrusted(provider.callback.as_deref().unwrap_or_default())
            )
        }
        // Whoever wants the address printed wants the listener, which a forwarded port may reach.
        None if options.no_open => return Ok(FlowChoice::Loopback),
        None => match (app.browser.unavailable_reason(), app.browser.callback_warning()) {
            (None, None) => return Ok(FlowChoice::Loopback),
            (Some(absence), _) => format!("{absence}, so no browser can be opened here"),
            (None, Some(detour)) => detour.to_owned(),
        },
    };
    let found = match device_lacks_secret(provider, has_secret) {
        true => None,
        false => endpoint()?,
    };
    match found {
        Some(endpoint) => Ok(FlowChoice::Device { endpoint, reason: Some(reason) }),
        None if lacks_secret(provider, has_secret) => Err(secret_missing(provider)),
        None if can_paste(app, provider) => Ok(FlowChoice::Paste { reason: Some(reason) }),
        None => Ok(FlowChoice::Loopback),
    }
}

/// Whether the way is a device code where the provider has one, as far as can be told before it was asked: what [`choose`]
/// does with a provider that is known by its issuer alone.
pub fn prefers_device(app: &App, provider: &Provider, options: &SigninOptions) -> bool {
    match provider.flow {
        Some(flow) => flow == Flow::Device,
        None => {
            !options.no_open && (app.browser.unavailable_reason().is_some() || app.browser.callback_warning().is_some())
        }
    }
}

/// Whether it is known to have the device flow and no other.
fn is_device_only(provider: &Provider) -> bool {
    let endpoints = &provider.endpoints;
    endpoints.authorization.is_none() && endpoints.device_authorization.is_some() && !provider.discover
}

/// Whether pasting is what is left: somebody can type, and a browser here would not come back. From a codespace it may.
fn can_paste(app: &App, provider: &Provider) -> bool {
    app.prompt.can_prompt() && (is_paste_only(provider) || app.browser.unavailable_reason().is_some())
}

fn lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.secret_needed && !has_secret
}

/// Whether the device flow needs a secret, and none is known.
pub fn device_lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.quirks.device.secret_needed && !has_secret
}

fn secret_missing(provider: &Provider) -> Error {
    let name = &provider.name;
    let id = provider.client_id.as_deref().unwrap_or("ID");
    Error::Usage {
        message: format!("`{name}` gives tokens only to clients with a secret, and none is known here"),
        hint: Some(format!("{{program}} providers add {name} --client-id {id} --client-secret-stdin")),
    }
}

fn device_flow_missing(provider: &Provider) -> Error {
    let name = &provider.name;
    Error::Usage {
        message: format!("`{name}` names no device authorization endpoint, so there is no device flow"),
        hint: Some(format!("{{program}} signin {name} --browser")),
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
    fn where_there_is_no_way_through_the_browser_the_device_is_the_way() {
        let mut provider = provider(None, (false, false));
        provider.endpoints.authorization = None;
        let here = app(&[("BROWSER", "mine")]);
        assert_eq!(flow_of(&here, &provider, false, Some(ENDPOINT)), 'D');
        provider.discover = true;
        assert_eq!(flow_of(&here, &provider, false, Some(ENDPOINT)), 'l', "its metadata may name one");
    }

    /// A person at a terminal.
    fn at_terminal(mut app: App) -> App {
        let capabilities = TerminalCapabilities { can_prompt: true, ..TerminalCapabilities::default() };
        app.prompt = Box::new(Terminal::new(capabilities, Box::new(std::io::sink()), terminal::empty_stdin()));
        app
    }

    /// `l`oopback, `d`evice, `D`evice with a reason, `p`aste, `P`aste with a reason, or the exit code.
    fn flow_of(app: &App, provider: &Provider, no_open: bool, endpoint: Option<&str>) -> char {
        let options = SigninOptions { no_open, ..SigninOptions::default() };
        let choice = check_secret(provider, false)
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
    fn the_way_follows_the_person_then_the_browser_then_the_provider() {
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
            // GitHub: a secret for the browser, none for the device.
            (BROWSER, None, (true, false), false, Some(ENDPOINT), 'D'),
            (BROWSER, None, (true, false), false, None, '2'),
            (BROWSER, Some(Flow::Loopback), (true, false), false, Some(ENDPOINT), '2'),
            // Google: a secret for both.
            (BROWSER, None, (true, true), false, Some(ENDPOINT), '2'),
            (BROWSER, Some(Flow::Device), (true, true), false, Some(ENDPOINT), '2'),
            // A secret for the device alone.
            (SSH, None, (false, true), false, Some(ENDPOINT), 'l'),
        ];
        for (environment, flow, secrets, no_open, endpoint, expected) in table {
            let provider = provider(*flow, *secrets);
            let chosen = flow_of(&app(environment), &provider, *no_open, *endpoint);
            assert_eq!(chosen, *expected, "{environment:?} {flow:?} {secrets:?} {no_open} {endpoint:?}");
        }
    }

    #[test]
    fn pasting_is_what_is_left_for_a_person_at_a_terminal() {
        const BROWSER: &[(&str, &str)] = &[("BROWSER", "mine")];
        const SSH: &[(&str, &str)] = &[("SSH_TTY", "/dev/pts/1")];
        const CODESPACE: &[(&str, &str)] = &[("CODESPACES", "true"), ("BROWSER", "/vscode/bin/helpers/browser.sh")];
        const LISTENING: Option<&str> = None;
        const ELSEWHERE: Option<&str> = Some("https://app.example/callback");
        type Case = (&'static [(&'static str, &'static str)], Option<Flow>, Option<&'static str>, bool, char, char);
        let table: &[Case] = &[
            // Surroundings, flow, callback, whether there is a device flow → at a terminal, and without.
            (BROWSER, Some(Flow::Paste), LISTENING, true, 'p', 'p'),
            (BROWSER, None, LISTENING, true, 'l', 'l'),
            (SSH, None, LISTENING, true, 'D', 'D'),
            (SSH, None, LISTENING, false, 'P', 'l'),
            (SSH, Some(Flow::Loopback), LISTENING, false, 'l', 'l'),
            // The browser opens all the same, and what cannot come back is pasted beside.
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
        assert_eq!(printed, 'l', "whoever wants the address printed wants the listener");
    }

    /// What the environment says, and what follows where nobody asks for a way and the provider has the device flow:
    /// `None` is the browser, else the code and why.
    #[test]
    #[cfg(not(any(target_os = "macos", windows)))] // these always have windows
    fn the_surroundings_decide_where_nobody_does() {
        const HELPER: (&str, &str) = ("BROWSER", "/vscode/bin/helpers/browser.sh");
        const NO_DISPLAY: Option<&str> = Some("there is no display, so no browser can be opened here");
        const SSH: Option<&str> = Some("this is an SSH session, so no browser can be opened here");
        const CONTAINER: Option<&str> = Some("this is a container without a display, so no browser can be opened here");
        const TEXT: Option<&str> = Some("`w3m` is a text browser, so no browser can be opened here");
        const DEAD: Option<&str> =
            Some("display `localhost:59535.0` does not respond, so no browser can be opened here");
        const CODESPACE: Option<&str> = Some("your browser may not reach the callback in this codespace");
        type Case = (&'static [(&'static str, &'static str)], Option<&'static str>);
        let table: &[Case] = &[
            // Nothing at all: cron, a service, `sudo` and `su` without a display.
            (&[], NO_DISPLAY),
            (&[("DISPLAY", "")], NO_DISPLAY),
            (&[("SUDO_USER", "ada"), ("USER", "root")], NO_DISPLAY),
            // A display of another machine is not asked; one of this machine is, see `browser::display`.
            (&[("DISPLAY", "desk.example:0")], None),
            (&[("DISPLAY", "localhost:59535.0")], DEAD),
            // SSH, with a display forwarded, with a dead one as a multiplexer keeps it, with an editor's helper.
            (&[("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")], SSH),
            (&[("SSH_TTY", "/dev/pts/1")], SSH),
            (&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "desk.example:10.0")], None),
            (&[("SSH_TTY", "/dev/pts/1"), ("DISPLAY", "localhost:59535.0")], DEAD),
            (&[("SSH_TTY", "/dev/pts/1"), ("VSCODE_IPC_HOOK_CLI", "/run/vscode.sock"), HELPER], None),
            // What the person named.
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
            // WSL: the side of Windows, with and without the display of WSLg; its sshd is an SSH session all the same.
            (&[("WSL_DISTRO_NAME", "Debian")], None),
            (&[("WSL_INTEROP", "/run/WSL/1_interop"), ("DISPLAY", "desk.example:0")], None),
            (&[("WSL_DISTRO_NAME", "Debian"), ("SSH_TTY", "/dev/pts/1")], SSH),
            // Containers.
            (&[("container", "podman")], CONTAINER),
            (&[("KUBERNETES_SERVICE_HOST", "192.0.2.1")], CONTAINER),
            (&[("container", "podman"), ("DISPLAY", "desk.example:0")], None),
            (&[("REMOTE_CONTAINERS", "true"), ("VSCODE_IPC_HOOK_CLI", "/tmp/vscode.sock"), HELPER], None),
            (&[("REMOTE_CONTAINERS", "true")], CONTAINER),
            // Codespaces, in a tab or in the desktop program, and by `gh codespace ssh`.
            (&[("CODESPACES", "true"), HELPER], CODESPACE),
            (&[("CODESPACES", "true"), ("SSH_TTY", "/dev/pts/1")], SSH),
        ];
        let provider = provider(None, (false, false));
        for (environment, expected) in table {
            let app = app(environment);
            let chosen =
                |endpoint| choose(&app, &provider, &SigninOptions::default(), false, || Ok(endpoint)).expect("a way");
            let reason = match chosen(Some(ENDPOINT.to_owned())) {
                FlowChoice::Device { reason, .. } => Some(reason.expect("nobody asked for it")),
                _ => None,
            };
            assert_eq!(reason.as_deref(), *expected, "{environment:?}");
            assert_eq!(chosen(None), FlowChoice::Loopback, "{environment:?}");
        }
    }
}
