//! Which addresses are accepted, wherever they come from: row, configuration, environment or flag.
//!
//! Each function says what is wrong in a few words that go on from "`token_endpoint` …"; the caller knows the name and
//! the range.

use std::net::Ipv4Addr;

use url::{Host, Url};

use crate::sanitize::sanitize_untrusted;

/// Why an address is refused: the end of a sentence.
pub type UrlError = String;

/// An address that requests are sent to: https, or http on a loopback host.
///
/// # Errors
/// What is wrong, in words.
pub fn validate_endpoint(value: &str) -> Result<(), UrlError> {
    let url = parse_absolute(value)?;
    match url.fragment() {
        Some(_) => Err("has a fragment".to_owned()),
        None => require_https(&url),
    }
}

/// An issuer (OpenID Connect Discovery 3, RFC 8414 2): as [`endpoint`], and no query.
///
/// # Errors
/// What is wrong, in words.
pub fn validate_issuer(value: &str) -> Result<(), UrlError> {
    validate_endpoint(value)?;
    match value.contains('?') {
        true => Err("has a query".to_owned()),
        false => Ok(()),
    }
}

/// What `--redirect-to /path` is joined to: an http or https address that only a browser is sent to.
///
/// # Errors
/// What is wrong, in words.
pub fn validate_home(value: &str) -> Result<(), UrlError> {
    let url = parse_absolute(value)?;
    match url.scheme() {
        "https" | "http" => Ok(()),
        other => Err(format!("is `{other}`, not http or https")),
    }
}

/// A resource indicator (RFC 8707 2): an absolute URI without a fragment.
///
/// # Errors
/// What is wrong, in words.
pub fn validate_resource(value: &str) -> Result<(), UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not an absolute URI".to_owned())?;
    match url.fragment() {
        Some(_) => Err("has a fragment".to_owned()),
        None => Ok(()),
    }
}

/// A registered redirect URI, by who can receive its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackUri {
    /// `http` on this machine: the listener answers.
    Loopback {
        /// `127.0.0.1`, `[::1]` or `localhost`.
        host: String,
        /// The port, where it names one. Without one an IP literal means any free port, `localhost` means 80.
        port: Option<u16>,
        /// The path, not decoded.
        path: String,
    },
    /// `https` on this machine: the listener answers with the person's own certificate.
    LoopbackTls {
        /// `127.0.0.1`, `[::1]` or `localhost`.
        host: String,
        /// The port; without one it is 443, which is registered as it stands (RFC 8252 7.3 frees that of `http` alone).
        port: u16,
        /// The path, not decoded.
        path: String,
    },
    /// Anything else: only a person can bring the answer, by pasting it.
    External,
}

impl CallbackUri {
    /// The port that must be listened on, where the address fixes one.
    pub fn fixed_port(&self) -> Option<u16> {
        match self {
            Self::Loopback { host, port: None, .. } if host == "localhost" => Some(80),
            Self::Loopback { port, .. } => *port,
            Self::LoopbackTls { port, .. } => Some(*port),
            Self::External => None,
        }
    }
}

/// Reads a redirect URI; the value itself is sent byte for byte and never put together again from these parts.
///
/// # Errors
/// What is wrong, in words.
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
    let (host, port, path) = split_authority(value).ok_or("is not an address")?;
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

/// Host, port and path as they are written: the `url` crate would read `http://0x7f.1/` as 127.0.0.1, give an empty path
/// a slash and take `:80` away, and then the listener would wait for something else than what is sent.
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

/// The normalize form of an address that is a provider's name: scheme and host in lower case, no default port, no slash
/// at the end.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn normalize(value: &str) -> Result<String, UrlError> {
    validate_issuer(value)?;
    let url = parse_absolute(value)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Parses an absolute address with a host and without userinfo.
fn parse_absolute(value: &str) -> Result<Url, UrlError> {
    reject_ambiguous_characters(value)?;
    let url = Url::parse(value).map_err(|_| "is not an address".to_owned())?;
    reject_userinfo(&url)?;
    // `https:host` and `https:///host` are forgiven by browsers, and by the parser, to different ends elsewhere.
    let written = value.get(url.scheme().len()..).unwrap_or_default();
    match url.has_host() && written.starts_with("://") && !written[3..].starts_with(['/', '\\']) {
        true => Ok(url),
        false => Err("is not an address with a host".to_owned()),
    }
}

/// An address fit to be shown where it is refused: a password that was typed into it does not belong on a screen or in a
/// log.
pub fn redact_userinfo(value: &str) -> String {
    let userinfo = value.find("://").map(|range| range + 3).and_then(|start| {
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
        false => Err("has a user name or password in it".to_owned()),
    }
}

/// Refuses what the parser would drop or turn without a word.
fn reject_ambiguous_characters(value: &str) -> Result<(), UrlError> {
    match value.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        true => Err("has a space, a backslash or a control character in it".to_owned()),
        false => Ok(()),
    }
}

fn require_https(url: &Url) -> Result<(), UrlError> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        "http" => Err("is http, not https; http is for loopback hosts only".to_owned()),
        other => Err(format!("is `{other}`, not https")),
    }
}

/// Whether an address means this very machine: 127.0.0.0/8, `[::1]`, `localhost` or a name below it (RFC 6761 6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether what is sent to an address may end on this very machine, however that is written: wider than [`is_loopback`],
/// for addresses that a stranger names.
pub fn is_local_machine(url: &Url) -> bool {
    is_loopback(url)
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_unspecified(),
            Some(Host::Ipv6(address)) => {
                let embedded = address.to_ipv4();
                address.is_unspecified() || embedded.is_some_and(|inner| inner.is_loopback() || inner.is_unspecified())
            }
            // The dot of the root is no other name.
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name == "localhost" || name.ends_with(".localhost")
            }
            None => false,
        }
}

/// How far away an address is, as far as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkScope {
    /// Anywhere: a name, or a number that is everybody's.
    Public,
    /// A number of a private network (RFC 1918, 3927, 4193, 6598), which no name server is needed for.
    Private,
    /// [`is_local_machine`].
    Local,
}

impl NetworkScope {
    /// Of an address.
    pub fn of(url: &Url) -> Self {
        let v4 = |address: Ipv4Addr| {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_private() || address.is_link_local() || shared
        };
        let is_private = match url.host() {
            Some(Host::Ipv4(address)) => v4(address),
            Some(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
                Some(inner) => v4(inner),
                None => address.is_unique_local() || address.is_unicast_link_local(),
            },
            _ => false,
        };
        match (is_local_machine(url), is_private) {
            (true, _) => Self::Local,
            (false, true) => Self::Private,
            (false, false) => Self::Public,
        }
    }

    /// Why an address that a stranger at `from` names is not asked: no one out there has business with what only this
    /// machine, or its network, can reach (RFC 9728 7.7).
    pub fn denied_because(from: &Url, named: &Url) -> Option<&'static str> {
        match Self::of(named) {
            there if there <= Self::of(from) => None,
            Self::Local => Some("is on this machine"),
            _ => Some("is in a private network"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
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
    fn endpoints_are_https_or_on_this_machine() {
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
            ("id.example/token", "address"),
            ("", "address"),
            ("https://", "address"),
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
    fn this_machine_has_more_spellings_than_those_that_may_be_asked_in_the_clear() {
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
    fn nobody_names_what_is_nearer_than_themselves() {
        let (far, private, here) = ("https://id.example/", "https://10.0.0.7/", "http://127.0.0.1:8080/");
        let denied_because = |from: &str, named: &str| {
            NetworkScope::denied_because(&Url::parse(from).expect(from), &Url::parse(named).expect(named))
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
        ] {
            assert_eq!(denied_because(far, named), Some("is in a private network"), "{named}");
            assert_eq!((denied_because(private, named), denied_because(here, named)), (None, None), "{named}");
        }
        for named in ["https://192.0.2.1/", "https://100.128.0.1/", "https://[2001:db8::1]/", "https://10.example/"] {
            assert_eq!(denied_because(far, named), None, "{named}");
        }
        assert_eq!(denied_because(far, here), Some("is on this machine"));
        assert_eq!(denied_because(private, here), Some("is on this machine"));
    }

    #[test]
    fn an_issuer_has_no_query() {
        assert_eq!(validate_issuer("https://id.example/realm/"), Ok(()));
        assert!(validate_issuer("https://id.example/?").is_err());
        assert!(validate_issuer("https://id.example/?a=b").is_err());
    }

    #[test]
    fn callbacks_are_told_apart_by_who_can_receive_them() {
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
    fn localhost_without_a_port_means_80_and_a_literal_means_any() {
        let fixed = |value| parse_callback(value).expect("a callback").fixed_port();
        assert_eq!(fixed("http://localhost/callback"), Some(80));
        assert_eq!(fixed("http://127.0.0.1/callback"), None);
        assert_eq!(fixed("http://127.0.0.1:7000/callback"), Some(7000));
        assert_eq!(fixed("https://localhost/callback"), Some(443));
    }

    #[test]
    fn a_url_has_one_normalised_form() {
        for value in ["https://ID.example", "HTTPS://id.example/", "https://id.example:443"] {
            assert_eq!(normalize(value).as_deref(), Ok("https://id.example"));
        }
        assert_eq!(normalize("https://id.example/Realm/").as_deref(), Ok("https://id.example/Realm"));
    }

    #[test]
    fn a_home_may_be_plain_http_and_nothing_else() {
        assert_eq!(validate_home("http://intranet.example/app"), Ok(()));
        for value in ["ftp://app.example/", "javascript:alert(1)", "/app", "https://me:pw@app.example/"] {
            assert!(validate_home(value).is_err(), "{value}");
        }
    }
}
