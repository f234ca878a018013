//! The record kept between runs and its versioned stored form; knows when it stops being fresh.
//!
//! A session is stored in two parts. The *secret part* ([`Session`] whole, as JSON) lives in the credential store and
//! is the truth: it records issuer, endpoints, client id, client authentication and resource, so that a refresh or a
//! revocation never asks the configuration or the environment where to send a refresh token. The *summary*
//! ([`Summary`]) is a copy without secrets in the state directory, so that `status` asks no keyring.

mod quirks;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

pub use quirks::{ParameterLocation, RequestFormat, SessionQuirks, TokenKind};

/// The version this program writes; a newer one is refused and never rewritten.
pub const FORMAT_VERSION: u32 = 1;

/// What tells one session from another; provider and account are only labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionKey {
    /// The program the session belongs to.
    pub app: String,
    /// The issuer, else the token endpoint.
    pub authority: String,
    /// The client id.
    pub client_id: String,
    /// The resource indicator (RFC 8707), where one was asked for.
    pub resource: Option<String>,
    /// The `sub` of the ID token, else the profile's id, else none.
    pub subject: Option<String>,
}

impl SessionKey {
    /// The key as one short word of letters and digits, the same on every machine: the first 128 bits of SHA-256 over
    /// the fields, each with its length, in hexadecimal. File names and the keyring's `username` carry it.
    pub fn id(&self) -> SessionId {
        let optional = |field: &Option<String>| field.as_ref().map_or("-".to_owned(), |text| format!("+{text}"));
        SessionId::digest(&[
            &self.app,
            &self.authority,
            &self.client_id,
            &optional(&self.resource),
            &optional(&self.subject),
        ])
    }
}

/// A [`Key`] as one word: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

impl SessionId {
    /// The id of a small secret that is no session: the client secret of a provider (`kind` = `client-secret`, `name` =
    /// the provider), the demo provider's key. It has four fields where a [`Key`] has five, so it never equals a
    /// session's id.
    pub fn for_secret(app: &str, kind: &str, name: &str) -> Self {
        Self::digest(&["named", app, kind, name])
    }

    /// The first 128 bits of SHA-256 over the fields, each with its length.
    fn digest(fields: &[&str]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for field in fields {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field.as_bytes());
        }
        Self(context.finish().as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SessionId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            true => Ok(Self(text)),
            false => Err("a session id is 32 hexadecimal digits"),
        }
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.0
    }
}

/// How the client proves itself at the token endpoint (RFC 6749 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// A public client: the client id in the form, no secret.
    None,
    /// HTTP Basic with id and secret.
    ClientSecretBasic,
    /// Id and secret in the form.
    ClientSecretPost,
    /// HTTP Basic with the id and, where there is no secret, an empty password, which strict servers refuse.
    ClientIdBasic,
}

impl ClientAuth {
    /// As the configuration has it; the first three are those of OpenID Connect Core 9.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientIdBasic => "client_id_basic",
        }
    }
}

/// Where a session is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// The keyring of the operating system.
    Keyring,
    /// A file that only its owner reads.
    File,
}

impl StoreKind {
    /// The one of the two that this is not.
    pub fn other(self) -> Self {
        match self {
            Self::Keyring => Self::File,
            Self::File => Self::Keyring,
        }
    }
}

/// Where a session's tokens may be sent: fixed at sign-in, used for refresh, revocation and checks, and nothing else is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// RFC 6749 3.2.
    pub token: String,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// OpenID Connect Core 5.3, or the provider's own profile address.
    pub userinfo: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: Option<String>,
    /// The keys that sign ID tokens (RFC 7517).
    pub jwks: Option<String>,
}

/// The client as the session's provider knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    /// The client id.
    pub id: String,
    /// The client secret, kept here because refresh needs it.
    pub secret: Option<Secret>,
    /// How the two are sent.
    pub auth: ClientAuth,
}

/// Who signed in, as far as the provider says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The `sub` of the ID token, else the profile's id.
    pub subject: Option<String>,
    /// The label: `preferred_username`, `email`, `login`, `name`, the subject, in the row's order, else `default`.
    pub name: String,
    /// The e-mail address, also a name the account answers to.
    pub email: Option<String>,
}

impl Account {
    /// Whether `name` means this account: its label, its e-mail address (case-insensitive) or its subject.
    pub fn matches_name(&self, name: &str) -> bool {
        self.name == name
            || self.subject.as_deref() == Some(name)
            || self.email.as_ref().is_some_and(|email| email.to_lowercase() == name.to_lowercase())
    }

    /// Takes the address away, as a label too: an account answers only to what it was shown to be.
    pub fn remove_email(&mut self) {
        let Some(email) = self.email.take() else { return };
        if self.name == email {
            self.name = self.subject.clone().unwrap_or_else(|| "default".to_owned());
        }
    }
}

/// The tokens of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tokens {
    /// RFC 6749 1.4.
    pub access_token: Secret,
    /// RFC 6749 7.1; `None` where the provider gave none, then it is used as `Bearer`.
    pub token_type: Option<String>,
    /// RFC 6749 1.5.
    pub refresh_token: Option<Secret>,
    /// OpenID Connect Core 2.
    pub id_token: Option<Secret>,
    /// When the access token ends; `None` where the provider does not say, then it is taken as valid.
    pub expires_at: Option<DateTime<Utc>>,
    /// When these tokens were received.
    pub received_at: DateTime<Utc>,
}

impl Tokens {
    /// When tokens that come at `now` in place of these were received: later than these, though the clock was set back
    /// meanwhile, because of two copies of a session the later one counts.
    pub fn next_received_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.received_at + chrono::Duration::milliseconds(1))
    }

    /// The scheme of the `Authorization` header (RFC 9110 11.1): `Bearer` for any spelling of it, and if the provider
    /// gave no type, because some servers compare it by case.
    pub fn authorization_scheme(&self) -> &str {
        match self.token_type.as_deref() {
            Some(other) if !other.eq_ignore_ascii_case("bearer") => other,
            _ => "Bearer",
        }
    }

    /// Whether at min_ttl `min_ttl` of the access token's life is left at `now`. Without an end it always is.
    pub fn has_min_ttl(&self, now: DateTime<Utc>, min_ttl: Duration) -> bool {
        has_min_ttl(self.expires_at, now, min_ttl)
    }
}

fn has_min_ttl(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>, min_ttl: Duration) -> bool {
    let min_ttl = chrono::Duration::from_std(min_ttl).unwrap_or(chrono::Duration::MAX);
    expires_at.is_none_or(|end| end.signed_duration_since(now) > min_ttl)
}

/// A session whole, tokens included: the secret part, kept in the credential store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// What tells it from others.
    pub key: SessionKey,
    /// The provider's label: the name in configuration or catalogue, or the normalised URL.
    pub provider: String,
    /// Who signed in.
    pub account: Account,
    /// The issuer, where the provider has one.
    pub issuer: Option<String>,
    /// Where its tokens may be sent.
    pub endpoints: Endpoints,
    /// The client that got them.
    pub client: Client,
    /// The scopes granted, in the provider's order.
    pub scopes: Vec<String>,
    /// The scopes asked for at the last sign-in.
    #[serde(rename = "scopes_asked")]
    pub scopes_requested: Vec<String>,
    /// What joins scopes in a request: a space, or the provider's own way.
    pub scope_separator: String,
    /// Names the row demands on a refresh beside `refresh_token`, such as `scope` or `redirect_uri`, with their values.
    pub refresh_params: Vec<(String, String)>,
    /// Certificate authorities of the provider's own, PEM; beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether ID tokens may be signed by HMAC with the client's own secret.
    pub id_token_hmac: bool,
    /// How the provider wants to be asked, where that differs from the RFCs.
    #[serde(rename = "dialect", default, skip_serializing_if = "SessionQuirks::is_default")]
    pub quirks: SessionQuirks,
    /// The tokens.
    pub tokens: Tokens,
    /// When the person signed in.
    pub signed_in_at: DateTime<Utc>,
}

impl Session {
    /// The copy without secrets, to be kept in `store`.
    pub fn info(&self, store: StoreKind) -> SessionInfo {
        SessionInfo {
            version: FORMAT_VERSION,
            id: self.key.id(),
            provider: self.provider.clone(),
            account: self.account.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client.id.clone(),
            resource: self.key.resource.clone(),
            scopes: self.scopes.clone(),
            scopes_requested: self.scopes_requested.clone(),
            expires_at: self.tokens.expires_at,
            refreshable: self.tokens.refresh_token.is_some(),
            refresh_rejected: false,
            refresh_failure: None,
            store,
            also_in: None,
            signed_in_at: self.signed_in_at,
        }
    }

    /// The stored form: one line of JSON text with its version, as the credential store keeps it.
    pub fn to_stored(&self) -> Secret {
        #[derive(Serialize)]
        struct Stored<'a> {
            version: u32,
            #[serde(flatten)]
            session: &'a Session,
        }
        let stored = Stored { version: FORMAT_VERSION, session: self };
        Secret::new(serde_json::to_string(&stored).expect("a session has only strings, numbers and times"))
    }

    /// Reads the stored form back.
    ///
    /// # Errors
    /// [`Unreadable::Newer`] where a later program wrote it, [`Unreadable::Damaged`] where it is not a session.
    pub fn from_stored(stored: &Secret) -> Result<Self, SessionReadError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let damaged = |_| SessionReadError::Damaged;
        let Version { version } = serde_json::from_str(stored.expose()).map_err(damaged)?;
        if version > FORMAT_VERSION {
            return Err(SessionReadError::Newer(version));
        }
        serde_json::from_str(stored.expose()).map_err(damaged)
    }
}

/// Why a stored form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionReadError {
    /// Written by a later program, with this version.
    Newer(u32),
    /// Not a session at all.
    Damaged,
}

/// A session without its secrets: what `status` shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    /// The version of this form.
    pub version: u32,
    /// Which session.
    pub id: SessionId,
    /// The provider's label.
    pub provider: String,
    /// Who signed in.
    pub account: Account,
    /// The issuer, where there is one.
    pub issuer: Option<String>,
    /// The client id.
    pub client_id: String,
    /// The resource indicator, where one was asked for.
    pub resource: Option<String>,
    /// The scopes granted.
    pub scopes: Vec<String>,
    /// The scopes asked for at the last sign-in.
    #[serde(rename = "scopes_asked")]
    pub scopes_requested: Vec<String>,
    /// When the access token ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// Whether the provider has said that the refresh token is spent.
    #[serde(rename = "dead")]
    pub refresh_rejected: bool,
    /// The last refresh, where it failed for a reason that may pass.
    #[serde(rename = "setback", default, skip_serializing_if = "Option::is_none")]
    pub refresh_failure: Option<RefreshFailure>,
    /// Where the secret part is kept.
    pub store: StoreKind,
    /// The other store, where a move that did not end may have left a copy in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_in: Option<StoreKind>,
    /// When the person signed in.
    pub signed_in_at: DateTime<Utc>,
}

/// A refresh that failed for a reason that may pass: whoever waited for it need not find out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshFailure {
    /// When.
    pub at: DateTime<Utc>,
    /// Until when the provider wants to be left alone (RFC 9110 10.2.3), where it said so.
    #[serde(rename = "until")]
    pub retry_at: Option<DateTime<Utc>>,
    /// What was said of it.
    #[serde(rename = "why")]
    pub reason: String,
}

impl SessionInfo {
    /// Whether the access token is valid at `now`, or can be refreshed and is not marked dead.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        has_min_ttl(self.expires_at, now, Duration::ZERO) || (self.refreshable && !self.refresh_rejected)
    }
}
