//! The query of a redirect (RFC 6749 4.1.2, RFC 9207): exactly one reading of it makes a code.

use mycli::internals::catalog::{KnownEndpoints, Provider};
use mycli::internals::oauth::authorization::{AuthorizationParams, AuthorizationRequest, AuthorizationSecrets};
use mycli::internals::oauth::discovery::Metadata;
use mycli::internals::oauth::token;
use mycli::internals::session::{Client, ClientAuth, ClientOrigin};

use super::{assert_fit, form};

/// `state` of every request: base64 of 32 ones.
pub const STATE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// Requested issuer.
pub const ISSUER: &str = "https://id.example";

const TOKEN: &str = "https://id.example/token";

/// The query is validated exactly as the RFCs require; errors contain neither `code` nor `state`.
pub fn check(input: &[u8]) {
    let query = String::from_utf8_lossy(input);
    let pairs = form(query.as_bytes());
    let quotable: Vec<String> =
        pairs.iter().filter(|(name, _)| name != "code" && name != "state").map(|(_, value)| value.clone()).collect();
    for iss_required in [false, true] {
        let (provider, request) = request(iss_required);
        match (request.validate_callback(&query), expected(&pairs, iss_required)) {
            (Ok(code), Some(expected)) => {
                let client = Client {
                    id: "client".into(),
                    secret: None,
                    auth: ClientAuth::None,
                    origin: ClientOrigin::Configured,
                };
                let sent =
                    form(token::exchange_request(&provider, TOKEN, &client, &code).expect("it is written").body());
                let sent = sent.into_iter().filter(|(name, _)| name == "code").map(|(_, value)| value);
                assert_eq!(sent.collect::<Vec<_>>(), [expected], "the code goes on as it came");
                assert!(!format!("{code:?}").contains(super::SECRET));
            }
            (Err(error), None) => assert_fit(&error, &quotable),
            (judged, expected) => panic!("{query}: {judged:?}, not {expected:?}"),
        }
        assert_eq!(request.matches_state(&query), all(&pairs, "state") == [STATE], "{query}");
    }
}

/// The only code of a query that has exactly one.
fn expected(pairs: &[(String, String)], iss_required: bool) -> Option<String> {
    let issuers = all(pairs, "iss");
    let no_error = matches!(all(pairs, "error")[..], [] | [""]) && all(pairs, "error_description").len() < 2;
    let right_issuer = issuers == [ISSUER] || (issuers.is_empty() && !iss_required);
    match all(pairs, "code")[..] {
        [code] if !code.is_empty() && no_error && right_issuer && all(pairs, "state") == [STATE] => {
            Some(code.to_owned())
        }
        _ => None,
    }
}

fn all<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

fn request(iss_required: bool) -> (Provider, AuthorizationRequest) {
    let endpoints = KnownEndpoints {
        authorization: Some("https://id.example/authorize".into()),
        token: Some(TOKEN.into()),
        ..KnownEndpoints::default()
    };
    let provider = Provider { issuer: Some(ISSUER.into()), endpoints, ..Provider::from_name("acme") };
    let metadata = Metadata {
        issuer: ISSUER.into(),
        authorization_response_iss_parameter_supported: iss_required,
        ..Metadata::default()
    };
    let randomness = AuthorizationSecrets { state: [1; 32], verifier: [2; 32], nonce: [3; 32] };
    let params = AuthorizationParams {
        client_id: "client".into(),
        scopes: vec!["openid".into()],
        redirect_uri: "http://127.0.0.1:4711/callback".into(),
        ..AuthorizationParams::default()
    };
    let request = AuthorizationRequest::new(&provider, Some(&metadata), &params, &randomness);
    (provider, request.expect("a request"))
}
