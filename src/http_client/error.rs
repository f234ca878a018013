//! Errors of the HTTP client: from `ureq` errors to messages for the user.

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::path::Path;

use super::proxy_variables::ChosenProxy;
use super::settings::MAX_BODY_BYTES;
use crate::error::{Error, NetworkCause, Remedy};
use crate::sanitize::sanitize_untrusted;

/// Reason why a request got no response.
#[derive(Debug)]
pub(super) enum FailureCause {
    Refused,
    /// No connection in time.
    TimedOut,
    /// A connection, but no complete response in time.
    Silent,
    HostNotFound,
    /// The certificate's issuer is not trusted; holds the TLS error.
    UntrustedCertificate(String),
    Tls(String),
    /// TLS could not start, such as without any certificate authority of the system.
    TlsSetup(String),
    TooLarge,
    /// The server responded without TLS.
    Plaintext,
    CertificateHost,
    /// The proxy failed or refused to connect to the host; holds the proxy and its variable.
    Proxy(String, &'static str),
    /// The proxy requires a user name and password; holds the proxy and its variable.
    ProxyAuthentication(String, &'static str),
    ConnectionClosed,
    Other(String),
}

/// Classifies a `ureq` error. Drops texts that may contain the URL.
pub(super) fn classify(error: ureq::Error, proxy: Option<&ChosenProxy>) -> FailureCause {
    match (classify_ureq(error), proxy) {
        (FailureCause::Refused | FailureCause::Proxy(..), Some(proxy)) => {
            FailureCause::Proxy(format!("{}:{}", proxy.host(), proxy.port()), proxy.variable)
        }
        (FailureCause::ProxyAuthentication(..), Some(proxy)) => {
            FailureCause::ProxyAuthentication(format!("{}:{}", proxy.host(), proxy.port()), proxy.variable)
        }
        (cause, _) => cause,
    }
}

fn classify_ureq(error: ureq::Error) -> FailureCause {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => FailureCause::TimedOut,
        ureq::Error::Timeout(_) => FailureCause::Silent,
        ureq::Error::HostNotFound => FailureCause::HostNotFound,
        ureq::Error::BodyExceedsLimit(_) => FailureCause::TooLarge,
        // `ureq` reports the status of a proxy only as text.
        ureq::Error::ConnectProxyFailed(text) if text.contains(" 407/") => {
            FailureCause::ProxyAuthentication(String::new(), "")
        }
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => {
            FailureCause::Proxy(String::new(), "ALL_PROXY")
        }
        ureq::Error::Rustls(error) => classify_tls(&error),
        ureq::Error::Tls(what) => FailureCause::Tls(what.to_owned()),
        ureq::Error::Io(error) => classify_io(error),
        ureq::Error::ConnectionFailed => FailureCause::ConnectionClosed,
        ureq::Error::Protocol(_) => FailureCause::Other("the response is not HTTP".to_owned()),
        ureq::Error::LargeResponseHeader(_, _) => FailureCause::Other("the response headers are too large".to_owned()),
        _ => FailureCause::Other("unknown error".to_owned()),
    }
}

/// Returns true if the request certainly did not reach the server, so that it may be sent elsewhere.
pub fn was_not_sent(error: &Error) -> bool {
    matches!(error, Error::Network { cause: NetworkCause::NotSent, .. })
}

/// Returns true if the server let the request time out.
pub(super) fn is_silence(error: &Error) -> bool {
    matches!(error, Error::Network { cause: NetworkCause::TimedOut, .. })
}

/// Cause to report after both certificate stores failed.
pub(super) fn prefer_untrusted(untrusted: FailureCause, cause: FailureCause) -> FailureCause {
    match cause {
        // The system has no certificates at all.
        FailureCause::TlsSetup(_) => untrusted,
        other => other,
    }
}

/// Converts a cause into an error. `ca_file` is the file that was tried, if any.
pub(super) fn to_error(cause: &FailureCause, host: &str, ca_file: Option<&Path>) -> Error {
    let (text, remedy) = match cause {
        FailureCause::Refused => (format!("could not reach `{host}`: connection refused"), Remedy::Address),
        FailureCause::TimedOut => (format!("could not reach `{host}`: timed out"), Remedy::Retry),
        FailureCause::Silent => (format!("`{host}` did not respond: timed out"), Remedy::Retry),
        FailureCause::HostNotFound => (format!("could not reach `{host}`: host not found"), Remedy::Host),
        FailureCause::UntrustedCertificate(found) => {
            let found = format!("the certificate of `{host}` is not trusted ({})", sanitize_untrusted(found));
            match ca_file {
                Some(file) => (format!("{found}, not even with {}", file.display()), Remedy::CaFile),
                None => (found, Remedy::CertificateAuthority),
            }
        }
        FailureCause::CertificateHost => {
            (format!("the certificate of `{host}` is for another host"), Remedy::CertificateHost)
        }
        FailureCause::Plaintext => (format!("`{host}` does not speak TLS"), Remedy::Plaintext),
        FailureCause::Tls(found) => (tls_failed(host, found), Remedy::Clock),
        FailureCause::TlsSetup(found) => (tls_failed(host, found), Remedy::CertificateAuthority),
        FailureCause::TooLarge => {
            (format!("the response of `{host}` exceeds {} MiB", MAX_BODY_BYTES / 1024 / 1024), Remedy::Url)
        }
        FailureCause::Proxy(proxy, variable) => (
            format!("could not reach `{host}`: the proxy `{proxy}` failed or refused the connection"),
            Remedy::Proxy(variable),
        ),
        FailureCause::ProxyAuthentication(proxy, variable) => (
            format!("the proxy `{proxy}` requires a user name and password (407); add them to `{variable}`"),
            Remedy::ProxyPassword(variable),
        ),
        FailureCause::ConnectionClosed => {
            (format!("`{host}` closed the connection without a response"), Remedy::Address)
        }
        FailureCause::Other(found) => {
            (format!("request to `{host}` failed: {}", sanitize_untrusted(found)), Remedy::Retry)
        }
    };
    let how_far = match cause {
        FailureCause::Refused | FailureCause::HostNotFound => NetworkCause::NotSent,
        FailureCause::TimedOut | FailureCause::Silent => NetworkCause::TimedOut,
        _ => NetworkCause::Other,
    };
    Error::network_because(how_far, remedy, text)
}

fn tls_failed(host: &str, found: &str) -> String {
    format!("TLS connection to `{host}` failed: {}", sanitize_untrusted(found))
}

fn classify_tls(error: &rustls::Error) -> FailureCause {
    use rustls::{CertificateError, Error as Tls, InvalidMessage};
    match error {
        Tls::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature | CertificateError::Other(_),
        ) => FailureCause::UntrustedCertificate(error.to_string()),
        Tls::InvalidCertificate(CertificateError::NotValidForNameContext { .. }) => FailureCause::CertificateHost,
        Tls::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => FailureCause::Tls("the certificate is expired or not yet valid".to_owned()),
        Tls::InvalidMessage(InvalidMessage::InvalidContentType) => FailureCause::Plaintext,
        Tls::General(_) => FailureCause::TlsSetup(error.to_string()),
        other => FailureCause::Tls(other.to_string()),
    }
}

pub(super) fn classify_io(error: io::Error) -> FailureCause {
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
        _ => FailureCause::Other(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
    }
}
