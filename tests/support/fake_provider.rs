//! Fake OpenID provider: correct by default, wrong in one place if a test asks for it.

mod id_token;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub use id_token::{IdToken, Signature, SigningKey};
pub use wire::{Listener, ReceivedRequest, Response, read_request};

/// Paths of the endpoints.
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
pub const AUTHORIZE: &str = "/authorize";
pub const TOKEN: &str = "/token";
pub const DEVICE: &str = "/device";
pub const USERINFO: &str = "/userinfo";
pub const KEYS: &str = "/keys";
pub const REVOKE: &str = "/revoke";
pub const END_SESSION: &str = "/logout";
pub const REGISTER: &str = "/register";

/// Subject of the user who signs in, unless a test changes it.
pub const SUBJECT: &str = "subject-1";

/// Change of a correct value.
type Change<T> = Box<dyn Fn(&mut T) + Send>;

/// Error code for a rejected registration.
type RegistrationCheck = Box<dyn Fn(&Value) -> Option<&'static str> + Send>;

/// Provider on a free port of 127.0.0.1; stops when dropped.
///
/// `GET /authorize` signs [`SUBJECT`] in at once and redirects back. Codes work once and only with their PKCE verifier.
/// Each refresh issues a new refresh token; reuse of an old one revokes the grant (RFC 9700 4.14).
pub struct FakeProvider {
    listener: Listener,
    issuer: String,
    state: Arc<Mutex<State>>,
}

struct State {
    issuer: String,
    key: SigningKey,
    /// Responses instead of the correct ones, by path.
    overrides: BTreeMap<String, Response>,
    /// Responses before `overrides`, each used once.
    next: BTreeMap<String, VecDeque<Response>>,
    /// Status and error of responses that quote the request, by path.
    quoting: BTreeMap<String, (u16, String)>,
    change_metadata: Change<Value>,
    change_callback: Change<Vec<(String, String)>>,
    change_tokens: Change<Value>,
    change_id_token: Change<IdToken>,
    change_registration: Change<Value>,
    reject_registration: RegistrationCheck,
    expires_in: u64,
    /// Number of `authorization_pending` responses before a device code is approved.
    device_polls: u32,
    codes: BTreeMap<String, Grant>,
    refresh_tokens: BTreeMap<String, Grant>,
    spent: Vec<String>,
    /// Registered clients by ID with their redirect URIs; no URIs if the client was deleted. While the map is empty, any
    /// client is accepted.
    clients: BTreeMap<String, Vec<String>>,
    issued: u64,
    requests: Vec<ReceivedRequest>,
    gates: BTreeMap<String, Arc<Gate>>,
    /// Paths to which endpoints have moved, with the path before.
    moved: BTreeMap<String, String>,
}

/// Gate that holds responses back.
#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    is_open: bool,
    arrived: usize,
}

/// Guard that holds back the responses of one path until dropped. The requests themselves are processed.
pub struct HeldResponses {
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
            overrides: BTreeMap::new(),
            next: BTreeMap::new(),
            quoting: BTreeMap::new(),
            change_metadata: Box::new(|_| {}),
            change_callback: Box::new(|_| {}),
            change_tokens: Box::new(|_| {}),
            change_id_token: Box::new(|_| {}),
            change_registration: Box::new(|_| {}),
            reject_registration: Box::new(|_| None),
            expires_in: 3600,
            device_polls: 0,
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            spent: Vec::new(),
            clients: BTreeMap::new(),
            issued: 0,
            requests: Vec::new(),
            gates: BTreeMap::new(),
            moved: BTreeMap::new(),
        }));
        let shared = Arc::clone(&state);
        listener.serve(move |request| {
            let path = request.path.clone();
            let mut state = locked(&shared);
            let response = state.respond(request);
            let gate = state.gates.get(&path).cloned();
            drop(state);
            if let Some(gate) = gate {
                gate.pass();
            }
            response
        });
        Self { listener, issuer, state }
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Sends this response for `path` from now on; a method before the path limits it to that method.
    pub fn respond_with(&self, path: &str, response: Response) {
        self.state().overrides.insert(path.to_owned(), response);
    }

    /// Sends these responses for the next requests to `path`, in order, then correct ones.
    pub fn respond_next(&self, path: &str, responses: Vec<Response>) {
        self.state().next.insert(path.to_owned(), responses.into());
    }

    /// Responds to `path` with an error that quotes the request with its secrets.
    pub fn quote(&self, path: &str, status: u16, error: &str) {
        self.state().quoting.insert(path.to_owned(), (status, error.to_owned()));
    }

    /// Sends correct responses for `path` again.
    pub fn respond_normally(&self, path: &str) {
        self.state().quoting.remove(path);
        self.state().overrides.remove(path);
    }

    /// Processes requests to `path` but holds back the responses.
    pub fn hold(&self, path: &str) -> HeldResponses {
        let gate = Arc::new(Gate::default());
        self.state().gates.insert(path.to_owned(), Arc::clone(&gate));
        HeldResponses { gate }
    }

    /// Serves the metadata, as it is now, at another path only.
    pub fn move_metadata(&self, path: &str) {
        let metadata = self.state().metadata();
        self.respond_with(path, Response::json(200, &metadata));
        self.respond_with(DISCOVERY, Response::html(404, "not here"));
    }

    /// Moves an endpoint: the metadata names the new path, and the old one is no page.
    pub fn move_endpoint(&self, path: &str, to: &str) {
        self.state().moved.insert(to.to_owned(), path.to_owned());
    }

    /// Replaces the signing key; the new one has the same id.
    pub fn replace_key(&self) {
        self.state().key = SigningKey::new();
    }

    /// Changes the metadata document.
    pub fn change_metadata(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().change_metadata = Box::new(change);
    }

    /// Changes one field of the metadata document.
    pub fn set_metadata(&self, field: &'static str, value: Value) {
        self.change_metadata(move |metadata| metadata[field] = value.clone());
    }

    /// Changes the parameters of the callback: `code`, `state`, `iss`.
    pub fn change_callback(&self, change: impl Fn(&mut Vec<(String, String)>) + Send + 'static) {
        self.state().change_callback = Box::new(change);
    }

    /// Sends this value of a callback parameter, or no such parameter.
    pub fn set_callback(&self, name: &'static str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        self.change_callback(move |parameters| {
            parameters.retain(|(known, _)| known != name);
            parameters.extend(value.clone().map(|value| (name.to_owned(), value)));
        });
    }

    /// Sends an OAuth error instead of a code.
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

    /// Changes ID tokens, including the signature.
    pub fn change_id_token(&self, change: impl Fn(&mut IdToken) + Send + 'static) {
        self.state().change_id_token = Box::new(change);
    }

    /// Replaces the key that signs ID tokens, and the published one.
    pub fn rotate_key(&self, key: SigningKey) {
        self.state().key = key;
    }

    /// Enables client registration and management (RFC 7591, 7592). From then on the redirect URI must match exactly.
    pub fn register_clients(&self) {
        let endpoint = format!("{}{REGISTER}", self.issuer);
        self.change_metadata(move |metadata| metadata["registration_endpoint"] = endpoint.clone().into());
    }

    /// Deletes every registered client.
    pub fn forget_clients(&self) {
        let mut state = self.state();
        let deleted = std::mem::take(&mut state.clients);
        state.clients = deleted.into_keys().map(|id| (id, Vec::new())).collect();
    }

    /// Changes the response to a registration.
    pub fn change_registration(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.state().change_registration = Box::new(change);
    }

    /// Rejects registrations for which `check` returns an error code.
    pub fn reject_registrations(&self, check: impl Fn(&Value) -> Option<&'static str> + Send + 'static) {
        self.state().reject_registration = Box::new(check);
    }

    /// Sets the lifetime of access tokens in seconds.
    pub fn set_expires_in(&self, seconds: u64) {
        self.state().expires_in = seconds;
    }

    /// Sets how many polls of a device code are pending.
    pub fn set_device_polls(&self, polls: u32) {
        self.state().device_polls = polls;
    }

    /// Requests so far, oldest first.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.state().requests.clone()
    }

    /// Requests to one path.
    pub fn requests_to(&self, path: &str) -> Vec<ReceivedRequest> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// Number of refresh requests, successful or not.
    pub fn refreshes(&self) -> usize {
        self.requests_to(TOKEN).iter().filter(|request| request.form("grant_type") == Some("refresh_token")).count()
    }

    /// Waits until every earlier request is processed, including those of clients that have disconnected.
    pub fn wait_until_idle(&self) {
        self.listener.wait_until_idle();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Gate {
    fn pass(&self) {
        let mut state = locked(&self.state);
        state.arrived += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| !state.is_open).unwrap_or_else(PoisonError::into_inner));
    }
}

impl HeldResponses {
    /// Waits until this many responses are held back.
    pub fn wait_for(&self, count: usize) {
        let waited = self
            .gate
            .changed
            .wait_timeout_while(locked(&self.gate.state), super::PATIENCE, |state| state.arrived < count);
        assert!(!waited.unwrap_or_else(PoisonError::into_inner).1.timed_out(), "fewer than {count} requests");
    }
}

impl Drop for HeldResponses {
    fn drop(&mut self) {
        locked(&self.gate.state).is_open = true;
        self.gate.changed.notify_all();
    }
}

/// Locks without regard to poison, so that the first failure of a test stays visible.
fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn respond(&mut self, mut request: ReceivedRequest) -> Response {
        self.requests.push(request.clone());
        if self.moved.values().any(|before| *before == request.path) {
            return Response::html(404, "no such page");
        }
        if let Some(before) = self.moved.get(&request.path) {
            request.path = before.clone();
        }
        if let Some(response) = self.next.get_mut(&request.path).and_then(VecDeque::pop_front) {
            return response;
        }
        if let Some((status, error)) = self.quoting.get(&request.path) {
            let secret = ["refresh_token", "code", "code_verifier", "device_code", "token", "client_secret"];
            let sent = secret.iter().filter_map(|name| request.form(name)).chain(request.header("authorization"));
            let quoted = sent.collect::<Vec<_>>().join(" ");
            return Response::json(*status, &json!({ "error": error, "error_description": quoted }));
        }
        let with_method = format!("{} {}", request.method, request.path);
        if let Some(response) = self.overrides.get(&with_method).or(self.overrides.get(&request.path)) {
            return response.clone();
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", DISCOVERY) => Response::json(200, &self.metadata()),
            ("GET", AUTHORIZE) => self.authorize(&request),
            ("POST", TOKEN) => self.token(&request),
            ("POST", DEVICE) => self.device(&request),
            ("GET", USERINFO) => userinfo(&request),
            ("GET", KEYS) => Response::json(200, &json!({ "keys": [self.key.public()] })),
            ("POST", REVOKE) => self.revoke(&request),
            ("POST", REGISTER) => self.register(&request),
            ("GET" | "DELETE", path) if path.starts_with(REGISTER) => self.manage(&request),
            ("GET", END_SESSION) => Response::html(200, "<!doctype html><title>Signed out</title>"),
            _ => Response::html(404, "no such page"),
        }
    }

    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
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
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
            "subject_types_supported": ["public"],
            "authorization_response_iss_parameter_supported": true,
        });
        (self.change_metadata)(&mut metadata);
        for (to, before) in &self.moved {
            let endpoints = metadata.as_object_mut().expect("an object").values_mut();
            endpoints.filter(|url| **url == at(before)).for_each(|url| *url = at(to).into());
        }
        metadata
    }

    fn authorize(&mut self, request: &ReceivedRequest) -> Response {
        let parameter = |name| request.query(name).map(str::to_owned);
        let Some(redirect_uri) = parameter("redirect_uri") else { return Response::html(400, "no redirect_uri") };
        let registered = parameter("client_id").and_then(|id| self.clients.get(&id).cloned());
        if registered.is_some_and(|registered| !registered.is_empty() && !registered.contains(&redirect_uri)) {
            return Response::html(400, "redirect_uri is not registered");
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

    fn device(&mut self, request: &ReceivedRequest) -> Response {
        let code = self.fresh("device");
        let grant = Grant {
            client_id: request.form("client_id").unwrap_or_default().to_owned(),
            redirect_uri: String::new(),
            challenge: None,
            nonce: None,
            scope: request.form("scope").unwrap_or_default().to_owned(),
        };
        self.codes.insert(code.clone(), grant);
        let page = format!("{}/activate", self.issuer);
        let response = json!({
            "device_code": code,
            "user_code": "WDJB-MJHT",
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?user_code=WDJB-MJHT"),
            "expires_in": 600,
            "interval": 1,
        });
        Response::json(200, &response)
    }

    fn register(&mut self, request: &ReceivedRequest) -> Response {
        let Ok(mut client) = serde_json::from_str::<Value>(&request.body) else {
            return Response::html(400, "no JSON");
        };
        if let Some(error) = (self.reject_registration)(&client) {
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

    fn manage(&mut self, request: &ReceivedRequest) -> Response {
        let id = request.path.trim_start_matches(REGISTER).trim_start_matches('/').to_owned();
        let authorized =
            request.header("authorization").is_some_and(|value| value.starts_with("Bearer management-secret-"));
        let known = self.clients.get(&id).is_some_and(|addresses| !addresses.is_empty());
        match (authorized && known, request.method.as_str()) {
            (false, _) => Response::json(401, &json!({ "error": "invalid_token" })),
            (true, "GET") => Response::json(200, &json!({ "client_id": id })),
            (true, _) => {
                self.clients.remove(&id);
                Response::Page { status: 204, headers: Vec::new(), body: Vec::new() }
            }
        }
    }

    fn token(&mut self, request: &ReceivedRequest) -> Response {
        let client = request.form("client_id").and_then(|id| self.clients.get(id));
        if client.is_some_and(Vec::is_empty) {
            return Response::json(401, &json!({ "error": "invalid_client" }));
        }
        let outcome = match request.form("grant_type") {
            Some("authorization_code") => self.exchange(request),
            Some("refresh_token") => self.refresh(request),
            Some("urn:ietf:params:oauth:grant-type:device_code") => self.poll(request),
            _ => Err("unsupported_grant_type"),
        };
        match outcome {
            Ok(tokens) => Response::json(200, &tokens),
            Err(error) => Response::json(400, &json!({ "error": error })),
        }
    }

    fn exchange(&mut self, request: &ReceivedRequest) -> Result<Value, &'static str> {
        let code = request.form("code").unwrap_or_default();
        let grant = self.codes.remove(code).ok_or("invalid_grant")?;
        if request.form("redirect_uri") != Some(&grant.redirect_uri) {
            return Err("invalid_grant");
        }
        let answer_of = |verifier: &str| {
            let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
            URL_SAFE_NO_PAD.encode(digest)
        };
        if request.form("code_verifier").map(answer_of) != grant.challenge {
            return Err("invalid_grant");
        }
        Ok(self.issue(grant))
    }

    fn poll(&mut self, request: &ReceivedRequest) -> Result<Value, &'static str> {
        if self.device_polls > 0 {
            self.device_polls -= 1;
            return Err("authorization_pending");
        }
        let code = request.form("device_code").unwrap_or_default();
        let grant = self.codes.remove(code).ok_or("invalid_grant")?;
        Ok(self.issue(grant))
    }

    fn refresh(&mut self, request: &ReceivedRequest) -> Result<Value, &'static str> {
        let token = request.form("refresh_token").unwrap_or_default().to_owned();
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
            let mut id_token = IdToken::new(&self.issuer, &grant.client_id, SUBJECT, grant.nonce.as_deref(), &self.key);
            (self.change_id_token)(&mut id_token);
            tokens["id_token"] = id_token.signed_by(&self.key).into();
        }
        self.refresh_tokens.insert(refresh, grant);
        (self.change_tokens)(&mut tokens);
        tokens
    }

    fn revoke(&mut self, request: &ReceivedRequest) -> Response {
        self.refresh_tokens.remove(request.form("token").unwrap_or_default());
        Response::json(200, &json!({}))
    }

    /// New unique value that contains its kind, so that a test can find it where it must not be.
    fn fresh(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}-secret-{}", self.issued)
    }
}

fn userinfo(request: &ReceivedRequest) -> Response {
    match request.header("authorization") {
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
