//! Mix-up defense (RFC 9700 4.4) for an authorization server that is not configured and whose sign-in page is on
//! another host.
//!
//! Such a server can send the user to the page of an honest server, as a client of that server, and receive the code.
//! An `iss` parameter in the response (RFC 9207) prevents this. If the server does not promise one, the user must
//! confirm, because some honest servers host the page elsewhere, such as at their identity vendor.

use std::collections::BTreeSet;

use url::Url;

use super::options::SigninOptions;
use super::question::{self, ServerQuestion, Subject};
use crate::app::{App, runtime};
use crate::catalog::{self, Provider, is_same_issuer};
use crate::error::Result;
use crate::oauth::device::DeviceAuthorization;
use crate::oauth::discovery::Metadata;
use crate::oauth::host_of;
use crate::sanitize::sanitize_untrusted;

/// Returns the host of the sign-in page if it is neither the issuer's host nor a subdomain, and the response will not
/// carry `iss`.
pub fn foreign_page_host(metadata: &Metadata) -> Option<String> {
    let page = foreign_host(&metadata.issuer, metadata.authorization_endpoint.as_deref()?)?;
    (!metadata.authorization_response_iss_parameter_supported).then_some(page)
}

/// Returns the host of `page` if it is neither the issuer's nor a subdomain. Text without a host is foreign as it is: it
/// can send the user anywhere.
fn foreign_host(issuer: &str, page: &str) -> Option<String> {
    let Some(page) = page_url(page) else { return Some(sanitize_untrusted(page)) };
    let is_own = |issuer: &Url| {
        let below = page.host_str().zip(issuer.host_str()).and_then(|(page, issuer)| page.strip_suffix(issuer));
        page.origin() == issuer.origin() || below.is_some_and(|rest| rest.ends_with('.'))
    };
    (!Url::parse(issuer).as_ref().is_ok_and(is_own)).then(|| host_of(page.as_str()))
}

/// URL of a page, which a device code may name without a scheme: `example.com/device`. `example.com:443/device` parses
/// as a URL without a host. Words after the URL could name another page.
fn page_url(page: &str) -> Option<Url> {
    let page = page.trim();
    let parse = |text: &str| Url::parse(text).ok().filter(Url::has_host);
    let url = parse(page).or_else(|| parse(&format!("https://{page}")));
    url.filter(|_| !page.contains(char::is_whitespace))
}

/// Asks the user to accept the sign-in page in `metadata`, if it is foreign. A client ID that is known does not prove
/// anything: the server that the user typed may have given it to the user.
pub fn check_page(app: &App, options: &SigninOptions, provider: &Provider, metadata: Option<&Metadata>) -> Result<()> {
    match metadata.and_then(foreign_page_host) {
        Some(page) => runtime::run(confirm(app, options, provider, &[page])),
        None => Ok(()),
    }
}

/// Asks the user to accept the host at which a device code is entered, if it is foreign: a server can pass on the code
/// of an honest one, and no `iss` protects this flow.
pub async fn check_device(
    app: &App,
    options: &SigninOptions,
    provider: &Provider,
    codes: &DeviceAuthorization,
) -> Result<()> {
    let Some(issuer) = &provider.issuer else { return Ok(()) };
    let places = [Some(&codes.verification_uri), codes.verification_uri_complete.as_ref()].into_iter().flatten();
    let foreign: BTreeSet<String> = places.filter_map(|place| foreign_host(issuer, place.text())).collect();
    confirm(app, options, provider, &Vec::from_iter(foreign)).await
}

/// Asks the user to accept each of `hosts`, unless configuration or catalog name the provider.
pub async fn confirm(app: &App, options: &SigninOptions, provider: &Provider, hosts: &[String]) -> Result<()> {
    let issuer = provider.issuer.as_deref().unwrap_or(&provider.name);
    if !provider.generic || is_configured(app, provider, issuer)? {
        return Ok(());
    }
    let server = host_of(issuer);
    let text = format!("`{server}` sends you to another host:");
    for host in hosts.iter().filter(|host| !catalog::is_known_host(issuer, host)) {
        let action = format!("the sign-in page of `{server}` is on another host, `{host}`");
        let servers = std::slice::from_ref(host);
        let subject = Subject::Page;
        question::ask(app, options, &ServerQuestion { provider, text: &text, action, subject, servers }).await?;
    }
    Ok(())
}

/// Returns true if the configuration names the server: as this provider, or as another one.
fn is_configured(app: &App, provider: &Provider, issuer: &str) -> Result<bool> {
    let providers = &app.config()?.providers;
    let own = providers.entry(&provider.name);
    let names_it = own.is_some_and(|entry| entry.issuer.is_some() || provider.protected_resource.is_none());
    let is_same = |name: &str| {
        let entry = providers.entry(name).and_then(|entry| entry.issuer.as_deref());
        entry.is_some_and(|known| is_same_issuer(known, issuer))
    };
    Ok(names_it || providers.names().any(is_same))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_sign_in_page_is_detected() {
        let of = |issuer: &str, page: &str, iss: bool| {
            super::foreign_page_host(&Metadata {
                issuer: issuer.to_owned(),
                authorization_endpoint: Some(page.to_owned()),
                authorization_response_iss_parameter_supported: iss,
                ..Metadata::default()
            })
        };
        for own in ["https://as.example/authorize", "https://login.as.example/", "https://as.example:443/x"] {
            assert_eq!(of("https://as.example/tenant", own, false), None, "{own}");
        }
        for (page, host) in [
            ("https://honest.example/authorize", "honest.example"),
            ("https://as.example.evil.example/", "as.example.evil.example"),
            ("https://notas.example/", "notas.example"),
            ("https://xn--pple-43d.example/", "xn--pple-43d.example"),
            ("https://example/", "example"),
            ("https://as.example:8443/", "as.example:8443"),
        ] {
            assert_eq!(of("https://as.example", page, false).as_deref(), Some(host));
            assert_eq!(of("https://as.example", page, true), None, "{page}");
        }
    }

    #[test]
    fn page_without_a_scheme_is_own_only_by_its_host() {
        let of = |page: &str| super::foreign_host("https://as.example/tenant", page);
        for own in ["as.example/device", "as.example:443/device", "login.as.example", " https://as.example/x "] {
            assert_eq!(of(own), None, "{own}");
        }
        for (page, named) in [
            ("honest.example/device", "honest.example"),
            ("honest.example:443/device", "honest.example"),
            ("honest.example:8443/device", "honest.example:8443"),
            ("as.example@honest.example/device", "honest.example"),
            ("//honest.example/device", "honest.example"),
            ("Go to honest.example/device", "Go to honest.example/device"),
            ("as.example/device or honest.example", "as.example/device or honest.example"),
            ("http://as.example/ or\u{202e} honest.example", "http://as.example/ or honest.example"),
            ("honest.example:port/device", "honest.example:port/device"),
            ("", ""),
        ] {
            assert_eq!(of(page).as_deref(), Some(named), "{page}");
        }
        assert_eq!(super::foreign_host("as.example", "https://as.example/").as_deref(), Some("as.example"));
    }
}
