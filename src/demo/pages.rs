//! HTML pages, without scripts or external images.

use super::metadata::path;
use super::provider::DemoProvider;
use super::redirect_uri::LoopbackRedirectUri;
use super::settings::CLIENT_ID;
use super::users::{DemoUser, USERS};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::server::Response;
use crate::server::html::{HtmlDocument, escape};

const STYLE: &str = include_str!("demo.css");

/// Header of every page: another company than the program, so that a new user sees where the browser is.
const HEADER: &str = r##"<header><svg viewBox="0 0 36 36" aria-hidden="true"><path fill="#ffc857" d="M4 4h10a14 14 0 0 1 0 28H4z"/><path fill="#fff" fill-opacity=".85" d="M32 32H22a14 14 0 0 1 0-28h10z"/></svg>Demo Inc.</header>"##;

/// Title and text of a page.
pub(super) type PageText = (&'static str, &'static str);

pub(super) const EXPIRED: PageText = (
    "This page has expired",
    "The page was open too long, or you already responded. Start the sign-in again from your terminal.",
);
pub(super) const CROSS_ORIGIN: PageText = ("Request blocked", "Another website sent this form. Nothing was changed.");
pub(super) const STORAGE_FAILED: PageText =
    ("Something went wrong", "The demo provider cannot reach its storage. Nothing was changed.");
pub(super) const DEVICE_APPROVED: PageText = ("Approved", "You can close this window and return to your terminal.");
pub(super) const DEVICE_DENIED: PageText = ("Denied", "You declined the request. You can close this window.");
pub(super) const SIGNED_OUT: PageText = (
    "You are signed out of Demo",
    "Issued tokens stay valid until they expire or are revoked. You can close this window.",
);

/// Page that asks the user for approval.
pub(super) struct ApprovalPage<'a> {
    pub(super) client: &'a str,
    pub(super) page_token: &'a Secret,
    pub(super) scope: &'a str,
    /// Account that the client expects.
    pub(super) hint: Option<&'a str>,
    pub(super) outcome: ApprovalOutcome<'a>,
}

/// Result of an approval.
pub(super) enum ApprovalOutcome<'a> {
    Redirect(&'a LoopbackRedirectUri),
    /// The device with this user code is signed in.
    Device(&'a str),
}

impl DemoProvider {
    /// Page with the accounts, Approve and Deny.
    pub(super) fn approval_page(&self, page: &ApprovalPage<'_>) -> Response {
        let client = match page.client {
            CLIENT_ID => escape(&self.program),
            other => escape(&sanitize_untrusted(other)),
        };
        let (form_action, device, footer) = match page.outcome {
            ApprovalOutcome::Redirect(uri) => {
                let footer = format!("You will return to <code>{}</code>.", escape(uri.authority()));
                (uri.form_action(), String::new(), footer)
            }
            ApprovalOutcome::Device(code) => (
                "'self'".to_owned(),
                format!("<h2>Does your terminal show this code?</h2><span class=code>{}</span>", escape(code)),
                "If you did not just start this sign-in, deny it.".to_owned(),
            ),
        };
        let body = format!(
            "<p>Choose an account to continue to {client}.</p>{device}{form}\
             <fieldset><legend>Sign in as</legend>{users}</fieldset>\
             <h2>{client} will be able to</h2><ul>{scopes}</ul>\
             <div class=row><button class=main name=decision value=approve autofocus>Approve</button>\
             <button name=decision value=deny>Deny</button></div></form>\
             <p class=\"soft last\">{footer}</p>",
            form = decision_form(page.page_token),
            users = user_choices(page.hint),
            scopes = page.scope.split(' ').filter(|one| !one.is_empty()).map(scope_item).collect::<String>(),
        );
        HtmlDocument { form_action, ..self.document("Sign in to Demo", &body) }.response(200)
    }

    /// Form for a user code; `unknown_code` is a code that was not found.
    pub(super) fn code_form(&self, unknown_code: Option<&str>) -> Response {
        let error = unknown_code.map(|typed| {
            format!(
                "<p class=error>The code {} is unknown or expired. Codes are valid for ten minutes and work once.</p>",
                escape(&sanitize_untrusted(typed))
            )
        });
        let body = format!(
            "<p>Enter the code that your terminal shows.</p>{error}<form method=get action=\"{action}\">\
             <h2><label for=code>Code</label></h2>\
             <input type=text id=code name=user_code maxlength=20 autocomplete=off autocapitalize=characters \
             spellcheck=false required autofocus placeholder=\"BCDF-GHJK\">\
             <div class=\"row end\"><button class=main>Continue</button></div></form>",
            error = error.unwrap_or_default(),
            action = path::DEVICE,
        );
        self.document("Connect a terminal", &body).response(200)
    }

    /// Page that asks the user to confirm a sign-out.
    pub(super) fn logout_form(&self, page_token: &Secret, redirect: Option<&LoopbackRedirectUri>) -> Response {
        let body = format!(
            "<p>A program wants to end your session at Demo.</p>{form}\
             <div class=\"row end\"><button class=main name=decision value=leave autofocus>Sign out</button></div></form>",
            form = decision_form(page_token),
        );
        let document = self.document("Sign out of Demo?", &body);
        let form_action = redirect.map_or(document.form_action, LoopbackRedirectUri::form_action);
        HtmlDocument { form_action, ..document }.response(200)
    }

    pub(super) fn home(&self) -> Response {
        let body = format!(
            "<p>A small OpenID provider for tests on this computer. Its accounts are {users}.</p>\
             <h2>Issuer</h2><p><a href=\"{issuer}\"><code>{issuer}</code></a></p>\
             <h2>Metadata</h2><p><a href=\"{metadata}\"><code>{metadata}</code></a></p>\
             <h2>Clients</h2><p class=last>Use any public client with PKCE (S256) and a redirect URI on 127.0.0.1, \
             [::1] or localhost, for example <code>{CLIENT_ID}</code>.</p>",
            users = USERS.iter().map(|user| user.name).collect::<Vec<_>>().join(" and "),
            issuer = escape(self.issuer()),
            metadata = path::OPENID_METADATA,
        );
        self.document("This is Demo", &body).response(200)
    }

    pub(super) fn message_page(&self, status: u16, (title, text): PageText) -> Response {
        self.document(title, &format!("<p class=last>{}</p>", escape(text))).response(status)
    }

    pub(super) fn bad_request(&self, text: &'static str) -> Response {
        self.message_page(400, ("This request is not valid", text))
    }

    pub(super) fn not_found(&self) -> Response {
        self.message_page(404, ("Page not found", "The demo provider has no page at this URL."))
    }

    fn document(&self, title: &str, body: &str) -> HtmlDocument {
        HtmlDocument {
            title: format!("{title} · Demo Inc."),
            style: STYLE.to_owned(),
            body: format!(
                "{HEADER}<main><h1>{title}</h1>{body}</main><footer>Demo Inc. does not exist: it is a practice provider, \
                 built into {program} and running on this computer. Its accounts are fictional, and no data leaves this \
                 machine.</footer>",
                program = escape(&self.program),
            ),
            form_action: "'self'".to_owned(),
            ..HtmlDocument::default()
        }
    }
}

/// Start of a form that sends a decision.
fn decision_form(page_token: &Secret) -> String {
    format!(
        "<form method=post action=\"{}\"><input type=hidden name=ticket value=\"{}\">",
        path::DECISION,
        page_token.expose()
    )
}

fn user_choices(hint: Option<&str>) -> String {
    let hinted = hint.and_then(DemoUser::from_name);
    let unknown = hint.filter(|_| hinted.is_none()).map(|hint| {
        let hint = escape(&sanitize_untrusted(hint));
        format!("<p class=soft>There is no account <code>{hint}</code>. Choose another one.</p>")
    });
    let choice = |user: &'static DemoUser| {
        let DemoUser { username, name, email, .. } = user;
        let checked = if user == hinted.unwrap_or(&USERS[0]) { " checked" } else { "" };
        format!(
            "<label class=user><input type=radio name=account value=\"{username}\"{checked}>\
             <span><b>{name}</b><small>{username} · {email}</small></span></label>"
        )
    };
    unknown.into_iter().chain(USERS.iter().map(choice)).collect()
}

fn scope_item(scope: &str) -> String {
    let meaning = match scope {
        "openid" => "know who you are".to_owned(),
        "profile" => "see your name and user name".to_owned(),
        "email" => "see your email address".to_owned(),
        "offline_access" => "stay signed in while you are away".to_owned(),
        other => format!("use <code>{}</code>", escape(&sanitize_untrusted(other))),
    };
    format!("<li>{meaning}</li>")
}
