//! Method and headers as the user types them.

use http::{HeaderName, HeaderValue, Method};

use crate::error::{Error, Result};

/// Headers that decide who receives the token, or where the request ends; lower case.
const OWN_HEADERS: [&str; 10] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Parses a method; any token is one (RFC 9110 9.1).
///
/// # Errors
/// The reason, for a value of a flag.
pub fn parse_method(text: &str) -> Result<Method, String> {
    match Method::from_bytes(text.as_bytes()) {
        // Its response is no response to the request, but a tunnel.
        Ok(Method::CONNECT) => Err("the program cannot open a tunnel".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => Err("not a method".to_owned()),
    }
}

/// Parses `NAME: VALUE`. Errors leave the value out: it may be a secret.
///
/// # Errors
/// [`Error::Usage`] for a header that is none, or that the program sets.
pub fn parse_header(text: &str) -> Result<(HeaderName, HeaderValue)> {
    let invalid = |reason: &str| Error::usage(format!("`--header`: {reason}"));
    let (name, value) = text.split_once(':').ok_or_else(|| invalid("expected `NAME: VALUE`"))?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("the text before `:` is not a name"))?;
    if OWN_HEADERS.contains(&name.as_str()) {
        return Err(set_by_program(name.as_str()));
    }
    match HeaderValue::from_str(value.trim_matches([' ', '\t'])) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(invalid(&format!("the value of `{name}` has characters that no header may have"))),
    }
}

/// Error for a header that a session sets.
pub fn set_by_program(name: &str) -> Error {
    Error::usage(format!("`--header`: the program sets `{name}` itself"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_the_user_cannot_replace_those_of_the_program() {
        for text in [
            "Authorization: Bearer x",
            "AUTHORIZATION:",
            "Host: evil.example",
            "Content-Length: 0",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "X",
            "",
            ": x",
            "X Y: z",
            "X : y",
            " X: y",
            "X: y\r\nHost: evil.example",
            "X: y\nz",
            "X\r\nY: z",
            "X: y\0",
        ] {
            assert!(parse_header(text).is_err(), "{text:?}");
        }
        for (text, name, value) in
            [("Accept:a:b", "accept", "a:b"), ("X-Y:  z \t", "x-y", "z"), ("X-Empty:", "x-empty", "")]
        {
            let (found, header) = parse_header(text).expect(text);
            assert_eq!((found.as_str(), header.to_str().expect(text)), (name, value));
        }
    }

    #[test]
    fn methods_are_tokens_and_no_tunnels() {
        for text in ["GET", "PROPFIND", "purge"] {
            assert_eq!(parse_method(text).expect(text).as_str(), text);
        }
        for text in ["", "GET /", "G\r\nX", "CONNECT", "Ä"] {
            assert!(parse_method(text).is_err(), "{text:?}");
        }
    }
}
