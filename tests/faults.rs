//! Every step of both flows against every way in which a network and a server fail: the right exit code in bounded time,
//! nothing stored, no secret said.

#![allow(clippy::print_stdout, reason = "which case failed is told by what was printed last")]

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mycli::app::pick::Wanted;
use mycli::catalogue::{self, AuthEnvironment, Flow, Overrides, Provider};
use mycli::clock;
use mycli::error::Result;
use mycli::http::{Http, Settings};
use mycli::session::StoreKind;
use mycli::signin::{Asked, signin};
use mycli::signout::{self, signout};
use mycli::token::{self, Refresh};
use support::fake_provider::{Answer, DEVICE, DISCOVERY, FakeProvider, KEYS, REVOKE, TOKEN, USERINFO};
use support::in_process::{Person, World};

/// What the program waits for one answer here, in place of half a minute: right answers come at once.
const LIMIT: Duration = Duration::from_secs(1);

/// How long any of it may take; the polls of a device code are several requests.
const BOUND: Duration = Duration::from_secs(40);

/// How long the person has, by a clock of the test's own: some polls.
const PATIENCE: Duration = Duration::from_secs(10);

/// What goes wrong.
#[derive(Clone)]
enum Fault {
    /// Nobody listens.
    Refused,
    Says(Answer),
}

/// The connection, or the language spoken on it, fails: there is no answer at all.
fn no_answer() -> Vec<(&'static str, Fault)> {
    vec![
        ("refused", Fault::Refused),
        ("reset", Fault::Says(Answer::Reset)),
        ("closed", Fault::Says(Answer::Nothing)),
        ("silent", Fault::Says(Answer::Silence)),
        ("slow", Fault::Says(Answer::Drip)),
        ("half", Fault::Says(Answer::Half(b"{\"access_token\":\"access-secret-0\",".to_vec()))),
        ("not HTTP", Fault::Says(Answer::Raw(b"SSH-2.0-access-secret-0\r\n".to_vec()))),
        ("bytes", Fault::Says(Answer::Raw((0..=255).cycle().take(4096).collect()))),
        ("a broken chunk", Fault::Says(Answer::Raw(chunked("zz\r\naccess-secret-0")))),
        (
            "a head without end",
            Fault::Says(Answer::Raw(format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(1 << 20)).into())),
        ),
        ("10 MB", Fault::Says(Answer::huge(10 << 20))),
    ]
}

/// An answer that is not what was asked for.
fn no_tokens() -> Vec<(&'static str, Fault)> {
    vec![
        ("cut JSON", Fault::Says(Answer::of_type(200, "application/json", "{\"access_token\":\"access-secret-0\""))),
        ("NUL", Fault::Says(Answer::of_type(200, "application/json", "\0".repeat(64)))),
        (
            "UTF-16",
            Fault::Says(Answer::of_type(200, "application/json", wide("{\"access_token\":\"access-secret-0\"}"))),
        ),
        ("gzip", Fault::Says(gzip())),
        ("a list", Fault::Says(Answer::of_type(200, "application/json", "[\"access-secret-0\"]"))),
        ("deep", Fault::Says(Answer::of_type(200, "application/json", "[".repeat(100_000)))),
        ("HTML", Fault::Says(Answer::html(200, "<h1>sign in to the network first</h1>"))),
        ("a picture", Fault::Says(Answer::of_type(200, "image/png", b"\x89PNG\r\n\x1a\n".to_vec()))),
    ]
}

/// Each fault with its name; of the statuses, each that `of` lets pass.
fn faults(of: impl Fn(u16) -> bool) -> Vec<(String, Fault)> {
    let statuses = (201..=599).filter(|status| of(*status));
    let statuses = statuses.map(|status| (status.to_string(), Fault::Says(Answer::html(status, "<h1>no</h1>"))));
    let named = no_answer().into_iter().chain(no_tokens());
    named.map(|(name, fault)| (name.to_owned(), fault)).chain(statuses).collect()
}

/// The statuses that mean something to somebody (RFC 9110 15 and the registry), and the edges of each class.
fn known(status: u16) -> bool {
    matches!(status, 201..=208 | 226 | 299..=308 | 399..=418 | 421..=431 | 451 | 499..=511 | 599)
}

fn is_among(faults: &[(&'static str, Fault)], what: &str) -> bool {
    faults.iter().any(|(name, _)| *name == what)
}

/// Whether `what` is a status that `of` is true of.
fn is_status(what: &str, of: impl Fn(u16) -> bool) -> bool {
    what.parse().is_ok_and(of)
}

fn chunked(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{body}").into()
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Compressed although nobody said that it may be.
fn gzip() -> Answer {
    Answer::Page {
        status: 200,
        headers: vec![("content-type".into(), "application/json".into()), ("content-encoding".into(), "gzip".into())],
        body: b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0\x43\xbf\xa6\xa3\x02\0\0\0".to_vec(),
    }
}

/// An address where nobody listens.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}/", listener.local_addr().expect("bound"))
}

/// The program, a person who goes where they are sent, and a provider.
struct Scene {
    world: World,
    provider: FakeProvider,
    issuer: String,
}

impl Scene {
    fn new(flow: Flow) -> Self {
        let mut world = World::of(Person::who_walks());
        if flow == Flow::Loopback {
            // The person is waited for in earnest.
            world.app.clock = Arc::new(clock::System);
        }
        world.app.http = Http::new(Settings { timeout: LIMIT, ..Settings::default() });
        let provider = FakeProvider::start();
        let issuer = provider.issuer().to_owned();
        Self { world, provider, issuer }
    }

    /// Spoils one endpoint: its path, and its name in the metadata.
    fn spoil(&mut self, path: &str, name: &'static str, fault: Fault) {
        match fault {
            Fault::Says(answer) => self.provider.answer_instead(path, answer),
            Fault::Refused if path == DISCOVERY => self.issuer = nowhere(),
            Fault::Refused => {
                let nowhere = nowhere();
                self.provider.change_metadata(move |metadata| metadata[name] = nowhere.clone().into());
            }
        }
    }

    fn sign_in(&self, flow: Flow) -> Result<()> {
        let text =
            format!("[providers.acme]\nissuer = \"{}\"\nclient_id = \"native\"\nscopes = [\"openid\"]\n", self.issuer);
        let config = mycli::config::read(&text, Path::new("config.toml")).expect("a configuration");
        let overrides = Overrides { flow: Some(flow), ..Overrides::default() };
        let nobody = AuthEnvironment::new(std::iter::empty());
        let provider: Provider =
            catalogue::resolve("acme", &config.providers, &nobody, &overrides).expect("a provider");
        let asked = Asked { limit: (flow == Flow::Device).then_some(PATIENCE), ..Asked::default() };
        signin(&self.world.app, &provider, &asked).map(drop)
    }

    fn listed(&self) -> usize {
        self.world.app.sessions.list().expect("ours").sessions.len()
    }

    /// The exit code of what was done, in bounded time and without a secret.
    #[track_caller]
    fn code(&self, what: &str, work: impl FnOnce() -> Result<()>) -> u8 {
        let start = Instant::now();
        let outcome = work();
        println!("{what}: {outcome:?}");
        assert!(start.elapsed() < BOUND, "{what}: {:?}", start.elapsed());
        let said = format!("{outcome:?} {:?}", self.world.said());
        assert!(!said.contains("-secret-"), "{what}: {said}");
        outcome.err().map_or(0, |error| error.exit_code())
    }
}

/// A sign-in with one endpoint spoilt, for each fault; `expected` has the exit codes that are not 6.
fn a_sign_in_fails(flow: Flow, path: &str, name: &'static str, expected: impl Fn(&str) -> u8) {
    for (what, fault) in faults(known) {
        let mut scene = Scene::new(flow);
        scene.spoil(path, name, fault);
        let code = scene.code(&what, || scene.sign_in(flow));
        assert_eq!(code, expected(&what), "{what}");
        assert_eq!(scene.listed(), usize::from(code == 0), "{what}");
    }
}

#[test]
fn discovery() {
    a_sign_in_fails(Flow::Loopback, DISCOVERY, "", |_| 6);
}

#[test]
fn the_token_exchange() {
    a_sign_in_fails(Flow::Loopback, TOKEN, "token_endpoint", |_| 6);
}

#[test]
fn the_keys() {
    a_sign_in_fails(Flow::Loopback, KEYS, "jwks_uri", |_| 6);
}

/// Who signed in is known from the ID token.
#[test]
fn the_profile() {
    a_sign_in_fails(Flow::Loopback, USERINFO, "userinfo_endpoint", |_| 0);
}

#[test]
fn the_device_request() {
    a_sign_in_fails(Flow::Device, DEVICE, "device_authorization_endpoint", |_| 6);
}

/// A network that is away is waited for until the code is over.
#[test]
fn the_poll() {
    let passing = |status| status >= 500 || [407, 408, 425, 429].contains(&status);
    a_sign_in_fails(Flow::Device, TOKEN, "token_endpoint", |what| {
        if is_among(&no_answer(), what) || is_status(what, passing) { 5 } else { 6 }
    });
}

/// A session that is there, with its endpoints spoilt.
fn signed_in(fault: &Fault, path: &str) -> Scene {
    let mut scene = Scene::new(Flow::Loopback);
    scene.sign_in(Flow::Loopback).expect("nothing is spoilt yet");
    match fault {
        Fault::Says(_) => scene.spoil(path, "", fault.clone()),
        Fault::Refused => {
            let sessions = &scene.world.app.sessions;
            let summary = sessions.find("acme", None).expect("ours").expect("signed in");
            let mut session = sessions.load(&summary).expect("ours");
            session.endpoints.token = nowhere();
            session.endpoints.revocation = Some(nowhere());
            sessions.save(&session, StoreKind::File).expect("ours");
        }
    }
    scene
}

fn stored(scene: &Scene) -> String {
    let sessions = &scene.world.app.sessions;
    let summary = sessions.find("acme", None).expect("ours").expect("it stays");
    assert!(!summary.dead);
    sessions.load(&summary).expect("ours").to_stored().expose().to_owned()
}

#[test]
fn the_refresh() {
    for (what, fault) in faults(|_| true) {
        let scene = signed_in(&fault, TOKEN);
        let before = stored(&scene);
        let token = |refresh, min_ttl| {
            let asked = token::Asked { min_ttl, refresh, id_token: false };
            token::token(&scene.world.app, &Wanted::default(), &asked).map(drop)
        };
        assert_eq!(scene.code(&what, || token(Refresh::Always, Duration::ZERO)), 6, "{what}");
        assert_eq!(stored(&scene), before, "{what}");
        // Less is left than is asked for, and yet the token is valid.
        assert_eq!(scene.code(&what, || token(Refresh::WhenDue, Duration::from_secs(7200))), 0, "{what}");
        let warned = scene.world.said().iter().any(|said| said.contains("the token is still valid"));
        assert!(warned, "{what}");
    }
}

#[test]
fn the_revocation() {
    for (what, fault) in faults(known) {
        // What an answer with success says does not matter (RFC 7009 2.2).
        let expected = if is_among(&no_tokens(), &what) || is_status(&what, |status| status < 300) { 0 } else { 6 };
        let scene = signed_in(&fault, REVOKE);
        let asked = signout::Asked { revoke: true, ..signout::Asked::default() };
        let code = scene.code(&what, || {
            let report = signout(&scene.world.app, &Wanted::default(), &asked)?;
            assert_eq!(report.cleared.len(), 1, "{what}");
            report.trouble.map_or(Ok(()), Err)
        });
        assert_eq!(code, expected, "{what}");
        assert_eq!(scene.listed(), 0, "{what}");
    }
}
