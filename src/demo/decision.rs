//! Decisions of the user: the forms of all pages, and the end of the session at the provider (OpenID Connect
//! RP-Initiated Logout 1.0). A logout affects only `prompt=none`: issued tokens stay valid until they expire or are
//! revoked.

use super::pages;
use super::pending::{OpenPage, PendingPage};
use super::protocol::RequestParams;
use super::provider::DemoProvider;
use super::redirect_uri::{LoopbackRedirectUri, ReturnTarget};
use super::users::DemoUser;
use crate::server::{Request, Response};

impl DemoProvider {
    /// `POST` on `/decision`. A page token is valid once; a repeated form gets the first response again.
    pub(super) fn decide(&self, request: &Request) -> Result<Response, Response> {
        let expired = || self.message_page(400, pages::EXPIRED);
        if !is_same_origin(request, &self.endpoints.browser_origin) {
            return Err(self.message_page(403, pages::CROSS_ORIGIN));
        }
        let params = RequestParams::parse_unique(request)?;
        let token = params.get("ticket").ok_or_else(expired)?;
        let page = match self.pending().pages.find(token, self.now()).ok_or_else(expired)? {
            OpenPage { response: Some(response), .. } => return Ok(response.clone()),
            OpenPage { page, .. } => page.clone(),
        };
        let user = params.get("account").and_then(DemoUser::from_name);
        let response = match (page, params.get("decision"), user) {
            (PendingPage::Authorization(request), Some("approve"), Some(user)) => self.answer(request, Some(user)),
            (PendingPage::Authorization(request), Some("deny"), _) => self.answer(request, None),
            (PendingPage::Device(code), Some("approve"), Some(user)) => {
                self.decide_device(&code, Some(user)).ok_or_else(expired)?
            }
            (PendingPage::Device(code), Some("deny"), _) => self.decide_device(&code, None).ok_or_else(expired)?,
            (PendingPage::Logout(target), Some("leave"), _) => self.end_session(target.as_ref()),
            _ => return Err(expired()),
        };
        if let Some(page) = self.pending().pages.find(token, self.now()) {
            page.response = Some(response.clone());
        }
        Ok(response)
    }

    /// `GET` or `POST` on `/logout`.
    pub(super) fn logout(&self, request: &Request) -> Result<Response, Response> {
        let params = RequestParams::parse_unique(request)?;
        let not_local = || self.bad_request("The post_logout_redirect_uri is not on this computer.");
        let uri =
            params.get("post_logout_redirect_uri").map(|uri| LoopbackRedirectUri::parse(uri).ok_or_else(not_local));
        let state = params.get("state").map(str::to_owned);
        let target = uri.transpose()?.map(|uri| ReturnTarget { uri, state });
        if self.hinted_subject(&params).is_some() {
            return Ok(self.end_session(target.as_ref()));
        }
        // Without an ID token of this provider, any page could have sent the browser (section 2).
        let page_token = self.pending().add_page(PendingPage::Logout(target.clone()), self.now());
        Ok(self.logout_form(&page_token, target.as_ref().map(|target| &target.uri)))
    }

    fn end_session(&self, target: Option<&ReturnTarget>) -> Response {
        if self.grants(|grants| grants.signed_in = None).is_err() {
            return self.message_page(503, pages::STORAGE_FAILED);
        }
        self.logout.send_modify(|logout| logout.is_ended = true);
        target.map_or_else(|| self.message_page(200, pages::SIGNED_OUT), |target| target.response(&[], None))
    }
}

/// Returns whether the browser reports that a page of this provider sent the form.
///
/// The pages forbid the referrer, so browsers send `Origin: null` (Fetch 3.2), which a foreign page can cause too. Then
/// `Sec-Fetch-Site` decides, if present. The one-time token of the page protects in any case.
fn is_same_origin(request: &Request, browser_origin: &str) -> bool {
    let origin_matches = request.header("origin").is_none_or(|origin| origin == "null" || origin == browser_origin);
    let site_matches = request.header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    origin_matches && site_matches
}
