//! A proxy that answers for every host, following one script at a time.

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mycli::internals::catalog::Provider;
use serde_json::{Map, Value, json};
use url::Url;

use crate::rows::authority::CertificateAuthority;
use crate::rows::script::{Line, Script};
use crate::support::fake_provider::{IdToken, ReceivedRequest, SigningKey, read_request};

pub const CLIENT: &str = "client-1";
pub const SECRET: &str = "secret-1";

/// Purpose of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Metadata,
    Authorize,
    Exchange,
    Keys,
    Profile,
    Refresh,
    Revoke,
    Device,
    Poll,
}

/// A proxy that answers for every host.
pub struct FakeProviders {
    port: u16,
    playback: Arc<Mutex<Playback>>,
}

impl FakeProviders {
    pub fn open(authority: &CertificateAuthority) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let playback = Arc::new(Mutex::new(Playback::default()));
        let (server, shared) = (Arc::clone(&authority.server), Arc::clone(&playback));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, playback) = (Arc::clone(&server), Arc::clone(&shared));
                // If the program disconnects early, its missing requests show.
                std::thread::spawn(move || {
                    let respond = |request: &ReceivedRequest| {
                        playback.lock().unwrap_or_else(PoisonError::into_inner).respond(request)
                    };
                    serve(stream, server, respond)
                });
            }
        });
        Self { port, playback }
    }

    pub fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn playback(&self) -> MutexGuard<'_, Playback> {
        self.playback.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn begin(&self, script: &Script, provider: &Provider) {
        // The script defines the issuer of ID tokens; a new script uses the row's.
        let issuer = script.issuer.clone().or_else(|| provider.issuer.clone());
        let hmac = provider.id_token_hmac;
        *self.playback() = Playback { script: script.requests(), issuer, hmac, ..Playback::default() };
    }

    pub fn phase(&self, step: Step) {
        let mut playback = self.playback();
        playback.phase = Some(step);
        playback.done.clear();
    }

    pub fn add_line(&self, line: Line) {
        self.playback().lines.push(line);
    }

    pub fn end(&self) -> Vec<Line> {
        std::mem::take(&mut self.playback().lines)
    }

    pub fn returned_refresh_token(&self) -> bool {
        self.playback().returned_refresh_token
    }

    /// Returns `true` if the row or the metadata has a revocation endpoint.
    pub fn can_revoke(&self, provider: &Provider) -> bool {
        provider.endpoints.revocation.is_some()
            || self.playback().lines.iter().any(|line| line.step() == Some("metadata"))
    }

    /// Handles the authorization request and returns the redirect back to the program.
    pub fn authorize(&self, start: &str, registered: &str) -> Option<String> {
        let url = Url::parse(start).expect("a URL");
        let mut playback = self.playback();
        let request = ReceivedRequest {
            method: "GET".to_owned(),
            path: format!("{}{}", url.origin().ascii_serialization(), url.path()),
            query: url.query_pairs().into_owned().collect(),
            form: Vec::new(),
            headers: Vec::new(),
            body: String::new(),
        };
        let param = |name: &str| request.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        playback.challenge = param("code_challenge");
        playback.nonce = param("nonce");
        playback.scope = param("scope").or_else(|| param("scopes")).unwrap_or_default();
        let state = param("state").filter(|state| state.len() >= 22);
        let redirect_uri = param("redirect_uri").or_else(|| param("redirect_url"));
        let matches_script = playback.record(Step::Authorize, &request).is_ok();
        let (Some(state), Some(redirect_uri)) = (state, redirect_uri) else {
            playback.lines.push(Line::Outcome("no state or no redirect_uri".to_owned()));
            return None;
        };
        // eBay gets a name, which stands for the URL that was registered.
        let back = Url::parse(&redirect_uri).or_else(|_| Url::parse(registered));
        let mut back = back.expect("a redirect URI is a URL");
        let result = if matches_script { ("code", "code-1") } else { ("error", "invalid_request") };
        back.query_pairs_mut().append_pair(result.0, result.1).append_pair("state", &state);
        if let Some(issuer) = &playback.issuer {
            back.query_pairs_mut().append_pair("iss", issuer);
        }
        Some(back.into())
    }
}

/// State of the current script.
#[derive(Default)]
struct Playback {
    script: Vec<(String, Option<String>)>,
    at: usize,
    lines: Vec<Line>,
    issuer: Option<String>,
    hmac: bool,
    phase: Option<Step>,
    /// Completed steps of this phase.
    done: Vec<Step>,
    challenge: Option<String>,
    nonce: Option<String>,
    scope: String,
    returned_refresh_token: bool,
    key: Option<SigningKey>,
}

impl Playback {
    /// Records a request and returns the scripted response: `None` for the standard response, an error if the script
    /// expects another request.
    fn record(&mut self, step: Step, request: &ReceivedRequest) -> Result<Option<String>, ()> {
        self.done.push(step);
        let line = format!("{} {}", format!("{step:?}").to_lowercase(), self.to_line(request));
        let scripted = self.script.get(self.at).cloned();
        self.at += 1;
        self.lines.push(Line::Request(line.clone()));
        let updates_script = std::env::var_os("BLESS").is_some();
        match scripted {
            Some((expected, response)) if expected == line || updates_script => {
                self.lines.extend(response.clone().map(Line::Response));
                Ok(response)
            }
            None if updates_script => Ok(None),
            _ => Err(()),
        }
    }

    fn respond(&mut self, request: &ReceivedRequest) -> (u16, String, String) {
        let step = self.step_of(request);
        let Ok(scripted) = self.record(step, request) else {
            return (400, json!({"error": "invalid_request"}).to_string(), JSON.to_owned());
        };
        if let (Step::Device, Some((_, scope))) =
            (step, pairs(request).into_iter().find(|(name, _)| name.starts_with("scope")))
        {
            (self.scope, self.nonce) = (scope, None);
        }
        let text = match scripted {
            Some(scripted) => scripted,
            None => self.default_response(step).to_string(),
        };
        let text = match text.contains("ID_TOKEN") {
            true => text.replace("ID_TOKEN", &self.id_token()),
            false => text,
        };
        if step == Step::Exchange {
            let lower = text.to_lowercase().replace(['_', ' '], "");
            self.returned_refresh_token = lower.contains("\"refreshtoken\":\"");
        }
        // `BODY`, `STATUS BODY` or `STATUS TYPE BODY`.
        let words: Vec<&str> = text.splitn(3, ' ').collect();
        match (words[0].parse(), words.as_slice()) {
            (Ok(status), [_, kind, body]) if kind.contains('/') => (status, (*body).to_owned(), (*kind).to_owned()),
            (Ok(status), [_, body @ ..]) => (status, body.join(" "), JSON.to_owned()),
            _ => (200, text.clone(), JSON.to_owned()),
        }
    }

    /// Returns the purpose of a request, judged by the earlier requests of this phase.
    fn step_of(&self, request: &ReceivedRequest) -> Step {
        let is_metadata =
            request.method == "GET" && request.path.contains("/.well-known/") && !request.path.contains("jwks");
        let is_done = |step| self.done.contains(&step);
        let ends = if self.phase == Some(Step::Device) { Step::Poll } else { Step::Exchange };
        match self.phase {
            _ if is_metadata => Step::Metadata,
            Some(Step::Refresh) => {
                if is_done(Step::Refresh) {
                    Step::Keys
                } else {
                    Step::Refresh
                }
            }
            Some(Step::Revoke) => Step::Revoke,
            Some(Step::Device) if !is_done(Step::Device) => Step::Device,
            _ if !is_done(ends) => ends,
            _ if request.header("authorization").is_none() && request.query.is_empty() && is_keys(&request.path) => {
                Step::Keys
            }
            Some(Step::Device) if !self.has_tokens() => Step::Poll,
            _ => Step::Profile,
        }
    }

    /// Returns `true` if the last poll response contained tokens.
    fn has_tokens(&self) -> bool {
        !matches!(self.lines.last(), Some(Line::Response(text)) if !text.to_lowercase().replace('_', "").contains("accesstoken"))
    }

    /// Returns the standard response.
    fn default_response(&mut self, step: Step) -> Value {
        match step {
            Step::Metadata => self.metadata(),
            Step::Authorize => Value::Null,
            Step::Keys => json!({"keys": [self.key.get_or_insert_with(SigningKey::new).public()]}),
            Step::Exchange | Step::Poll => self.tokens(1),
            Step::Refresh => self.tokens(2),
            Step::Profile => json!({"sub": "sub-1", "id": "id-1", "email": "ada@id.example"}),
            Step::Revoke => json!({}),
            Step::Device => json!({
                "device_code": "device-1", "user_code": "WDJB-MJHT", "expires_in": 600, "interval": 1,
                "verification_uri": "https://id.example/activate",
            }),
        }
    }

    fn tokens(&self, number: u32) -> Value {
        let mut tokens = json!({
            "access_token": format!("access-{number}"), "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": format!("refresh-{number}"), "scope": self.scope,
        });
        if self.scope.split([' ', ',']).any(|scope| scope == "openid") {
            tokens["id_token"] = "ID_TOKEN".into();
        }
        tokens
    }

    fn metadata(&self) -> Value {
        let issuer = self.issuer.as_deref().unwrap_or_default();
        let at = |path: &str| format!("{}/{path}", issuer.trim_end_matches('/'));
        json!({
            "issuer": issuer,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "jwks_uri": at("keys"),
            "revocation_endpoint": at("revoke"),
            "device_authorization_endpoint": at("device"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
        })
    }

    fn id_token(&mut self) -> String {
        let issuer = self.issuer.clone().unwrap_or_else(|| "https://unknown.example".to_owned());
        let key = self.key.get_or_insert_with(SigningKey::new);
        let mut token = IdToken::new(&issuer, CLIENT, "sub-1", self.nonce.as_deref(), key);
        if !self.hmac {
            return token.signed_by(key);
        }
        token.header = json!({"alg": "HS256", "typ": "JWT"});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&token.header), part(&token.claims));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
        let tag = ring::hmac::sign(&key, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Formats a request as one line; values that change with each run are masked after a check.
    fn to_line(&self, request: &ReceivedRequest) -> String {
        let mut words = vec![request.method.clone(), request.path.clone()];
        words
            .extend(sorted(&request.query).iter().map(|(name, value)| format!("?{name}={}", self.masked(name, value))));
        let kind = request.header("content-type").unwrap_or_default();
        match kind {
            "" if request.body.is_empty() => {}
            "application/x-www-form-urlencoded" => words.push("form".to_owned()),
            "application/json" => words.push("json".to_owned()),
            other => words.push(format!("`{other}`")),
        }
        words
            .extend(sorted(&pairs(request)).iter().map(|(name, value)| format!("{name}={}", self.masked(name, value))));
        for (name, value) in &request.headers {
            match name.as_str() {
                "host" | "content-length" | "content-type" | "accept-encoding" | "connection" => {}
                "user-agent" if value.starts_with("mycli/") => {}
                "accept" if value == JSON => {}
                "authorization" => words.push(basic(value)),
                _ => words.push(format!("{name}: {value}")),
            }
        }
        words.join(" ")
    }

    fn masked(&self, name: &str, value: &str) -> String {
        match name {
            "state" | "nonce" if value.len() >= 22 => name.to_uppercase(),
            "nonce" | "state" => value.to_owned(),
            "code_challenge" if value.len() >= 43 => "CHALLENGE".to_owned(),
            "code_verifier" | "codeVerifier" => self.verifier_kind(value),
            "redirect_uri" | "redirectUri" | "redirect_url" => {
                match Url::parse(value).ok().and_then(|url| url.port()) {
                    Some(port) => value.replace(&format!(":{port}"), ":PORT"),
                    None => value.to_owned(),
                }
            }
            _ => value.to_owned(),
        }
    }

    /// Returns the PKCE method by which the verifier matches the challenge.
    fn verifier_kind(&self, verifier: &str) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        match self.challenge.as_deref() {
            _ if verifier.len() < 43 => "SHORT",
            Some(challenge) if challenge == URL_SAFE_NO_PAD.encode(digest) => "VERIFIER-S256",
            Some(challenge) if challenge == hex => "VERIFIER-HEX",
            Some(challenge) if challenge == verifier => "VERIFIER-PLAIN",
            _ if self.phase == Some(Step::Device) => "VERIFIER",
            _ => "OF-ANOTHER-CHALLENGE",
        }
        .to_owned()
    }
}

/// Parameters in the body.
fn pairs(request: &ReceivedRequest) -> Vec<(String, String)> {
    match serde_json::from_str::<Map<String, Value>>(&request.body) {
        Ok(object) if request.header("content-type") == Some(JSON) => object
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect(),
        _ => request.form.clone(),
    }
}

const JSON: &str = "application/json";

fn sorted(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let mut pairs = pairs.to_vec();
    pairs.sort();
    pairs
}

fn is_keys(url: &str) -> bool {
    ["keys", "jwks", "jwk", "certs"].iter().any(|word| url.to_lowercase().contains(word))
}

/// Decodes Basic credentials to `Basic client:secret`.
fn basic(value: &str) -> String {
    let decoded = value.strip_prefix("Basic ").and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
    decoded.map_or_else(|| value.to_owned(), |pair| format!("Basic {pair}"))
}

/// Serves one connection: `CONNECT`, the handshake, then requests until the program disconnects. `respond` gets each
/// request with its whole URL as the path, and returns status, body and content type.
pub fn serve(
    mut stream: TcpStream,
    server: Arc<rustls::ServerConfig>,
    mut respond: impl FnMut(&ReceivedRequest) -> (u16, String, String),
) -> Option<()> {
    let host = read_request(&mut BufReader::new(&stream))?.path.strip_suffix(":443")?.to_owned();
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let connection = rustls::ServerConnection::new(server).ok()?;
    let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
    loop {
        let mut request = read_request(&mut stream)?;
        request.path = format!("https://{host}{}", request.path);
        let (status, body, kind) = respond(&request);
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status} Scripted\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.get_mut().write_all(response.as_bytes()).ok()?;
        stream.get_mut().flush().ok()?;
    }
}
