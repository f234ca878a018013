//! `doctor`: checks the requirements of a sign-in. Every check runs regardless of the others, has a time limit and
//! shows no secret.

mod local;
mod network;
mod store;

use crate::app::App;
use crate::catalog::{self, Overrides, Provider};
use crate::config;
use crate::error::{Error, Result};

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Subject, such as `store` or `clock acme`.
    pub name: String,
    /// `true` if the check passed.
    pub ok: bool,
    /// Finding.
    pub detail: String,
    /// Advice for the user.
    pub hint: Option<String>,
}

/// Checks this machine and all configured providers, or only the given one.
pub fn doctor(app: &App, provider: Option<&str>) -> Vec<Check> {
    let mut checks = vec![local::configuration(app)];
    let mut providers = Vec::new();
    for name in provider.map_or_else(|| configured(app), |name| vec![name.to_owned()]) {
        match resolved(app, &name) {
            Ok(provider) => providers.push(provider),
            Err(error) => checks.push(Check::from_error(app, &format!("provider {name}"), &error)),
        }
    }
    let pending = network::start(app, &providers);
    checks.extend(store::checks(app));
    checks.push(local::browser(app));
    checks.extend(local::loopback());
    checks.extend(providers.iter().filter_map(|provider| local::callback(app, provider)));
    checks.extend(network::proxies(app, &providers));
    checks.extend(network::certificates(app, &providers));
    let _waiting =
        (!pending.is_empty()).then(|| app.prompt.start_waiting("the providers to respond", network::TIMEOUT));
    checks.extend(network::checks(app, pending));
    checks
}

/// Returns the configured names; none if the configuration is invalid, which another check reports.
fn configured(app: &App) -> Vec<String> {
    app.config().map(config::provider_names).unwrap_or_default()
}

/// Resolves the provider as a sign-in would, and requires a client id.
fn resolved(app: &App, name: &str) -> Result<Provider> {
    let nothing = catalog::ConfiguredProviders::default();
    let configured = app.config().map_or(&nothing, |config| &config.providers);
    let provider = catalog::resolve(name, configured, &app.auth_environment(), &Overrides::default())?;
    provider.require_client_id()?;
    Ok(provider)
}

impl Check {
    fn pass(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, detail: detail.into(), hint: None }
    }

    fn fail(name: impl Into<String>, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name: name.into(), ok: false, detail: detail.into(), hint: Some(hint.into()) }
    }

    fn from_error(app: &App, name: &str, error: &Error) -> Self {
        Self { name: name.to_owned(), ok: false, detail: error.to_string(), hint: error.hint(&app.program) }
    }

    fn from_result(app: &App, name: &str, outcome: Result<String>) -> Self {
        match outcome {
            Ok(detail) => Self::pass(name, detail),
            Err(error) => Self::from_error(app, name, &error),
        }
    }
}
