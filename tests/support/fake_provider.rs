//! An OpenID provider that does as it is told: right by default, wrong in one place where a test says so.

mod id_token;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub use id_token::{IdToken, Signature, SigningKey};
pub use wire::{Listener, ReceivedRequest, Response};

/// The paths of its endpoints.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const AUTHORIZE: &str = "/authorize";
pub const TOKEN: &str = "/token";
pub const DEVICE: &str = "/device";
pub const USERINFO: &str = "/userinfo";
pub const KEYS: &str = "/keys";
pub const REVOKE: &str = "/revoke";
pub const END_SESSION: &str = "/logout";
pub const REGISTER: &str = "/register";

/// Who signs in, unless the test says otherwise.
pub const SUBJECT: &str = "subject-1";

/// A change to what would have been right.
type Change<T> = Box<dyn Fn(&mut T) + Send>;

/// The error code of what is refused.
type Refusal = Box<dyn Fn(&Value) -> Option<&'static str> + Send>;

/// The provider, running on a free port of 127.0.0.1 until it is dropped.
///
/// `GET /authorize` signs [`SUBJECT`] in at once and redirects back. Codes are good once and only with their PKCE
/// verifier; each refresh gives a new refresh token, and a used one ends the whole grant (RFC 9700 4.14).
pub struct FakeProvider {
    listener: Listener,
    issuer: String,
    state: Arc<Mutex<State>>,
}

struct State {
    issuer: String,
    key: SigningKey,
    /// Said instead of the right answer, by path.
    instead: BTreeMap<String, Response>,
    /// Said before `instead`, each once.
    next: BTreeMap<String, VecDeque<Response>>,
    /// Complaints that quote all that was sent, by path: status and error.
    quoting: BTreeMap<String, (u16, String)>,
    change_metadata: Change<Value>,
    change_callback: Change<Vec<(String, String)>>,
    change_tokens: Change<Value>,
    change_id_token: Change<IdToken>,
    change_registration: Change<Value>,
    refuse_registration: Refusal,
    expires_in: u64,
    /// Answers of `authorization_pending` before a device code is good.
    device_polls: u32,
    codes: BTreeMap<String, Grant>,
    refresh_tokens: BTreeMap<String, Grant>,
    spent: Vec<String>,
    /// Clients registered at run time, by id, each with the redirect URIs it must use, none where it was forgotten; nothing
    /// else is compared while this is empty.
    clients: BTreeMap<String, Vec<String>>,
    issued: u64,
    asked: Vec<ReceivedRequest>,
    gates: BTreeMap<String, Arc<Gate>>,
}

/// Holds answers back.
#[derive(Default)]
struct Gate {
    stand: Mutex<Stand>,
    changed: Condvar,
}

#[derive(Default)]
struct Stand {
    is_open: bool,
    arrived: usize,
}

/// The answers of one path, held back until this is dropped; what was asked has been done by then.
pub struct Held {
    gate: Arc<Gate>,
}

#[derive(Clone)]
struct Grant {
    client_id: String,
    redirect_uri: String,
    challenge: Option<String>,
    nonce: Option<String>,
    scope: String,
}

impl FakeProvider {
    pub fn start() -> Self {
        let listener = Listener::bind();
        let issuer = listener.origin();
        let state = Arc::new(Mutex::new(State {
            issuer: issuer.clone(),
            key: SigningKey::new(),
            instead: BTreeMap::new(),
            next: BTreeMap::new(),
            quoting: BTreeMap::new(),
            change_metadata: Box::new(|_| {}),
            change_callback: Box::new(|_| {}),
            change_tokens: Box::new(|_| {}),
            change_id_token: Box::new(|_| {}),
            change_registration: Box::new(|_| {}),
            refuse_registration: Box::new(|_| None),
            expires_in: 3600,
            device_polls: 0,
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            spent: Vec::new(),
            clients: BTreeMap::new(),
            issued: 0,
            asked: Vec::new(),
            gates: BTreeMap::new(),
        }));
        let answering = Arc::clone(&state);
        listener.serve(move |asked| {
            let path = asked.path.clone();
            let mut state = locked(&answering);
            let answer = state.answer(asked);
            let gate = state.gates.get(&path).cloned();
            drop(state);
            if let Some(gate) = gate {
                gate.pass();
            }
            answer
        });
        Self { listener, issuer, state }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Answers `path` with this and nothing else from now on.
    pub fn respond_with(&self, path: &str, answer: Response) {
        self.state().instead.insert(path.to_owned(), answer);
    }

    /// Answers the next requests for `path` with these, in order, and rightly after them.
    pub fn respond_next(&self, path: &str, answers: Vec<Response>) {
        self.state().next.insert(path.to_owned(), answers.into());
    }

    /// Answers `path` with a complaint that quotes what was asked, its secrets included.
    pub fn quote(&self, path: &str, status: u16, error: &str) {
        self.state().quoting.insert(path.to_owned(), (status, error.to_owned()));
    }

    /// Answers `path` rightly again.
    pub fn respond_normally(&self, path: &str) {
        self.state().quoting.remove(path);
        self.state().instead.remove(path);
    }

    /// Does what is asked of `path`, and holds the answers back.
    pub fn hold(&self, path: &str) -> Held {
        let gate = Arc::new(Gate::default());
        self.state().gates.insert(path.to_owned(), Arc::clone(&gate));
        Held { gate }
    }

    /// Changes the metadata document.
    pub fn change_metadata(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().change_metadata = Box::new(change);
    }

    /// Changes the parameters that go back to the redirect URI: `code`, `state`, `iss`.
    pub fn change_callback(&self, change: impl Fn(&mut Vec<(String, String)>) + Send + 'static) {
        self.state().change_callback = Box::new(change);
    }

    /// Denies with an OAuth error instead of giving a code.
    pub fn deny(&self, error: &str, description: &str) {
        let (error, description) = (error.to_owned(), description.to_owned());
        self.change_callback(move |parameters| {
            parameters.retain(|(name, _)| name != "code");
            parameters.push(("error".to_owned(), error.clone()));
            parameters.push(("error_description".to_owned(), description.clone()));
        });
    }

    /// Changes the token response.
    pub fn change_tokens(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().change_tokens = Box::new(change);
    }

    /// Changes ID tokens before they are written, their signature included.
    pub fn change_id_token(&self, change: impl Fn(&mut IdToken) + Send + 'static) {
        self.state().change_id_token = Box::new(change);
    }

    /// Names the registration endpoint, where clients are registered and managed (RFC 7591, 7592). The redirect URI of one
    /// is compared to the last digit from then on.
    pub fn register_clients(&self) {
        let endpoint = format!("{}{REGISTER}", self.issuer);
        self.change_metadata(move |metadata| metadata["registration_endpoint"] = endpoint.clone().into());
    }

    /// Loses every client that was registered.
    pub fn forget_clients(&self) {
        let mut state = self.state();
        let lost = std::mem::take(&mut state.clients);
        state.clients = lost.into_keys().map(|id| (id, Vec::new())).collect();
    }

    /// Changes the answer to a registration.
    pub fn change_registration(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().change_registration = Box::new(change);
    }

    /// Refuses to register what `refuse` has an error code for.
    pub fn refuse_registrations_of(&self, refuse: impl Fn(&Value) -> Option<&'static str> + Send + 'static) {
        self.state().refuse_registration = Box::new(refuse);
    }

    /// The life of access tokens from now on, in seconds.
    pub fn set_expires_in(&self, seconds: u64) {
        self.state().expires_in = seconds;
    }

    /// How many polls of a device code are told to wait.
    pub fn set_device_polls(&self, polls: u32) {
        self.state().device_polls = polls;
    }

    /// Every request so far, oldest first.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.state().asked.clone()
    }

    /// The requests to one path.
    pub fn requests_to(&self, path: &str) -> Vec<ReceivedRequest> {
        self.requests().into_iter().filter(|asked| asked.path == path).collect()
    }

    /// How often tokens were refreshed, in vain or not.
    pub fn refreshes(&self) -> usize {
        self.requests_to(TOKEN).iter().filter(|asked| asked.form("grant_type") == Some("refresh_token")).count()
    }

    /// Waits until every request that was sent before is done with, those of clients that have left included.
    pub fn wait_until_idle(&self) {
        self.listener.wait_until_idle();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Gate {
    fn pass(&self) {
        let mut stand = locked(&self.stand);
        stand.arrived += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(stand, |stand| !stand.is_open).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Held {
    /// Waits until this many answers are held back.
    pub fn wait_for(&self, count: usize) {
        let waited = self
            .gate
            .changed
            .wait_timeout_while(locked(&self.gate.stand), super::PATIENCE, |stand| stand.arrived < count);
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "fewer than {count} asked");
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        locked(&self.gate.stand).is_open = true;
        self.gate.changed.notify_all();
    }
}

/// A test that failed while it held the lock must not hide behind the poison.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn answer(&mut self, asked: ReceivedRequest) -> Response {
        self.asked.push(asked.clone());
        if let Some(answer) = self.next.get_mut(&asked.path).and_then(VecDeque::pop_front) {
            return answer;
        }
        if let Some((status, error)) = self.quoting.get(&asked.path) {
            let secret = ["refresh_token", "code", "code_verifier", "device_code", "token", "client_secret"];
            let sent = secret.iter().filter_map(|name| asked.form(name)).chain(asked.header("authorization"));
            let quoted = sent.collect::<Vec<_>>().join(" ");
            return Response::json(*status, &json!({ "error": error, "error_description": quoted }));
        }
        if let Some(answer) = self.instead.get(&asked.path) {
            return answer.clone();
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", DISCOVERY) => Response::json(200, &self.metadata()),
            ("GET", AUTHORIZE) => self.authorize(&asked),
            ("POST", TOKEN) => self.token(&asked),
            ("POST", DEVICE) => self.device(&asked),
            ("GET", USERINFO) => userinfo(&asked),
            ("GET", KEYS) => Response::json(200, &json!({ "keys": [self.key.public()] })),
            ("POST", REVOKE) => self.revoke(&asked),
            ("POST", REGISTER) => self.register(&asked),
            ("GET" | "DELETE", path) if path.starts_with(REGISTER) => self.manage(&asked),
            ("GET", END_SESSION) => Response::html(200, "<!doctype html><title>Signed out</title>"),
            _ => Response::html(404, "no such page"),
        }
    }

    fn metadata(&self) -> Value {
        let at = |path| format!("{}{path}", self.issuer);
        let mut metadata = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at(AUTHORIZE),
            "token_endpoint": at(TOKEN),
            "device_authorization_endpoint": at(DEVICE),
            "userinfo_endpoint": at(USERINFO),
            "jwks_uri": at(KEYS),
            "revocation_endpoint": at(REVOKE),
            "end_session_endpoint": at(END_SESSION),
            "response_types_supported": ["code"],
            "grant_types_supported":
                ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "subject_types_supported": ["public"],
            "authorization_response_iss_parameter_supported": true,
        });
        (self.change_metadata)(&mut metadata);
        metadata
    }

    fn authorize(&mut self, asked: &ReceivedRequest) -> Response {
        let parameter = |name| asked.query(name).map(str::to_owned);
        let Some(redirect_uri) = parameter("redirect_uri") else { return Response::html(400, "no redirect_uri") };
        let registered = parameter("client_id").and_then(|id| self.clients.get(&id).cloned());
        if registered.is_some_and(|registered| !registered.is_empty() && !registered.contains(&redirect_uri)) {
            return Response::html(400, "another redirect_uri than the one registered");
        }
        let code = self.fresh("code");
        let grant = Grant {
            client_id: parameter("client_id").unwrap_or_default(),
            redirect_uri: redirect_uri.clone(),
            challenge: parameter("code_challenge"),
            nonce: parameter("nonce"),
            scope: parameter("scope").unwrap_or_default(),
        };
        self.codes.insert(code.clone(), grant);
        let mut parameters = vec![("code".to_owned(), code), ("iss".to_owned(), self.issuer.clone())];
        parameters.extend(parameter("state").map(|state| ("state".to_owned(), state)));
        (self.change_callback)(&mut parameters);
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        Response::redirect(&format!("{redirect_uri}?{query}"))
    }

    fn device(&mut self, asked: &ReceivedRequest) -> Response {
        let code = self.fresh("device");
        let grant = Grant {
            client_id: asked.form("client_id").unwrap_or_default().to_owned(),
            redirect_uri: String::new(),
            challenge: None,
            nonce: None,
            scope: asked.form("scope").unwrap_or_default().to_owned(),
        };
        self.codes.insert(code.clone(), grant);
        let page = format!("{}/activate", self.issuer);
        let answer = json!({
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code=WDJB-MJHT"),
            "expires_in": 600,
            "interval": 1,
        });
        Response::json(200, &answer)
    }

    fn register(&mut self, asked: &ReceivedRequest) -> Response {
        let Ok(mut client) = serde_json::from_str::<Value>(&asked.body) else { return Response::html(400, "no JSON") };
        if let Some(error) = (self.refuse_registration)(&client) {
            return Response::json(400, &json!({ "error": error }));
        }
        let id = self.fresh("client").replace("secret", "id");
        let addresses = client["redirect_uris"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.clients.insert(id.clone(), addresses.map(str::to_owned).collect());
        client["registration_client_uri"] = format!("{}{REGISTER}/{id}", self.issuer).into();
        client["registration_access_token"] = self.fresh("management").into();
        client["client_id"] = id.into();
        (self.change_registration)(&mut client);
        Response::json(201, &client)
    }

    fn manage(&mut self, asked: &ReceivedRequest) -> Response {
        let id = asked.path.trim_start_matches(REGISTER).trim_start_matches('/').to_owned();
        let authorized =
            asked.header("authorization").is_some_and(|value| value.starts_with("Bearer management-secret-"));
        let known = self.clients.get(&id).is_some_and(|addresses| !addresses.is_empty());
        match (authorized && known, asked.method.as_str()) {
            (false, _) => Response::json(401, &json!({ "error": "invalid_token" })),
            (true, "GET") => Response::json(200, &json!({ "client_id": id })),
            (true, _) => {
                self.clients.remove(&id);
                Response::Page { status: 204, headers: Vec::new(), body: Vec::new() }
            }
        }
    }

    fn token(&mut self, asked: &ReceivedRequest) -> Response {
        let client = asked.form("client_id").and_then(|id| self.clients.get(id));
        if client.is_some_and(Vec::is_empty) {
            return Response::json(401, &json!({ "error": "invalid_client" }));
        }
        let outcome = match asked.form("grant_type") {
            Some("authorization_code") => self.exchange(asked),
            Some("refresh_token") => self.refresh(asked),
            Some("urn:ietf:params:oauth:grant-type:device_code") => self.poll(asked),
            _ => Err("unsupported_grant_type"),
        };
        match outcome {
            Ok(tokens) => Response::json(200, &tokens),
            Err(error) => Response::json(400, &json!({ "error": error })),
        }
    }

    fn exchange(&mut self, asked: &ReceivedRequest) -> Result<Value, &'static str> {
        let code = asked.form("code").unwrap_or_default();
        let grant = self.codes.remove(code).ok_or("invalid_grant")?;
        if asked.form("redirect_uri") != Some(&grant.redirect_uri) {
            return Err("invalid_grant");
        }
        let answer_of = |verifier: &str| {
            let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
            URL_SAFE_NO_PAD.encode(digest)
        };
        if asked.form("code_verifier").map(answer_of) != grant.challenge {
            return Err("invalid_grant");
        }
        Ok(self.issue(grant))
    }

    fn poll(&mut self, asked: &ReceivedRequest) -> Result<Value, &'static str> {
        if self.device_polls > 0 {
            self.device_polls -= 1;
            return Err("authorization_pending");
        }
        let code = asked.form("device_code").unwrap_or_default();
        let grant = self.codes.remove(code).ok_or("invalid_grant")?;
        Ok(self.issue(grant))
    }

    fn refresh(&mut self, asked: &ReceivedRequest) -> Result<Value, &'static str> {
        let token = asked.form("refresh_token").unwrap_or_default().to_owned();
        if self.spent.contains(&token) {
            self.refresh_tokens.clear();
        }
        let grant = self.refresh_tokens.remove(&token).ok_or("invalid_grant")?;
        self.spent.push(token);
        // A nonce belongs to the authorization request; a refreshed ID token has none (OpenID Connect Core 12.2).
        Ok(self.issue(Grant { nonce: None, ..grant }))
    }

    fn issue(&mut self, grant: Grant) -> Value {
        let (access, refresh) = (self.fresh("access"), self.fresh("refresh"));
        let mut tokens = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": refresh,
            "scope": grant.scope,
        });
        if grant.scope.split(' ').any(|scope| scope == "openid") {
            let mut id_token =
                IdToken::new(&self.issuer, &grant.client_id, SUBJECT, grant.nonce.as_deref(), self.key.id());
            (self.change_id_token)(&mut id_token);
            tokens["id_token"] = id_token.signed_by(&self.key).into();
        }
        self.refresh_tokens.insert(refresh, grant);
        (self.change_tokens)(&mut tokens);
        tokens
    }

    fn revoke(&mut self, asked: &ReceivedRequest) -> Response {
        self.refresh_tokens.remove(asked.form("token").unwrap_or_default());
        Response::json(200, &json!({}))
    }

    /// A value that no other is like; it says what it is, so that a test sees where it must not be.
    fn fresh(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}-secret-{}", self.issued)
    }
}

fn userinfo(asked: &ReceivedRequest) -> Response {
    match asked.header("authorization") {
        Some(value) if value.starts_with("Bearer access-secret-") => {
            let profile = json!({
                "sub": SUBJECT,
                "name": "Ada Lovelace",
                "preferred_username": "ada",
                "email": "ada@example.test",
                "email_verified": true,
            });
            Response::json(200, &profile)
        }
        _ => Response::json(401, &json!({ "error": "invalid_token" })),
    }
}
