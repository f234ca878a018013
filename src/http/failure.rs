//! Why no answer came, in words a person can act on.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::LARGEST_BODY;
use crate::error::{Error, foreign};

/// Why no answer came.
#[derive(Debug)]
pub(super) enum Cause {
    Refused,
    TimedOut,
    NoSuchHost,
    /// The certificate's issuer is not trusted; what was found.
    Untrusted(String),
    Tls(String),
    TooLarge,
    Proxy,
    Dropped,
    Other(String),
}

/// Sorts an error of the HTTP library. Texts that may hold the address are not kept.
pub(super) fn cause(error: ureq::Error) -> Cause {
    match error {
        ureq::Error::Timeout(_) => Cause::TimedOut,
        ureq::Error::HostNotFound => Cause::NoSuchHost,
        ureq::Error::BodyExceedsLimit(_) => Cause::TooLarge,
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => Cause::Proxy,
        ureq::Error::Rustls(error) => tls(&error),
        ureq::Error::Tls(what) => Cause::Tls(what.to_owned()),
        ureq::Error::Io(error) => io(error),
        ureq::Error::ConnectionFailed => Cause::Dropped,
        ureq::Error::Protocol(_) => Cause::Other("the answer is not HTTP".to_owned()),
        ureq::Error::LargeResponseHeader(_, _) => Cause::Other("the head of the answer is too large".to_owned()),
        _ => Cause::Other("the request failed".to_owned()),
    }
}

/// The error of a cause. `ca_file` is the one that was tried.
pub(super) fn message(cause: &Cause, host: &str, ca_file: Option<&Path>) -> Error {
    let text = match cause {
        Cause::Refused => format!("`{host}` refuses the connection"),
        Cause::TimedOut => format!("`{host}` did not answer in time"),
        Cause::NoSuchHost => format!("the address of `{host}` cannot be found"),
        Cause::Untrusted(found) => {
            let advice = match ca_file {
                Some(file) => format!("nor does {} vouch for it", file.display()),
                None => {
                    "where a company's own certificate authority signs, set `SSL_CERT_FILE` or `ca_file` to its PEM file"
                        .to_owned()
                }
            };
            format!("the certificate of `{host}` is not trusted ({}); {advice}", foreign(found))
        }
        Cause::Tls(found) => format!("no safe connection to `{host}`: {}", foreign(found)),
        Cause::TooLarge => format!("the answer of `{host}` is larger than {} MiB", LARGEST_BODY / 1024 / 1024),
        Cause::Proxy => format!("the proxy did not connect to `{host}`"),
        Cause::Dropped => format!("`{host}` closed the connection without an answer"),
        Cause::Other(found) => format!("no answer from `{host}`: {}", foreign(found)),
    };
    Error::network(text)
}

fn tls(error: &rustls::Error) -> Cause {
    use rustls::{CertificateError, Error as Tls};
    match error {
        Tls::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_),
        ) => Cause::Untrusted(error.to_string()),
        Tls::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) => {
            Cause::Tls("its certificate is for another name".to_owned())
        }
        Tls::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Cause::Tls("its certificate is not good today; is the clock of this machine right?".to_owned()),
        other => Cause::Tls(other.to_string()),
    }
}

fn io(error: io::Error) -> Cause {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(inner) = inner {
        return tls(inner);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Cause::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Cause::TimedOut,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Cause::Dropped,
        // The system's resolver has no kind of its own, only this beginning in std.
        _ if error.to_string().starts_with("failed to lookup address") => Cause::NoSuchHost,
        _ => Cause::Other(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}
