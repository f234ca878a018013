//! The session record, its versioned stored form and its expiry.
//!
//! A session is stored in two parts. The *secret part* (a whole [`Session`] as JSON) is in the credential store and is
//! authoritative. It records issuer, endpoints, client id, client authentication and resource, so that configuration
//! and environment never decide where a refresh or a revocation sends a refresh token. The *info* ([`SessionInfo`]) is
//! a copy without secrets in the state directory, so that `status` does not access the keyring.

mod client;
mod event;
mod name;
mod quirks;
mod services;
mod subject;
mod tokens;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::sanitize::shell_quote;
use crate::secret::Secret;

pub use client::{Client, ClientOrigin, RegistrationAccess};
pub use event::{EventKind, SessionEvent};
pub use name::prefer_exact_name;
pub use quirks::{
    ClientAuth, DerivedTokens, LogoutMethod, ParameterLocation, RequestFormat, SessionQuirks, TokenHeader, TokenKind,
};
pub use services::{BasicService, MailService, Services, host_and_port};
pub use subject::{shown_subject, subject_of_0_1_0};
use tokens::has_min_ttl;
pub use tokens::{DerivedToken, Tokens};

/// Format version that this program writes; a newer one is rejected and never rewritten.
pub const FORMAT_VERSION: u32 = 1;

/// Identity of a session; provider and account are only labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionKey {
    pub app: String,
    /// The issuer, or the token endpoint if there is none.
    pub authority: String,
    pub client_id: String,
    pub resource: Option<String>,
    /// The `sub` of the ID token, or the id in the profile.
    pub subject: Option<String>,
    /// The label that the user gave to a session without a subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl SessionKey {
    /// Returns the key as a short id, the same on every machine: the first 128 bits of SHA-256 over the fields, each
    /// with its length, in hexadecimal. File names and the keyring's `username` contain it.
    pub fn id(&self) -> SessionId {
        let optional = |field: &Option<String>| field.as_ref().map_or("-".to_owned(), |text| format!("+{text}"));
        let (resource, subject) = (optional(&self.resource), optional(&self.subject));
        let mut fields = vec![self.app.as_str(), &self.authority, &self.client_id, &resource, &subject];
        fields.extend(self.label.as_deref());
        SessionId::digest(&fields)
    }
}

/// Id of a [`SessionKey`]: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId(String);

impl SessionId {
    /// Returns the id of a secret that is not a session: the client secret of a provider (`kind` = `client-secret`,
    /// `name` = the provider) or the demo provider's key. It hashes four fields and a [`SessionKey`] five or six, so it
    /// never equals the id of a session.
    pub fn for_secret(app: &str, kind: &str, name: &str) -> Self {
        Self::digest(&["named", app, kind, name])
    }

    /// Returns the first 128 bits of SHA-256 over the fields, each with its length.
    fn digest(fields: &[&str]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for field in fields {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field.as_bytes());
        }
        Self(context.finish().as_ref()[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    Keyring,
    /// A file that only its owner can read.
    File,
}

impl StoreKind {
    pub fn other(self) -> Self {
        match self {
            Self::Keyring => Self::File,
            Self::File => Self::Keyring,
        }
    }
}

/// Endpoints that may receive a session's tokens. Fixed at sign-in; refresh, revocation and checks use only these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    pub token: String,
    pub revocation: Option<String>,
    pub userinfo: Option<String>,
    pub end_session: Option<String>,
    pub jwks: Option<String>,
    /// Endpoints that came from the issuer's metadata, by their names there; only these are looked up again when they
    /// move. Older versions named none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_metadata: Vec<String>,
}

/// The account that signed in, as reported by the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The `sub` of the ID token, or the id in the profile, as received.
    pub subject: Option<String>,
    /// The name: a label that the user gave, `preferred_username`, `email`, `login`, `name` or the subject, in the row's order, or `default`.
    pub name: String,
    /// The e-mail address, which also matches the account.
    pub email: Option<String>,
}

impl Account {
    /// Returns `true` if `name` is the account's name, e-mail address (case-insensitive) or subject, as received or as
    /// shown.
    pub fn matches_name(&self, name: &str) -> bool {
        self.name == name
            || self.subject.as_deref().is_some_and(|subject| subject == name || shown_subject(subject) == name)
            || self.email.as_ref().is_some_and(|email| email.to_lowercase() == name.to_lowercase())
    }

    /// Removes the e-mail address, also as a label: an account must not match an unconfirmed address.
    pub fn remove_email(&mut self) {
        let Some(email) = self.email.take() else { return };
        if self.name == email {
            let subject = self.subject.as_deref().map(shown_subject).filter(|subject| !subject.is_empty());
            self.name = subject.unwrap_or_else(|| "default".to_owned());
        }
    }
}

/// A session with its tokens: the secret part, in the credential store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub key: SessionKey,
    /// The provider's label: the name in the configuration or catalog, or the normalized URL; or `earlier_of` with the
    /// host of the issuer.
    pub provider: String,
    /// The label that the session had until a sign-in with another issuer, client or resource took it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_of: Option<String>,
    pub account: Account,
    /// The label that the user gave; then it is the name of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub issuer: Option<String>,
    /// The issuer with a placeholder for the tenant, if users of any tenant may sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_template: Option<String>,
    pub endpoints: Endpoints,
    pub client: Client,
    pub scopes: Vec<String>,
    #[serde(rename = "scopes_asked")]
    pub scopes_requested: Vec<String>,
    pub scope_separator: String,
    /// Names and values of parameters that a refresh requires, such as `scope` or `redirect_uri`.
    pub refresh_params: Vec<(String, String)>,
    /// Certificate authorities of the provider (PEM), in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// `true` if ID tokens may be signed by HMAC with the client secret.
    pub id_token_hmac: bool,
    #[serde(rename = "dialect", default, skip_serializing_if = "SessionQuirks::is_default")]
    pub quirks: SessionQuirks,
    /// The resource speaks the Model Context Protocol, so that a check may send a ping.
    #[serde(rename = "mcp", default, skip_serializing_if = "std::ops::Not::not")]
    pub speaks_mcp: bool,
    /// Services that accept the access token.
    #[serde(default, skip_serializing_if = "Services::is_default")]
    pub services: Services,
    pub tokens: Tokens,
    /// Tokens for other scopes or another API, from the same refresh token; the last one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<DerivedToken>,
    pub signed_in_at: DateTime<Utc>,
}

impl Session {
    /// Order of two copies of a session: the later sign-in, then the later tokens.
    pub fn age(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.signed_in_at, self.tokens.received_at)
    }

    /// Returns name and value of the header for the access token.
    pub fn token_header(&self) -> (String, Secret) {
        let TokenHeader { name, value } = self.quirks.token_header.clone().unwrap_or_default();
        (name, Secret::new(value.replace("{access_token}", self.tokens.access_token.expose())))
    }

    /// Returns the copy without secrets, for a session in `store`.
    pub fn info(&self, store: StoreKind) -> SessionInfo {
        SessionInfo {
            version: FORMAT_VERSION,
            id: self.key.id(),
            provider: self.provider.clone(),
            earlier_of: self.earlier_of.clone(),
            account: self.account.clone(),
            label: self.label.clone(),
            issuer: self.issuer.clone(),
            tenant_template: self.tenant_template.clone(),
            token_endpoint: self.issuer.is_none().then(|| self.key.authority.clone()),
            client_id: self.client.id.clone(),
            has_automatic_client: !self.client.origin.is_configured(),
            resource: self.key.resource.clone(),
            scopes: self.scopes.clone(),
            scopes_requested: self.scopes_requested.clone(),
            services: self.services.clone(),
            expires_at: self.tokens.expires_at,
            refresh_expires_at: self.tokens.refresh_expires_at,
            refreshable: self.tokens.refresh_token.is_some(),
            refresh_rejected: false,
            refresh_failure: None,
            store,
            also_in: None,
            encrypted: false,
            signed_in_at: self.signed_in_at,
        }
    }

    /// Returns the URL of the protected resource (RFC 9728) that the session was signed in to by.
    pub fn protected_resource(&self) -> Option<&str> {
        protected_resource(self.key.resource.as_deref(), self.earlier_of.as_ref().unwrap_or(&self.provider))
    }

    /// Returns the command that signs in for `missing` scopes too; `{program}` stands for this program.
    pub fn signin_with_scopes(&self, missing: &[String]) -> String {
        let scopes = match missing {
            [] => "+SCOPE".to_owned(),
            missing => shell_quote(&missing.iter().map(|scope| format!("+{scope}")).collect::<Vec<_>>().join(",")),
        };
        format!("{{program}} signin {} --scope {scopes}", shell_quote(&self.provider))
    }

    /// Error if the session can no longer be refreshed, or its tokens are rejected.
    pub fn reauthentication_required(&self, reason: impl Into<String>) -> Error {
        let (provider, account) = (self.provider.clone(), Some(self.account.name.clone()));
        Error::ReauthenticationRequired { provider, account, reason: reason.into() }
    }

    /// Returns the stored form for the credential store: one line of JSON with its version.
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

    /// Parses the stored form.
    ///
    /// # Errors
    /// [`SessionReadError::Newer`] if a newer program wrote it, [`SessionReadError::Damaged`] if it is not a session.
    pub fn from_stored(stored: &Secret) -> Result<Self, SessionReadError> {
        parse_versioned(stored.expose().as_bytes(), FORMAT_VERSION)
    }
}

/// Parses JSON whose `version` is `known` at most; reads the version first, because a newer format may lack the rest.
pub fn parse_versioned<T: DeserializeOwned>(json: &[u8], known: u32) -> Result<T, SessionReadError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let damaged = |_| SessionReadError::Damaged;
    let Version { version } = serde_json::from_slice(json).map_err(damaged)?;
    match version > known {
        true => Err(SessionReadError::Newer(version)),
        false => serde_json::from_slice(json).map_err(damaged),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionReadError {
    /// Written by a newer program, with this version.
    Newer(u32),
    Damaged,
}

/// A session without its secrets, as shown by `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionInfo {
    pub version: u32,
    pub id: SessionId,
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_of: Option<String>,
    pub account: Account,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_template: Option<String>,
    /// The token endpoint, if there is no issuer; version 0.1.0 did not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    pub client_id: String,
    /// This program chose the client, and may choose another one at the next sign-in.
    #[serde(rename = "automatic_client", default, skip_serializing_if = "std::ops::Not::not")]
    pub has_automatic_client: bool,
    pub resource: Option<String>,
    pub scopes: Vec<String>,
    #[serde(rename = "scopes_asked")]
    pub scopes_requested: Vec<String>,
    #[serde(default, skip_serializing_if = "Services::is_default")]
    pub services: Services,
    pub expires_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_at: Option<DateTime<Utc>>,
    pub refreshable: bool,
    #[serde(rename = "dead")]
    pub refresh_rejected: bool,
    #[serde(rename = "setback", default, skip_serializing_if = "Option::is_none")]
    pub refresh_failure: Option<RefreshFailure>,
    pub store: StoreKind,
    /// The other store, if an interrupted move may have left a copy there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_in: Option<StoreKind>,
    /// The secret in `store` is encrypted, and one that is not is another program's. Set after the secret is written, and
    /// cleared before a plain one is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
    pub signed_in_at: DateTime<Utc>,
}

/// A protected resource is the name of its sessions.
fn protected_resource<'a>(resource: Option<&'a str>, name: &str) -> Option<&'a str> {
    resource.filter(|resource| *resource == name)
}

/// A refresh that failed temporarily, recorded so that processes waiting for the lock do not repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshFailure {
    pub at: DateTime<Utc>,
    /// Earliest time for a retry, if the provider sent one (RFC 9110 10.2.3).
    #[serde(rename = "until")]
    pub retry_at: Option<DateTime<Utc>>,
    #[serde(rename = "why")]
    pub reason: String,
}

impl SessionInfo {
    pub fn protected_resource(&self) -> Option<&str> {
        protected_resource(self.resource.as_deref(), self.earlier_of.as_ref().unwrap_or(&self.provider))
    }

    /// Returns `true` if the access token is valid at `now`, or refreshable with a token that was not rejected.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        has_min_ttl(self.expires_at, now, Duration::ZERO) || self.can_refresh(now)
    }

    /// Returns `true` if there is a refresh token that was not rejected and has not expired.
    pub fn can_refresh(&self, now: DateTime<Utc>) -> bool {
        self.refreshable && !self.refresh_rejected && has_min_ttl(self.refresh_expires_at, now, Duration::ZERO)
    }
}
