//! Configuration, browser and loopback: what needs no network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};

use super::{Check, configured};
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::callback_server;
use crate::catalog::{Flow, Provider};
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;

/// `config.toml`, and the file of the working directory.
pub fn configuration(app: &App) -> Check {
    let path = app.config_path();
    let read = || -> Result<String> {
        app.config()?;
        app.explicit_provider(&SessionQuery::default())?;
        Ok(match (path.exists(), configured(app).len()) {
            (false, _) => format!("{} is not there, so nothing is configured", path.display()),
            (true, 1) => format!("{}, 1 provider", path.display()),
            (true, number) => format!("{}, {number} providers", path.display()),
        })
    };
    Check::from_result(app, "configuration", read())
}

/// Having no browser is nothing to mend: other ways lead in.
pub fn browser(app: &App) -> Check {
    if let Some(absence) = app.browser.unavailable_reason() {
        let detail = format!("none can be opened here: {absence}; a sign-in shows a device code or an address instead");
        return Check::pass("browser", detail);
    }
    let candidates = app.browser.launchers();
    let Some(first) = candidates.iter().find(|candidate| candidate.found) else {
        let names: Vec<String> = candidates.iter().map(|candidate| format!("`{}`", candidate.program)).collect();
        let hint = "install one (xdg-utils on Linux), or name a browser in BROWSER";
        return Check::fail("browser", format!("nothing that opens one was found: {}", names.join(", ")), hint);
    };
    let passed_over: Vec<_> = candidates.iter().take_while(|candidate| !candidate.found).collect();
    let missing = passed_over.iter().map(|candidate| format!("; `{}` was not found", candidate.program));
    let detour = app.browser.callback_warning().map(|detour| format!("; {detour}, so a device code goes first"));
    let detail = format!("`{}` opens it", first.program);
    Check::pass("browser", missing.chain(detour).fold(detail, |detail, more| detail + &more))
}

/// Both addresses a provider may send the browser back to.
pub fn loopback() -> Vec<Check> {
    let try_out = |address: IpAddr| callback_server::check_loopback(address).map_err(|error| error.to_string());
    let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
    let first = match try_out(v4) {
        Ok(()) => Check::pass("loopback 127.0.0.1", "a browser can come back to it"),
        Err(why) => Check::fail(
            "loopback 127.0.0.1",
            why,
            "let programs listen and connect on 127.0.0.1 (firewall, sandbox), or sign in with --device",
        ),
    };
    let second = match try_out(v6) {
        Ok(()) => Check::pass("loopback ::1", "a browser can come back to it"),
        // Many machines have no IPv6, and then `localhost` is 127.0.0.1 for the browser too.
        Err(why) => Check::pass("loopback ::1", format!("{why}; `localhost` is taken to be 127.0.0.1 alone")),
    };
    vec![first, second]
}

/// The certificate that a callback on `https` is answered with, unless no browser is to come back there.
pub fn callback(app: &App, provider: &Provider) -> Option<Check> {
    if matches!(provider.flow, Some(Flow::Device | Flow::Paste)) {
        return None;
    }
    let name = format!("callback {}", provider.name);
    let good = |end: DateTime<Utc>| {
        let callback = sanitize_untrusted(provider.callback.as_deref().unwrap_or_default());
        format!("`{callback}` is answered with a certificate that is good until {}", end.format("%Y-%m-%d"))
    };
    match app.callback_certificate(provider) {
        Ok(certificate) => certificate.map(|certificate| Check::pass(name, good(certificate.not_after()))),
        Err(error) => Some(Check::from_error(app, &name, &error)),
    }
}
