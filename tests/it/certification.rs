//! Relying-party certification of the OpenID Foundation: the modules of the Basic, Config, Dynamic and RP-initiated-logout
//! plans of its conformance suite, by their names and in their order. The fake provider misbehaves as each module does.

use std::fmt::Write as _;
use std::thread;

use crate::cmd::record::Record;
use crate::support::Outcome;
use crate::support::fake_provider::{
    AUTHORIZE, DISCOVERY, END_SESSION, IdToken, KEYS, REGISTER, Response, SUBJECT, Signature, SigningKey, TOKEN,
    USERINFO,
};
use crate::support::visitor;
use crate::support::world::World;
use serde_json::{Value, json};

/// Plan, the kind of client that it tests, its modules.
type Plan = (&'static str, Client, &'static [&'static str]);

const PLANS: &[Plan] = &[
    (
        "oidcc-client-basic-certification-test-plan",
        Client::Confidential,
        &[
            "oidcc-client-test",
            "oidcc-client-test-invalid-iss",
            "oidcc-client-test-missing-sub",
            "oidcc-client-test-invalid-aud",
            "oidcc-client-test-missing-iat",
            "oidcc-client-test-kid-absent-single-jwks",
            "oidcc-client-test-kid-absent-multiple-jwks",
            "oidcc-client-test-idtoken-sig-rs256",
            "oidcc-client-test-idtoken-sig-none",
            "oidcc-client-test-invalid-sig-rs256",
            "oidcc-client-test-userinfo-invalid-sub",
            "oidcc-client-test-nonce-invalid",
            "oidcc-client-test-scope-userinfo-claims",
            "oidcc-client-test-client-secret-basic",
        ],
    ),
    (
        "oidcc-client-config-certification-test-plan",
        Client::Public,
        &[
            "oidcc-client-test-discovery-openid-config",
            "oidcc-client-test-discovery-jwks-uri-keys",
            "oidcc-client-test-discovery-issuer-mismatch",
            "oidcc-client-test-idtoken-sig-none",
            "oidcc-client-test-signing-key-rotation-just-before-signing",
            "oidcc-client-test-signing-key-rotation",
        ],
    ),
    (
        "oidcc-client-dynamic-certification-test-plan",
        Client::Dynamic,
        &[
            "oidcc-client-test-discovery-webfinger-acct",
            "oidcc-client-test-discovery-webfinger-url",
            "oidcc-client-test-discovery-openid-config",
            "oidcc-client-test-discovery-jwks-uri-keys",
            "oidcc-client-test-discovery-issuer-mismatch",
            "oidcc-client-test-dynamic-registration",
            "oidcc-client-test-request-uri-signed-rs256",
            "oidcc-client-test-request-uri-signed-none",
            "oidcc-client-test-idtoken-sig-none",
            "oidcc-client-test-signing-key-rotation-just-before-signing",
            "oidcc-client-test-signing-key-rotation",
            "oidcc-client-test-userinfo-signed",
        ],
    ),
    (
        "oidcc-client-rp-initiated-logout-rp-basic",
        Client::Public,
        &[
            "oidcc-client-test-rp-init-logout",
            "oidcc-client-test-rp-init-logout-other-state",
            "oidcc-client-test-rp-init-logout-no-state",
        ],
    ),
];

/// Plans of the suite that do not apply, with the reason.
const OTHER_PLANS: &[(&str, &str)] = &[
    ("oidcc-client-implicit-certification-test-plan", IMPLICIT),
    ("oidcc-client-hybrid-certification-test-plan", IMPLICIT),
    ("oidcc-client-formpost-basic-certification-test-plan", FORM_POST),
    ("oidcc-client-formpost-implicit-certification-test-plan", FORM_POST),
    ("oidcc-client-formpost-hybrid-certification-test-plan", FORM_POST),
    ("oidcc-client-back-channel-logout-rp-basic", NO_SERVER),
    ("oidcc-client-front-channel-logout-rp-basic", NO_SERVER),
    ("oidcc-client-rp-session-management-rp-basic", NO_SERVER),
    ("oidcc-client-test-3rd-party-init-login-test-plan", NO_SERVER),
];

const IMPLICIT: &str = "does not apply: tokens in the redirect (RFC 9700 2.1.2 advises against them)";
const FORM_POST: &str = "does not apply: a loopback redirect is a GET (RFC 8252 7.3)";
const NO_SERVER: &str = "does not apply: no server of the program runs between two commands";
const WEBFINGER: &str = "does not apply: the user names the issuer, not an account (Discovery 2 is optional)";
const REQUEST_URI: &str = "does not apply: a native client has no URL to host a request object (Core 6.2)";
const NO_STATE: &str = "skipped, as the module prescribes if the client sends no state";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    Public,
    Confidential,
    Dynamic,
}

enum Module {
    /// Plays the module and returns what the user sees.
    Played(fn(&RelyingParty) -> String),
    NotPlayed(&'static str),
}

fn module(name: &str) -> Module {
    use Module::{NotPlayed, Played};
    match name.strip_prefix("oidcc-client-test").expect("a module of the suite") {
        "" | "-discovery-openid-config" => Played(success),
        "-invalid-iss" => Played(|rp| rp.rejects(|token| token.claims["iss"] = json!("https://other.example"))),
        "-missing-sub" => Played(|rp| rp.rejects(|token| remove(&mut token.claims, "sub"))),
        "-invalid-aud" => Played(|rp| rp.rejects(|token| token.claims["aud"] = json!("other"))),
        "-missing-iat" => Played(|rp| rp.rejects(|token| remove(&mut token.claims, "iat"))),
        "-idtoken-sig-none" => Played(|rp| rp.rejects(unsigned)),
        "-invalid-sig-rs256" => Played(|rp| rp.with_rsa().rejects(|token| token.signature = Signature::Wrong)),
        "-nonce-invalid" => Played(|rp| rp.rejects(|token| token.claims["nonce"] = json!("other"))),
        "-kid-absent-single-jwks" => Played(|rp| kid_absent(rp, &[])),
        "-kid-absent-multiple-jwks" => Played(|rp| kid_absent(rp, &[other_rsa_key()])),
        "-idtoken-sig-rs256" => Played(|rp| success(rp.with_rsa())),
        "-userinfo-invalid-sub" => Played(userinfo_of_another),
        "-scope-userinfo-claims" => Played(claims_by_scope),
        "-client-secret-basic" => Played(secret_in_basic),
        "-discovery-jwks-uri-keys" => Played(keys_at_the_announced_place),
        "-discovery-issuer-mismatch" => Played(issuer_mismatch),
        "-signing-key-rotation-just-before-signing" => Played(rotation_before_signing),
        "-signing-key-rotation" => Played(rotation_between_two),
        "-dynamic-registration" => Played(registration),
        "-userinfo-signed" => Played(signed_userinfo),
        "-rp-init-logout" => Played(logout),
        "-rp-init-logout-other-state" | "-rp-init-logout-no-state" => NotPlayed(NO_STATE),
        "-discovery-webfinger-acct" | "-discovery-webfinger-url" => NotPlayed(WEBFINGER),
        "-request-uri-signed-rs256" | "-request-uri-signed-none" => NotPlayed(REQUEST_URI),
        other => unreachable!("{other}"),
    }
}

#[test]
fn every_module_of_the_plans_ends_as_certified() {
    let mut record = Record::new();
    for (plan, client, modules) in PLANS {
        let played: Vec<_> = modules.iter().map(|name| thread::spawn(move || play(name, *client))).collect();
        let mut lines = String::new();
        for (name, played) in modules.iter().zip(played) {
            let seen = played.join().unwrap_or_else(|_| panic!("{plan}: {name}"));
            writeln!(lines, "{name}: {seen}").expect("a string");
        }
        record.block(plan, &lines);
    }
    let others: String = OTHER_PLANS.iter().map(|(plan, reason)| format!("{plan}: {reason}\n")).collect();
    record.block("other plans", &others);
    record.matches("certification.txt");
}

fn play(name: &str, client: Client) -> String {
    match module(name) {
        Module::NotPlayed(reason) => reason.to_owned(),
        Module::Played(play) => {
            let rp = RelyingParty::new(client);
            let issuer = rp.world.provider.issuer().to_owned();
            play(&rp).replace(&issuer, "[ISSUER]")
        }
    }
}

/// The program, with a provider that it may sign in to.
struct RelyingParty {
    world: World,
    /// Provider as typed.
    provider: String,
}

impl RelyingParty {
    fn new(client: Client) -> Self {
        let mut world = World::configured("scopes = [\"openid\", \"profile\", \"email\"]\nlogout = \"post\"");
        let mut provider = "acme".to_owned();
        match client {
            Client::Public => {}
            Client::Confidential => {
                world.sandbox.set("AUTH_ACME_SECRET", "staple");
            }
            Client::Dynamic => {
                world.sandbox.configure("");
                world.provider.register_clients();
                world.provider.issuer().clone_into(&mut provider);
            }
        }
        Self { world, provider }
    }

    /// Lets the provider sign with RS256.
    fn with_rsa(&self) -> &Self {
        self.world.provider.rotate_key(SigningKey::rsa());
        self
    }

    fn sign_in(&self) -> Outcome {
        self.world.sign_in_at(&self.provider, &["--force"])
    }

    /// Signs in with a changed ID token: no request may follow, and nothing is stored.
    fn rejects(&self, change: fn(&mut IdToken)) -> String {
        self.world.provider.change_id_token(change);
        let outcome = self.sign_in().ends_with(1);
        assert_eq!(self.world.provider.requests_to(TOKEN).len(), 1);
        assert!(self.world.provider.requests_to(USERINFO).is_empty(), "a profile was requested");
        self.world.run(&["status"]).ends_with(3);
        format!("rejected: {}", error_of(&outcome))
    }
}

fn error_of(outcome: &Outcome) -> &str {
    outcome.stderr.lines().find_map(|line| line.strip_prefix("error: ")).expect("an error")
}

fn remove(object: &mut Value, name: &str) {
    object.as_object_mut().expect("an object").remove(name);
}

fn unsigned(token: &mut IdToken) {
    token.header = json!({ "alg": "none" });
    token.signature = Signature::Missing;
}

fn success(rp: &RelyingParty) -> String {
    let outcome = rp.sign_in().success();
    let provider = &rp.world.provider;
    assert!(!provider.requests_to(DISCOVERY).is_empty());
    let asked = &provider.requests_to(AUTHORIZE)[0];
    assert_eq!(asked.query("response_type"), Some("code"));
    assert!(asked.query("scope").is_some_and(|scope| scope.split(' ').any(|one| one == "openid")));
    for name in ["state", "nonce", "code_challenge"] {
        assert!(asked.query(name).is_some_and(|value| value.len() >= 20), "{name}");
    }
    let profile = &provider.requests_to(USERINFO)[0];
    assert!(profile.header("authorization").is_some_and(|value| value.starts_with("Bearer ")));
    assert!(profile.query.is_empty(), "no token in a URL");
    signed_in(&outcome)
}

fn signed_in(outcome: &Outcome) -> String {
    let line = outcome.stderr.lines().find(|line| line.starts_with("signed in to ")).expect("a session");
    line.to_owned()
}

/// A second RSA key of the set, which made no signature.
fn other_rsa_key() -> Value {
    let mut key = SigningKey::rsa().public();
    let n = key["n"].as_str().expect("text").to_owned();
    key["n"] = format!("{}{}", &n[..n.len() - 8], "AAAAAAAB").into();
    key
}

fn kid_absent(rp: &RelyingParty, others: &[Value]) -> String {
    rp.with_rsa();
    let mut keys = [others, &[SigningKey::rsa().public()]].concat();
    keys.iter_mut().for_each(|key| remove(key, "kid"));
    rp.world.provider.respond_with(KEYS, Response::json(200, &json!({ "keys": keys })));
    rp.world.provider.change_id_token(|token| remove(&mut token.header, "kid"));
    success(rp)
}

fn userinfo_of_another(rp: &RelyingParty) -> String {
    rp.world.provider.respond_with(USERINFO, Response::json(200, &json!({ "sub": "other" })));
    let outcome = rp.sign_in().ends_with(1);
    rp.world.run(&["status"]).ends_with(3);
    format!("rejected: {}", error_of(&outcome))
}

fn claims_by_scope(rp: &RelyingParty) -> String {
    rp.world.provider.change_id_token(|token| {
        remove(&mut token.claims, "preferred_username");
        remove(&mut token.claims, "email");
    });
    let seen = success(rp);
    let asked = rp.world.provider.requests_to(AUTHORIZE);
    assert_eq!(asked[0].query("scope"), Some("openid profile email"));
    assert_eq!(rp.world.accounts(), ["ada"], "from the profile");
    seen
}

fn secret_in_basic(rp: &RelyingParty) -> String {
    let seen = success(rp);
    let exchange = &rp.world.provider.requests_to(TOKEN)[0];
    assert!(exchange.header("authorization").is_some_and(|value| value.starts_with("Basic ")));
    assert_eq!(exchange.form("client_secret"), None);
    seen
}

fn keys_at_the_announced_place(rp: &RelyingParty) -> String {
    const PLACE: &str = "/keys-of-this-run";
    let issuer = rp.world.provider.issuer().to_owned();
    let registers = rp.provider == issuer;
    rp.world.provider.change_metadata(move |metadata| {
        metadata["jwks_uri"] = format!("{issuer}{PLACE}").into();
        if registers {
            metadata["registration_endpoint"] = format!("{issuer}{REGISTER}").into();
        }
    });
    rp.with_rsa();
    let keys = json!({ "keys": [SigningKey::rsa().public()] });
    rp.world.provider.respond_with(PLACE, Response::json(200, &keys));
    let seen = success(rp);
    assert!(!rp.world.provider.requests_to(PLACE).is_empty());
    assert!(rp.world.provider.requests_to(KEYS).is_empty());
    seen
}

fn issuer_mismatch(rp: &RelyingParty) -> String {
    rp.world.provider.set_metadata("issuer", json!("https://other.example"));
    let outcome = rp.world.run(&["signin", &rp.provider]).ends_with(1);
    assert!(rp.world.opened.is_empty(), "a browser was opened");
    format!("rejected: {}", error_of(&outcome))
}

fn rotation_before_signing(rp: &RelyingParty) -> String {
    let old = json!({ "keys": [SigningKey::new().public()] });
    rp.world.provider.rotate_key(SigningKey::new().named("key-2"));
    rp.world.provider.respond_next(KEYS, vec![Response::json(200, &old)]);
    let seen = success(rp);
    assert_eq!(rp.world.provider.requests_to(KEYS).len(), 2);
    seen
}

fn rotation_between_two(rp: &RelyingParty) -> String {
    success(rp);
    rp.world.provider.rotate_key(SigningKey::new().named("key-2"));
    let seen = success(rp);
    assert_eq!(rp.world.provider.requests_to(KEYS).len(), 2);
    seen
}

fn registration(rp: &RelyingParty) -> String {
    let seen = success(rp);
    let requests = rp.world.provider.requests_to(REGISTER);
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let document: Value = serde_json::from_str(&request.body).expect("JSON");
    assert_eq!(document["response_types"], json!(["code"]));
    let asked = rp.world.provider.requests_to(AUTHORIZE);
    let sent = json!(asked[0].query("redirect_uri"));
    assert!(document["redirect_uris"].as_array().is_some_and(|uris| uris.contains(&sent)), "{document}");
    seen
}

fn signed_userinfo(rp: &RelyingParty) -> String {
    rp.with_rsa();
    let issuer = rp.world.provider.issuer().to_owned();
    let profile = |subject: &str, signature| {
        let key = SigningKey::rsa();
        let mut token = IdToken::new(&issuer, "unknown", subject, None, &key);
        remove(&mut token.claims, "aud");
        token.claims["preferred_username"] = json!("ada-of-the-profile");
        token.signature = signature;
        Response::of_type(200, "application/jwt", token.signed_by(&key))
    };
    rp.world.provider.change_id_token(|token| remove(&mut token.claims, "preferred_username"));
    rp.world.provider.respond_with(USERINFO, profile("other", Signature::Right));
    rp.sign_in().fails(1, "subject");
    rp.world.provider.respond_with(USERINFO, profile(SUBJECT, Signature::Wrong));
    rp.sign_in().success();
    assert_ne!(rp.world.accounts(), ["ada-of-the-profile"]);
    rp.world.provider.respond_with(USERINFO, profile(SUBJECT, Signature::Right));
    signed_in(&rp.sign_in().success())
}

/// The suite also wants a redirect afterwards, which the program does not ask for: it has ended by then.
fn logout(rp: &RelyingParty) -> String {
    success(rp);
    let id_token = rp.world.run(&["token", "--id-token"]).success().stdout;
    let signing_out = rp.world.sandbox.start(&["signout", "--end-session"]);
    let page = visitor::get(&rp.world.opened.next_url()).body;
    signing_out.outcome().success();
    assert!(page.contains(&format!("action=\"{}{END_SESSION}\"", rp.world.provider.issuer())), "{page}");
    assert!(page.contains(&format!("name=\"id_token_hint\" value=\"{}\"", id_token.trim_end())), "{page}");
    "a button posts the ID token as `id_token_hint`".to_owned()
}
