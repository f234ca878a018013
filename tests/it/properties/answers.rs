//! Provider responses: documents of which each field may be valid, invalid, missing or duplicated.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::parsers::{self, SECRET};
use crate::properties::text;

/// Status and content type of a response.
fn head() -> impl Strategy<Value = String> {
    let status = prop_oneof![4 => Just(200_u16), 2 => Just(400), 1 => Just(401), 1 => Just(503), 1 => 100..=599_u16];
    let kind = prop_oneof![
        4 => Just("application/json"),
        1 => Just("application/x-www-form-urlencoded"),
        1 => Just("text/html; charset=utf-8"),
        1 => Just(""),
    ];
    (status, kind).prop_map(|(status, kind)| format!("{status} {kind}\n"))
}

/// One of a field's valid values, or another.
fn value(good: Vec<Value>) -> impl Strategy<Value = Value> {
    prop_oneof![4 => proptest::sample::select(good), 1 => crate::properties::json()]
}

fn field(name: &'static str, good: &[Value]) -> impl Strategy<Value = (String, Value)> + use<> {
    (Just(name.to_owned()), value(good.to_vec()))
}

/// Document of some of the fields, in any order, mixed with others; as JSON or as a form.
fn document(fields: Vec<BoxedStrategy<(String, Value)>>) -> impl Strategy<Value = String> {
    let others = (text(), crate::properties::json()).boxed();
    let all = prop_oneof![8 => proptest::strategy::Union::new(fields), 1 => others];
    let fields = proptest::collection::vec(all, 0..8);
    (fields, 0..8_u8).prop_map(|(fields, how)| match how {
        0 => fields.iter().map(form_pair).collect::<Vec<_>>().join("&"),
        // Joined as text, so that a name may occur twice.
        1 => format!("{{{}}}", fields.iter().map(json_pair).collect::<Vec<_>>().join(",")),
        _ => Value::Object(fields.into_iter().collect()).to_string(),
    })
}

fn form_pair((name, value): &(String, Value)) -> String {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish()
}

fn json_pair((name, value): &(String, Value)) -> String {
    format!("{}:{value}", Value::from(name.as_str()))
}

fn complaints() -> Vec<BoxedStrategy<(String, Value)>> {
    let codes = [
        "invalid_grant",
        "access_denied",
        "authorization_pending",
        "slow_down",
        "server_error",
        "bad_refresh_token",
        "",
    ];
    vec![
        field("error", &codes.map(Value::from)).boxed(),
        field("error", &[json!({"code": 190, "message": "x", "type": "invalid_grant"}), json!(0), json!(7)]).boxed(),
        field("error_description", &[json!("no\u{1b}[2J more")]).boxed(),
    ]
}

fn tokens() -> impl Strategy<Value = String> {
    let secret = [json!(format!("{SECRET}-token"))];
    let mut fields = vec![
        field("access_token", &secret).boxed(),
        field("access_token", &secret).boxed(),
        field("refresh_token", &[secret[0].clone(), json!("a\nb"), json!("x".repeat(70_000))]).boxed(),
        field("id_token", &secret).boxed(),
        field("token_type", &[json!("Bearer"), json!("bearer "), json!("x".repeat(65))]).boxed(),
        field("expires_in", &[json!(3600), json!("3600"), json!(-1), json!(1e300), json!("NaN"), json!("inf")]).boxed(),
        field("scope", &[json!("a b"), json!("a,b"), json!(["a", "b c"]), json!("\u{202e}")]).boxed(),
        field("authed_user", &[json!({"access_token": secret[0], "scope": "x"})]).boxed(),
    ];
    fields.extend(complaints());
    document(fields)
}

fn codes() -> impl Strategy<Value = String> {
    let addresses = [
        "https://id.example/d",
        "http://id.example/d",
        "http://localhost/d",
        "id.example/d",
        "javascript:x",
        "https://a@b/",
    ];
    let mut fields = vec![
        field("device_code", &[json!(format!("{SECRET}-device")), json!("a\nb")]).boxed(),
        field("device_code", &[json!(format!("{SECRET}-device"))]).boxed(),
        field("user_code", &[json!("ABCD-EFGH"), json!("\u{202e}"), json!("x".repeat(200))]).boxed(),
        field("user_code", &[json!("ABCD-EFGH")]).boxed(),
        field("verification_uri", &addresses.map(Value::from)).boxed(),
        field("verification_url", &addresses.map(Value::from)).boxed(),
        field("verification_uri_complete", &addresses.map(Value::from)).boxed(),
        field("expires_in", &[json!(900), json!("900"), json!(1e19), json!(0)]).boxed(),
        field("interval", &[json!(5), json!("5"), json!(-5), json!(1e300)]).boxed(),
        field("access_token", &[json!(format!("{SECRET}-token"))]).boxed(),
    ];
    fields.extend(complaints());
    document(fields)
}

fn metadata() -> impl Strategy<Value = String> {
    let issuers = [
        parsers::discovery::ISSUER,
        "https://id.example/t/",
        "https://id.example/{tenantid}",
        "https://id.example/0123abcd-0123-abcd-0123-0123456789ab",
        "https://evil.example/t",
    ];
    let addresses = [
        "https://id.example/token",
        "http://id.example/token",
        "https://127.0.0.1/token",
        "https://localhost./token",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://a:b@id.example/",
        "https://id.example/#x",
        "//id.example",
    ];
    let mut fields: Vec<_> = (0..4).map(|_| field("issuer", &issuers.map(Value::from)).boxed()).collect();
    fields.push(field("issuer", &[json!(parsers::discovery::ISSUER)]).boxed());
    let endpoints =
        ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"];
    fields.extend(endpoints.map(|name| field(name, &addresses.map(Value::from)).boxed()));
    fields.push(field("scopes_supported", &[json!(["a", "b c"]), json!([7])]).boxed());
    document(fields)
}

fn resource() -> impl Strategy<Value = String> {
    let resources = [
        parsers::resource::ADDRESS,
        "https://mcp.example",
        "https://mcp.example/a",
        "https://mcp.example/a/mc",
        "https://evil.example/a/mcp",
    ];
    let servers = [
        json!(["https://as.example"]),
        json!(["http://as.example"]),
        json!(["https://as.example", "http://localhost:1"]),
        json!(["https://as.example?x"]),
        json!([]),
        json!("https://as.example"),
    ];
    document(vec![
        field("resource", &resources.map(Value::from)).boxed(),
        field("resource", &[json!(parsers::resource::ADDRESS)]).boxed(),
        field("authorization_servers", &servers).boxed(),
        field("authorization_servers", &servers[..1]).boxed(),
        field("scopes_supported", &[json!(["a", "b c", "\"", ""]), json!("a")]).boxed(),
    ])
}

/// Challenge of schemes, names and values, each possibly malformed.
fn challenge() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => Just("Bearer "),
        1 => Just("Basic realm=\"x\", "),
        3 => Just("resource_metadata=\"https://mcp.example/m\""),
        1 => Just("resource_metadata=\"https://evil.example/m\""),
        1 => Just("resource_metadata=https://mcp.example@evil.example/m"),
        1 => Just("Resource_Metadata = \"http://mcp.example/m\""),
        2 => Just("scope=\"a b \\\" c\""),
        3 => Just(", "),
        1 => Just("\""),
        1 => Just("=\\"),
        1 => Just("hunter2"),
    ];
    proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn token_responses(head in head(), body in tokens()) {
        parsers::token::check((head + &body).as_bytes());
    }

    #[test]
    fn device_responses(head in head(), body in codes()) {
        parsers::device::check((head + &body).as_bytes());
    }

    #[test]
    fn discovery_documents(head in head(), body in metadata()) {
        parsers::discovery::check((head + &body).as_bytes());
    }

    #[test]
    fn resource_metadata(head in head(), body in resource()) {
        parsers::resource::check((head + &body).as_bytes());
    }

    #[test]
    fn resource_challenges(challenge in challenge()) {
        parsers::resource::check(format!("401\n{challenge}").as_bytes());
    }

    #[test]
    fn duplicate_field_is_rejected(name in "(access_token|issuer|user_code|resource)", values in ("[a-z]{1,9}", "[a-z]{1,9}")) {
        let (token, issuer) = (json!("t"), json!(parsers::discovery::ISSUER));
        let others = format!(r#""access_token":{token},"issuer":{issuer},"device_code":"d","user_code":"u",
            "verification_uri":"https://id.example/d","resource":"{}","authorization_servers":["https://as.example"]"#,
            parsers::resource::ADDRESS);
        let twice = format!("200 application/json\n{{{others},\"{name}\":\"{}\",\"x\":\"{}\"}}", values.0, values.1);
        prop_assert!(!is_taken(twice.as_bytes()));
        let once = format!("200 application/json\n{{{others},\"x\":\"{}\"}}", values.1);
        prop_assert!(is_taken(once.as_bytes()));
    }

    #[test]
    fn anything_at_all(input: Vec<u8>) {
        for property in [parsers::token::check, parsers::device::check, parsers::discovery::check, parsers::resource::check] {
            property(&input);
        }
    }
}

/// True if each parser accepts the document, false if none does.
fn is_taken(input: &[u8]) -> bool {
    use mycli::internals::catalog::Provider;
    use mycli::internals::oauth::{device, discovery, protected_resource, token};
    let (answer, provider, at) = (parsers::answer(input), Provider::from_name("acme"), "https://id.example/x");
    let taken = [
        token::parse_response(&answer, at, &provider).is_ok(),
        device::parse_response(&answer, at, &provider).is_ok(),
        discovery::parse_response(parsers::discovery::ISSUER, false, at, &answer).is_ok_and(|found| found.is_some()),
        protected_resource::parse_metadata(parsers::resource::ADDRESS, at, &answer).is_ok_and(|found| found.is_some()),
    ];
    assert!(taken.iter().all(|one| *one == taken[0]), "{taken:?}");
    taken[0]
}
