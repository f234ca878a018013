//! The redirect: queries built from everything that could pass for a valid callback.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::properties::parsers::SECRET;
use crate::properties::parsers::callback::{ISSUER, STATE, check};
use crate::properties::text;

/// One `name=value`, in one of several equivalent encodings.
fn pair() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => Just("state".to_owned()),
        4 => Just("code".to_owned()),
        2 => Just("iss".to_owned()),
        1 => Just("error".to_owned()),
        1 => Just("error_description".to_owned()),
        1 => Just("State".to_owned()),
        1 => Just("code ".to_owned()),
        1 => Just("session_state".to_owned()),
        1 => text(),
    ];
    let value = prop_oneof![
        4 => Just(STATE.to_owned()),
        1 => Just(STATE[..STATE.len() - 1].to_owned()),
        1 => Just(STATE.to_lowercase()),
        1 => Just(format!("{STATE} ")),
        2 => Just(ISSUER.to_owned()),
        1 => Just(format!("{ISSUER}/")),
        3 => Just(SECRET.to_owned()),
        1 => text(),
    ];
    (name, value, 0..4_u8).prop_map(|(name, value, how)| {
        let encoded = |text: &str| match how {
            0 => text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>(),
            1 => utf8_percent_encode(text, NON_ALPHANUMERIC).to_string(),
            _ => text.to_owned(),
        };
        format!("{}={}", encoded(&name), encoded(&value))
    })
}

/// Valid query, as pairs.
fn right() -> Vec<String> {
    vec![format!("state={STATE}"), format!("code={SECRET}"), format!("iss={}", ISSUER.replace(':', "%3A"))]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    /// The property counts parameters: none twice, no other `state`, no code beside an error.
    #[test]
    fn code_requires_an_unambiguous_query(pairs in proptest::collection::vec(pair(), 0..6)) {
        check(pairs.join("&").as_bytes());
    }

    #[test]
    fn valid_callback_with_additional_params(
        pairs in proptest::collection::vec(pair(), 0..3), order in Just(right()).prop_shuffle(), at in 0..4_usize,
    ) {
        let mut query = order;
        query.splice(at.min(3)..at.min(3), pairs);
        check(query.join("&").as_bytes());
    }

    #[test]
    fn valid_callback_with_one_changed_byte(at in 0..150_usize, byte: u8) {
        let mut query = right().join("&").into_bytes();
        let at = at % query.len();
        query[at] = byte;
        check(&query);
    }

    #[test]
    fn anything_at_all(query: Vec<u8>) {
        check(&query);
    }
}
