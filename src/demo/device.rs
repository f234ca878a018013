//! Device authorization (RFC 8628): the codes, the page where one is typed, the polls.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::authorization::Decision;
use super::authorization_request::scope;
use super::metadata::{ACR, path};
use super::pending::PendingPage;
use super::responses::{self, ProtocolError, RequestParams};
use super::state::Grant;
use super::users::ACCOUNTS;
use super::{Approval, DemoProvider, pages, signing};
use crate::server::{Request, Response};

/// The grant type of a device code (RFC 8628 3.4).
pub(super) const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long a person has to type the code.
const LIFE: chrono::Duration = chrono::Duration::minutes(10);

/// How long to wait between polls, and by how much `slow_down` lengthens it (RFC 8628 3.2, 3.5).
const INTERVAL: chrono::Duration = chrono::Duration::seconds(5);

/// By how much a poll may be early: the clocks of client and provider tick apart.
const TOLERANCE: chrono::Duration = chrono::Duration::milliseconds(500);

/// The letters of a user code: no vowels, so no words, and none that look alike (RFC 8628 6.1).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// A device that waits.
pub(super) struct PendingDevice {
    /// Eight letters, without the dash.
    user_code: String,
    client: String,
    scope: String,
    /// When the codes end.
    pub(super) end: DateTime<Utc>,
    interval: chrono::Duration,
    polled: Option<DateTime<Utc>>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Waiting,
    Approved { account: &'static str, at: DateTime<Utc> },
    Denied,
    Spent,
}

impl DemoProvider {
    /// `POST` on `/device/code` (RFC 8628 3.1).
    pub(super) fn device_code(&self, request: &Request) -> Response {
        self.new_device(request).map_or_else(ProtocolError::response, |codes| responses::json(&codes))
    }

    fn new_device(&self, request: &Request) -> Result<Value, ProtocolError> {
        let params = RequestParams::of_form(request)?.once_each()?;
        let client = self.client(request, &params)?.to_owned();
        let scope = scope(params.get("scope"))
            .ok_or(ProtocolError::new("invalid_scope", "a scope has characters it may not have"))?;
        let (now, user_code) = (self.now(), new_user_code());
        let state = match self.approval {
            Approval::Automatic => State::Approved { account: ACCOUNTS[0].username, at: now },
            Approval::Page => State::Waiting,
        };
        let shown = spaced(&user_code);
        let end = now + LIFE;
        let device = PendingDevice { user_code, client, scope, end, interval: INTERVAL, polled: None, state };
        let device_code = self.desk().device(device, now);
        let page = self.addresses.front(path::DEVICE);
        Ok(json!({
            "device_code": device_code.expose(),
            "user_code": shown,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code={shown}"),
            "expires_in": LIFE.num_seconds(),
            "interval": INTERVAL.num_seconds(),
        }))
    }

    /// A poll of the token endpoint (RFC 8628 3.4, 3.5).
    pub(super) fn poll(&self, params: &RequestParams, client: &str) -> Result<Value, ProtocolError> {
        let name = params.get("device_code").ok_or(ProtocolError::invalid_request("device_code is missing"))?;
        let grant = {
            let (mut desk, now) = (self.desk(), self.now());
            let device = desk.devices.find(name, now).filter(|device| device.client == client);
            device.ok_or(ProtocolError::invalid_grant("the device code is not known"))?.poll(now)?
        };
        let pair = self.begin(grant)?;
        self.answer_with(pair, None)
    }

    /// `GET` on `/device`: the code is typed, then what it stands for is shown (RFC 8628 3.3, 5.4).
    pub(super) fn device_page(&self, request: &Request) -> Response {
        let params = RequestParams::of_query(request);
        match params.get("user_code") {
            None => self.code_form(None),
            Some(typed) => self.confirm_device(typed).unwrap_or_else(|| self.code_form(Some(typed))),
        }
    }

    fn code_form(&self, wrong: Option<&str>) -> Response {
        responses::html(200, pages::code_form(&self.program, wrong), None)
    }

    fn confirm_device(&self, typed: &str) -> Option<Response> {
        let (typed, now) = (normalised(typed), self.now());
        let mut desk = self.desk();
        let (name, client, scope) = desk
            .devices
            .each(now)
            .find(|(_, device)| device.user_code == typed && device.waits(now))
            .map(|(name, device)| (name.clone(), device.client.clone(), device.scope.clone()))?;
        let ticket = desk.ticket(PendingPage::Device(name), now);
        drop(desk);
        let page = pages::approve(&pages::ApprovalPage {
            program: &self.program,
            client: &self.title_of(&client),
            action: path::DEVICE_DECISION,
            ticket: &ticket,
            scope: &scope,
            hint: None,
            after: pages::ApprovalOutcome::Device(&spaced(&typed)),
        });
        Some(responses::html(200, page, None))
    }

    /// `POST` on `/device/decision`.
    pub(super) fn device_decision(&self, request: &Request) -> Response {
        self.decision(request, |matter, verdict| {
            let PendingPage::Device(name) = matter else { return None };
            let now = self.now();
            let (state, message) = match verdict {
                Decision::Approved(account) => {
                    (State::Approved { account: account.username, at: now }, pages::MessagePage::device_approved())
                }
                Decision::Denied => (State::Denied, pages::MessagePage::device_denied()),
                Decision::Leave => return None,
            };
            let mut desk = self.desk();
            let device = desk.devices.find(name.expose(), now).filter(|device| device.waits(now))?;
            device.state = state;
            drop(desk);
            if let Decision::Approved(account) = verdict {
                self.remember(account, now);
            }
            Some(self.page(200, message))
        })
    }
}

impl PendingDevice {
    fn waits(&self, now: DateTime<Utc>) -> bool {
        matches!(self.state, State::Waiting) && now < self.end
    }

    /// What this poll gets: the grant, once, or how things stand.
    fn poll(&mut self, now: DateTime<Utc>) -> Result<Grant, ProtocolError> {
        if now >= self.end {
            return Err(ProtocolError::new("expired_token", "the device code has expired"));
        }
        let early = self.polled.is_some_and(|last| now - last < self.interval - TOLERANCE);
        self.polled = Some(now);
        match std::mem::replace(&mut self.state, State::Spent) {
            State::Approved { account, at } if !early => Ok(Grant {
                client: self.client.clone(),
                account: account.to_owned(),
                scope: self.scope.clone(),
                auth_time: at,
                acr: ACR[0].to_owned(),
            }),
            State::Spent => Err(ProtocolError::invalid_grant("the device code was used")),
            unfinished => {
                self.state = unfinished;
                Err(self.unfinished(early))
            }
        }
    }

    fn unfinished(&mut self, early: bool) -> ProtocolError {
        match self.state {
            State::Denied => ProtocolError::new("access_denied", "the person refused"),
            _ if early => {
                self.interval += INTERVAL;
                ProtocolError::new("slow_down", "polled too early; wait five seconds longer from now on")
            }
            _ => ProtocolError::new("authorization_pending", "nobody has answered yet"),
        }
    }
}

/// Eight letters, about 34 bits: typed by a person, good for ten minutes.
fn new_user_code() -> String {
    // 240 is a multiple of 20, so each letter is as likely as any other
    let mut letters = std::iter::repeat_with(|| *signing::random_bytes::<16>())
        .flatten()
        .filter(|byte| *byte < 240)
        .map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    letters.by_ref().take(8).collect()
}

fn spaced(user_code: &str) -> String {
    match user_code.split_at_checked(4) {
        Some((first, second)) => format!("{first}-{second}"),
        None => user_code.to_owned(),
    }
}

/// A code as a person types it: any case, with or without the dash.
fn normalised(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect()
}
