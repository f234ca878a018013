//! Device authorization endpoint (RFC 8628), the page for the user code, and the polls.

use serde_json::{Value, json};

use super::authorization_request::parse_scope;
use super::decision::Decision;
use super::device_code::{
    CODE_LIFETIME, DeviceState, POLL_INTERVAL, PendingDevice, new_user_code, normalize_user_code, with_dash,
};
use super::metadata::path;
use super::pages;
use super::pending::PendingPage;
use super::provider::DemoProvider;
use super::responses::{self, ProtocolError, RequestParams};
use super::settings::Approval;
use super::users::USERS;
use crate::server::{Request, Response};

/// Grant type of a device code (RFC 8628 3.4).
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl DemoProvider {
    /// `POST` on `/device/code` (RFC 8628 3.1).
    pub(super) fn device_code(&self, request: &Request) -> Response {
        self.authorize_device(request).map_or_else(ProtocolError::response, |codes| responses::json(&codes))
    }

    fn authorize_device(&self, request: &Request) -> Result<Value, ProtocolError> {
        let params = RequestParams::from_body(request)?.reject_repeated()?;
        let client = self.client_id(request, &params)?.to_owned();
        let scope = parse_scope(params.get("scope"))
            .ok_or(ProtocolError::new("invalid_scope", "scope contains an invalid character"))?;
        let (now, user_code) = (self.now(), new_user_code());
        let state = match self.approval {
            Approval::Automatic => DeviceState::Approved { account: USERS[0].username, at: now },
            Approval::Page => DeviceState::Pending,
        };
        let formatted_code = with_dash(&user_code);
        let expires_at = now + CODE_LIFETIME;
        let device =
            PendingDevice { user_code, client, scope, expires_at, interval: POLL_INTERVAL, last_poll: None, state };
        let device_code = self.pending().add_device(device, now);
        let page = self.endpoints.browser_url(path::DEVICE);
        Ok(json!({
            "device_code": device_code.expose(),
            "user_code": formatted_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={formatted_code}"),
            "expires_in": CODE_LIFETIME.num_seconds(),
            "interval": POLL_INTERVAL.num_seconds(),
        }))
    }

    /// Handles a poll of the token endpoint (RFC 8628 3.4, 3.5).
    pub(super) fn redeem_device_code(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let name = params.get("device_code").ok_or(ProtocolError::invalid_request("device_code is missing"))?;
        let grant = {
            let (mut pending, now) = (self.pending(), self.now());
            let device = pending.devices.find(name, now).filter(|device| device.client == client);
            device.ok_or(ProtocolError::invalid_grant("unknown device code"))?.poll(now)?
        };
        let pair = self.issue_tokens(grant)?;
        self.token_response(pair, None)
    }

    /// `GET` on `/device`: the form for the code, then the request for approval (RFC 8628 3.3, 5.4).
    pub(super) fn device_page(&self, request: &Request) -> Response {
        let params = RequestParams::from_query(request);
        match params.get("user_code") {
            None => self.code_form(None),
            Some(typed) => self.confirm_device(typed).unwrap_or_else(|| self.code_form(Some(typed))),
        }
    }

    fn code_form(&self, unknown_code: Option<&str>) -> Response {
        responses::html(200, pages::code_form(&self.program, unknown_code), None)
    }

    fn confirm_device(&self, typed: &str) -> Option<Response> {
        let (typed, now) = (normalize_user_code(typed), self.now());
        let mut pending = self.pending();
        let (name, client, scope) = pending
            .devices
            .iter(now)
            .find(|(_, device)| device.user_code == typed && device.is_pending(now))
            .map(|(name, device)| (name.clone(), device.client.clone(), device.scope.clone()))?;
        let page_token = pending.add_page(PendingPage::Device(name), now);
        drop(pending);
        let page = pages::approve(&pages::ApprovalPage {
            program: &self.program,
            client: &self.client_title(&client),
            action: path::DEVICE_DECISION,
            page_token: &page_token,
            scope: &scope,
            hint: None,
            outcome: pages::ApprovalOutcome::Device(&with_dash(&typed)),
        });
        Some(responses::html(200, page, None))
    }

    /// `POST` on `/device/decision`.
    pub(super) fn device_decision(&self, request: &Request) -> Response {
        self.decide(request, |page, decision| {
            let PendingPage::Device(name) = page else { return None };
            let now = self.now();
            let (state, message) = match decision {
                Decision::Approved(account) => (
                    DeviceState::Approved { account: account.username, at: now },
                    pages::MessagePage::device_approved(),
                ),
                Decision::Denied => (DeviceState::Denied, pages::MessagePage::device_denied()),
                Decision::SignOut => return None,
            };
            let mut pending = self.pending();
            let device = pending.devices.find(name.expose(), now).filter(|device| device.is_pending(now))?;
            device.state = state;
            drop(pending);
            if let Decision::Approved(account) = decision {
                self.save_signed_in_user(account, now);
            }
            Some(self.page(200, message))
        })
    }
}
