//! Request parsing: bytes to an accepted request, or the status code that rejects it (RFC 9112, RFC 9110 15.5).

use super::message::Request;
use super::peer::Peer;

/// Loopback addresses to listen on; the server listens on no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopbackHosts {
    /// 127.0.0.1.
    Ipv4,
    /// ::1.
    Ipv6,
    /// 127.0.0.1 and ::1 on the same port, because `localhost` may mean either. 127.0.0.1 alone if the machine has no
    /// ::1.
    Localhost,
}

/// Maximum length of a head in bytes, without cookies of other programs on `localhost`. Browsers send 1 to 4 KiB besides
/// the target.
pub(super) const MAX_HEAD_BYTES: usize = MAX_TARGET_BYTES + 16 * 1024;

/// Maximum length of a request target in bytes. Codes of most providers stay below 4 KiB; one that holds a signed profile
/// may have more than 10.
const MAX_TARGET_BYTES: usize = 32 * 1024;

/// Maximum length of a request line: the longest target, a method of 16 bytes and ` HTTP/1.1`.
pub(super) const MAX_REQUEST_LINE_BYTES: usize = MAX_TARGET_BYTES + 32;

/// Maximum number of header lines; browsers send about 20.
const MAX_HEADER_LINES: usize = 128;

/// Rules that decide which requests are accepted.
#[derive(Debug)]
pub(super) struct RequestRules {
    authorities: Vec<String>,
    post_limit: usize,
    /// End of the names of this server's cookies; other programs on this host do not use its port.
    pub(super) cookie_suffix: String,
}

impl RequestRules {
    /// `default_port` may be missing in `Host`: 80, or 443 with TLS.
    pub(super) fn new(
        hosts: LoopbackHosts,
        authority: Option<&str>,
        port: u16,
        default_port: u16,
        post_limit: usize,
    ) -> Self {
        let names: &[&str] = match hosts {
            LoopbackHosts::Ipv4 => &["127.0.0.1", "localhost"],
            LoopbackHosts::Ipv6 => &["[::1]", "localhost"],
            LoopbackHosts::Localhost => &["127.0.0.1", "[::1]", "localhost"],
        };
        let mut authorities: Vec<String> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if port == default_port {
            authorities.extend(names.iter().map(|name| (*name).to_owned()));
        }
        authorities.extend(authority.map(str::to_owned));
        Self { authorities, post_limit, cookie_suffix: format!("-{port}") }
    }

    /// Value of the `Allow` header.
    pub(super) fn allowed_methods(&self) -> &'static str {
        if self.post_limit > 0 { "GET, POST" } else { "GET" }
    }

    fn check_method(&self, method: &str) -> Result<(), u16> {
        let accepted = method == "GET" || (method == "POST" && self.post_limit > 0);
        if accepted { Ok(()) } else { Err(405) }
    }

    /// A foreign site can point its own name at 127.0.0.1 (DNS rebinding); the `Host` header reveals that.
    fn check_host(&self, headers: &[(String, String)]) -> Result<(), u16> {
        let mut hosts = headers.iter().filter(|(name, _)| name == "host").map(|(_, value)| value);
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(400);
        };
        let is_known = self.authorities.iter().any(|authority| authority.eq_ignore_ascii_case(host));
        if is_known { Ok(()) } else { Err(421) }
    }

    fn body_length(&self, method: &str, headers: &[(String, String)]) -> Result<usize, u16> {
        if method != "POST" {
            return Ok(0);
        }
        if headers.iter().any(|(name, _)| name == "transfer-encoding") {
            return Err(411);
        }
        let mut lengths = headers.iter().filter(|(name, _)| name == "content-length").map(|(_, value)| value);
        match (lengths.next(), lengths.next()) {
            (None, _) => Ok(0),
            (Some(length), None) if length.len() <= 19 && length.bytes().all(|b| b.is_ascii_digit()) => {
                let length = length.parse().map_err(|_| 400_u16)?;
                if length > self.post_limit { Err(413) } else { Ok(length) }
            }
            (Some(_), _) => Err(400),
        }
    }
}

/// Accepted head.
#[derive(Debug)]
pub(super) struct RequestHead {
    /// Request with an empty body.
    pub(super) request: Request,
    /// Length of the body that follows, in bytes.
    pub(super) body_length: usize,
}

/// Parses the head at the start of `bytes`; `None` if the head is incomplete.
///
/// # Errors
/// The status code that rejects the request.
pub(super) fn parse(bytes: &[u8], rules: &RequestRules) -> Result<Option<RequestHead>, u16> {
    let mut lines = [httparse::EMPTY_HEADER; MAX_HEADER_LINES];
    let mut parsed = httparse::Request::new(&mut lines);
    let mut config = httparse::ParserConfig::default();
    // A malformed cookie that another program set for `localhost` must not break a sign-in.
    config.ignore_invalid_headers_in_requests(true);
    match config.parse_request(&mut parsed, bytes) {
        Ok(httparse::Status::Complete(_)) => validate(&parsed, rules).map(Some),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::Version) => Err(505),
        Err(httparse::Error::TooManyHeaders) => Err(431),
        Err(_) => Err(400),
    }
}

fn validate(parsed: &httparse::Request<'_, '_>, rules: &RequestRules) -> Result<RequestHead, u16> {
    let (method, target) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
    if target.len() > MAX_TARGET_BYTES {
        return Err(414);
    }
    rules.check_method(method)?;
    // Only the origin form (RFC 9112 3.2.1): the server is not a proxy.
    if !target.starts_with('/') || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(400);
    }
    let headers = headers(parsed.headers);
    rules.check_host(&headers)?;
    let body_length = rules.body_length(method, &headers)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    Ok(RequestHead {
        request: Request { method, path, query, headers, body: Vec::new(), peer: Peer::default() },
        body_length,
    })
}

/// Returns the headers. Invalid UTF-8 is replaced, not rejected: the `Cookie` line may hold cookies of other programs
/// beside ours.
fn headers(lines: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |line: &httparse::Header<'_>| String::from_utf8_lossy(line.value).into_owned();
    lines.iter().map(|line| (line.name.to_ascii_lowercase(), text(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(bytes: &[u8], post_limit: usize) -> Result<Option<RequestHead>, u16> {
        parse(bytes, &RequestRules::new(LoopbackHosts::Ipv4, None, 8080, 80, post_limit))
    }

    #[test]
    fn long_requests_get_the_right_status() {
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(MAX_TARGET_BYTES));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(MAX_HEADER_LINES + 1));
        for (text, status) in [(long, 414), (many, 431)] {
            assert_eq!(outcome(text.as_bytes(), 0).err(), Some(status), "{}", &text[..60]);
        }
    }

    #[test]
    fn incomplete_head_is_not_rejected() {
        for bytes in ["", "\r\n", "GE", "GET /callback?code=1", "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"] {
            assert!(outcome(bytes.as_bytes(), 0).expect("not rejected").is_none(), "{bytes:?}");
        }
    }

    #[test]
    fn valid_request_is_parsed() {
        let bytes =
            b"GET /cb?code=1&state=%20 HTTP/1.1\r\nHOST: LocalHost:8080\r\nCookie: a=gr\xfcn; b=c\r\nX: y\r\n\r\n";
        let head = outcome(bytes, 0).expect("accepted").expect("complete");
        assert_eq!((head.request.path.as_str(), head.request.query.as_str()), ("/cb", "code=1&state=%20"));
        assert_eq!(head.request.header("x"), Some("y"));
        assert_eq!(head.request.header("cookie"), Some("a=gr\u{fffd}n; b=c"));
        assert_eq!(head.body_length, 0);
    }

    #[test]
    fn body_length_is_limited() {
        let post = |lines: &str| {
            let bytes = format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n{lines}\r\n");
            outcome(bytes.as_bytes(), 100).map(|head| head.expect("complete").body_length)
        };
        assert_eq!(post("Content-Length: 100\r\n"), Ok(100));
        assert_eq!(post(""), Ok(0));
        assert_eq!(post("Content-Length: 101\r\n"), Err(413));
        assert_eq!(post("Content-Length: +1\r\n"), Err(400));
        assert_eq!(post("Content-Length: 99999999999999999999\r\n"), Err(400));
        assert_eq!(post("Content-Length: 1\r\nContent-Length: 2\r\n"), Err(400));
        assert_eq!(post("Transfer-Encoding: chunked\r\n"), Err(411));
    }

    #[test]
    fn host_may_omit_the_default_port() {
        let bytes = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let status = |port, default_port| {
            parse(bytes, &RequestRules::new(LoopbackHosts::Localhost, None, port, default_port, 0)).err()
        };
        assert_eq!([status(80, 80), status(443, 443)], [None, None]);
        assert_eq!([status(443, 80), status(80, 443)], [Some(421), Some(421)]);
    }

    #[test]
    fn extra_authority_is_accepted() {
        let bytes = b"GET / HTTP/1.1\r\nHost: demo.localhost\r\n\r\n";
        let status = |named| parse(bytes, &RequestRules::new(LoopbackHosts::Ipv4, named, 8080, 80, 0)).err();
        assert_eq!(status(None), Some(421));
        assert_eq!(status(Some("demo.localhost")), None);
    }
}
