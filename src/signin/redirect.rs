//! Redirect URI of a sign-in: checked before any request, with its port decided when the client is known.

use std::net::TcpListener;

use ring::rand::{SecureRandom, SystemRandom};

use crate::app::App;
use crate::callback_server::RedirectUri;
use crate::catalog::{
    self, AcceptedRedirect, CallbackUri, CodePage, CodePageContent, Flow, Pkce, Provider, REGISTERED_PORT,
    RegistrationRules, redirect_uri_to_register,
};
use crate::error::{Error, Remedy, Result};
use crate::prompt::PasteSource;
use crate::sanitize::sanitize_untrusted;

/// Out-of-band redirect URI: the provider's page shows the code to the user, even if someone else started the sign-in.
/// Google supported it for native apps until 2022, others still do. Such pages show no more than a code, and the
/// catalog entry describes the format.
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// Ports to register: below the ephemeral ranges of Linux (from 32768) and Windows (from 49152), so that one is still
/// free at the next sign-in, and random, so that no other program can squat on them.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

const PORT_COUNT: u16 = PORTS.end - PORTS.start;

/// Random draws for free ports.
const PORT_DRAWS: usize = 16;

/// Redirect URIs to register, one for each concurrent sign-in.
const REDIRECT_URI_COUNT: usize = 3;

/// Redirect URI of a provider; its port may still be undecided.
pub struct Redirect {
    /// Configured URI; `None` if any port will do.
    fixed: Option<String>,
    /// Host and path of a URI with any port.
    host: String,
    path: String,
    /// Listener on this machine, if a flow with a listener is possible.
    listener: Option<RedirectUri>,
    /// Page with the text to paste.
    pub source: PasteSource,
    /// Content of the provider's page that shows the code, if the redirect URI is that page.
    pub shows: Option<CodePageContent>,
}

impl Redirect {
    /// Redirect URI for the flows that may be chosen.
    pub fn new(app: &App, provider: &Provider) -> Result<Self> {
        let code_page = code_page(provider);
        let source = match code_page {
            Some(_) => PasteSource::Code,
            None if is_paste_only(provider) => PasteSource::Elsewhere,
            None => PasteSource::Unloadable,
        };
        let is_pasted = match provider.flow {
            None => is_paste_only(provider) && app.prompt.can_prompt(),
            flow => flow == Some(Flow::Paste),
        };
        if is_pasted {
            check_code_page(provider, code_page)?;
        }
        let listener = match &provider.callback {
            _ if provider.flow == Some(Flow::Device) => None,
            Some(callback) if !is_pasted => Some(RedirectUri::parse(callback, app.callback_certificate(provider)?)?),
            Some(_) => None,
            None => Some(RedirectUri::new(&provider.redirect.host, provider.port, &provider.redirect.path)?),
        };
        let is_fixed = provider.callback.is_some()
            || provider.port.is_some()
            || provider.redirect.accepts != AcceptedRedirect::Loopback;
        Ok(Self {
            fixed: is_fixed.then(|| redirect_uri_to_register(provider)),
            host: provider.redirect.host.clone(),
            path: provider.redirect.path.clone(),
            listener,
            source,
            shows: code_page.map(|page| page.shows),
        })
    }

    /// Listener on one of the registered `ports`, if any.
    pub fn listener(&self, ports: &[u16]) -> Result<RedirectUri> {
        let missing = || Error::Usage {
            message: "the redirect URI is not on this machine".to_owned(),
            hint: Some("{program} signin --paste".to_owned()),
        };
        Ok(self.listener.clone().ok_or_else(missing)?.with_ports(ports))
    }

    /// URI without a listener: the configured one byte for byte, else a loopback URI.
    pub fn pasted(&self, ports: &[u16]) -> String {
        self.fixed.clone().unwrap_or_else(|| self.with_port(*ports.first().unwrap_or(&REGISTERED_PORT)))
    }

    /// URIs to register: the configured one, else several with different ports, so that concurrent sign-ins can share
    /// one client. Many servers compare ports although RFC 8252 7.3 forbids that.
    ///
    /// The rules of the catalog may say that a URI without a port is enough.
    pub fn uris_to_register(&self, rules: &RegistrationRules) -> Result<Vec<String>> {
        if let Some(fixed) = &self.fixed {
            return Ok(vec![fixed.clone()]);
        }
        if rules.any_port {
            return Ok(vec![format!("http://{}{}", self.host, self.path)]);
        }
        let mut drawn = [0; 2 * PORT_DRAWS];
        SystemRandom::new().fill(&mut drawn).map_err(Error::no_random_numbers)?;
        let ports = drawn.chunks_exact(2).map(|two| PORTS.start + u16::from_be_bytes([two[0], two[1]]) % PORT_COUNT);
        let free = ports.filter(|port| is_free(*port)).take(REDIRECT_URI_COUNT);
        let uris: Vec<String> = free.map(|port| self.with_port(port)).collect();
        match uris.is_empty() {
            true => Err(Error::other_with(Remedy::Port, "no free port for a redirect URI")),
            false => Ok(uris),
        }
    }

    /// Ports of the `registered` URIs that this sign-in can use; empty if the URI is configured or any port is accepted.
    /// `None` if no registered URI fits: the user may have configured another one, or all ports are taken.
    pub fn usable_ports(&self, registered: &[String]) -> Option<Vec<u16>> {
        if let Some(fixed) = &self.fixed {
            return registered.contains(fixed).then(Vec::new);
        }
        let port = |uri: &String| match catalog::parse_callback(uri) {
            Ok(CallbackUri::Loopback { host, port, path }) if host == self.host && path == self.path => Some(port),
            _ => None,
        };
        let registered: Vec<Option<u16>> = registered.iter().filter_map(port).collect();
        if !registered.is_empty() && registered.iter().all(Option::is_none) {
            return Some(Vec::new());
        }
        // Another sign-in may take a port between this check and the bind.
        let is_usable = |port: &u16| self.listener.is_none() || is_free(*port);
        let ports: Vec<u16> = registered.into_iter().flatten().filter(is_usable).collect();
        (!ports.is_empty()).then_some(ports)
    }

    fn with_port(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.path)
    }
}

/// Returns true if the redirect URI is not on this machine, so that the user must paste.
pub fn is_paste_only(provider: &Provider) -> bool {
    let elsewhere = |callback: &String| catalog::parse_callback(callback) == Ok(CallbackUri::External);
    provider.callback.as_ref().is_some_and(elsewhere)
}

/// The provider's code page, if the redirect URI is that page.
fn code_page(provider: &Provider) -> Option<&CodePage> {
    provider.redirect.page.as_ref().filter(|page| provider.callback.as_ref() == Some(&page.uri))
}

/// Rejects a page whose code cannot be pasted safely.
fn check_code_page(provider: &Provider, code_page: Option<&CodePage>) -> Result<()> {
    let (name, callback) = (&provider.name, provider.callback.as_deref().unwrap_or_default());
    match code_page {
        Some(CodePage { shows: CodePageContent::Code, uri }) if provider.pkce == Pkce::No => Err(Error::usage(
            format!("the page at `{uri}` shows only a code, which needs PKCE, and `{name}` does not support PKCE"),
        )),
        None if callback.starts_with(OUT_OF_BAND) => Err(Error::usage(format!(
            "the page at `{}` shows only a code, and the format for `{name}` is unknown",
            sanitize_untrusted(callback)
        ))),
        _ => Ok(()),
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}
