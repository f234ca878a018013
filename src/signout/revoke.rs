//! Revocation of the tokens of a session (RFC 7009).

use std::iter;
use std::time::Duration;

use crate::app::App;
use crate::error::{Error, Remedy, Result};
use crate::oauth::revocation::{self, RevocationResult};
use crate::sanitize::shell_quote;
use crate::session::{Session, SessionInfo, TokenKind, Tokens};

/// Error for a session that `--revoke` leaves alone; `is_only` if it clears no other.
pub fn no_revocation_endpoint(info: &SessionInfo, is_only: bool) -> Error {
    let SessionInfo { provider, account, .. } = info;
    let command = format!("{{program}} signout {}", shell_quote(provider));
    let (kept, hint) = match is_only {
        true => ("nothing was cleared".to_owned(), command),
        false => (
            format!("kept the session for `{}`", account.name),
            format!("{command} --account {}", shell_quote(&account.name)),
        ),
    };
    Error::Usage { message: format!("`{provider}` has no revocation endpoint; {kept}"), hint: Some(hint) }
}

/// Error for a failed revocation, with what the tokens are still good for: the local copies are deleted all the same.
pub fn revocation_failed(session: &Session, error: Error) -> Error {
    if matches!(error, Error::Interrupted { .. }) {
        return error;
    }
    let refresh = match session.tokens.refresh_token {
        Some(_) => "the refresh token stays valid until the provider ends it, ",
        None => "",
    };
    Error::network(format!(
        "could not revoke the tokens of `{}`: {error}; {refresh}the access token {}",
        session.provider,
        stays_valid(&session.tokens)
    ))
}

fn stays_valid(tokens: &Tokens) -> String {
    tokens.expires_at.map_or_else(
        || "stays valid".to_owned(),
        |end| format!("stays valid until {}", end.format("%Y-%m-%d %H:%M UTC")),
    )
}

/// Revokes the refresh token, then the access tokens, also those for other scopes, at the endpoint of the session. The
/// grant ends with the refresh token (RFC 7009 2.1), so an access token that cannot be revoked then is no failure: it
/// expires.
pub fn revoke_tokens(app: &App, session: &Session) -> Result<()> {
    let Some(endpoint) = session.endpoints.revocation.as_deref() else {
        return Err(Error::other_with(Remedy::Provider, format!("`{}` has no revocation endpoint", session.provider)));
    };
    app.ensure_reachable(session)?;
    let own = &session.tokens;
    let refresh = own.refresh_token.iter().map(|token| (token, TokenKind::RefreshToken, own));
    let derived = session.derived.iter().map(|derived| &derived.tokens);
    let is_alive = |tokens: &&Tokens| tokens.has_min_ttl(app.now(), Duration::ZERO);
    let access = iter::once(own).chain(derived.filter(is_alive));
    let access = access.map(|tokens| (&tokens.access_token, TokenKind::AccessToken, tokens));
    let http = app.http_with_ca(session.ca_file.as_deref());
    let (provider, only) = (&session.provider, session.quirks.revocable);
    let mut ended = false;
    for (token, kind, tokens) in refresh.chain(access).filter(|(_, kind, _)| only.is_none_or(|only| only == *kind)) {
        let send = |request| revocation::parse_response(&http.send(request)?, endpoint, provider);
        let mut outcome = send(revocation::request(endpoint, session, kind, token)?);
        if revocation::may_miss_secret(session, &outcome) {
            let request = revocation::request(endpoint, session, kind, token)?;
            outcome = send(revocation::with_empty_secret(request)).or(outcome);
        }
        match outcome {
            Ok(RevocationResult::Revoked) => ended = true,
            Ok(RevocationResult::UnsupportedTokenType) if ended => {
                let end = stays_valid(tokens);
                app.prompt.warn(&format!("`{provider}` does not revoke access tokens; the last one {end}"));
                break;
            }
            Ok(RevocationResult::UnsupportedTokenType) => {
                return Err(Error::other_with(
                    Remedy::Provider,
                    format!("`{provider}` does not revoke this type of token"),
                ));
            }
            Err(error) if ended && !matches!(error, Error::Interrupted { .. }) => app.prompt.warn(&format!(
                "could not revoke the access token of `{provider}`: {error}; it {}",
                stays_valid(tokens)
            )),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
