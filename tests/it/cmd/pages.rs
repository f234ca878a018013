//! Web pages as text.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use crate::cmd::record::Record;
use crate::cmd::signin::{forget_attempts, record_of};
use crate::support::fake_provider::{Response, TOKEN};
use crate::support::free_port;
use crate::support::visitor::{self, CookieBrowser};
use crate::support::world::World;

/// Replacements that turn HTML into text, in order.
static PARTS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r#"(?s)<style>.*?</style>|<svg.*?</svg>|<span class="tile[^>]*>[^<]*</span>"#, ""),
        (r"(?s)<title>(.*?)</title>", "title: $1\n"),
        (r#"<meta http-equiv="?refresh"? content="([^"]*)">"#, "refresh: $1\n"),
        (r"<h1[^>]*>", "\n# "),
        (r"<h2[^>]*>", "\n## "),
        (r"<li(?: [^>]*)?>", "\n- "),
        (r#"<a [^>]*href="?([^">\s]+)"?[^>]*>(.*?)</a>"#, "[$2]($1)"),
        (r#"<button[^>]*value="?([^">\s]+)"?[^>]*>(.*?)</button>"#, "\n[button $1] $2\n"),
        (r"<button[^>]*>(.*?)</button>", "\n[button] $1\n"),
        (r#"<input type="?radio"?[^>]*value="?([^">\s]+)"?[^>]*checked>"#, "\n(x) "),
        (r#"<input type="?radio"?[^>]*>"#, "\n( ) "),
        (r#"<input[^>]*placeholder="([^"]*)"[^>]*>"#, "\n[input $1]\n"),
        (r#"<form[^>]*action="?([^">\s]+)"?[^>]*>"#, "\n[form $1]\n"),
        (r"</?code>", "`"),
        (r"<small>", " "),
        (r"</?(?:p|h1|h2|li|ul|div|section|main|header|footer|label|form|br|span class=code)(?: [^>]*)?>", "\n"),
        (r"<[^>]*>", ""),
        (r"&lt;", "<"),
        (r"&gt;", ">"),
        (r"&quot;", "\""),
        (r"&#39;", "'"),
        (r"&amp;", "&"),
        (r"[ \t]+", " "),
        (r"\s*\n\s*", "\n"),
    ]
    .map(|(pattern, text)| (Regex::new(pattern).expect("a pattern"), text))
    .into()
});

fn text_of(html: &str) -> String {
    let text = PARTS.iter().fold(html.to_owned(), |text, (part, to)| part.replace_all(&text, *to).into_owned());
    text.trim().to_owned()
}

fn show(record: &mut Record, case: &str, answer: &visitor::Response) {
    let location = answer.header("location").map(|url| format!("Location: {url}\n")).unwrap_or_default();
    record.block(case, &format!("HTTP {}\n{location}{}", answer.status, text_of(&answer.body)));
}

#[test]
fn callback_pages() {
    let world = World::new();
    let mut record = record_of(&world);
    let sign_in = |record: &mut Record, case: &str, flags: &[&str]| {
        forget_attempts(&world);
        let running = world.sandbox.start(&[&["signin", "acme", "--force"], flags].concat());
        let visit = visitor::visit(&world.opened.next_url());
        let outcome = running.outcome();
        show(record, case, &visit.response);
        outcome
    };
    sign_in(&mut record, "signed in", &[]).success();
    sign_in(&mut record, "another account than the one asked for", &["--account", "carol"]).ends_with(4);
    world.provider.deny("access_denied", "the user pressed <Cancel>");
    sign_in(&mut record, "declined by the user", &[]).ends_with(4);
    for code in ["login_required", "server_error", "unauthorized_client", "invalid_scope", "xyzzy"] {
        world.provider.deny(code, "as it is");
        sign_in(&mut record, &format!("refused with {code}"), &[]);
    }
    world.provider.change_callback(|parameters| parameters.retain(|(name, _)| name != "iss"));
    sign_in(&mut record, "response without its issuer", &[]).ends_with(1);
    world.provider.change_callback(|_| {});
    world.provider.respond_with(TOKEN, Response::html(500, "away"));
    sign_in(&mut record, "token endpoint away", &[]).ends_with(6);
    world.provider.respond_with(TOKEN, Response::json(400, &json!({"error": "invalid_grant"})));
    sign_in(&mut record, "code rejected", &[]).ends_with(1);
    record.matches("pages_callback.txt");
}

#[test]
fn pages_of_stray_requests() {
    let world = World::new();
    let mut record = record_of(&world);
    let running = world.sandbox.start(&["signin", "acme"]);
    let (mut guest, start) = (CookieBrowser::default(), world.opened.next_url());
    let origin = url::Url::parse(&start).expect("a URL").origin().ascii_serialization();
    let at = |path: &str| format!("{origin}{path}");
    show(&mut record, "root", &visitor::get(&at("/")));
    show(&mut record, "unknown path", &visitor::get(&at("/nonsense")));
    show(&mut record, "start without its key", &visitor::get(&at("/start")));
    show(&mut record, "start fetched ahead of need", &visitor::get_with(&start, &[("sec-purpose", "prefetch")]));
    show(&mut record, "callback without parameters", &visitor::get(&at("/callback")));
    show(&mut record, "callback of another sign-in", &visitor::get(&at("/callback?code=x&state=y")));
    show(&mut record, "end before the sign-in", &visitor::get(&at("/done")));
    show(&mut record, "method not allowed", &visitor::post(&start, "x=y"));
    let provider = guest.get(&start).header("location").expect("to the provider").to_owned();
    show(&mut record, "start used twice", &visitor::get(&start));
    let callback = visitor::get(&provider).header("location").expect("and back").to_owned();
    guest.visit(&callback);
    running.outcome().success();
    record.matches("pages_stray.txt");
}

#[test]
fn picker_pages() {
    let world = World::new();
    let away = crate::support::fake_provider::FakeProvider::start().issuer().to_owned();
    let mut record = record_of(&world);
    let tables = [
        world.table("acme", ""),
        world.table("device", "flow = \"device\""),
        world.table("paste", "flow = \"paste\""),
        world.table("away", "").replace(world.provider.issuer(), &away),
        "[providers.github]\n[providers.okta]\n[providers.yahoo]\nclient_id = \"x\"\n".to_owned(),
    ];
    world.sandbox.configure(&tables.concat());
    let running = world.sandbox.start(&["signin"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    show(&mut record, "the picker", &guest.get(&page));
    show(&mut record, "the picker in another browser", &visitor::get(&page));
    show(&mut record, "the picker without its key", &visitor::get(page.split('?').next().expect("a URL")));
    show(&mut record, "no such provider", &guest.press(&page, "nonsense"));
    show(&mut record, "device flow", &guest.press(&page, "device"));
    show(&mut record, "browser flow", &guest.press(&page, "acme"));
    show(&mut record, "provider that does not answer", &guest.press(&page, "away"));
    running.outcome().ends_with(6);
    let running = {
        world.sign_in(&[]).success();
        world.sandbox.start(&["signin"])
    };
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    show(&mut record, "already signed in", &guest.press(&page, "acme"));
    running.outcome().success();
    let running = world.sandbox.start(&["signin", "--force"]);
    let (mut guest, page) = (CookieBrowser::default(), world.opened.next_url());
    guest.get(&page);
    let start = guest.press(&page, "acme").link();
    let provider = guest.get(&start).header("location").expect("to the provider").to_owned();
    let callback = guest.get(&provider).header("location").expect("and back").to_owned();
    show(&mut record, "callback in another browser", &visitor::get(&callback));
    guest.visit(&callback);
    running.outcome().success();
    record.matches("pages_picker.txt");
}

/// Hidden form field of the demo provider.
fn ticket(answer: &visitor::Response) -> String {
    let field = Regex::new(r#"name="?ticket"? value="([^"]+)""#).expect("a pattern");
    field.captures(&answer.body).expect("a form")[1].to_owned()
}

#[test]
fn pages_of_the_demo_provider() {
    let world = World::new();
    let mut record = record_of(&world);
    let port = free_port();
    let mut running = world.sandbox.start(&["demo", "--port", &port.to_string()]);
    running.line(|_| true);
    let issuer = format!("http://127.0.0.1:{port}");
    record.replace(&issuer, "[DEMO]");
    let at = |path: &str| format!("{issuer}{path}");
    let metadata = visitor::get(&at("/.well-known/openid-configuration")).body;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let endpoint = |name: &str| metadata[name].as_str().expect("the metadata names it").to_owned();
    show(&mut record, "root", &visitor::get(&at("/")));
    show(&mut record, "unknown path", &visitor::get(&at("/nonsense")));
    let authorize = endpoint("authorization_endpoint");
    let with = |more: &str| {
        format!(
            "{authorize}?response_type=code&client_id=demo&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&state=s\
             &scope=openid%20profile%20email%20offline_access%20xyzzy\
             &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256{more}"
        )
    };
    let page = visitor::get(&with(""));
    show(&mut record, "sign-in", &page);
    show(&mut record, "sign-in of an unknown account", &visitor::get(&with("&login_hint=carol")));
    let post = |place: &str, form: &str| visitor::post_with(&at(place), form, &[("origin", &issuer)]);
    show(&mut record, "denied", &post("/decision", &format!("ticket={}&decision=deny", ticket(&page))));
    show(&mut record, "answered twice", &post("/decision", &format!("ticket={}&decision=deny", ticket(&page))));
    let page = visitor::get(&with(""));
    let approve = format!("ticket={}&decision=approve&account=ada", ticket(&page));
    let elsewhere = [("origin", "https://evil.example")];
    show(&mut record, "from elsewhere", &visitor::post_with(&at("/decision"), &approve, &elsewhere));
    for (case, change) in [
        ("no client", ("client_id=demo&", "")),
        ("redirect URI of another machine", ("http%3A%2F%2F127.0.0.1%3A9", "http%3A%2F%2Fevil.example")),
        ("no redirect URI", ("redirect_uri=", "redirect=")),
        ("no PKCE", ("code_challenge=", "challenge=")),
        ("plain PKCE", ("S256", "plain")),
        ("response type unknown", ("response_type=code", "response_type=token")),
        ("scope malformed", ("scope=openid", "scope=%22")),
    ] {
        show(&mut record, case, &visitor::get(&with("").replace(change.0, change.1)));
    }
    let codes = visitor::post(&endpoint("device_authorization_endpoint"), "client_id=demo&scope=openid");
    let codes: serde_json::Value = serde_json::from_str(&codes.body).expect("JSON");
    let value = |name: &str| codes[name].as_str().expect("a value").to_owned();
    record.replace(&value("user_code"), "[USER-CODE]");
    show(&mut record, "page for a device code", &visitor::get(&value("verification_uri")));
    let wrong = format!("{}?user_code=BCDF-GHJK", value("verification_uri"));
    show(&mut record, "wrong device code", &visitor::get(&wrong));
    let page = visitor::get(&value("verification_uri_complete"));
    show(&mut record, "device code", &page);
    let action = Regex::new(r#"<form method=post action="([^"]+)""#).expect("a pattern");
    let place = action.captures(&page.body).expect("a form")[1].replace(&issuer, "");
    show(
        &mut record,
        "device approved",
        &post(&place, &format!("ticket={}&decision=approve&account=ada", ticket(&page))),
    );
    let page = visitor::get(&endpoint("end_session_endpoint"));
    show(&mut record, "sign-out", &page);
    let place = action.captures(&page.body).expect("a form")[1].replace(&issuer, "");
    show(&mut record, "signed out", &post(&place, &format!("ticket={}&decision=leave", ticket(&page))));
    running.signal(rustix::process::Signal::INT);
    running.outcome();
    record.matches("pages_demo.txt");
}
