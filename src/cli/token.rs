//! `token`: prints the access token, refreshed if needed.

use std::time::Duration;

use serde_json::{Value, json};

use super::output::{Output, rfc3339};
use super::session_args::SessionArgs;
use crate::app::App;
use crate::credential;
use crate::error::{Error, Result};
use crate::oauth::id_token;
use crate::sanitize::shell_quote;
use crate::secret::Secret;
use crate::session::Session;
use crate::token::{self, DerivedQuery, RefreshMode, TokenOptions};

/// Print the access token, refreshed if less than a minute is left
///
/// Never opens a browser. Any number of processes can run this at once; the provider sees one refresh.
///
/// If the provider replaces the refresh token, `--scope` and `--resource` end the earlier access tokens.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    form: OutputForm,
    /// Copy to the clipboard of the terminal (OSC 52) instead of printing
    #[arg(long, help_heading = "Output options")]
    copy: bool,
    /// Get a token for these scopes, or a set such as @git, from the same sign-in; never broader than asked
    #[arg(long, value_name = "SCOPE", conflicts_with = "id_token", help_heading = "Request options")]
    scope: Vec<String>,
    /// Get a token for this resource from the same sign-in (RFC 8707)
    #[arg(long, value_name = "URI", conflicts_with = "id_token", help_heading = "Request options")]
    resource: Option<String>,
    /// Refresh if the token is valid for less than this [default: 60s]
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = crate::duration::parse,
        help_heading = "Refresh options"
    )]
    min_ttl: Option<Duration>,
    /// Print the stored token, even if it has expired
    #[arg(long, conflicts_with = "force_refresh", help_heading = "Refresh options")]
    no_refresh: bool,
    /// Refresh even if the token is still valid
    #[arg(long, help_heading = "Refresh options")]
    force_refresh: bool,
}

/// Form of the result; the access token by default
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct OutputForm {
    /// Print `Authorization: Bearer TOKEN`, or the provider's own header for a token that you brought
    #[arg(long, help_heading = "Output options")]
    header: bool,
    /// Print a JSON object of header names and values
    #[arg(long, help_heading = "Output options")]
    headers: bool,
    /// Print a configuration for `curl -K -`, which keeps the token out of the argument list
    #[arg(long, help_heading = "Output options")]
    curl_config: bool,
    /// Print the ID token
    #[arg(long, help_heading = "Output options")]
    id_token: bool,
    /// Print the claims of the ID token as JSON; without one those of the access token, unverified
    #[arg(long, help_heading = "Output options")]
    claims: bool,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let refresh = match (args.no_refresh, args.force_refresh) {
        (true, _) => RefreshMode::Never,
        (_, true) => RefreshMode::Always,
        _ => RefreshMode::WhenDue,
    };
    let options = TokenOptions {
        min_ttl: args.min_ttl.unwrap_or(token::MIN_TTL),
        refresh,
        id_token: args.form.id_token,
        is_min_ttl_typed: args.min_ttl.is_some(),
        fails_if_stale: false,
    };
    if args.copy && output.json {
        return Err(Error::usage("`--copy` and `--json` exclude each other"));
    }
    let asked = DerivedQuery::parse(&args.scope, args.resource.as_deref())?;
    let session = match asked.is_empty() {
        true => token::token(app, &args.session.query(), &options)?,
        false => token::derived_token(app, &args.session.query(), &options, &asked)?,
    };
    let result = args.form.result(app, output, &session)?;
    match args.copy {
        false => output.line(result.expose())?,
        true if app.prompt.copy(&result) => {
            app.prompt.note("Copied to the clipboard, if your terminal allows it.");
        }
        true => return Err(Error::usage("`--copy` needs a terminal on stderr")),
    }
    Ok(0)
}

impl OutputForm {
    /// Text to print or to copy.
    fn result(&self, app: &App, output: &Output, session: &Session) -> Result<Secret> {
        let tokens = &session.tokens;
        let (provider, account) = (&session.provider, &session.account.name);
        let (header_name, header) = session.token_header();
        let header = header.expose();
        let text = match () {
            () if self.claims => output.json_text(&claims(app, session)?),
            () if self.id_token => {
                let id_token = tokens.id_token.as_ref().ok_or_else(|| no_id_token(session, ""))?.expose();
                match output.json {
                    true => output.json_text(&json!({"id_token": id_token, "provider": provider, "account": account})),
                    false => id_token.to_owned(),
                }
            }
            () if self.headers => return Ok(credential::headers(session)),
            () if output.json => output.json_text(&json!({
                "access_token": tokens.access_token.expose(),
                "token_type": tokens.token_type,
                "expires_at": rfc3339(tokens.expires_at),
                "scopes": session.scopes,
                "provider": provider,
                "account": account,
            })),
            () if self.header => format!("{header_name}: {header}"),
            () if self.curl_config => format!("header = {}", curl_quote(&format!("{header_name}: {header}"))),
            () => tokens.access_token.expose().to_owned(),
        };
        Ok(Secret::new(text))
    }
}

/// Claims of the ID token, which was verified when it arrived, else of an access token that is a JWT.
fn claims(app: &App, session: &Session) -> Result<Value> {
    if let Some(claims) = session.tokens.id_token.as_ref().and_then(id_token::claims_of_stored) {
        return Ok(claims.all().clone().into());
    }
    let claims = id_token::claims_of_access_token(&session.tokens.access_token)
        .ok_or_else(|| no_id_token(session, ", and its access token has no claims to read"))?;
    app.prompt.warn("these are the claims of the access token, which are not verified");
    Ok(claims.into())
}

/// Value in a curl configuration file, in which a backslash escapes.
fn curl_quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Error for a session without an ID token; a provider that speaks OpenID Connect issues one for the scope `openid`.
pub(super) fn no_id_token(session: &Session, more: &str) -> Error {
    let cause = Error::other(format!("`{}` issued no ID token{more}", session.provider));
    let has_openid = session.scopes_requested.iter().any(|scope| scope == "openid");
    let alternative = match has_openid {
        true => "nothing on this machine helps; the provider may not issue ID tokens".to_owned(),
        false => format!("{{program}} signin {} --scope +openid", shell_quote(&session.provider)),
    };
    Error::Blocked { cause: Box::new(cause), alternative }
}
