//! The URL that a user asks for with a token.

use url::Url;

use super::ServiceHost;

/// URL of a server that may be reached safely, in a spelling that every parser reads alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl {
    url: Url,
    host: ServiceHost,
}

impl ServiceUrl {
    /// Parses an absolute URL; `None` for one that gets no token: another scheme than https, http to another machine, a
    /// user name, an ambiguous host. The fragment is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        // The parser removes tabs and line ends, and reads a backslash as a slash.
        if text.contains(|c: char| c.is_control() || c == '\\') {
            return None;
        }
        let mut url = Url::parse(text).ok()?;
        url.set_fragment(None);
        Some(Self { host: ServiceHost::from_url(text)?, url })
    }

    pub fn url(&self) -> &Url {
        &self.url
    }

    pub fn host(&self) -> &ServiceHost {
        &self.host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_or_unsafe_urls_get_no_token() {
        for text in [
            "",
            "/user",
            "api.example/user",
            "ftp://api.example/",
            "http://api.example/",
            "http://10.0.0.1/",
            "http://localhost.example/",
            "https:/api.example/",
            "https:api.example/",
            "https:///api.example/",
            "https://",
            "https://user@api.example/",
            "https://user:password@api.example/",
            "https://api.example@evil.example/",
            "https://api.example./",
            "https://api.example:0443/",
            "https://api.example\\@evil.example/",
            "https://evil.example\\.api.example/",
            "https://api.example\t/",
            "https://api.ex\nample/",
            " https://api.example/",
            "https://ａpi.example/",
            "https://api%2eexample/",
        ] {
            assert_eq!(ServiceUrl::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn plain_urls_keep_their_path_and_query() {
        for (text, url) in [
            ("https://api.example/a?b=c d#e", "https://api.example/a?b=c%20d"),
            ("HTTPS://API.example:443/%2F..%2f", "https://api.example/%2F..%2f"),
            ("https://api.example", "https://api.example/"),
            ("https://api.example?a=@b", "https://api.example/?a=@b"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
            ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ] {
            assert_eq!(ServiceUrl::parse(text).expect(text).url().as_str(), url, "{text}");
        }
    }
}
