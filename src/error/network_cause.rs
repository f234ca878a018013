//! Failures of requests, as far as callers need to tell them apart.

/// How far a request without a usable response got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkCause {
    /// It certainly did not reach the server, so that it may be sent elsewhere.
    NotSent,
    /// The server let it time out.
    TimedOut,
    /// It may have reached the server.
    Other,
}
