//! Redirect URI and the listener it needs.

use url::Url;

use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;
use crate::server::{LoopbackHosts, Server, TlsCertificate};

/// Redirect URI whose port may still be open (RFC 8252 7.3).
#[derive(Debug, Clone)]
pub struct RedirectUri {
    hosts: LoopbackHosts,
    port: Option<u16>,
    /// Ports to try if `port` is in use.
    fallback_ports: Vec<u16>,
    scheme_and_host: String,
    /// Port as written in the URI.
    port_text: PortText,
    path_and_query: String,
    path: String,
    certificate: Option<TlsCertificate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum PortText {
    /// The bound port.
    Bound,
    /// As registered: `:8080`, or empty.
    Registered(String),
}

impl RedirectUri {
    /// Creates `http://HOST:PORT/PATH` on `127.0.0.1`, `localhost` or `[::1]`; port `None` or 0 means any free port.
    ///
    /// # Errors
    /// [`Error::Usage`] for another host or an invalid path.
    pub fn new(host: &str, port: Option<u16>, path: &str) -> Result<Self> {
        if !path.is_empty() && !path.starts_with('/') {
            return Err(Error::usage(format!(
                "the callback path `{}` does not start with `/`",
                sanitize_untrusted(path)
            )));
        }
        let parsed = Self::parse(&format!("http://{host}{path}"), None)?;
        Ok(Self { port: port.filter(|port| *port != 0), port_text: PortText::Bound, ..parsed })
    }

    /// Ports of [`RedirectUri::new`] to try one after the other; none leaves the URI as it is.
    pub fn with_ports(self, ports: &[u16]) -> Self {
        match ports {
            [] => self,
            [first, spare @ ..] => Self { port: Some(*first), fallback_ports: spare.to_vec(), ..self },
        }
    }

    /// Parses a registered redirect URI, which is sent byte for byte. One exception: for `http` on an IP literal
    /// without a port, whose port providers ignore (RFC 8252 7.3), the bound port is inserted. `localhost` without a
    /// port means port 80, `https` port 443. `certificate` is for `https`; `http` ignores it.
    ///
    /// # Errors
    /// [`Error::Usage`] if the program cannot listen on the URI.
    pub fn parse(uri: &str, certificate: Option<TlsCertificate>) -> Result<Self> {
        let uri_text = sanitize_untrusted(uri);
        if !uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(Error::usage(format!("the callback `{uri_text}` is not a valid URL")));
        }
        let Some((scheme, rest)) = uri.split_once("://") else {
            return Err(not_listenable(&uri_text));
        };
        if rest.contains('#') {
            return Err(Error::usage(format!(
                "the callback `{uri_text}` must not contain a fragment (RFC 6749 3.1.2)"
            )));
        }
        let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(Error::usage("the callback must not contain a user name or a password"));
        }
        let (host, port_text) = split_port(authority);
        let certificate = certificate.filter(|_| scheme.eq_ignore_ascii_case("https"));
        let is_supported = scheme.eq_ignore_ascii_case("http") || certificate.is_some();
        let hosts = loopback_hosts(host).filter(|_| is_supported).ok_or_else(|| not_listenable(&uri_text))?;
        let default_port = match (&certificate, hosts) {
            (Some(_), _) => Some(443),
            (None, LoopbackHosts::Localhost) => Some(80),
            (None, LoopbackHosts::Ipv4 | LoopbackHosts::Ipv6) => None,
        };
        let port = registered_port(port_text, default_port).ok_or_else(|| invalid_port(&uri_text))?;
        let url = Url::parse(uri).map_err(|_| Error::usage(format!("the callback `{uri_text}` is not a valid URL")))?;
        Ok(Self {
            hosts,
            port,
            fallback_ports: Vec::new(),
            scheme_and_host: format!("{scheme}://{host}"),
            port_text: if port.is_none() { PortText::Bound } else { PortText::Registered(port_text.to_owned()) },
            path_and_query: path_and_query.to_owned(),
            path: url.path().to_owned(),
            certificate,
        })
    }

    /// Binds the port, or a fallback port.
    ///
    /// # Errors
    /// See [`Server::bind`].
    pub(super) fn bind(&self) -> Result<Server> {
        let mut taken = Server::bind(self.hosts, self.port);
        for port in &self.fallback_ports {
            match taken {
                Err(Error::PortTaken { .. }) => taken = Server::bind(self.hosts, Some(*port)),
                _ => break,
            }
        }
        Ok(taken?.with_certificate(self.certificate.clone()))
    }

    pub(super) fn hosts(&self) -> LoopbackHosts {
        self.hosts
    }

    /// Host as written in the URI.
    pub(super) fn host(&self) -> &str {
        self.scheme_and_host.split_once("://").map_or("", |(_, host)| host)
    }

    pub(super) fn certificate(&self) -> Option<&TlsCertificate> {
        self.certificate.as_ref()
    }

    /// Fixed port; `None` for any free port.
    pub(super) fn port(&self) -> Option<u16> {
        self.port
    }

    /// Path as browsers send it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the redirect URI with the bound port.
    pub fn with_port(&self, port: u16) -> String {
        match &self.port_text {
            PortText::Bound => format!("{}:{port}{}", self.scheme_and_host, self.path_and_query),
            PortText::Registered(port) => format!("{}{port}{}", self.scheme_and_host, self.path_and_query),
        }
    }
}

/// Splits the authority before the `:` of the port.
fn split_port(authority: &str) -> (&str, &str) {
    let host_end = authority.find(']').unwrap_or(0);
    let colon = authority[host_end..].find(':').map_or(authority.len(), |at| at + host_end);
    authority.split_at(colon)
}

fn loopback_hosts(host: &str) -> Option<LoopbackHosts> {
    match host {
        "127.0.0.1" => Some(LoopbackHosts::Ipv4),
        "[::1]" => Some(LoopbackHosts::Ipv6),
        name if name.eq_ignore_ascii_case("localhost") => Some(LoopbackHosts::Localhost),
        _ => None,
    }
}

/// Returns the port of a registered URI, `Some(None)` for any port; `None` if the port is invalid.
fn registered_port(text: &str, default_port: Option<u16>) -> Option<Option<u16>> {
    match text.strip_prefix(':') {
        None => Some(default_port),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port != 0).map(Some)
        }
        Some(_) => None,
    }
}

fn not_listenable(uri_text: &str) -> Error {
    Error::usage(format!(
        "cannot listen on the callback `{uri_text}`, which is not `http` (or `https` with a certificate) on 127.0.0.1, \
         [::1] or localhost; use `--paste`"
    ))
}

fn invalid_port(uri_text: &str) -> Error {
    Error::usage(format!("the callback `{uri_text}` has an invalid port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uri_is_sent_byte_for_byte() {
        let table = [
            ("http://127.0.0.1:8080/callback", Some(8080), "http://127.0.0.1:8080/callback", "/callback"),
            ("http://127.0.0.1:8080/callback/", Some(8080), "http://127.0.0.1:8080/callback/", "/callback/"),
            ("http://127.0.0.1:8080", Some(8080), "http://127.0.0.1:8080", "/"),
            ("HTTP://LocalHost:8080/A/./b?c=d", Some(8080), "HTTP://LocalHost:8080/A/./b?c=d", "/A/b"),
            ("http://localhost/cb", Some(80), "http://localhost/cb", "/cb"),
            ("http://127.0.0.1/cb", None, "http://127.0.0.1:5000/cb", "/cb"),
            ("http://127.0.0.1", None, "http://127.0.0.1:5000", "/"),
            ("http://[::1]/cb?x=1", None, "http://[::1]:5000/cb?x=1", "/cb"),
            ("http://[::1]:99/cb", Some(99), "http://[::1]:99/cb", "/cb"),
        ];
        for (uri, port, sent, path) in table {
            let parsed = RedirectUri::parse(uri, None).expect(uri);
            assert_eq!((parsed.port(), parsed.path()), (port, path), "{uri}");
            assert_eq!(parsed.with_port(port.unwrap_or(5000)), sent, "{uri}");
        }
    }

    #[test]
    fn unusable_callback_is_rejected() {
        for (uri, word) in [
            ("https://127.0.0.1/cb", "--paste"),
            ("https://localhost:8443/cb", "--paste"),
            ("http://app.example/cb", "--paste"),
            ("http://127.1/cb", "--paste"),
            ("http://127.0.0.1.example/cb", "--paste"),
            ("http://0.0.0.0:8080/cb", "--paste"),
            ("com.example.app:/cb", "--paste"),
            ("urn:ietf:wg:oauth:2.0:oob", "--paste"),
            ("http://user:word@127.0.0.1/cb", "user name"),
            ("http://127.0.0.1:80@evil.example/cb", "user name"),
            ("http://127.0.0.1/cb#x", "fragment"),
            ("http://127.0.0.1:/cb", "port"),
            ("http://127.0.0.1:0/cb", "port"),
            ("http://127.0.0.1:65536/cb", "port"),
            ("http://127.0.0.1:+80/cb", "port"),
            ("http://127.0.0.1\\@evil.example/cb", "valid URL"),
            ("http://127.0.0.1/c b", "valid URL"),
            ("", "valid URL"),
        ] {
            let error = RedirectUri::parse(uri, None).expect_err(uri);
            assert_eq!(error.exit_code(), 2, "{uri}");
            assert!(error.to_string().contains(word) || uri.is_empty(), "{uri}: {error}");
        }
    }

    #[test]
    fn port_is_written_and_fallback_port_is_used() {
        let uri = RedirectUri::new("localhost", None, "/callback").expect("valid");
        assert_eq!((uri.hosts(), uri.port()), (LoopbackHosts::Localhost, None));
        assert_eq!(uri.with_port(5000), "http://localhost:5000/callback");
        let fixed = RedirectUri::new("127.0.0.1", Some(80), "").expect("valid");
        assert_eq!(fixed.with_port(80), "http://127.0.0.1:80");
        let held = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let (taken, spare) =
            (held.local_addr().expect("bound").port(), Server::bind(LoopbackHosts::Ipv4, None).expect("free").port());
        let uri = RedirectUri::new("127.0.0.1", Some(taken), "/callback").expect("valid");
        assert!(matches!(uri.bind(), Err(Error::PortTaken { port }) if port == taken));
        assert_eq!(uri.with_ports(&[taken, taken, spare]).bind().expect("a fallback port is free").port(), spare);
        assert!(RedirectUri::new("192.0.2.1", None, "/").is_err());
        assert!(RedirectUri::new("127.0.0.1", None, "callback").is_err());
    }
}
