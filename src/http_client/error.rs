//! Why no answer came, in words a person can act on.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::{ChosenProxy, MAX_BODY_BYTES};
use crate::error::Error;
use crate::sanitize::sanitize_untrusted;

/// Why no answer came.
#[derive(Debug)]
pub(super) enum FailureCause {
    Refused,
    TimedOut,
    HostNotFound,
    /// The certificate's issuer is not trusted; what was found.
    UntrustedCertificate(String),
    Tls(String),
    TooLarge,
    /// The proxy did not open a connection to the host.
    Proxy(String),
    /// The proxy wants a user name and a password; the proxy and its variable.
    ProxyAuthentication(String, &'static str),
    ConnectionClosed,
    Other(String),
}

/// Sorts an error of the HTTP library. Texts that may hold the address are not kept.
pub(super) fn classify(error: ureq::Error, proxy: Option<&ChosenProxy>) -> FailureCause {
    match (classify_ureq(error), proxy) {
        (FailureCause::Refused | FailureCause::Proxy(_), Some(proxy)) => {
            FailureCause::Proxy(format!("{}:{}", proxy.host(), proxy.port()))
        }
        (FailureCause::ProxyAuthentication(..), Some(proxy)) => {
            FailureCause::ProxyAuthentication(format!("{}:{}", proxy.host(), proxy.port()), proxy.variable)
        }
        (cause, _) => cause,
    }
}

fn classify_ureq(error: ureq::Error) -> FailureCause {
    match error {
        ureq::Error::Timeout(_) => FailureCause::TimedOut,
        ureq::Error::HostNotFound => FailureCause::HostNotFound,
        ureq::Error::BodyExceedsLimit(_) => FailureCause::TooLarge,
        // The library gives the status of a proxy as text alone.
        ureq::Error::ConnectProxyFailed(text) if text.contains(" 407/") => {
            FailureCause::ProxyAuthentication(String::new(), "")
        }
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => FailureCause::Proxy(String::new()),
        ureq::Error::Rustls(error) => classify_tls(&error),
        ureq::Error::Tls(what) => FailureCause::Tls(what.to_owned()),
        ureq::Error::Io(error) => classify_io(error),
        ureq::Error::ConnectionFailed => FailureCause::ConnectionClosed,
        ureq::Error::Protocol(_) => FailureCause::Other("the answer is not HTTP".to_owned()),
        ureq::Error::LargeResponseHeader(_, _) => FailureCause::Other("the head of the answer is too large".to_owned()),
        _ => FailureCause::Other("the request failed".to_owned()),
    }
}

/// The error of a cause. `ca_file` is the one that was tried.
pub(super) fn to_error(cause: &FailureCause, host: &str, ca_file: Option<&Path>) -> Error {
    let text = match cause {
        FailureCause::Refused => format!("`{host}` refuses the connection"),
        FailureCause::TimedOut => format!("`{host}` did not answer in time"),
        FailureCause::HostNotFound => format!("the address of `{host}` cannot be found"),
        FailureCause::UntrustedCertificate(found) => {
            let hint = match ca_file {
                Some(file) => format!("nor does {} vouch for it", file.display()),
                None => {
                    "where a company's own certificate authority signs, set `SSL_CERT_FILE` or `ca_file` to its PEM file"
                        .to_owned()
                }
            };
            format!("the certificate of `{host}` is not trusted ({}); {hint}", sanitize_untrusted(found))
        }
        FailureCause::Tls(found) => format!("no safe connection to `{host}`: {}", sanitize_untrusted(found)),
        FailureCause::TooLarge => format!("the answer of `{host}` is larger than {} MiB", MAX_BODY_BYTES / 1024 / 1024),
        FailureCause::Proxy(proxy) => format!("the proxy `{proxy}` did not connect to `{host}`"),
        FailureCause::ProxyAuthentication(proxy, variable) => {
            format!("the proxy `{proxy}` requires a user name and password (407); add them to `{variable}`")
        }
        FailureCause::ConnectionClosed => format!("`{host}` closed the connection without an answer"),
        FailureCause::Other(found) => format!("no answer from `{host}`: {}", sanitize_untrusted(found)),
    };
    Error::network(text)
}

fn classify_tls(error: &rustls::Error) -> FailureCause {
    use rustls::{CertificateError, Error as Tls};
    match error {
        Tls::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_),
        ) => FailureCause::UntrustedCertificate(error.to_string()),
        Tls::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) => {
            FailureCause::Tls("its certificate is for another name".to_owned())
        }
        Tls::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => FailureCause::Tls("its certificate is not good today; is the clock of this machine right?".to_owned()),
        other => FailureCause::Tls(other.to_string()),
    }
}

fn classify_io(error: io::Error) -> FailureCause {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    if let Some(inner) = inner {
        return classify_tls(inner);
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => FailureCause::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => FailureCause::TimedOut,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => FailureCause::ConnectionClosed,
        // The system's resolver has no kind of its own, only this beginning in std.
        _ if error.to_string().starts_with("failed to lookup address") => FailureCause::HostNotFound,
        _ => FailureCause::Other(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}
