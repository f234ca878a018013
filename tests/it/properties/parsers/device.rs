//! Responses of the device flow (RFC 8628 3.2 and 3.5).

use std::time::Duration;

use mycli::internals::catalog::Provider;
use mycli::internals::oauth::device::{
    DeviceAuthorization, DeviceRequest, PollResult, parse_poll_response, parse_response, poll_request,
};
use mycli::internals::session::{Client, ClientAuth, ClientOrigin};

use super::{SECRET, answer, assert_fit, field_texts, form, is_hidden, is_passing, mentions, quotable_texts};

const ENDPOINT: &str = "https://id.example/device";

/// Fields with text for users. An error about a URI that cannot be opened names its scheme.
const TEXT_FIELDS: &[&str] = &[
    "error",
    "error_description",
    "message",
    "status",
    "errors",
    "error_code",
    "verification_uri",
    "verification_url",
];

/// Fields displayed whole, or truncated.
const ADDRESSES: &[&str] = &["verification_uri", "verification_url", "verification_uri_complete"];

/// Only displayable text is displayed, only URLs for a browser are opened, and waits are bounded.
pub fn check(input: &[u8]) {
    let (answer, provider) = (answer(input), Provider::from_name("acme"));
    let words = field_texts(&answer, TEXT_FIELDS);
    let quotable = quotable_texts(&answer, &words);
    match parse_response(&answer, ENDPOINT, &provider) {
        Ok(codes) => {
            assert!(answer.status().is_success());
            assert_codes(&codes, &provider);
            let addresses = field_texts(&answer, ADDRESSES);
            assert!(addresses.iter().any(|text| mentions(text)) || !format!("{codes:?}").contains(SECRET), "{codes:?}");
        }
        Err(error) => assert_fit(&error, &quotable),
    }
    match parse_poll_response(&answer, ENDPOINT, &provider) {
        Ok(PollResult::Tokens(granted)) => {
            assert!(answer.status().is_success() && !granted.access_token.expose().is_empty())
        }
        Ok(PollResult::Unavailable(error) | PollResult::Odd(error)) => assert_fit(&error, &quotable),
        Ok(PollResult::Unreachable(_)) => panic!("there is a response"),
        Ok(PollResult::SlowDown(interval)) => assert!(interval.is_none_or(|interval| !interval.is_zero())),
        Ok(PollResult::Pending | PollResult::Expired) => assert!(!words.is_empty(), "not in the response"),
        Ok(PollResult::Client(_)) => panic!("no row, no client"),
        Err(error) => {
            assert_fit(&error, &quotable);
            assert!(!is_passing(&answer) || !words.is_empty(), "a bad moment: {error:?}");
        }
    }
}

fn assert_codes(codes: &DeviceAuthorization, provider: &Provider) {
    let shown = codes.user_code();
    assert!((1..=65).contains(&shown.chars().count()) && !shown.contains('\n'), "{shown:?}");
    let place = codes.verification_uri.text();
    assert!(
        !shown.chars().any(is_hidden) && !place.chars().any(is_hidden) && !place.contains('\n'),
        "{shown:?} {place:?}"
    );
    if let Some(link) = codes.link() {
        let url = url::Url::parse(link).expect("an address");
        assert!(matches!(url.scheme(), "https" | "http") && url.username().is_empty() && url.password().is_none());
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_local_machine =
            host.starts_with("127.") || host == "[::1]" || host == "localhost" || host.ends_with(".localhost");
        assert!(url.scheme() == "https" || is_local_machine, "{link}");
        assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link:?}");
    }
    assert!((Duration::from_secs(1)..=Duration::from_secs(24 * 3600)).contains(&codes.expires_in));
    assert!(codes.interval.is_none_or(|interval| !interval.is_zero()));
    let client = Client { id: "client".into(), secret: None, auth: ClientAuth::None, origin: ClientOrigin::Configured };
    let poll = poll_request(provider, &client, "https://id.example/token", codes, &DeviceRequest::default())
        .expect("it is written");
    let sent = form(poll.body());
    let code: Vec<&str> =
        sent.iter().filter(|(name, _)| name == "device_code").map(|(_, code)| code.as_str()).collect();
    let is_token = |code: &str| !code.is_empty() && code.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    assert!(matches!(code[..], [code] if is_token(code)), "{sent:?}");
}
