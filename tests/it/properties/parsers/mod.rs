//! Properties of every external input: one function for each parser, called with generated inputs
//! (`tests/it/properties`), with a stored corpus (`tests/corpus`), and by the fuzzer (`tests/fuzz`).

pub mod age;
pub mod callback;
pub mod config;
pub mod device;
pub mod discovery;
pub mod resource;
pub mod session;
pub mod state;
pub mod token;

use http::header::CONTENT_TYPE;
use mycli::internals::error::{EXIT_CODES, Error};
use mycli::internals::oauth::HttpResponse;
use serde_json::{Map, Value};

/// Property, with the name of its corpus and fuzz target.
pub type Property = fn(&[u8]);

/// All properties.
#[allow(dead_code, reason = "a fuzz target knows its own")]
pub const PROPERTIES: &[(&str, Property)] = &[
    ("age", age::check),
    ("callback", callback::check),
    ("config", config::check),
    ("device", device::check),
    ("discovery", discovery::check),
    ("resource", resource::check),
    ("session", session::check),
    ("state", state::check),
    ("token", token::check),
];

/// Word that inputs use as a secret.
pub const SECRET: &str = "hunter2";

/// HTTP response: `STATUS KIND`, a newline, the body.
pub fn answer(input: &[u8]) -> HttpResponse {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let (status, kind) = line.split_at(line.iter().position(|byte| *byte == b' ').unwrap_or(line.len()));
    let mut answer = HttpResponse::new(body.to_vec());
    let status = std::str::from_utf8(status).ok().and_then(|text| text.parse::<u16>().ok());
    *answer.status_mut() = status.and_then(|code| code.try_into().ok()).unwrap_or_default();
    if let Ok(kind) = http::HeaderValue::from_bytes(kind.trim_ascii()) {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    answer
}

/// True if a later attempt may succeed (see `is_transient` in `src/oauth/error_response.rs`).
pub fn is_passing(answer: &HttpResponse) -> bool {
    matches!(answer.status().as_u16(), 407 | 408 | 425 | 429 | 500..=599)
}

/// Checks that an error is displayable, has an exit code, and contains nothing of the input but `quotable`.
pub fn assert_fit(error: &Error, quotable: &[String]) {
    let shown = format!("{error}\n{}", error.hint("mycli").unwrap_or_default());
    assert!(!shown.chars().any(is_hidden), "{shown:?}");
    assert!(shown.chars().count() < 2000, "{shown:?}");
    assert!(EXIT_CODES.iter().any(|(code, _)| *code == error.exit_code()), "{error:?}");
    if !quotable.iter().any(|text| mentions(text)) {
        assert!(!shown.contains(SECRET) && !format!("{error:?}").contains(SECRET), "{error:?}");
    }
}

/// True if the secret is readable in a text after removing everything that sanitizing removes, in any case: errors show
/// the content type in lower case.
pub fn mentions(text: &str) -> bool {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase().contains(SECRET)
}

/// True for characters that could control a terminal or are invisible.
pub fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Texts for users in a response: the fields `names`, and everything below them.
pub fn field_texts(answer: &HttpResponse, names: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    let body = String::from_utf8_lossy(answer.body());
    let body = body.strip_prefix('\u{feff}').unwrap_or(&body);
    if let Ok(document) = serde_json::from_str::<Map<String, Value>>(body) {
        document
            .iter()
            .filter(|(name, _)| names.contains(&name.as_str()))
            .for_each(|(_, value)| texts(value, &mut words));
    }
    let form = form(answer.body().trim_ascii()).into_iter().filter(|(name, _)| names.contains(&name.as_str()));
    words.extend(form.map(|(_, value)| value));
    words
}

/// Those texts, and the header lines.
pub fn quotable_texts(answer: &HttpResponse, words: &[String]) -> Vec<String> {
    let headers = answer.headers().values().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    words.iter().cloned().chain(headers).collect()
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| texts(field, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Parses `application/x-www-form-urlencoded` independently (URL Standard 5.1).
pub fn form(bytes: &[u8]) -> Vec<(String, String)> {
    let pairs = bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..end]), decoded(pair.get(end + 1..).unwrap_or_default()))
        })
        .collect()
}

fn decoded(text: &[u8]) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|two| two.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|two| std::str::from_utf8(two).ok());
        (bytes, rest) = match (first, digits) {
            (b'%', Some(two)) => (with(bytes, u8::from_str_radix(two, 16).expect("two digits")), &after[2..]),
            (b'+', _) => (with(bytes, b' '), after),
            (other, _) => (with(bytes, *other), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn with(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

/// True for a URL that a remote document may name: `https`, no user name, no fragment, no host of this machine.
pub fn is_far_and_safe(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let names = ["localhost", "[::1]", "[::]", "[::ffff:7f00:1]", "0.0.0.0"];
    let is_local_machine = host.starts_with("127.") || host.ends_with(".localhost") || names.contains(&host);
    url.scheme() == "https"
        && !is_local_machine
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}
