//! End of the session at the provider (OpenID Connect RP-Initiated Logout 1.0).
//!
//! Affects only `prompt=none`: issued tokens stay valid until they expire or are revoked.

use super::decision::Decision;
use super::metadata::path;
use super::pages;
use super::pending::{LogoutRequest, PendingPage};
use super::provider::DemoProvider;
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::{self, RequestParams};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/logout`.
    pub(super) fn logout(&self, request: &Request) -> Response {
        let Ok(params) = RequestParams::from_request(request).and_then(RequestParams::reject_repeated) else {
            return self.page(400, pages::MessagePage::bad_request("The request is malformed."));
        };
        let redirect_uri = params.get("post_logout_redirect_uri");
        let logout = LogoutRequest {
            redirect_uri: redirect_uri.and_then(LoopbackRedirectUri::parse),
            state: params.get("state").map(str::to_owned),
        };
        if redirect_uri.is_some() && logout.redirect_uri.is_none() {
            let message = "The post_logout_redirect_uri is not on this computer.";
            return self.page(400, pages::MessagePage::bad_request(message));
        }
        match self.hinted_subject(&params) {
            Some(_) => self.end_session(&logout),
            None => self.confirm_logout(logout),
        }
    }

    /// Asks the user to confirm: without an ID token of this provider, any page could have sent the browser (section
    /// 2).
    fn confirm_logout(&self, logout: LogoutRequest) -> Response {
        let redirect_uri = logout.redirect_uri.clone();
        let page_token = self.pending().add_page(PendingPage::Logout(logout), self.now());
        responses::html(
            200,
            pages::logout_form(&self.program, path::LOGOUT_DECISION, &page_token),
            redirect_uri.as_ref(),
        )
    }

    /// `POST` on `/logout/decision`.
    pub(super) fn logout_decision(&self, request: &Request) -> Response {
        self.decide(request, |page, decision| match (page, decision) {
            (PendingPage::Logout(logout), Decision::SignOut) => Some(self.end_session(&logout)),
            _ => None,
        })
    }

    fn end_session(&self, logout: &LogoutRequest) -> Response {
        if self.grants.update(self.now(), |grants| grants.signed_in = None).is_err() {
            return self.page(503, pages::MessagePage::storage_failed());
        }
        let Some(redirect_uri) = &logout.redirect_uri else { return self.page(200, pages::MessagePage::signed_out()) };
        let state = logout.state.as_deref().map(|state| ("state", state));
        responses::see_other(&redirect_uri.with(&state.into_iter().collect::<Vec<_>>()))
    }
}
