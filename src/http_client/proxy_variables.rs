//! Proxy variables of the environment, with curl's rules: `https_proxy` before `all_proxy`, lower case before upper
//! case, and an empty variable counts as unset.
//!
//! `ureq` reads `ALL_PROXY` first, uses `HTTP_PROXY` for `https`, and connects directly if a variable is invalid
//! (algesten/ureq#1134). `NO_PROXY` accepts the forms of curl, Go and Python: blanks and commas, parent domains, ports,
//! `*` and CIDR ranges (reqwest#2579, curl#9773).

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;
use url::{Host, Url};

use crate::catalog::is_loopback;
use crate::error::{Error, Result};

/// Default port of a proxy, as in curl.
const DEFAULT_PORT: u16 = 1080;

#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    https: Option<(&'static str, String)>,
    /// Name and value for `http` URLs. `HTTP_PROXY` is not read, because a CGI server fills it from a request header
    /// (CVE-2016-5385).
    http: Option<(&'static str, String)>,
    all: Option<(&'static str, String)>,
    /// Hosts that bypass the proxy; parsed only if a proxy is set.
    no_proxy: String,
}

impl fmt::Debug for ProxyVariables {
    /// Prints only the names: a value may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [&self.https, &self.http, &self.all].map(|found| found.as_ref().map(|(name, _)| *name));
        f.debug_tuple("ProxyVariables").field(&names).finish()
    }
}

#[derive(Clone, PartialEq, Eq)]
pub struct ChosenProxy {
    pub variable: &'static str,
    pub(super) proxy: ureq::Proxy,
}

impl ChosenProxy {
    pub fn host(&self) -> &str {
        self.proxy.host()
    }

    pub fn port(&self) -> u16 {
        self.proxy.port()
    }
}

impl fmt::Debug for ChosenProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChosenProxy({} {}:{})", self.variable, self.host(), self.port())
    }
}

impl ProxyVariables {
    /// Reads the variables through `variable`, which looks up the environment.
    pub fn read<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let set = |names: &[&'static str]| {
            names.iter().find_map(|name| Some((*name, variable(name).filter(|value| !value.is_empty())?.to_owned())))
        };
        Self {
            https: set(&["https_proxy", "HTTPS_PROXY"]),
            http: set(&["http_proxy"]),
            all: set(&["all_proxy", "ALL_PROXY"]),
            no_proxy: set(&["no_proxy", "NO_PROXY"]).map_or_else(String::new, |(_, list)| list),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.https.is_none() && self.http.is_none() && self.all.is_none()
    }

    /// Returns the proxy for `url`; `None` means a direct connection. Loopback hosts never use a proxy.
    ///
    /// # Errors
    /// [`Error::Usage`] if the variable is not a proxy URL; the error omits the value, which may hold a password.
    pub fn choose(&self, url: &Url) -> Result<Option<ChosenProxy>> {
        let for_scheme = if url.scheme() == "https" { &self.https } else { &self.http };
        let Some((variable, value)) = for_scheme.as_ref().or(self.all.as_ref()) else { return Ok(None) };
        if is_loopback(url) || self.no_proxy.split([',', ' ', '\t']).any(|entry| bypasses(entry, url)) {
            return Ok(None);
        }
        let invalid = || {
            let message = format!("`{variable}` is not the URL of a proxy");
            Error::Usage { message, hint: Some(format!("export {variable}=http://proxy.example:3128")) }
        };
        let proxy = complete(value).and_then(|url| ureq::Proxy::new(&url).ok()).ok_or_else(invalid)?;
        Ok(Some(ChosenProxy { variable, proxy }))
    }
}

/// Completes a proxy URL with curl's default scheme and port.
fn complete(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "socks" => "socks4".to_owned(),
        known @ ("http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") => known.to_owned(),
        _ => return None,
    };
    // curl drops the path.
    let authority = rest.split(['/', '?', '#']).next()?;
    let url: Uri = format!("{scheme}://{authority}").parse().ok()?;
    url.host().filter(|host| !host.is_empty())?;
    let port = match url.authority()?.as_str().rsplit_once('@').map_or(authority, |(_, host)| host).rsplit_once(':') {
        // The part after the last colon of a bare IPv6 address is not a port.
        Some((_, port)) if !port.ends_with(']') => port.parse::<u16>().ok()?,
        _ if scheme == "https" => 443,
        _ => DEFAULT_PORT,
    };
    let without_port = match authority.rsplit_once(':') {
        Some((front, last)) if last.parse::<u16>().is_ok() => front,
        _ => authority,
    };
    Some(format!("{scheme}://{without_port}:{port}"))
}

/// Returns true if an entry of `NO_PROXY` covers `url`; an invalid entry covers nothing, as in curl.
fn bypasses(entry: &str, url: &Url) -> bool {
    let (host, port) = match entry.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>())) {
        Some((host, Ok(port))) if network(entry).is_none() => (host, Some(port)),
        _ => (entry, None),
    };
    let covers_host = match url.host() {
        _ if entry == "*" => true,
        Some(Host::Domain(found)) => is_same_or_below(found, host),
        Some(Host::Ipv4(found)) => network(host).is_some_and(|network| is_within(found.into(), network)),
        Some(Host::Ipv6(found)) => network(host).is_some_and(|network| is_within(found.into(), network)),
        None => false,
    };
    covers_host && port.is_none_or(|port| url.port_or_known_default() == Some(port))
}

fn is_same_or_below(host: &str, entry: &str) -> bool {
    let name = entry.strip_prefix('*').unwrap_or(entry).trim_matches('.').to_ascii_lowercase();
    let rest = host.trim_end_matches('.').strip_suffix(name.as_str()).filter(|_| !name.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Parses an IP address or a CIDR range into the address and the prefix length.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.map_or(Some(longest), |length| length.parse().ok())?;
    (length <= longest).then_some((address, length))
}

/// Returns true if the first `length` bits of two addresses of the same family match.
fn is_within(host: IpAddr, (network, length): (IpAddr, u32)) -> bool {
    let same = |a: u128, b: u128, bits: u32| a.checked_shr(bits - length) == b.checked_shr(bits - length);
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) => same(u32::from(host).into(), u32::from(network).into(), 32),
        (IpAddr::V6(host), IpAddr::V6(network)) => same(host.into(), network.into(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://api.example.com/";

    /// Returns the host and port of the proxy, or `direct`.
    fn chosen(url: &str, variables: &[(&str, &str)]) -> Result<String> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let found = ProxyVariables::read(value).choose(&url.parse().unwrap())?;
        Ok(found.map_or("direct".to_owned(), |proxy| format!("{}:{}", proxy.host(), proxy.port())))
    }

    #[test]
    fn variables_are_read_in_the_order_of_curl() {
        // Each row shows the behavior of curl 7.88.
        for (variables, expected) in [
            (&[][..], "direct"),
            (&[("https_proxy", "http://p:1"), ("HTTPS_PROXY", "http://q:2")], "p:1"),
            (&[("HTTPS_PROXY", "http://p:1")], "p:1"),
            (&[("HTTP_PROXY", "http://p:1")], "direct"),
            (&[("http_proxy", "http://p:1")], "direct"),
            (&[("ALL_PROXY", "http://p:1"), ("HTTPS_PROXY", "http://q:2")], "q:2"),
            (&[("ALL_PROXY", "http://p:1"), ("all_proxy", "http://q:2")], "q:2"),
            (&[("https_proxy", ""), ("ALL_PROXY", "http://p:1")], "p:1"),
            (&[("https_proxy", "p:1")], "p:1"),
            (&[("https_proxy", "p")], "p:1080"),
            (&[("https_proxy", "http://p")], "p:1080"),
            (&[("https_proxy", "https://p")], "p:443"),
            (&[("https_proxy", "HTTP://p:80/path?query")], "p:80"),
            (&[("https_proxy", "socks5h://ada:hush%40@p")], "p:1080"),
            (&[("https_proxy", "socks://[::1]:9")], "[::1]:9"),
        ] {
            assert_eq!(chosen(URL, variables).unwrap(), expected, "{variables:?}");
        }
        let one = [("http_proxy", "p:1"), ("HTTP_PROXY", "q:2"), ("https_proxy", "r:3")];
        assert_eq!(chosen("http://api.example.com/", &one).unwrap(), "p:1");
        for local in ["https://localhost:8443/", "http://127.0.0.1/", "https://[::1]/"] {
            assert_eq!(chosen(local, &[("all_proxy", "p:1")]).unwrap(), "direct", "{local}");
        }
    }

    #[test]
    fn no_proxy_takes_what_curl_go_and_python_take() {
        for (url, list, is_direct) in [
            (URL, "example.com", true),
            (URL, ".example.com", true),
            (URL, "*.example.com", true),
            (URL, "xample.com", false),
            (URL, "foo, example.com", true),
            (URL, "foo example.com", true),
            (URL, "foo\tEXAMPLE.COM.", true),
            (URL, "*", true),
            (URL, "foo,*", true),
            (URL, "api.example.com:443", true),
            (URL, "api.example.com:8443", false),
            ("https://api.example.com:8443/", "api.example.com", true),
            ("https://example.com/", "api.example.com", false),
            ("https://10.1.2.3/", "10.0.0.0/8", true),
            ("https://11.1.2.3/", "10.0.0.0/8", false),
            ("https://11.1.2.3/", "0.0.0.0/0", true),
            ("https://10.1.2.3/", "10.1.2.3", true),
            ("https://10.1.2.3/", "10.", false),
            ("https://10.1.2.3/", "10.0.0.0/33", false),
            ("https://10.1.2.3:8443/", "10.1.2.3:8443", true),
            ("https://[fd00::1]/", "fd00::/8", true),
            ("https://[fd00::1]/", "[fd00::1]", true),
            ("https://[fd00::1]/", "fd00::1", true),
            ("https://[fd00::1]/", "[fd00::1]:443", true),
            ("https://[fd00::1]/", "fe80::/10", false),
            (URL, " , ", false),
        ] {
            let found = chosen(url, &[("https_proxy", "p:1"), ("no_proxy", list)]).unwrap();
            assert_eq!(found == "direct", is_direct, "{url} {list}");
        }
        let both = [("https_proxy", "p:1"), ("no_proxy", ""), ("NO_PROXY", "example.com")];
        assert_eq!(chosen(URL, &both).unwrap(), "direct");
    }

    #[test]
    fn unreadable_variable_is_an_error_without_its_value() {
        for value in
            ["ftp://ada:hush@p", "http://ada:hush@", "://hush", "http://hush:99999", "http://hu sh", " http://hush"]
        {
            let error = chosen(URL, &[("HTTPS_PROXY", value)]).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains("HTTPS_PROXY") && !text.contains("hush"), "{value}: {text}");
        }
        let kept = ProxyVariables::read(|name| (name == "https_proxy").then_some("http://ada:hush@p"));
        assert!(!format!("{kept:?}").contains("hush"));
    }
}
