//! Requests that a listener rejected, counted by kind: without them, a user whose browser came back in vain would learn
//! only that the time ran out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use tokio::sync::watch;

use crate::server::{Rejection, Request};

/// Kind of a rejected request. The order is the order in messages: callbacks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RejectionKind {
    /// Error response without `state`, with a code of RFC 6749 4.1.2.1.
    ErrorWithoutState(&'static str),
    /// Callback with another `state`, or with none.
    OtherState,
    /// Callback that came as a form (`response_mode=form_post`).
    Form,
    /// Callback to another path.
    OtherPath,
    /// Link of another sign-in.
    OtherLink,
    /// Callback, or a used link, in a browser that did not start the sign-in.
    OtherBrowser,
    /// Link of this sign-in's browser, opened by another user of this machine.
    OtherUser,
    Tls,
    Plaintext,
    FailedHandshake,
    LongUrl,
    LargeHead,
    Method,
    OtherHost,
    /// Anything else: not HTTP, or incomplete.
    Malformed,
}

/// Codes of an authorization error response (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6).
const ERROR_CODES: &[&str] = &[
    "access_denied",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

impl RejectionKind {
    /// Words after "the listener rejected".
    pub fn name(self) -> String {
        let words = match self {
            Self::ErrorWithoutState(code) => return format!("the error `{code}` without `state`"),
            Self::OtherState => "a callback with a missing or wrong `state`",
            Self::Form => "a callback sent as a form (POST, 405)",
            Self::OtherPath => "a callback to a path other than that of the redirect URI (404)",
            Self::OtherLink => "the link of another sign-in (404)",
            Self::OtherBrowser => "a browser that did not start this sign-in (403, 410)",
            Self::OtherUser => "a link that another user of this machine opened (404)",
            Self::Tls => "an https: request to a callback that is http:",
            Self::Plaintext => "an http: request to a callback that is https: (421)",
            Self::FailedHandshake => "a TLS handshake that failed",
            Self::LongUrl => "a URL that is too long (414)",
            Self::LargeHead => "request headers that are too large (431)",
            Self::Method => "a request with a method other than GET (405)",
            Self::OtherHost => "a request for another host (421)",
            Self::Malformed => "a malformed or incomplete request (400)",
        };
        words.to_owned()
    }

    /// Cause, or what the user or the provider can change.
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::ErrorWithoutState(_) => Some("any program could have sent it, so the sign-in still waits"),
            Self::OtherState => Some("it may be left over from an earlier sign-in"),
            Self::Form => Some("the provider must redirect with GET (response_mode=query)"),
            Self::OtherPath => Some("paste the URL of the browser, or register the redirect URI of this program"),
            Self::OtherBrowser => Some("finish the sign-in in the browser that started"),
            Self::Tls => Some("change https: to http: in the URL of the browser, or paste that URL"),
            Self::Plaintext => Some("change http: to https: in the URL of the browser, or paste that URL"),
            Self::FailedHandshake => Some("the browser may not trust the certificate"),
            Self::LargeHead => Some("use a private window, or paste the URL of the browser"),
            Self::Method => Some("a link checker may have sent it"),
            Self::OtherUser => Some("only you can use the link that your browser was started with"),
            Self::OtherLink | Self::LongUrl | Self::OtherHost | Self::Malformed => None,
        }
    }

    /// Returns true if the browser shows the callback URL, so that the user can paste it.
    pub fn leaves_url(self) -> bool {
        matches!(self, Self::OtherPath | Self::Tls | Self::Plaintext | Self::FailedHandshake | Self::LargeHead)
    }

    /// Kind of a callback that was not accepted.
    pub(super) fn from_query(query: &str) -> Self {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let error = pairs.iter().find(|(name, _)| name == "error").map(|(_, code)| code);
        let known = error.and_then(|error| ERROR_CODES.iter().find(|code| *code == error));
        match known {
            Some(code) if !pairs.iter().any(|(name, _)| name == "state") => Self::ErrorWithoutState(code),
            _ => Self::OtherState,
        }
    }

    /// Kind of a request to an unknown path; `None` for what browsers and programs request by themselves.
    pub(super) fn from_unknown_path(request: &Request) -> Option<Self> {
        let has_response = url::form_urlencoded::parse(request.query.as_bytes())
            .any(|(name, _)| matches!(&*name, "code" | "error" | "state"));
        has_response.then_some(Self::OtherPath)
    }
}

impl From<Rejection> for RejectionKind {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Post => Self::Form,
            Rejection::Tls => Self::Tls,
            Rejection::Plaintext => Self::Plaintext,
            Rejection::FailedHandshake => Self::FailedHandshake,
            Rejection::Status(405) => Self::Method,
            Rejection::Status(414) => Self::LongUrl,
            Rejection::Status(413 | 431) => Self::LargeHead,
            Rejection::Status(421) => Self::OtherHost,
            Rejection::Status(_) => Self::Malformed,
        }
    }
}

/// Counts of the rejected requests; clones share them.
#[derive(Debug, Clone, Default)]
pub struct RejectionLog(Arc<watch::Sender<BTreeMap<RejectionKind, u64>>>);

impl RejectionLog {
    pub(super) fn record(&self, kind: impl Into<RejectionKind>) {
        self.0.send_modify(|counts| *counts.entry(kind.into()).or_default() += 1);
    }

    /// Calls `report` once for each kind, with the first request of that kind. Never returns.
    pub async fn report(&self, report: impl Fn(RejectionKind)) -> std::convert::Infallible {
        let (mut changes, mut reported) = (self.0.subscribe(), Vec::new());
        loop {
            let kinds: Vec<_> = changes.borrow_and_update().keys().copied().collect();
            for kind in kinds.into_iter().filter(|kind| !reported.contains(kind)).collect::<Vec<_>>() {
                reported.push(kind);
                report(kind);
            }
            // The sender lives as long as this value.
            let _ = changes.changed().await;
        }
    }

    /// Kinds so far.
    pub fn kinds(&self) -> Vec<RejectionKind> {
        self.0.borrow().keys().copied().collect()
    }

    /// Returns true if a kind occurred more than once.
    pub fn has_repeated(&self) -> bool {
        self.0.borrow().values().any(|count| *count > 1)
    }

    /// Summary for an error; `None` if nothing was rejected.
    pub fn summary(&self) -> Option<String> {
        let counts = self.0.borrow();
        let mut text = String::new();
        for (kind, count) in counts.iter() {
            let separator = if text.is_empty() { "the listener rejected " } else { ", " };
            let _ = write!(text, "{separator}{}", kind.name());
            if *count > 1 {
                let _ = write!(text, " ({count} times)");
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Peer;

    fn get(path: &str, query: &str) -> Request {
        let (path, query) = (path.to_owned(), query.to_owned());
        Request { method: "GET".into(), path, query, headers: Vec::new(), body: Vec::new(), peer: Peer::default() }
    }

    #[test]
    fn kind_of_a_callback_follows_from_its_query() {
        for (query, kind) in [
            ("error=access_denied", RejectionKind::ErrorWithoutState("access_denied")),
            ("error=access_denied&state=other", RejectionKind::OtherState),
            ("error=%1b[31m", RejectionKind::OtherState),
            ("code=1", RejectionKind::OtherState),
            ("", RejectionKind::OtherState),
        ] {
            assert_eq!(RejectionKind::from_query(query), kind, "{query}");
        }
        assert_eq!(RejectionKind::from_unknown_path(&get("/cb", "code=1")), Some(RejectionKind::OtherPath));
        assert_eq!(RejectionKind::from_unknown_path(&get("/favicon.ico", "")), None);
    }

    #[test]
    fn summary_counts_each_kind() {
        let log = RejectionLog::default();
        assert_eq!(log.summary(), None);
        log.record(RejectionKind::LongUrl);
        for _ in 0..3 {
            log.record(Rejection::Tls);
        }
        let expected = "the listener rejected an https: request to a callback that is http: (3 times), \
                        a URL that is too long (414)";
        assert_eq!(log.summary().as_deref(), Some(expected));
        assert!(log.has_repeated());
    }
}
