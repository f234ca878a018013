//! Which way a sign-in goes: what the person said, else the browser where one can be opened here, else a device code
//! where the provider has that, else the browser's address in words.

use crate::app::App;
use crate::catalogue::{Flow, Provider};
use crate::error::{Error, Result};

use super::Asked;

/// The way, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
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
    if lacking { Err(no_secret(provider)) } else { Ok(()) }
}

/// Chooses. `endpoint` finds the device authorization endpoint, and may have to ask the provider for it.
pub fn choose(
    app: &App,
    provider: &Provider,
    asked: &Asked,
    has_secret: bool,
    endpoint: impl FnOnce() -> Result<Option<String>>,
) -> Result<Choice> {
    let reason = match provider.flow {
        Some(Flow::Device) => {
            let endpoint = endpoint()?.ok_or_else(|| no_device_flow(provider))?;
            return Ok(Choice::Device { endpoint, reason: None });
        }
        Some(Flow::Loopback | Flow::Paste) => return Ok(Choice::Loopback),
        None if lacks_secret(provider, has_secret) => {
            format!("`{}` gives tokens through the browser only to clients with a secret", provider.name)
        }
        // Whoever wants the address printed wants the listener, which a forwarded port may reach.
        None if asked.no_open => return Ok(Choice::Loopback),
        None => match app.browser.absence() {
            None => return Ok(Choice::Loopback),
            Some(absence) => format!("{absence}, so no browser can be opened here"),
        },
    };
    let found = match device_lacks_secret(provider, has_secret) {
        true => None,
        false => endpoint()?,
    };
    match found {
        Some(endpoint) => Ok(Choice::Device { endpoint, reason: Some(reason) }),
        None if lacks_secret(provider, has_secret) => Err(no_secret(provider)),
        None => Ok(Choice::Loopback),
    }
}

fn lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.secret_needed && !has_secret
}

fn device_lacks_secret(provider: &Provider, has_secret: bool) -> bool {
    provider.wire.device.secret_needed && !has_secret
}

fn no_secret(provider: &Provider) -> Error {
    let name = &provider.name;
    let id = provider.client_id.as_deref().unwrap_or("ID");
    Error::Usage {
        message: format!("`{name}` gives tokens only to clients with a secret, and none is known here"),
        hint: Some(format!("{{program}} providers add {name} --client-id {id} --client-secret-stdin")),
    }
}

fn no_device_flow(provider: &Provider) -> Error {
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

    const ENDPOINT: &str = "https://id.example/device";

    fn app(pairs: &[(&str, &str)]) -> App {
        let home = [("HOME", "/nonexistent")];
        let variables = pairs.iter().chain(&home).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        App::new("mycli", Environment { variables: variables.collect(), ..Environment::default() }).expect("a home")
    }

    fn provider(flow: Option<Flow>, secrets: (bool, bool)) -> Provider {
        let mut provider = Provider { flow, secret_needed: secrets.0, ..Provider::named("acme") };
        provider.wire.device.secret_needed = secrets.1;
        provider.endpoints.device_authorization = Some(ENDPOINT.into());
        provider
    }

    /// `l`oopback, `d`evice, `D`evice with a reason, or the exit code.
    fn chosen(app: &App, provider: &Provider, no_open: bool, endpoint: Option<&str>) -> char {
        let asked = Asked { no_open, ..Asked::default() };
        let choice = check_secret(provider, false)
            .and_then(|()| choose(app, provider, &asked, false, || Ok(endpoint.map(str::to_owned))));
        match choice {
            Ok(Choice::Loopback) => 'l',
            Ok(Choice::Device { reason: None, .. }) => 'd',
            Ok(Choice::Device { reason: Some(_), .. }) => 'D',
            Err(error) => char::from_digit(error.exit_code().into(), 10).expect("one digit"),
        }
    }

    #[test]
    fn the_way_follows_the_person_then_the_browser_then_the_provider() {
        const HERE: &[(&str, &str)] = &[("BROWSER", "firefox")];
        const AWAY: &[(&str, &str)] = &[("SSH_TTY", "/dev/pts/1")];
        type Case =
            (&'static [(&'static str, &'static str)], Option<Flow>, (bool, bool), bool, Option<&'static str>, char);
        let table: &[Case] = &[
            (HERE, None, (false, false), false, Some(ENDPOINT), 'l'),
            (AWAY, None, (false, false), false, Some(ENDPOINT), 'D'),
            (AWAY, None, (false, false), false, None, 'l'),
            (AWAY, None, (false, false), true, Some(ENDPOINT), 'l'),
            (AWAY, Some(Flow::Loopback), (false, false), false, Some(ENDPOINT), 'l'),
            (HERE, Some(Flow::Device), (false, false), false, Some(ENDPOINT), 'd'),
            (HERE, Some(Flow::Device), (false, false), true, Some(ENDPOINT), 'd'),
            (HERE, Some(Flow::Device), (false, false), false, None, '2'),
            // GitHub: a secret for the browser, none for the device.
            (HERE, None, (true, false), false, Some(ENDPOINT), 'D'),
            (HERE, None, (true, false), false, None, '2'),
            (HERE, Some(Flow::Loopback), (true, false), false, Some(ENDPOINT), '2'),
            // Google: a secret for both.
            (HERE, None, (true, true), false, Some(ENDPOINT), '2'),
            (HERE, Some(Flow::Device), (true, true), false, Some(ENDPOINT), '2'),
            // A secret for the device alone.
            (AWAY, None, (false, true), false, Some(ENDPOINT), 'l'),
        ];
        for (surroundings, flow, secrets, no_open, endpoint, expected) in table {
            let provider = provider(*flow, *secrets);
            let chosen = chosen(&app(surroundings), &provider, *no_open, *endpoint);
            assert_eq!(chosen, *expected, "{surroundings:?} {flow:?} {secrets:?} {no_open} {endpoint:?}");
        }
    }
}
