//! The host that another program asks a token for, compared whole with the hosts of a session.

use url::Url;

use crate::catalog::is_loopback;

/// Host and port of a server that may be reached safely: by https, or by http on this machine.
///
/// Only an unambiguous spelling is accepted. A name that a parser would change (`0x7f.1`, `ｇithub.com`, a percent sign, a
/// user name before `@`) is a stranger: the other program may read it differently and send the token elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceHost {
    is_https: bool,
    /// Lower case; names with other letters than ASCII in punycode.
    name: String,
    port: u16,
}

impl ServiceHost {
    /// Parses `HOST` or `HOST:PORT`; `None` for anything that is not a host to send a token to.
    pub fn parse(scheme: &str, authority: &str) -> Option<Self> {
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (name, port) = match authority.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(parse_port(port)?)),
            _ => (authority, None),
        };
        let url = Url::parse(&format!("{scheme}://{name}/")).ok()?;
        let host = url.host_str().filter(|host| is_spelling_of(name, host))?;
        if !is_https && !is_loopback(&url) {
            return None;
        }
        Some(Self { is_https, name: host.to_owned(), port: port.unwrap_or(if is_https { 443 } else { 80 }) })
    }

    /// Parses a URL or the part of one from the host on, such as `HOST:PORT/PATH`, which is read as https.
    pub fn from_url(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        Self::parse(&scheme.to_ascii_lowercase(), rest.split(['/', '?', '#']).next()?)
    }

    /// Returns true if this is one of `hosts`, which are written as `HOST` or `HOST:PORT`.
    pub fn is_one_of(&self, hosts: &[String]) -> bool {
        let scheme = if self.is_https { "https" } else { "http" };
        hosts.iter().any(|host| Self::parse(scheme, host).as_ref() == Some(self))
    }
}

/// Parses a port as a person writes it: no sign, no leading zero.
fn parse_port(text: &str) -> Option<u16> {
    let port = text.parse::<u16>().ok().filter(|port| *port != 0)?;
    (port.to_string() == text).then_some(port)
}

/// Returns true if the parser only lowered the case of `written`, and turned each label with other letters than ASCII
/// into punycode.
fn is_spelling_of(written: &str, parsed: &str) -> bool {
    if written.is_ascii() {
        return written.eq_ignore_ascii_case(parsed) && !written.contains('*') && !written.ends_with('.');
    }
    let is_label = |(written, parsed): (&str, &str)| match written.is_ascii() {
        true => written.eq_ignore_ascii_case(parsed),
        false => parsed.starts_with("xn--"),
    };
    written.split('.').count() == parsed.split('.').count() && written.split('.').zip(parsed.split('.')).all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_known(scheme: &str, authority: &str, host: &str) -> bool {
        ServiceHost::parse(scheme, authority).is_some_and(|found| found.is_one_of(&[host.to_owned()]))
    }

    #[test]
    fn host_is_matched_whole_with_its_port() {
        for (scheme, authority, host) in [
            ("https", "git.example", "git.example"),
            ("https", "GIT.Example", "git.example"),
            ("https", "git.example:443", "git.example"),
            ("https", "git.example", "git.example:443"),
            ("https", "git.example:8443", "git.example:8443"),
            ("http", "127.0.0.1:8080", "127.0.0.1:8080"),
            ("http", "localhost", "localhost"),
            ("http", "[::1]:80", "[::1]"),
            ("https", "bücher.example", "xn--bcher-kva.example"),
            ("https", "xn--bcher-kva.example", "xn--bcher-kva.example"),
        ] {
            assert!(is_known(scheme, authority, host), "{scheme} {authority} {host}");
        }
    }

    #[test]
    fn look_alike_hosts_are_strangers() {
        for authority in [
            "git.example.",
            "git.example.evil.example",
            "evil-git.example",
            "sub.git.example",
            "example",
            "git.example@evil.example",
            "evil.example@git.example",
            "user:password@git.example",
            "git.example:8443",
            "git.example:0443",
            "git.example:+443",
            "git.example:",
            "git.example:0",
            "git.example:65979",
            "git.example:443:443",
            "git.example/",
            "git.example#",
            "git.example?",
            "git.example\\",
            "evil.example/@git.example",
            "evil.example\\@git.example",
            "evil.example#git.example",
            " git.example",
            "git.example\r",
            "git.\texample",
            "git.example\0",
            "git%2eexample",
            "ｇit.example",
            "git。example",
            "gıt.example",
            "*",
            "",
        ] {
            for host in ["git.example", "*", "*.example"] {
                assert!(!is_known("https", authority, host), "{authority:?} {host}");
            }
        }
        assert!(!is_known("https", "0x7f.1", "127.0.0.1") && !is_known("https", "2130706433", "127.0.0.1"));
    }

    #[test]
    fn plain_http_leaves_this_machine_without_a_token() {
        for (scheme, authority) in
            [("http", "git.example"), ("http", "git.example:443"), ("http", "10.0.0.1"), ("ftp", "git.example")]
        {
            assert!(!is_known(scheme, authority, "git.example") && !is_known(scheme, authority, authority));
        }
    }

    #[test]
    fn addresses_are_reduced_to_their_host() {
        let known = ServiceHost::parse("https", "registry.example");
        for text in [
            "registry.example",
            "registry.example:443",
            "registry.example/team/image",
            "https://registry.example",
            "HTTPS://registry.example/v1/",
        ] {
            assert_eq!(ServiceHost::from_url(text), known, "{text}");
        }
        for text in
            ["http://registry.example", "https://registry.example@evil.example/", "https:registry.example", "://"]
        {
            assert_ne!(ServiceHost::from_url(text), known, "{text}");
        }
    }
}
