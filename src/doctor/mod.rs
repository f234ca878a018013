//! `doctor`: checks the requirements of a sign-in. Every check runs regardless of the others, has a time limit and
//! shows no secret.

mod check;
mod local;
mod network;
mod store;

pub use self::check::Check;
use crate::app::App;
use crate::catalog::{self, Overrides, Provider};
use crate::error::Result;

/// Checks this machine and all configured providers, or only the given one.
pub fn doctor(app: &App, provider: Option<&str>) -> Vec<Check> {
    let mut checks = vec![local::configuration(app)];
    let mut providers = Vec::new();
    for name in provider.map_or_else(|| local::configured(app), |name| vec![name.to_owned()]) {
        match resolved(app, &name) {
            Ok(provider) => providers.push(provider),
            Err(error) => checks.push(Check::from_error(app, &format!("provider {name}"), &error)),
        }
    }
    let pending = network::start(app, &providers);
    checks.extend(store::checks(app));
    checks.push(local::browser(app));
    checks.extend(local::loopback());
    checks.extend(providers.iter().filter_map(|provider| local::client_secret(app, provider)));
    checks.extend(providers.iter().filter_map(|provider| local::callback(app, provider)));
    checks.extend(network::proxies(app, &providers));
    checks.extend(network::certificates(app, &providers));
    let _waiting =
        (!pending.is_empty()).then(|| app.prompt.start_waiting("the providers to respond", network::TIMEOUT));
    let found = network::checks(app, pending, &checks);
    checks.extend(found);
    checks
}

/// Resolves the provider as a sign-in would, and requires a client id unless the provider may register one.
fn resolved(app: &App, name: &str) -> Result<Provider> {
    let nothing = catalog::ConfiguredProviders::default();
    let configured = app.config().map_or(&nothing, |config| &config.providers);
    let provider = catalog::resolve(name, configured, &app.auth_environment(), &Overrides::default())?;
    let may_register = provider.generic && (provider.name.contains("://") || app.find_session(name, None)?.is_some());
    match may_register {
        true => Ok(provider),
        false => provider.require_client_id().map(|_| provider.clone()),
    }
}
