//! Device authorization endpoint (RFC 8628), the page for the user code, and the polls.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::metadata::{ACR_VALUES, path};
use super::pages::{self, ApprovalOutcome, ApprovalPage};
use super::pending::{DeviceState, PendingDevice, PendingPage};
use super::protocol::{RequestParams, error, invalid_grant, invalid_request, json_response, parse_scope};
use super::provider::DemoProvider;
use super::settings::Approval;
use super::signing::random_bytes;
use super::state::Grant;
use super::users::{DemoUser, USERS};
use crate::secret::Secret;
use crate::server::{Request, Response};

/// Grant type of a device code (RFC 8628 3.4).
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Lifetime of both codes.
const CODE_LIFETIME: chrono::Duration = chrono::Duration::minutes(10);

/// Interval between polls, and the increase after `slow_down` (RFC 8628 3.2, 3.5).
const POLL_INTERVAL: chrono::Duration = chrono::Duration::seconds(5);

/// Tolerance for early polls, because the clocks of client and provider differ.
const POLL_TOLERANCE: chrono::Duration = chrono::Duration::milliseconds(500);

/// Letters of a user code: no vowels, so no words, and no similar letters (RFC 8628 6.1).
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

impl DemoProvider {
    /// `POST` on `/device/code` (RFC 8628 3.1).
    pub(super) fn device_code(&self, request: &Request) -> Result<Response, Response> {
        let params = RequestParams::parse_unique(request)?;
        let client = self.client_id(request, &params)?.to_owned();
        let scope = parse_scope(params.get("scope"))
            .ok_or_else(|| error("invalid_scope", "scope contains an invalid character"))?;
        let (now, user_code) = (self.now(), new_user_code());
        let state = match self.approval {
            Approval::Automatic => DeviceState::Approved { account: USERS[0].username, at: now },
            Approval::Given(account) => {
                account.map_or(DeviceState::Denied, |account| DeviceState::Approved { account, at: now })
            }
            Approval::Page => DeviceState::Pending,
        };
        let formatted_code = with_dash(&user_code);
        let (expires_at, interval) = (now + CODE_LIFETIME, POLL_INTERVAL);
        let device = PendingDevice { user_code, client, scope, expires_at, interval, last_poll: None, state };
        let device_code = self.pending().add_device(device, now);
        let page = format!("{}{}", self.endpoints.browser_origin, path::DEVICE);
        let codes = json!({
            "device_code": device_code.expose(),
            "user_code": formatted_code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={formatted_code}"),
            "expires_in": CODE_LIFETIME.num_seconds(),
            "interval": POLL_INTERVAL.num_seconds(),
        });
        Ok(json_response(200, &codes))
    }

    /// Handles a poll of the token endpoint (RFC 8628 3.4, 3.5).
    pub(super) fn redeem_device_code(&self, params: &RequestParams, client: &str) -> Result<Response, Response> {
        let code = params.get("device_code").ok_or_else(|| invalid_request("device_code is missing"))?;
        let grant = {
            let (mut pending, now) = (self.pending(), self.now());
            let device = pending.devices.find(code, now).filter(|device| device.client == client);
            poll(device.ok_or_else(|| invalid_grant("unknown device code"))?, now)?
        };
        self.token_response(self.issue_tokens(grant)?, None)
    }

    /// `GET` on `/device`: the form for the code, then the request for approval (RFC 8628 3.3, 5.4).
    pub(super) fn device_page(&self, request: &Request) -> Result<Response, Response> {
        let params = RequestParams::parse_unique(request)?;
        let Some(typed) = params.get("user_code") else { return Ok(self.code_form(None)) };
        Ok(self.confirm_device(typed).unwrap_or_else(|| self.code_form(Some(typed))))
    }

    /// Asks for approval of the device with a typed code, in any case, with or without the dash.
    fn confirm_device(&self, typed: &str) -> Option<Response> {
        let typed: String = typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
        let now = self.now();
        let mut pending = self.pending();
        let mut devices = pending.devices.iter(now);
        let (code, device) = devices.find(|(_, device)| device.user_code == typed && device.is_pending(now))?;
        let (code, client, scope) = (code.clone(), device.client.clone(), device.scope.clone());
        drop(devices);
        let page_token = pending.add_page(PendingPage::Device(code), now);
        Some(self.approval_page(&ApprovalPage {
            client: &client,
            page_token: &page_token,
            scope: &scope,
            hint: None,
            outcome: ApprovalOutcome::Device(&with_dash(&typed)),
        }))
    }

    /// Approves a device as `user`, or denies it; `None` if the device is not pending.
    pub(super) fn decide_device(&self, code: &Secret, user: Option<&'static DemoUser>) -> Option<Response> {
        let now = self.now();
        {
            let mut pending = self.pending();
            let device = pending.devices.find(code.expose(), now).filter(|device| device.is_pending(now))?;
            device.state =
                user.map_or(DeviceState::Denied, |user| DeviceState::Approved { account: user.username, at: now });
        }
        let Some(user) = user else { return Some(self.message_page(200, pages::DEVICE_DENIED)) };
        self.save_signed_in_user(user, now);
        Some(self.message_page(200, pages::DEVICE_APPROVED))
    }
}

/// Returns the grant, once, or the error for the current state.
fn poll(device: &mut PendingDevice, now: DateTime<Utc>) -> Result<Grant, Response> {
    if now >= device.expires_at {
        return Err(error("expired_token", "the device code expired"));
    }
    let is_early = device.last_poll.is_some_and(|last| now - last < device.interval - POLL_TOLERANCE);
    device.last_poll = Some(now);
    match device.state {
        DeviceState::Redeemed => Err(invalid_grant("the device code was already used")),
        DeviceState::Denied => Err(error("access_denied", "the user denied the request")),
        _ if is_early => {
            device.interval += POLL_INTERVAL;
            Err(error("slow_down", "polled too early; wait 5 seconds longer between polls"))
        }
        DeviceState::Pending => Err(error("authorization_pending", "the user has not responded yet")),
        DeviceState::Approved { account, at } => {
            device.state = DeviceState::Redeemed;
            Ok(Grant {
                client: device.client.clone(),
                account: account.to_owned(),
                scope: device.scope.clone(),
                auth_time: at,
                acr: ACR_VALUES[0].to_owned(),
            })
        }
    }
}

/// Returns eight random letters, about 34 bits, which is enough for a code that is valid for ten minutes.
fn new_user_code() -> String {
    // 240 is a multiple of 20, so all letters are equally likely.
    let bytes = std::iter::repeat_with(|| *random_bytes::<16>()).flatten().filter(|byte| *byte < 240);
    bytes.map(|byte| char::from(USER_CODE_LETTERS[usize::from(byte) % USER_CODE_LETTERS.len()])).take(8).collect()
}

fn with_dash(user_code: &str) -> String {
    user_code.split_at_checked(4).map_or_else(String::new, |(first, second)| format!("{first}-{second}"))
}
