//! Authorization endpoint (RFC 6749 4.1, RFC 9207, OpenID Core 3.1.2) and the decision on its page.

use chrono::{DateTime, Utc};

use super::authorization_request::{AuthorizationError, DemoAuthorizationRequest, ValidatedParams};
use super::decision::Decision;
use super::metadata::path;
use super::pages;
use super::pending::{CodeState, IssuedCode, PendingPage};
use super::provider::DemoProvider;
use super::redirect_uri::LoopbackRedirectUri;
use super::responses::{self, RequestParams};
use super::settings::{Approval, CLIENT_ID};
use super::state::SignedInUser;
use super::users::{DemoUser, USERS};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/authorize`.
    pub(super) fn authorize(&self, request: &Request) -> Response {
        let validated = match RequestParams::from_request(request) {
            Ok(params) => self.validate(&params),
            Err(error) => Err(AuthorizationError::Page(error.description)),
        };
        match validated {
            Ok(request) if request.prompt_none => self.authorize_silently(request),
            Ok(request) => match self.approval {
                Approval::Automatic => self.issue_code(&request, hinted_user(&request), self.now()),
                Approval::Page => self.approval_page(request),
            },
            Err(error) => self.error_response(error),
        }
    }

    /// Validates an authorization request.
    fn validate(&self, params: &RequestParams) -> Result<DemoAuthorizationRequest, AuthorizationError> {
        let once = |name| if params.is_repeated(name) { None } else { params.get(name) };
        let client = once("client_id").ok_or(AuthorizationError::Page("The request has no client_id."))?;
        if !self.is_known_client(client) {
            return Err(AuthorizationError::Page(
                "The program that sent you here is unknown: its client_id is not `demo`.",
            ));
        }
        let redirect_uri = once("redirect_uri").ok_or(AuthorizationError::Page("The request has no redirect_uri."))?;
        let redirect_uri = LoopbackRedirectUri::parse(redirect_uri).ok_or(AuthorizationError::Page(
            "The redirect_uri is not on this computer (127.0.0.1, [::1] or localhost).",
        ))?;
        let state = once("state").map(str::to_owned);
        let validated = ValidatedParams::new(params, &self.hinted_subject(params));
        validated
            .map(|validated| validated.into_request(client, &redirect_uri, state.clone()))
            .map_err(|(error, description)| AuthorizationError::Redirect { redirect_uri, state, error, description })
    }

    fn error_response(&self, error: AuthorizationError) -> Response {
        match error {
            AuthorizationError::Page(message) => self.page(400, pages::MessagePage::bad_request(message)),
            AuthorizationError::Redirect { redirect_uri, state, error, description } => {
                responses::see_other(&self.callback_url(
                    &redirect_uri,
                    state.as_deref(),
                    &[("error", error), ("error_description", description)],
                ))
            }
        }
    }

    /// Returns the redirect URI with `params`, the state of the client and the issuer (RFC 9207 2).
    fn callback_url(&self, redirect_uri: &LoopbackRedirectUri, state: Option<&str>, params: &[(&str, &str)]) -> String {
        let state = state.map(|state| ("state", state));
        let all: Vec<_> = params.iter().copied().chain(state).chain([("iss", self.issuer())]).collect();
        redirect_uri.with(&all)
    }

    /// Handles `prompt=none`: a code if the expected user is signed in, otherwise an error (OpenID Core 3.1.2.6).
    fn authorize_silently(&self, request: DemoAuthorizationRequest) -> Response {
        if self.approval == Approval::Automatic {
            return self.issue_code(&request, hinted_user(&request), self.now());
        }
        let signed_in = self.grants.update(self.now(), |grants| grants.signed_in.clone()).ok().flatten();
        match signed_in.and_then(|signed_in| self.matching_user(&request, &signed_in)) {
            Some((account, since)) => self.issue_code(&request, account, since),
            None => self.error_response(AuthorizationError::Redirect {
                redirect_uri: request.redirect_uri,
                state: request.state,
                error: "login_required",
                description: "no matching user is signed in to the demo provider",
            }),
        }
    }

    fn matching_user(
        &self,
        request: &DemoAuthorizationRequest,
        signed_in: &SignedInUser,
    ) -> Option<(&'static DemoUser, DateTime<Utc>)> {
        let account = DemoUser::from_name(&signed_in.account)?;
        let is_expected = request.login_hint.as_deref().is_none_or(|hint| DemoUser::from_name(hint) == Some(account));
        let is_recent = request.max_age.is_none_or(|max_age| self.now() - signed_in.since <= max_age);
        (is_expected && is_recent).then_some((account, signed_in.since))
    }

    fn approval_page(&self, request: DemoAuthorizationRequest) -> Response {
        let redirect_uri = request.redirect_uri.clone();
        let page_token = self.pending().add_page(PendingPage::Authorization(request.clone()), self.now());
        let page = pages::approve(&pages::ApprovalPage {
            program: &self.program,
            client: &self.client_title(&request.client),
            action: path::AUTHORIZE_DECISION,
            page_token: &page_token,
            scope: &request.scope,
            hint: request.login_hint.as_deref(),
            outcome: pages::ApprovalOutcome::Redirect(request.redirect_uri.authority()),
        });
        responses::html(200, page, Some(&redirect_uri))
    }

    /// Returns the display name of a client; the name of the program for its own client.
    pub(super) fn client_title(&self, client: &str) -> String {
        match client {
            CLIENT_ID => self.program.clone(),
            other => crate::sanitize::sanitize_untrusted(other),
        }
    }

    fn issue_code(
        &self,
        request: &DemoAuthorizationRequest,
        account: &'static DemoUser,
        auth_time: DateTime<Utc>,
    ) -> Response {
        let code =
            IssuedCode { request: request.clone(), account: account.username, auth_time, state: CodeState::Unused };
        let code = self.pending().add_code(code, self.now());
        responses::see_other(&self.callback_url(
            &request.redirect_uri,
            request.state.as_deref(),
            &[("code", code.expose())],
        ))
    }

    /// `POST` on `/authorize/decision`.
    pub(super) fn authorize_decision(&self, request: &Request) -> Response {
        self.decide(request, |page, decision| {
            let PendingPage::Authorization(request) = page else { return None };
            Some(match decision {
                Decision::Approved(account) => {
                    let now = self.now();
                    self.save_signed_in_user(account, now);
                    self.issue_code(&request, account, now)
                }
                Decision::Denied => self.error_response(AuthorizationError::Redirect {
                    redirect_uri: request.redirect_uri,
                    state: request.state,
                    error: "access_denied",
                    description: "the user denied the request",
                }),
                Decision::SignOut => return None,
            })
        })
    }

    /// Stores the user who is signed in to the provider. A failure is ignored, because it only affects a later
    /// `prompt=none`.
    pub(super) fn save_signed_in_user(&self, account: &DemoUser, since: DateTime<Utc>) {
        let signed_in = SignedInUser { account: account.username.to_owned(), since };
        let _ = self.grants.update(since, |grants| grants.signed_in = Some(signed_in));
    }
}

fn hinted_user(request: &DemoAuthorizationRequest) -> &'static DemoUser {
    request.login_hint.as_deref().and_then(DemoUser::from_name).unwrap_or(&USERS[0])
}
