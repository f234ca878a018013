//! The end of the provider's own session (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Only `prompt=none` notices: tokens that were given out stay good until they are revoked.

use super::authorization::Decision;
use super::metadata::path;
use super::pending::PendingPage;
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::{self, RequestParams};
use super::{DemoProvider, pages};
use crate::server::{Request, Response};

/// A wish to leave.
#[derive(Clone)]
pub(super) struct LogoutRequest {
    redirect: Option<LoopbackRedirectUri>,
    state: Option<String>,
}

impl DemoProvider {
    /// `GET` or `POST` on `/logout`.
    pub(super) fn logout(&self, request: &Request) -> Response {
        let Ok(params) = RequestParams::of_either(request).and_then(RequestParams::once_each) else {
            return self.page(400, pages::MessagePage::bad_request("The request cannot be read."));
        };
        let redirect = params.get("post_logout_redirect_uri");
        let parting = LogoutRequest {
            redirect: redirect.and_then(LoopbackRedirectUri::read),
            state: params.get("state").map(str::to_owned),
        };
        if redirect.is_some() && parting.redirect.is_none() {
            let why = "The post_logout_redirect_uri does not lead to a program on this computer.";
            return self.page(400, pages::MessagePage::bad_request(why));
        }
        match self.signed_by_us(&params) {
            Some(_) => self.part(&parting),
            None => self.ask_before_parting(parting),
        }
    }

    /// Without an ID token of ours any page could have sent the person here, so they are asked (section 2 there).
    fn ask_before_parting(&self, parting: LogoutRequest) -> Response {
        let redirect = parting.redirect.clone();
        let ticket = self.desk().ticket(PendingPage::Logout(parting), self.now());
        responses::html(200, pages::leave(&self.program, path::LOGOUT_DECISION, &ticket), redirect.as_ref())
    }

    /// `POST` on `/logout/decision`.
    pub(super) fn logout_decision(&self, request: &Request) -> Response {
        self.decision(request, |matter, verdict| match (matter, verdict) {
            (PendingPage::Logout(parting), Decision::Leave) => Some(self.part(&parting)),
            _ => None,
        })
    }

    fn part(&self, parting: &LogoutRequest) -> Response {
        if self.book.with(self.now(), |grants| grants.present = None).is_err() {
            return self.page(503, pages::MessagePage::no_memory());
        }
        let Some(redirect) = &parting.redirect else { return self.page(200, pages::MessagePage::signed_out()) };
        let state = parting.state.as_deref().map(|state| ("state", state));
        responses::see_other(&redirect.with(&state.into_iter().collect::<Vec<_>>()))
    }
}
