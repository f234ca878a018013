//! HTML pages: self-contained documents without scripts or external images.

use super::metadata::{DemoEndpoints, path};
use super::users::{DemoUser, USERS};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;

/// Style sheet of all pages; the content security policy contains its hash.
pub(super) const STYLE: &str = include_str!("demo.css");

/// Page that asks the user for approval.
pub(super) struct ApprovalPage<'a> {
    pub(super) program: &'a str,
    /// Display name of the client.
    pub(super) client: &'a str,
    /// Target of the form.
    pub(super) action: &'a str,
    pub(super) page_token: &'a Secret,
    pub(super) scope: &'a str,
    /// Account that the client expects.
    pub(super) hint: Option<&'a str>,
    pub(super) outcome: ApprovalOutcome<'a>,
}

/// Result of an approval.
pub(super) enum ApprovalOutcome<'a> {
    /// The browser returns to this host and port.
    Redirect(&'a str),
    /// The device with this user code is signed in.
    Device(&'a str),
}

/// Renders the page with the accounts, Approve and Deny.
pub(super) fn approve(page: &ApprovalPage<'_>) -> String {
    let ApprovalPage { program, client, action, page_token, scope, hint, outcome } = page;
    let title = format!("Sign in to {client}");
    let device = match outcome {
        ApprovalOutcome::Redirect(_) => String::new(),
        ApprovalOutcome::Device(code) => {
            format!("<h2>Does your terminal show this code?</h2><span class=code>{}</span>", escape_html(code))
        }
    };
    let footer = match outcome {
        ApprovalOutcome::Redirect(authority) => {
            format!("You will return to <code>{}</code>.", escape_html(authority))
        }
        ApprovalOutcome::Device(_) => "If you did not just start this sign-in, deny it.".to_owned(),
    };
    document(
        program,
        &title,
        &format!(
            "<p class=soft>This is a practice provider, built into {program} and running on this computer. Its \
             accounts are fictional, and no data leaves this machine.</p>{device}\
             <form method=post action=\"{action}\">\
             <input type=hidden name=ticket value=\"{page_token}\">\
             <fieldset><legend>Sign in as</legend>{users}</fieldset>\
             <h2>{client} will be able to</h2><ul>{scopes}</ul>\
             <div class=row><button class=main name=decision value=approve>Approve</button>\
             <button name=decision value=deny>Deny</button></div></form>\
             <p class=\"soft last\">{footer}</p>",
            program = escape_html(program),
            client = escape_html(client),
            action = escape_html(action),
            page_token = escape_html(page_token.expose()),
            users = user_choices(*hint),
            scopes = scope_list(scope),
        ),
    )
}

fn user_choices(hint: Option<&str>) -> String {
    let hinted = hint.and_then(DemoUser::from_name);
    let unknown = match (hint, hinted) {
        (Some(hint), None) => {
            format!(
                "<p class=soft>There is no account <code>{}</code>. Choose another one.</p>",
                escape_html(&sanitize_untrusted(hint))
            )
        }
        _ => String::new(),
    };
    let checked_user = hinted.unwrap_or(&USERS[0]);
    let choice = |account: &'static super::users::DemoUser| {
        format!(
            "<label class=user><input type=radio name=account value=\"{username}\"{checked}>\
             <span><b>{name}</b><small>{username} · {email}</small></span></label>",
            username = escape_html(account.username),
            checked = if account == checked_user { " checked" } else { "" },
            name = escape_html(account.name),
            email = escape_html(account.email),
        )
    };
    unknown + &USERS.iter().map(choice).collect::<String>()
}

fn scope_list(scope: &str) -> String {
    let describe = |one: &str| match one {
        "openid" => "know who you are".to_owned(),
        "profile" => "see your name and user name".to_owned(),
        "email" => "see your email address".to_owned(),
        "offline_access" => "stay signed in while you are away".to_owned(),
        other => format!("use <code>{}</code>", escape_html(&sanitize_untrusted(other))),
    };
    let scopes = scope.split(' ').filter(|one| !one.is_empty());
    scopes.map(|one| format!("<li>{}</li>", describe(one))).collect()
}

/// Renders the form for a user code; `unknown_code` is a code that was not found.
pub(super) fn code_form(program: &str, unknown_code: Option<&str>) -> String {
    let error = unknown_code.map(|typed| {
        let typed = escape_html(&sanitize_untrusted(typed));
        format!(
            "<p class=error>The code {typed} is unknown or expired. Codes are valid for ten minutes and work once.</p>"
        )
    });
    document(
        program,
        "Connect a terminal",
        &format!(
            "<p class=soft>This is the practice provider built into {program}. Enter the code that your terminal \
             shows.</p>\
             {error}<form method=get action=\"{action}\">\
             <h2><label for=code>Code</label></h2>\
             <input type=text id=code name=user_code maxlength=20 autocomplete=off autocapitalize=characters \
             spellcheck=false required autofocus placeholder=\"BCDF-GHJK\">\
             <div class=\"row end\"><button class=main>Continue</button></div></form>",
            program = escape_html(program),
            error = error.unwrap_or_default(),
            action = path::DEVICE,
        ),
    )
}

/// Renders the page that asks the user to confirm a sign-out.
pub(super) fn logout_form(program: &str, action: &str, page_token: &Secret) -> String {
    document(
        program,
        "Sign out of the demo provider?",
        &format!(
            "<p class=soft>A program wants to end your session at the practice provider built into {program}.</p>\
             <form method=post action=\"{action}\"><input type=hidden name=ticket value=\"{page_token}\">\
             <div class=\"row end\"><button class=main name=decision value=leave>Sign out</button></div></form>",
            program = escape_html(program),
            action = escape_html(action),
            page_token = escape_html(page_token.expose()),
        ),
    )
}

/// Renders the home page.
pub(super) fn home(program: &str, endpoints: &DemoEndpoints) -> String {
    document(
        program,
        "This is the demo provider",
        &format!(
            "<p>This is a small OpenID provider inside {program}, for tests on this computer. Its accounts \
             are fictional: {users}.</p><h2>Issuer</h2><p><code>{issuer}</code></p>\
             <h2>Metadata</h2><p><a href=\"{metadata}\"><code>{metadata}</code></a></p>\
             <h2>Clients</h2><p class=last>Use any public client with PKCE (S256) and a redirect URI on 127.0.0.1, \
             [::1] or localhost, for example <code>{client}</code>.</p>",
            program = escape_html(program),
            users = USERS.iter().map(|account| account.name).collect::<Vec<_>>().join(" and "),
            issuer = escape_html(&endpoints.issuer),
            metadata = path::OPENID_METADATA,
            client = super::settings::CLIENT_ID,
        ),
    )
}

/// Page with a title and one paragraph; both are constant text.
pub(super) struct MessagePage<'a> {
    title: &'a str,
    text: &'a str,
}

impl<'a> MessagePage<'a> {
    pub(super) fn bad_request(text: &'a str) -> Self {
        Self { title: "This request is not valid", text }
    }

    pub(super) fn not_found() -> Self {
        Self { title: "Page not found", text: "The demo provider has no page at this URL." }
    }

    pub(super) fn expired() -> Self {
        Self {
            title: "This page has expired",
            text: "The page was open too long, or you already responded. Start the sign-in again from your terminal.",
        }
    }

    pub(super) fn cross_origin() -> Self {
        Self { title: "Request blocked", text: "Another website sent this form. Nothing was changed." }
    }

    pub(super) fn storage_failed() -> Self {
        Self { title: "Something went wrong", text: "The demo provider cannot reach its storage. Nothing was changed." }
    }

    pub(super) fn device_approved() -> Self {
        Self { title: "Approved", text: "You can close this window and return to your terminal." }
    }

    pub(super) fn device_denied() -> Self {
        Self { title: "Denied", text: "You declined the request. You can close this window." }
    }

    pub(super) fn signed_out() -> Self {
        Self {
            title: "You are signed out of the demo provider",
            text: "Issued tokens stay valid until they expire or are revoked. You can close this window.",
        }
    }
}

/// Renders the page of a message.
pub(super) fn message(program: &str, MessagePage { title, text }: MessagePage<'_>) -> String {
    document(program, title, &format!("<p class=last>{}</p>", escape_html(text)))
}

fn document(program: &str, title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\"><title>{title} · {program}</title>\
         <link rel=icon href=\"data:,\"><style>{STYLE}</style></head>\
         <body><main><span class=badge>Demo provider</span><h1>{title}</h1>{body}</main></body></html>",
        title = escape_html(title),
        program = escape_html(program),
    )
}

/// Escapes text for HTML, between tags and in quoted attributes.
fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
