//! Keys in the two links to a local page.

use super::cookie::random_key;
use super::rejections::RejectionKind;
use crate::error::Result;
use crate::secret::Secret;
use crate::server::{PeerUser, Request};

/// Keys of one page.
#[derive(Debug)]
pub(super) struct PageKeys {
    /// Of the link that the browser was started with. Other users of this machine can read it in the argument list of
    /// the browser, so it works once, and not for them if the system tells who they are.
    launched: Secret,
    /// Of the printed link. Works until the end: only the user sees it, and a link preview or a wrong browser profile may
    /// open it first (paperweight#33).
    printed: Secret,
}

/// Link that a request came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageLink {
    Launched,
    Printed,
}

impl PageKeys {
    pub(super) fn draw() -> Result<Self> {
        Ok(Self { launched: random_key()?, printed: random_key()? })
    }

    /// Link to `page` for the browser.
    pub(super) fn launch_url(&self, page: &str) -> Secret {
        Secret::new(format!("{page}?k={}", self.launched.expose()))
    }

    /// Link to `page` for the terminal.
    pub(super) fn printed_url(&self, page: &str) -> Secret {
        Secret::new(format!("{page}?k={}", self.printed.expose()))
    }

    /// Returns the link of a request, or why it has none.
    pub(super) fn link(&self, request: &Request) -> Result<PageLink, RejectionKind> {
        let key = request.query.strip_prefix("k=").unwrap_or_default();
        if self.printed.matches(key) {
            return Ok(PageLink::Printed);
        }
        match self.launched.matches(key) {
            true if request.peer.user() == PeerUser::Other => Err(RejectionKind::OtherUser),
            true => Ok(PageLink::Launched),
            false => Err(RejectionKind::OtherLink),
        }
    }
}
