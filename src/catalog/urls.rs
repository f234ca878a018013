//! Validation of URLs from rows, configuration, environment and flags.
//!
//! Each function returns the reason for a rejection as the end of a sentence that starts with "`token_endpoint` …"; the
//! caller adds the name and the position.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::sanitize::sanitize_untrusted;

/// Reason why a URL is rejected: the end of a sentence.
pub type UrlError = String;

/// Accepts a URL that requests are sent to: https, or http on a loopback host.
pub fn validate_endpoint(value: &str) -> Result<(), UrlError> {
    let url = parse_absolute(value)?;
    match url.fragment() {
        Some(_) => Err("has a fragment".to_owned()),
        None => require_https(&url),
    }
}

/// Accepts an issuer (OpenID Connect Discovery 3, RFC 8414 2): as [`validate_endpoint`], without a query.
pub fn validate_issuer(value: &str) -> Result<(), UrlError> {
    validate_endpoint(value)?;
    match value.contains('?') {
        true => Err("has a query".to_owned()),
        false => Ok(()),
    }
}

/// Accepts a base URL for `--redirect-to /path`: http or https, because only a browser visits it.
pub fn validate_home(value: &str) -> Result<(), UrlError> {
    let url = parse_absolute(value)?;
    match url.scheme() {
        "https" | "http" => Ok(()),
        other => Err(format!("uses `{other}`, not http or https")),
    }
}

/// Accepts a resource indicator (RFC 8707 2): an absolute URI without a fragment.
pub fn validate_resource(value: &str) -> Result<(), UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not an absolute URI".to_owned())?;
    match url.fragment() {
        Some(_) => Err("has a fragment".to_owned()),
        None => Ok(()),
    }
}

/// Accepts the URL of a client's metadata document (draft-ietf-oauth-client-id-metadata-document 3).
pub fn validate_client_document(value: &str) -> Result<(), UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not a URL".to_owned())?;
    let has_dots = value.split(['/', '?']).any(|segment| segment == "." || segment == "..");
    match () {
        () if url.scheme() != "https" => Err("must start with https://".to_owned()),
        () if !url.username().is_empty() || url.password().is_some() => Err("has a user name".to_owned()),
        () if url.fragment().is_some() || url.query().is_some() => Err("has a query or a fragment".to_owned()),
        () if has_dots => Err("has `.` or `..` in its path".to_owned()),
        () if url.path() == "/" => Err("has no path; a document needs one, such as /client.json".to_owned()),
        () => Ok(()),
    }
}

/// A registered redirect URI, by the receiver of the authorization response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackUri {
    /// `http` on this machine: the program's listener.
    Loopback {
        /// `127.0.0.1`, `[::1]` or `localhost`.
        host: String,
        /// The port in the URI. Without one, an IP literal means any free port and `localhost` means 80.
        port: Option<u16>,
        /// The path, not decoded.
        path: String,
    },
    /// `https` on this machine: the program's listener with the user's certificate.
    LoopbackTls {
        /// `127.0.0.1`, `[::1]` or `localhost`.
        host: String,
        /// The port, 443 by default. It is fixed: RFC 8252 7.3 allows any port for `http` only.
        port: u16,
        /// The path, not decoded.
        path: String,
    },
    /// Anything else: the user must paste the final URL.
    External,
}

impl CallbackUri {
    /// Returns the port to listen on if the URI fixes one.
    pub fn fixed_port(&self) -> Option<u16> {
        match self {
            Self::Loopback { host, port: None, .. } if host == "localhost" => Some(80),
            Self::Loopback { port, .. } => *port,
            Self::LoopbackTls { port, .. } => Some(*port),
            Self::External => None,
        }
    }
}

/// Parses a redirect URI. Requests contain the original value byte for byte, never one assembled from these parts.
pub fn parse_callback(value: &str) -> Result<CallbackUri, UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not an absolute URI".to_owned())?;
    reject_userinfo(&url)?;
    if url.fragment().is_some() {
        return Err("has a fragment".to_owned());
    }
    if url.scheme() != "http" && url.scheme() != "https" {
        return Ok(CallbackUri::External);
    }
    let (host, port, path) = split_authority(value).ok_or("is not a URL")?;
    let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port != 0).ok_or("has a port out of range"));
    let (port, path) = (port.transpose()?, path.to_owned());
    Ok(match (url.scheme(), host.as_str()) {
        ("http", "127.0.0.1" | "[::1]" | "localhost") => CallbackUri::Loopback { host, port, path },
        ("https", "127.0.0.1" | "[::1]" | "localhost") => {
            CallbackUri::LoopbackTls { host, port: port.unwrap_or(443), path }
        }
        _ => CallbackUri::External,
    })
}

/// Splits host, port and path as written. The `url` crate would read `http://0x7f.1/` as 127.0.0.1, add a slash to an
/// empty path and remove `:80`, so the listener would wait for another URI than the one that is sent.
fn split_authority(value: &str) -> Option<(String, Option<&str>, &str)> {
    let (_, rest) = value.split_once("://")?;
    let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let path = tail.split('?').next().unwrap_or_default();
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => (&authority[..colon], Some(&authority[colon + 1..])),
        _ => (authority, None),
    };
    Some((host.to_ascii_lowercase(), port.filter(|port| !port.is_empty()), path))
}

/// Normalizes a URL that is a provider's name: scheme and host in lower case, no default port, no trailing slash.
pub(super) fn normalize(value: &str) -> Result<String, UrlError> {
    validate_issuer(value)?;
    let url = parse_absolute(value)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Returns the URL of a server on this machine for `HOST:PORT` or `HOST/PATH` without a scheme: a development server
/// rarely has a certificate, and curl reads it as http too. The host is a loopback literal or `localhost`, as written; a
/// name with a dot is a host like any other.
pub(super) fn local_server(name: &str) -> Option<String> {
    let url = format!("http://{name}");
    let (host, port, path) = split_authority(&url)?;
    let is_bare_word = port.is_none() && path.is_empty() && !host.contains(['.', '[']);
    let is_other = is_bare_word || host.ends_with(".localhost");
    let parsed = Url::parse(&url).ok().filter(|parsed| !is_other && is_loopback(parsed))?;
    (parsed.host_str() == Some(host.as_str())).then(|| normalize(&url).ok()).flatten()
}

/// Returns the URL that `HOST/PATH` or `HOST:PORT` without a scheme may stand for.
pub(super) fn with_scheme(name: &str) -> Option<String> {
    let url = format!("https://{name}");
    let (host, port, path) = split_authority(&url)?;
    let is_server = port.is_some_and(|port| port.parse::<u16>().is_ok()) || (host.contains('.') && path.len() > 1);
    (is_server && !host.starts_with('.')).then(|| validate_issuer(&url).ok()).flatten()?;
    Some(url)
}

/// Names of metadata documents below `/.well-known/` (RFC 8414 7.3, RFC 9728 3).
const WELL_KNOWN: [&str; 3] = ["openid-configuration", "oauth-authorization-server", "oauth-protected-resource"];

/// Returns the issuer or resource whose metadata is at `url`, if that is a metadata URL: users type one in place of the
/// issuer. The path of the issuer is before or after the well-known part.
pub fn described_by_metadata_url(url: &str) -> Option<String> {
    let (before, rest) = url.split_once("/.well-known/")?;
    let name = WELL_KNOWN
        .into_iter()
        .find(|name| rest.strip_prefix(name).is_some_and(|after| after.is_empty() || after.starts_with('/')))?;
    Some(format!("{before}{}", rest[name.len()..].trim_end_matches('/')))
}

/// Returns true if two issuers differ at most in one trailing slash: both lead to the same metadata (RFC 8414 3.1).
/// Never for the `iss` of a response or token.
pub fn is_same_issuer(one: &str, other: &str) -> bool {
    let without_slash = |issuer: &str| issuer.strip_suffix('/').unwrap_or(issuer).len();
    one[..without_slash(one)] == other[..without_slash(other)]
}

/// Parses an absolute URL with a host and without userinfo.
fn parse_absolute(value: &str) -> Result<Url, UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not a URL".to_owned())?;
    reject_userinfo(&url)?;
    // Browsers and the parser accept `https:host` and `https:///host`; other software reads them differently.
    let written = value.get(url.scheme().len()..).unwrap_or_default();
    match url.has_host() && written.starts_with("://") && !written[3..].starts_with(['/', '\\']) {
        true => Ok(url),
        false => Err("is not a URL with a host".to_owned()),
    }
}

/// Returns the URL for messages, without userinfo: a password in it must not appear on a screen or in a log.
pub fn redact_userinfo(value: &str) -> String {
    let userinfo = value.find("://").map(|at| at + 3).and_then(|start| {
        let authority = value[start..].split(['/', '?', '#', '\\']).next().unwrap_or_default();
        authority.rfind('@').map(|end| start..start + end)
    });
    match userinfo {
        Some(range) => sanitize_untrusted(&format!("{}…{}", &value[..range.start], &value[range.end..])),
        None => sanitize_untrusted(value),
    }
}

fn reject_userinfo(url: &Url) -> Result<(), UrlError> {
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(()),
        false => Err("contains a user name or password".to_owned()),
    }
}

/// Rejects characters that the parser silently removes or changes.
fn reject_ambiguous_characters(value: &str) -> Result<(), UrlError> {
    match value.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        true => Err("contains a space, a backslash or a control character".to_owned()),
        false => Ok(()),
    }
}

fn require_https(url: &Url) -> Result<(), UrlError> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("uses http; only loopback hosts may use http".to_owned()),
        other => Err(format!("uses `{other}`, not https")),
    }
}

/// Returns `true` for a loopback host: 127.0.0.0/8, `[::1]`, `localhost` or a subdomain of it (RFC 6761 6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Returns `true` if a request to the URL may reach this machine, in any spelling. Wider than [`is_loopback`], for URLs
/// from untrusted sources.
pub fn is_local_machine(url: &Url) -> bool {
    is_loopback(url)
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_unspecified(),
            Some(Host::Ipv6(address)) => {
                let embedded = address.to_ipv4();
                address.is_unspecified() || embedded.is_some_and(|inner| inner.is_loopback() || inner.is_unspecified())
            }
            // A trailing dot does not change the name.
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            None => false,
        }
}

/// Network that a URL's host belongs to, judged without a name server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkScope {
    /// A host name or a public IP address.
    Public,
    /// An IP address that is not public: in a private network (RFC 1918, 3927, 4193, 6598), of a protocol (RFC 6890), for
    /// benchmarks (RFC 2544) or multicast, also behind a prefix for IPv4 (RFC 6052, RFC 3056). A resolver that maps every
    /// name to 198.18/15 does no harm, because names are not resolved here.
    Private,
    /// This machine, as in [`is_local_machine`].
    Local,
}

impl NetworkScope {
    /// Returns the scope of a URL.
    pub fn of(url: &Url) -> Self {
        let is_private = match url.host() {
            Some(Host::Ipv4(address)) => is_special_ipv4(address),
            Some(Host::Ipv6(address)) => match embedded_ipv4(address) {
                // This machine behind a prefix is no address of this machine any more.
                Some(inner) => is_special_ipv4(inner) || inner.is_loopback() || inner.is_unspecified(),
                None => address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast(),
            },
            _ => false,
        };
        match (is_local_machine(url), is_private) {
            (true, _) => Self::Local,
            (false, true) => Self::Private,
            (false, false) => Self::Public,
        }
    }

    /// Returns the reason not to request `target`, a URL that the server at `from` named: a server must not direct
    /// requests to hosts that only this machine or its network can reach (RFC 9728 7.7).
    pub fn denied_because(from: &Url, target: &Url) -> Option<&'static str> {
        match Self::of(target) {
            scope if scope <= Self::of(from) => None,
            Self::Local => Some("is on this machine"),
            _ => Some("is in a private network"),
        }
    }
}

fn is_special_ipv4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && second & 0xc0 == 64;
    let is_protocol = [first, second, third] == [192, 0, 0];
    let is_benchmark = first == 198 && second & 0xfe == 18;
    address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || is_shared
        || is_protocol
        || is_benchmark
}

/// IPv4 address in an IPv4-mapped, NAT64 (64:ff9b::/96) or 6to4 (2002::/16) address.
fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(join(high, low)),
        _ => address.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_of_a_url_is_redacted() {
        for (value, expected) in [
            ("https://ada:hush@id.example/a", "https://…@id.example/a"),
            ("https://a@b:hush@id.example", "https://…@id.example"),
            ("https://id.example/@a?b@c", "https://id.example/@a?b@c"),
            ("ada@id.example", "ada@id.example"),
        ] {
            assert_eq!(redact_userinfo(value), expected);
        }
    }

    #[test]
    fn endpoints_are_https_or_loopback() {
        for value in [
            "https://id.example/token",
            "https://id.example/token?a=b",
            "http://localhost:8080/token",
            "http://demo.localhost",
            "http://127.8.0.1/",
            "http://[::1]:9/",
        ] {
            assert_eq!(validate_endpoint(value), Ok(()), "{value}");
        }
        for (value, word) in [
            ("http://id.example/token", "http"),
            ("http://localhost.example/", "http"),
            ("http://[::ffff:127.0.0.1]/", "http"),
            ("ftp://id.example/", "ftp"),
            ("javascript:alert(1)", "host"),
            ("https:id.example", "host"),
            ("https:///id.example", "host"),
            ("id.example/token", "not a URL"),
            ("", "not a URL"),
            ("https://", "not a URL"),
            ("https://me@id.example/", "user name"),
            ("https://id.example/#x", "fragment"),
            ("https://id.example/ token", "space"),
            ("https://id.example\\token", "backslash"),
            ("https://id.exa\tmple/", "control"),
        ] {
            let reason = validate_endpoint(value).expect_err(value);
            assert!(reason.contains(word), "{value}: {reason}");
        }
    }

    #[test]
    fn local_machine_includes_hosts_that_need_https() {
        let parsed = |value: &str| Url::parse(value).expect(value);
        for value in [
            "https://localhost./",
            "https://a.localhost./",
            "https://0.0.0.0/",
            "https://0/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::7f00:1]/",
        ] {
            assert!(is_local_machine(&parsed(value)) && !is_loopback(&parsed(value)), "{value}");
        }
        for value in ["https://2130706433/", "https://127.1/", "https://0x7f.0.0.1/", "https://LOCALHOST/"] {
            assert!(is_local_machine(&parsed(value)) && is_loopback(&parsed(value)), "{value}");
        }
        for value in
            ["https://id.example/", "https://localhost.example/", "https://[::ffff:192.0.2.1]/", "https://192.0.2.1/"]
        {
            assert!(!is_local_machine(&parsed(value)), "{value}");
        }
    }

    #[test]
    fn public_hosts_cannot_name_private_or_local_ones() {
        let (far, private, here) = ("https://id.example/", "https://10.0.0.7/", "http://127.0.0.1:8080/");
        let denied = |from: &str, target: &str| {
            NetworkScope::denied_because(&Url::parse(from).expect(from), &Url::parse(target).expect(target))
        };
        for named in [
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:192.168.1.1]/",
            "https://0xa000001/",
            "https://192.0.0.8/",
            "https://198.18.0.1/",
            "https://198.19.255.1/",
            "https://224.0.0.251/",
            "https://[ff02::1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://[64:ff9b::127.0.0.1]/",
            "https://[2002:c0a8:101::1]/",
        ] {
            assert_eq!(denied(far, named), Some("is in a private network"), "{named}");
            assert_eq!((denied(private, named), denied(here, named)), (None, None), "{named}");
        }
        for named in [
            "https://192.0.2.1/",
            "https://100.128.0.1/",
            "https://[2001:db8::1]/",
            "https://10.example/",
            "https://192.0.1.1/",
            "https://198.20.0.1/",
            "https://[64:ff9b::8.8.8.8]/",
            "https://[2002:808:808::1]/",
        ] {
            assert_eq!(denied(far, named), None, "{named}");
        }
        assert_eq!(denied(far, here), Some("is on this machine"));
        assert_eq!(denied(private, here), Some("is on this machine"));
    }

    #[test]
    fn issuer_has_no_query() {
        assert_eq!(validate_issuer("https://id.example/realm/"), Ok(()));
        assert!(validate_issuer("https://id.example/?").is_err());
        assert!(validate_issuer("https://id.example/?a=b").is_err());
    }

    #[test]
    fn callback_kind_follows_from_host_and_scheme() {
        let loopback =
            |host: &str, port, path: &str| CallbackUri::Loopback { host: host.into(), port, path: path.into() };
        let tls =
            |host: &str, port, path: &str| CallbackUri::LoopbackTls { host: host.into(), port, path: path.into() };
        for (value, expected) in [
            ("http://127.0.0.1/callback", loopback("127.0.0.1", None, "/callback")),
            ("http://127.0.0.1", loopback("127.0.0.1", None, "")),
            ("http://127.0.0.1:80/", loopback("127.0.0.1", Some(80), "/")),
            ("http://[::1]:8000/a/b?x=1", loopback("[::1]", Some(8000), "/a/b")),
            ("http://[::1]/", loopback("[::1]", None, "/")),
            ("http://LocalHost:3000/a%2Fb/", loopback("localhost", Some(3000), "/a%2Fb/")),
            ("https://localhost/cb", tls("localhost", 443, "/cb")),
            ("https://LocalHost:8443/cb", tls("localhost", 8443, "/cb")),
            ("https://127.0.0.1/cb", tls("127.0.0.1", 443, "/cb")),
            ("https://[::1]:8443/cb", tls("[::1]", 8443, "/cb")),
            ("https://127.0.0.2/cb", CallbackUri::External),
            ("http://0x7f.1/cb", CallbackUri::External),
            ("http://127.0.0.2/cb", CallbackUri::External),
            ("https://app.example/cb", CallbackUri::External),
            ("com.example.app:/cb", CallbackUri::External),
            ("urn:ietf:wg:oauth:2.0:oob", CallbackUri::External),
        ] {
            assert_eq!(parse_callback(value), Ok(expected), "{value}");
        }
        for value in [
            "http://me@127.0.0.1/",
            "http://127.0.0.1/#x",
            "http://127.0.0.1/#",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:99999/",
            "/callback",
            "http://127.0.0.1/a b",
            "http://127.0.0.1\\@evil.example/",
        ] {
            assert!(parse_callback(value).is_err(), "{value}");
        }
    }

    #[test]
    fn localhost_defaults_to_port_80_and_literals_to_any_port() {
        let fixed = |value| parse_callback(value).expect("a callback").fixed_port();
        assert_eq!(fixed("http://localhost/callback"), Some(80));
        assert_eq!(fixed("http://127.0.0.1/callback"), None);
        assert_eq!(fixed("http://127.0.0.1:7000/callback"), Some(7000));
        assert_eq!(fixed("https://localhost/callback"), Some(443));
    }

    #[test]
    fn metadata_url_describes_its_issuer() {
        for (url, issuer) in [
            ("https://id.example/.well-known/openid-configuration", Some("https://id.example")),
            ("https://id.example/.well-known/openid-configuration/", Some("https://id.example")),
            ("https://id.example/a/.well-known/openid-configuration", Some("https://id.example/a")),
            ("https://id.example/.well-known/oauth-authorization-server/a/b", Some("https://id.example/a/b")),
            ("https://id.example/.well-known/oauth-protected-resource/mcp", Some("https://id.example/mcp")),
            ("https://id.example/.well-known/openid-configurations", None),
            ("https://id.example/.well-known/jwks.json", None),
            ("https://id.example/openid-configuration", None),
        ] {
            assert_eq!(described_by_metadata_url(url).as_deref(), issuer, "{url}");
        }
    }

    #[test]
    fn url_has_one_normalized_form() {
        for value in ["https://ID.example", "HTTPS://id.example/", "https://id.example:443"] {
            assert_eq!(normalize(value).as_deref(), Ok("https://id.example"));
        }
        assert_eq!(normalize("https://id.example/Realm/").as_deref(), Ok("https://id.example/Realm"));
    }

    #[test]
    fn home_may_use_http_but_no_other_scheme() {
        assert_eq!(validate_home("http://intranet.example/app"), Ok(()));
        for value in ["ftp://app.example/", "javascript:alert(1)", "/app", "https://me:pw@app.example/"] {
            assert!(validate_home(value).is_err(), "{value}");
        }
    }
}
