//! Token revocation: RFC 7009.

use oauth2::{AccessToken, RefreshToken, RevocationUrl, StandardRevocableToken};

use super::answer::{complaint, fields, is_passing, unusable};
use super::{HttpRequest, HttpResponse, Pen, endpoint, prover, refused};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::session::Client;

/// Which token is to be revoked (RFC 7009 2.1, `token_type_hint`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `access_token`.
    AccessToken,
    /// `refresh_token`.
    RefreshToken,
}

/// Writes the request.
///
/// # Errors
/// [`Error::Check`] where the endpoint may not be asked.
pub fn request(revocation_endpoint: &str, client: &Client, kind: Kind, token: &Secret) -> Result<HttpRequest> {
    let url = endpoint("revocation endpoint", revocation_endpoint)?;
    let unwritable = |_| Error::other("the revocation request cannot be written");
    let token: StandardRevocableToken = match kind {
        Kind::AccessToken => AccessToken::new(token.expose().to_owned()).into(),
        Kind::RefreshToken => RefreshToken::new(token.expose().to_owned()).into(),
    };
    // The crate takes https alone, and a provider on loopback has http: it writes form and proof, the address is ours.
    let mut stand_in = url.clone();
    let _ = stand_in.set_scheme("https");
    let prover = prover(client).set_revocation_url(RevocationUrl::from_url(stand_in));
    let pen = Pen::default();
    let _ =
        prover.revoke_token(token).map_err(|_| Error::other("the revocation request cannot be written"))?.request(&pen);
    let mut request = pen.written(revocation_endpoint)?;
    *request.uri_mut() = url.as_str().parse::<http::Uri>().map_err(unwritable)?;
    Ok(request)
}

/// Judges the answer. A token that the provider no longer knows is revoked: it should say so with 200 (RFC 7009 2.2),
/// and some answer `invalid_token` instead.
///
/// # Errors
/// [`Error::Network`] where the provider fails; for an `error` see [`refused`].
pub fn judge(answer: &HttpResponse, revocation_endpoint: &str, provider: &str) -> Result<()> {
    if is_passing(answer.status()) {
        return Err(unusable(answer, revocation_endpoint, "a revocation"));
    }
    match fields(answer).as_ref().and_then(complaint) {
        Some(complaint) if matches!(complaint.code.as_str(), "invalid_token" | "invalid_grant") => Ok(()),
        Some(complaint) => Err(refused(provider, None, &complaint.code, complaint.description.as_deref())),
        None if answer.status().is_success() => Ok(()),
        None => Err(unusable(answer, revocation_endpoint, "a revocation")),
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use serde_json::json as value;

    use super::super::samples::{answer, client, field, form, json};
    use super::*;
    use crate::session::ClientAuth;

    #[test]
    fn the_request_names_the_token_and_its_kind() {
        for address in ["https://id.example/revoke?a=b", "http://127.0.0.1:9/revoke"] {
            let client = client(ClientAuth::None, None);
            let request = request(address, &client, Kind::RefreshToken, &Secret::new("r t")).unwrap();
            assert_eq!(request.uri(), address);
            assert!(request.headers().get(AUTHORIZATION).is_none());
            let form = form(&request);
            assert_eq!(field(&form, "token"), Some("r t"));
            assert_eq!(field(&form, "token_type_hint"), Some("refresh_token"));
            assert_eq!(field(&form, "client_id"), Some("cli ent:ü"));
        }
        let client = client(ClientAuth::ClientSecretBasic, Some("s"));
        let request = request("https://id.example/r", &client, Kind::AccessToken, &Secret::new("a")).unwrap();
        assert!(request.headers().contains_key(AUTHORIZATION));
        assert_eq!(field(&form(&request), "token_type_hint"), Some("access_token"));
        assert!(super::request("http://id.example/r", &client, Kind::AccessToken, &Secret::new("a")).is_err());
    }

    #[test]
    fn answers_are_judged() {
        let judged = |answer| judge(&answer, "https://id.example/r", "acme").map_err(|error| error.exit_code());
        assert_eq!(judged(answer(200, "", "")), Ok(()));
        assert_eq!(judged(answer(204, "", "")), Ok(()));
        assert_eq!(judged(answer(200, "text/html", "<p>bye")), Ok(()));
        assert_eq!(judged(json(400, &value!({"error": "invalid_token"}))), Ok(()));
        assert_eq!(judged(json(400, &value!({"error": "unsupported_token_type"}))), Err(1));
        assert_eq!(judged(json(401, &value!({"error": "invalid_client"}))), Err(2));
        assert_eq!(judged(answer(503, "", "")), Err(6));
        assert_eq!(judged(answer(404, "text/html", "<p>no")), Err(6));
        assert_eq!(judged(answer(302, "", "")), Err(6));
    }
}
