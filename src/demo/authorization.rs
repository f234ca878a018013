//! Authorization endpoint (RFC 6749 4.1, RFC 7636 4.3, RFC 9207, OpenID Core 3.1.2).

use chrono::{DateTime, Utc};

use super::metadata::ACR_VALUES;
use super::pages::{ApprovalOutcome, ApprovalPage};
use super::pending::{CodeState, DemoAuthorizationRequest, IssuedCode, PendingPage};
use super::protocol::{RequestParams, parse_scope};
use super::provider::DemoProvider;
use super::redirect_uri::{LoopbackRedirectUri, ReturnTarget};
use super::settings::Approval;
use super::state::SignedInUser;
use super::users::{DemoUser, USERS};
use crate::server::{Request, Response};

impl DemoProvider {
    /// `GET` or `POST` on `/authorize`.
    pub(super) fn authorize(&self, request: &Request) -> Result<Response, Response> {
        let request = self.authorization_request(&RequestParams::parse(request)?)?;
        match self.approval {
            Approval::Page => {}
            Approval::Automatic => {
                let hinted = request.login_hint.as_deref().and_then(DemoUser::from_name);
                return Ok(self.issue_code(request, hinted.unwrap_or(&USERS[0]), self.now()));
            }
            Approval::Given(account) => return Ok(self.answer(request, account.and_then(DemoUser::from_name))),
        }
        if !request.prompt_none {
            return Ok(self.ask_for_approval(&request));
        }
        // OpenID Core 3.1.2.6.
        let user = self.matching_user(&request).ok_or_else(|| {
            self.authorization_error(
                &request.target,
                "login_required",
                "no matching user is signed in to the demo provider",
            )
        });
        user.map(|(user, since)| self.issue_code(request, user, since))
    }

    /// Validates an authorization request. A bad client or redirect URI is an error on a page, never a redirect (RFC
    /// 6749 4.1.2.1).
    fn authorization_request(&self, params: &RequestParams) -> Result<DemoAuthorizationRequest, Response> {
        let client = params.get("client_id").ok_or_else(|| self.bad_request("The request has no client_id."))?;
        if !self.is_known_client(client) {
            return Err(self.bad_request("The program that sent you here is unknown: its client_id is not `demo`."));
        }
        let uri = params.get("redirect_uri").ok_or_else(|| self.bad_request("The request has no redirect_uri."))?;
        let uri = LoopbackRedirectUri::parse(uri).ok_or_else(|| {
            self.bad_request("The redirect_uri is not on this computer (127.0.0.1, [::1] or localhost).")
        })?;
        let target = ReturnTarget { uri, state: params.get("state").map(str::to_owned) };
        let failed = |(error, description)| self.authorization_error(&target, error, description);
        check_supported(params).map_err(failed)?;
        let requested_acr = params.get("acr_values").unwrap_or_default().split(' ');
        let acr = requested_acr.filter_map(|acr| ACR_VALUES.iter().find(|known| **known == acr)).next();
        Ok(DemoAuthorizationRequest {
            client: client.to_owned(),
            nonce: params.get("nonce").map(str::to_owned),
            code_challenge: params.get("code_challenge").unwrap_or_default().to_owned(),
            scope: parse_scope(params.get("scope")).ok_or(INVALID_SCOPE).map_err(failed)?,
            acr: acr.unwrap_or(&ACR_VALUES[0]),
            login_hint: params.get("login_hint").map(str::to_owned).or_else(|| self.hinted_subject(params)),
            prompt_none: params.get("prompt") == Some("none"),
            max_age: parse_max_age(params.get("max_age")).map_err(failed)?,
            target,
        })
    }

    /// Returns an error to the client.
    fn authorization_error(&self, target: &ReturnTarget, error: &str, description: &str) -> Response {
        target.response(&[("error", error), ("error_description", description)], Some(self.issuer()))
    }

    /// Returns the user who is signed in, since when, if the request accepts that user.
    fn matching_user(&self, request: &DemoAuthorizationRequest) -> Option<(&'static DemoUser, DateTime<Utc>)> {
        let signed_in = self.grants(|grants| grants.signed_in.clone()).ok()??;
        let user = DemoUser::from_name(&signed_in.account)?;
        let is_expected = request.login_hint.as_deref().is_none_or(|hint| DemoUser::from_name(hint) == Some(user));
        let is_recent = request.max_age.is_none_or(|max_age| self.now() - signed_in.since <= max_age);
        (is_expected && is_recent).then_some((user, signed_in.since))
    }

    /// Approves a request as `user`, or denies it.
    pub(super) fn answer(&self, request: DemoAuthorizationRequest, user: Option<&'static DemoUser>) -> Response {
        let Some(user) = user else {
            return self.authorization_error(&request.target, "access_denied", "the user denied the request");
        };
        let now = self.now();
        self.save_signed_in_user(user, now);
        self.issue_code(request, user, now)
    }

    fn ask_for_approval(&self, request: &DemoAuthorizationRequest) -> Response {
        let page_token = self.pending().add_page(PendingPage::Authorization(request.clone()), self.now());
        self.approval_page(&ApprovalPage {
            client: &request.client,
            page_token: &page_token,
            scope: &request.scope,
            hint: request.login_hint.as_deref(),
            outcome: ApprovalOutcome::Redirect(&request.target.uri),
        })
    }

    fn issue_code(&self, request: DemoAuthorizationRequest, user: &DemoUser, auth_time: DateTime<Utc>) -> Response {
        let target = request.target.clone();
        let code = IssuedCode { request, account: user.username, auth_time, state: CodeState::Unused };
        let code = self.pending().add_code(code, self.now());
        target.response(&[("code", code.expose())], Some(self.issuer()))
    }

    /// Stores the user who is signed in to the provider. A failure is ignored, because it only affects a later
    /// `prompt=none`.
    pub(super) fn save_signed_in_user(&self, user: &DemoUser, since: DateTime<Utc>) {
        let signed_in = SignedInUser { account: user.username.to_owned(), since };
        let _ = self.grants(|grants| grants.signed_in = Some(signed_in));
    }
}

/// Error code and description.
type AuthorizationError = (&'static str, &'static str);

const INVALID_SCOPE: AuthorizationError = ("invalid_scope", "scope contains an invalid character");

/// Checks that the provider supports the kind of request.
fn check_supported(params: &RequestParams) -> Result<(), AuthorizationError> {
    let get = |name| params.get(name);
    let prompts: Vec<&str> = get("prompt").map(|prompt| prompt.split(' ').collect()).unwrap_or_default();
    let are_known = prompts.iter().all(|one| matches!(*one, "none" | "login" | "consent" | "select_account"));
    let invalid = |is_invalid, description| (is_invalid, "invalid_request", description);
    // A missing method means `plain` (RFC 7636 4.3), which is rejected (4.4.1).
    let checks = [
        invalid(params.has_repeated, "a parameter is repeated"),
        invalid(get("response_type").is_none(), "response_type is missing"),
        (get("response_type") != Some("code"), "unsupported_response_type", "only response_type=code is supported"),
        invalid(get("response_mode").is_some_and(|mode| mode != "query"), "only response_mode=query is supported"),
        (get("request").is_some(), "request_not_supported", "request objects are not supported"),
        (get("request_uri").is_some(), "request_uri_not_supported", "request objects are not supported"),
        invalid(get("code_challenge").is_none(), "code_challenge is missing: PKCE is required"),
        invalid(get("code_challenge_method") != Some("S256"), "code_challenge_method must be S256"),
        invalid(!get("code_challenge").is_some_and(is_sha256), "code_challenge is not a base64url SHA-256"),
        invalid(!are_known, "unknown value of prompt"),
        invalid(prompts.len() > 1 && prompts.contains(&"none"), "prompt=none cannot be combined with other values"),
    ];
    let failed = checks.into_iter().find(|(is_invalid, ..)| *is_invalid);
    failed.map_or(Ok(()), |(_, error, description)| Err((error, description)))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn parse_max_age(max_age: Option<&str>) -> Result<Option<chrono::Duration>, AuthorizationError> {
    let seconds = max_age.map(|age| age.parse::<u32>().map(|age| chrono::Duration::seconds(age.into())));
    seconds.transpose().map_err(|_| ("invalid_request", "max_age is not a number of seconds"))
}
