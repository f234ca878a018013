//! The authorization endpoint (RFC 6749 4.1, RFC 9207, OpenID Core 3.1.2) and the answers to pages.

use chrono::{DateTime, Utc};

use super::authorization_request::{AuthorizationRefusal, DemoAuthorizationRequest};
use super::metadata::path;
use super::pending::{CodeState, IssuedCode, PendingPage};
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::{self, RequestParams};
use super::state::SignedInUser;
use super::users::{ACCOUNTS, DemoUser, named};
use super::{Approval, CLIENT_ID, DemoProvider, pages};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/authorize`.
    pub(super) fn authorize(&self, request: &Request) -> Response {
        let ask = match RequestParams::of_either(request) {
            Ok(params) => self.judge(&params),
            Err(refusal) => Err(AuthorizationRefusal::Here(refusal.description)),
        };
        match ask {
            Ok(ask) if ask.prompt_none => self.authorize_silently(ask),
            Ok(ask) => match self.approval {
                Approval::Automatic => self.send_code(&ask, hinted(&ask), self.now()),
                Approval::Page => self.ask_person(ask),
            },
            Err(refused) => self.refuse(refused),
        }
    }

    fn refuse(&self, refused: AuthorizationRefusal) -> Response {
        match refused {
            AuthorizationRefusal::Here(why) => self.page(400, pages::MessagePage::bad_request(why)),
            AuthorizationRefusal::There { redirect, state, error, description } => responses::see_other(
                &self.lead_back(&redirect, state.as_deref(), &[("error", error), ("error_description", description)]),
            ),
        }
    }

    /// The client's address with this answer, its state, and who answers (RFC 9207 2).
    fn lead_back(&self, redirect: &LoopbackRedirectUri, state: Option<&str>, answer: &[(&str, &str)]) -> String {
        let state = state.map(|state| ("state", state));
        let all: Vec<_> = answer.iter().copied().chain(state).chain([("iss", self.issuer())]).collect();
        redirect.with(&all)
    }

    /// `prompt=none`: a code if the right person signed in before, otherwise an error (OpenID Core 3.1.2.6).
    fn authorize_silently(&self, ask: DemoAuthorizationRequest) -> Response {
        if self.approval == Approval::Automatic {
            return self.send_code(&ask, hinted(&ask), self.now());
        }
        let present = self.book.with(self.now(), |grants| grants.present.clone()).ok().flatten();
        match present.and_then(|present| self.still_fits(&ask, &present)) {
            Some((account, since)) => self.send_code(&ask, account, since),
            None => self.refuse(AuthorizationRefusal::There {
                redirect: ask.redirect,
                state: ask.state,
                error: "login_required",
                description: "nobody fitting is signed in at the demo provider",
            }),
        }
    }

    fn still_fits(
        &self,
        ask: &DemoAuthorizationRequest,
        present: &SignedInUser,
    ) -> Option<(&'static DemoUser, DateTime<Utc>)> {
        let account = named(&present.account)?;
        let right = ask.hint.as_deref().is_none_or(|hint| named(hint) == Some(account));
        let recent = ask.max_age.is_none_or(|most| self.now() - present.since <= most);
        (right && recent).then_some((account, present.since))
    }

    fn ask_person(&self, ask: DemoAuthorizationRequest) -> Response {
        let redirect = ask.redirect.clone();
        let ticket = self.desk().ticket(PendingPage::Authorization(ask.clone()), self.now());
        let page = pages::approve(&pages::ApprovalPage {
            program: &self.program,
            client: &self.title_of(&ask.client),
            action: path::AUTHORIZE_DECISION,
            ticket: &ticket,
            scope: &ask.scope,
            hint: ask.hint.as_deref(),
            after: pages::ApprovalOutcome::Return(ask.redirect.place()),
        });
        responses::html(200, page, Some(&redirect))
    }

    /// What a person calls a client: the program itself, where it is the program's own.
    pub(super) fn title_of(&self, client: &str) -> String {
        match client {
            CLIENT_ID => self.program.clone(),
            other => crate::sanitize::sanitize_untrusted(other),
        }
    }

    fn send_code(
        &self,
        ask: &DemoAuthorizationRequest,
        account: &'static DemoUser,
        auth_time: DateTime<Utc>,
    ) -> Response {
        let code = IssuedCode { ask: ask.clone(), account: account.username, auth_time, state: CodeState::Fresh };
        let code = self.desk().code(code, self.now());
        responses::see_other(&self.lead_back(&ask.redirect, ask.state.as_deref(), &[("code", code.expose())]))
    }

    /// `POST` on `/authorize/decision`.
    pub(super) fn authorize_decision(&self, request: &Request) -> Response {
        self.decision(request, |matter, verdict| {
            let PendingPage::Authorization(ask) = matter else { return None };
            Some(match verdict {
                Decision::Approved(account) => {
                    let now = self.now();
                    self.remember(account, now);
                    self.send_code(&ask, account, now)
                }
                Decision::Denied => self.refuse(AuthorizationRefusal::There {
                    redirect: ask.redirect,
                    state: ask.state,
                    error: "access_denied",
                    description: "the person refused",
                }),
                Decision::Leave => return None,
            })
        })
    }

    /// Judges the answer to a page: the ticket opens it, once; the same ticket again leads to the same place.
    pub(super) fn decision(
        &self,
        request: &Request,
        act: impl FnOnce(PendingPage, Decision) -> Option<Response>,
    ) -> Response {
        let bad = || self.page(400, pages::MessagePage::stale());
        if !responses::from_own_page(request, &self.addresses.front) {
            return self.page(403, pages::MessagePage::foreign_form());
        }
        let Ok(params) = RequestParams::of_form(request).and_then(RequestParams::once_each) else { return bad() };
        let (Some(name), Some(verdict)) = (params.get("ticket"), Decision::read(&params)) else { return bad() };
        let matter = match self.desk().tickets.find(name, self.now()) {
            None => return bad(),
            Some(ticket) => match &ticket.answer {
                Some(answer) => return answer.clone(),
                None => ticket.matter.clone(),
            },
        };
        let Some(answer) = act(matter, verdict) else { return bad() };
        if let Some(ticket) = self.desk().tickets.find(name, self.now()) {
            ticket.answer = Some(answer.clone());
        }
        answer
    }

    /// Keeps who is signed in at the provider; that it cannot be kept only costs a later `prompt=none`.
    pub(super) fn remember(&self, account: &DemoUser, since: DateTime<Utc>) {
        let present = SignedInUser { account: account.username.to_owned(), since };
        let _ = self.book.with(since, |grants| grants.present = Some(present));
    }
}

/// What a person answered.
pub(super) enum Decision {
    Approved(&'static DemoUser),
    Denied,
    /// To be signed out of the provider.
    Leave,
}

impl Decision {
    fn read(params: &RequestParams) -> Option<Self> {
        match params.get("decision")? {
            "approve" => params.get("account").and_then(named).map(Self::Approved),
            "deny" => Some(Self::Denied),
            "leave" => Some(Self::Leave),
            _ => None,
        }
    }
}

fn hinted(ask: &DemoAuthorizationRequest) -> &'static DemoUser {
    ask.hint.as_deref().and_then(named).unwrap_or(&ACCOUNTS[0])
}
