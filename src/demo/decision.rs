//! Decisions of the user on a page, and the check of the form that sends them.

use super::pages;
use super::pending::PendingPage;
use super::provider::DemoProvider;
use super::responses::{self, RequestParams};
use super::users::DemoUser;
use crate::server::{Request, Response};

/// Decision of the user on a page.
pub(super) enum Decision {
    Approved(&'static DemoUser),
    Denied,
    /// Sign out of the provider.
    SignOut,
}

impl Decision {
    fn from_params(params: &RequestParams) -> Option<Self> {
        match params.get("decision")? {
            "approve" => params.get("account").and_then(DemoUser::from_name).map(Self::Approved),
            "deny" => Some(Self::Denied),
            "leave" => Some(Self::SignOut),
            _ => None,
        }
    }
}

impl DemoProvider {
    /// Handles the form of a page. A page token is valid once; a repeated form gets the first response again.
    pub(super) fn decide(
        &self,
        request: &Request,
        act: impl FnOnce(PendingPage, Decision) -> Option<Response>,
    ) -> Response {
        let expired = || self.page(400, pages::MessagePage::expired());
        if !responses::is_same_origin(request, &self.endpoints.browser_origin) {
            return self.page(403, pages::MessagePage::cross_origin());
        }
        let Ok(params) = RequestParams::from_body(request).and_then(RequestParams::reject_repeated) else {
            return expired();
        };
        let (Some(token), Some(decision)) = (params.get("ticket"), Decision::from_params(&params)) else {
            return expired();
        };
        let page = match self.pending().pages.find(token, self.now()) {
            None => return expired(),
            Some(pending) => match &pending.response {
                Some(response) => return response.clone(),
                None => pending.page.clone(),
            },
        };
        let Some(response) = act(page, decision) else { return expired() };
        if let Some(pending) = self.pending().pages.find(token, self.now()) {
            pending.response = Some(response.clone());
        }
        response
    }
}
