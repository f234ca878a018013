//! Checks without network: configuration, browser, loopback and callback certificate.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};

use super::check::Check;
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::callback_server;
use crate::catalog::{Flow, Provider};
use crate::config;
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;

/// Checks `config.toml` and the `.mycli.toml` of the working directory.
pub fn configuration(app: &App) -> Check {
    let path = app.config_path();
    let read = || -> Result<String> {
        app.config()?;
        app.explicit_provider(&SessionQuery::default())?;
        Ok(match (path.exists(), configured(app).len()) {
            (false, _) => format!("{} does not exist; no provider is configured", path.display()),
            (true, 1) => format!("{}, 1 provider", path.display()),
            (true, number) => format!("{}, {number} providers", path.display()),
        })
    };
    Check::from_result(app, "configuration", read())
}

/// Returns the configured names; none if the configuration is invalid, which another check reports.
pub fn configured(app: &App) -> Vec<String> {
    app.config().map(config::provider_names).unwrap_or_default()
}

/// Checks the browser. A machine without one passes, because other flows work.
pub fn browser(app: &App) -> Check {
    if let Some(reason) = app.browser.unavailable_reason() {
        let detail = format!("cannot open a browser: {reason}; sign-in shows a device code or a URL instead");
        return Check::pass("browser", detail);
    }
    let launchers = app.browser.launchers();
    let Some(first) = launchers.iter().find(|launcher| launcher.found) else {
        let names: Vec<String> = launchers.iter().map(|launcher| format!("`{}`", launcher.program)).collect();
        let hint = "install a browser (and xdg-utils on Linux), or set BROWSER";
        return Check::fail("browser", format!("no launcher found; tried {}", names.join(", ")), hint);
    };
    let skipped: Vec<_> = launchers.iter().take_while(|launcher| !launcher.found).collect();
    let missing = skipped.iter().map(|launcher| format!("; `{}` not found", launcher.program));
    let warning =
        app.browser.callback_warning().map(|warning| format!("; {warning}, so sign-in prefers a device code"));
    let detail = format!("opens with `{}`", first.program);
    Check::pass("browser", missing.chain(warning).fold(detail, |detail, more| detail + &more))
}

/// Checks both loopback addresses of redirect URIs.
pub fn loopback() -> Vec<Check> {
    let check = |address: IpAddr| callback_server::check_loopback(address).map_err(|error| error.to_string());
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    let first = match check(v4) {
        Ok(()) => Check::pass("loopback 127.0.0.1", "can receive callbacks"),
        Err(why) => Check::fail(
            "loopback 127.0.0.1",
            why,
            "allow programs to listen and connect on 127.0.0.1 (firewall, sandbox), or sign in with --device",
        ),
    };
    let second = match check(v6) {
        Ok(()) => Check::pass("loopback ::1", "can receive callbacks"),
        // Many machines have no IPv6; there, browsers resolve `localhost` to 127.0.0.1 too.
        Err(reason) => Check::pass("loopback ::1", format!("{reason}; `localhost` means 127.0.0.1 only")),
    };
    vec![first, second]
}

/// Reports a missing client secret. A store that fails has its own check.
pub fn client_secret(app: &App, provider: &Provider) -> Option<Check> {
    let id = provider.client_id.as_deref()?;
    let is_stored =
        || app.load_named_secret(&app.client_secret_id(&provider.name, id)).map_or(true, |secret| secret.is_some());
    let outcome = provider.require_secret(provider.client_secret.is_some() || is_stored());
    outcome.err().map(|error| Check::from_error(app, &format!("client secret {}", provider.name), &error))
}

/// Checks the certificate of an `https` callback, unless the provider's flow needs no callback.
pub fn callback(app: &App, provider: &Provider) -> Option<Check> {
    if matches!(provider.flow, Some(Flow::Device | Flow::Paste)) {
        return None;
    }
    let name = format!("callback {}", provider.name);
    let good = |end: DateTime<Utc>| {
        let callback = sanitize_untrusted(provider.callback.as_deref().unwrap_or_default());
        format!("`{callback}` has a certificate that is valid until {}", end.format("%Y-%m-%d"))
    };
    match app.callback_certificate(provider) {
        Ok(certificate) => certificate.map(|certificate| Check::pass(name, good(certificate.not_after()))),
        Err(error) => Some(Check::from_error(app, &name, &error)),
    }
}
