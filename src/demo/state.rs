//! Persistent state: the keys, the signed-in user, and one token family for each sign-in.
//!
//! Stored as JSON without the tokens themselves. A family has only the number of its newest refresh token, so a token
//! with a lower number was used before (RFC 9700 4.14.2), which revokes the family.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::protocol::{error, invalid_grant};
use super::settings::{Issuer, StateStorage};
use super::signing::{ACCESS_PREFIX, REFRESH_PREFIX, Signer, TokenSeal, random_token};
use super::users::has_scope;
use crate::error::{Error, Result, StoreErrorKind};
use crate::secret::Secret;
use crate::server::Response;

/// Version of the stored format.
const VERSION: u32 = 1;

pub(super) const ACCESS_TOKEN_LIFETIME: chrono::Duration = chrono::Duration::hours(1);

/// Time after which an unused refresh token expires.
const IDLE_LIFETIME: chrono::Duration = chrono::Duration::days(30);

/// Maximum number of families in a credential store, whose entry should stay small (about 200 bytes a family).
const MAX_FAMILIES_STORED: usize = 32;

/// Maximum number of families in memory, for the tests of other programs.
const MAX_FAMILIES_IN_MEMORY: usize = 1024;

/// Grants in a [`StateStorage`].
pub(super) struct GrantStore {
    storage: StateStorage,
    max_families: usize,
}

impl GrantStore {
    /// Opens the storage and generates the keys if there are none.
    pub(super) fn open(storage: StateStorage, issuer: Issuer, now: DateTime<Utc>) -> Result<Self> {
        let max_families = match issuer {
            Issuer::Fixed => MAX_FAMILIES_STORED,
            Issuer::Loopback => MAX_FAMILIES_IN_MEMORY,
        };
        let grants = Self { storage, max_families };
        grants.update(now, |_| ())?;
        Ok(grants)
    }

    /// Reads or changes the grants in one step that excludes other processes. Writes only if the grants changed.
    pub(super) fn update<T>(&self, now: DateTime<Utc>, step: impl FnOnce(&mut Grants) -> T) -> Result<T> {
        let mut step = Some(step);
        let mut outcome = Err(Error::other("the demo provider could not read its storage"));
        (self.storage)(&mut |stored| {
            let step = step.take()?;
            let mut grants = match Grants::from_stored(stored.as_ref()) {
                Ok(grants) => grants,
                Err(error) => {
                    outcome = Err(error);
                    return None;
                }
            };
            outcome = Ok(step(&mut grants));
            grants.prune(now, self.max_families);
            let new = grants.to_stored();
            stored.is_none_or(|stored| stored.expose() != new.expose()).then_some(new)
        })?;
        outcome
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Grants {
    version: u32,
    key: Secret,
    seal: Secret,
    #[serde(rename = "present")]
    pub(super) signed_in: Option<SignedInUser>,
    families: Vec<TokenFamily>,
}

/// User who is signed in to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignedInUser {
    pub(super) account: String,
    #[serde(with = "chrono::serde::ts_seconds")]
    pub(super) since: DateTime<Utc>,
}

/// Grant of a user to a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) client: String,
    pub(super) account: String,
    pub(super) scope: String,
    #[serde(with = "chrono::serde::ts_seconds")]
    pub(super) auth_time: DateTime<Utc>,
    pub(super) acr: String,
}

/// Grant and the state of its tokens.
#[derive(Serialize, Deserialize)]
struct TokenFamily {
    id: Secret,
    #[serde(flatten)]
    grant: Grant,
    /// Number of the newest token pair.
    number: u32,
    #[serde(with = "chrono::serde::ts_seconds")]
    used: DateTime<Utc>,
}

/// Content of a sealed token.
#[derive(Serialize, Deserialize)]
struct TokenContent {
    #[serde(rename = "f")]
    family: Secret,
    #[serde(rename = "n")]
    number: u32,
    #[serde(rename = "e", with = "chrono::serde::ts_seconds")]
    expires_at: DateTime<Utc>,
    #[serde(rename = "s")]
    scope: String,
}

pub(super) struct TokenPair {
    pub(super) access: Secret,
    pub(super) refresh: Secret,
    pub(super) family: Secret,
    pub(super) grant: Grant,
    /// Scopes of the access token, a subset of the grant.
    pub(super) scope: String,
}

impl Grants {
    fn from_stored(stored: Option<&Secret>) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Some(stored) = stored else { return Ok(Self::new()) };
        match serde_json::from_str(stored.expose()) {
            Ok(Version { version }) if version > VERSION => Err(Error::store(
                StoreErrorKind::Failed,
                format!("the state of the demo provider was written by a newer version (format {version})"),
            )),
            // Damaged state is replaced without an error, because the users are fictional.
            _ => Ok(serde_json::from_str(stored.expose()).ok().filter(Self::has_valid_keys).unwrap_or_else(Self::new)),
        }
    }

    fn new() -> Self {
        Self {
            version: VERSION,
            key: Signer::new_key(),
            seal: TokenSeal::new_key(),
            signed_in: None,
            families: Vec::new(),
        }
    }

    fn has_valid_keys(&self) -> bool {
        Signer::from_stored(&self.key).is_some() && TokenSeal::from_stored(&self.seal).is_some()
    }

    fn to_stored(&self) -> Secret {
        Secret::new(serde_json::to_string(self).expect("grants serialize"))
    }

    fn prune(&mut self, now: DateTime<Utc>, max_families: usize) {
        self.families.retain(|family| now - family.used < IDLE_LIFETIME);
        while self.families.len() > max_families {
            let oldest = (0..self.families.len()).min_by_key(|at| self.families[*at].used);
            self.families.remove(oldest.expect("families is not empty"));
        }
    }

    pub(super) fn signer(&self) -> Signer {
        Signer::from_stored(&self.key).expect("key was checked when loaded")
    }

    fn seal(&self) -> TokenSeal {
        TokenSeal::from_stored(&self.seal).expect("key was checked when loaded")
    }

    /// Starts a family with its first token pair.
    pub(super) fn start_family(&mut self, grant: Grant, now: DateTime<Utc>) -> TokenPair {
        let family = TokenFamily { id: random_token(), grant, number: 1, used: now };
        let pair = self.token_pair(&family, family.grant.scope.clone());
        self.families.push(family);
        pair
    }

    /// Exchanges a refresh token for the next pair (RFC 6749 6). A refresh token is valid once.
    pub(super) fn rotate(
        &mut self,
        token: &str,
        client: &str,
        scope: Option<&str>,
        now: DateTime<Utc>,
    ) -> std::result::Result<TokenPair, Response> {
        let content = self.seal().open::<TokenContent>(REFRESH_PREFIX, token);
        let found = content.and_then(|content| Some((self.position(&content.family)?, content.number)));
        let is_valid = |family: &TokenFamily| family.grant.client == client && now - family.used < IDLE_LIFETIME;
        let Some((at, number)) = found.filter(|(at, _)| is_valid(&self.families[*at])) else {
            return Err(invalid_grant("the refresh token is unknown or expired"));
        };
        let family = &mut self.families[at];
        if number != family.number {
            self.families.remove(at);
            return Err(invalid_grant("the refresh token was already used; all tokens of its sign-in are revoked"));
        }
        let granted = &family.grant.scope;
        if scope.is_some_and(|scope| !scope.split(' ').all(|one| has_scope(granted, one))) {
            return Err(error("invalid_scope", "the requested scope exceeds the granted scope"));
        }
        let scope = scope.unwrap_or(granted).to_owned();
        family.number += 1;
        family.used = now;
        Ok(self.token_pair(&self.families[at], scope))
    }

    /// Returns the account and the scopes of a valid access token.
    pub(super) fn find_access(&self, token: &str, now: DateTime<Utc>) -> Option<(String, String)> {
        let content = self.seal().open::<TokenContent>(ACCESS_PREFIX, token)?;
        let family = &self.families[self.position(&content.family)?];
        (content.expires_at > now).then(|| (family.grant.account.clone(), content.scope))
    }

    /// Revokes the sign-in of a token (RFC 7009 2.1); an unknown token is revoked already (2.2).
    pub(super) fn revoke(&mut self, token: &str, client: &str) -> std::result::Result<(), Response> {
        let seal = self.seal();
        let content = [REFRESH_PREFIX, ACCESS_PREFIX].iter().find_map(|kind| seal.open::<TokenContent>(kind, token));
        let Some(at) = content.and_then(|content| self.position(&content.family)) else { return Ok(()) };
        if self.families[at].grant.client != client {
            return Err(error("unauthorized_client", "the token belongs to another client"));
        }
        self.families.remove(at);
        Ok(())
    }

    pub(super) fn revoke_family(&mut self, family: &Secret) {
        self.families.retain(|other| !other.id.matches(family.expose()));
    }

    fn position(&self, id: &Secret) -> Option<usize> {
        self.families.iter().position(|family| family.id.matches(id.expose()))
    }

    fn token_pair(&self, family: &TokenFamily, scope: String) -> TokenPair {
        let (seal, expires_at) = (self.seal(), family.used + ACCESS_TOKEN_LIFETIME);
        let content = |scope| TokenContent { family: family.id.clone(), number: family.number, expires_at, scope };
        TokenPair {
            access: seal.seal(ACCESS_PREFIX, &content(scope.clone())),
            refresh: seal.seal(REFRESH_PREFIX, &content(String::new())),
            family: family.id.clone(),
            grant: family.grant.clone(),
            scope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::settings::in_memory_storage;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("in range")
    }

    fn grant(client: &str) -> Grant {
        let text = |text: &str| text.to_owned();
        Grant { client: text(client), account: text("ada"), scope: text("openid"), auth_time: at(0), acr: text("0") }
    }

    #[test]
    fn stored_state_stays_small() {
        let mut grants = Grants::new();
        for second in 0..100 {
            grants.start_family(grant("demo"), at(second));
            grants.prune(at(second), MAX_FAMILIES_STORED);
        }
        assert_eq!(grants.families.len(), MAX_FAMILIES_STORED);
        assert_eq!(grants.families[0].used, at(68), "the oldest was evicted first");
        let size = grants.to_stored().expose().len();
        assert!(size < 8192, "{size} bytes");
    }

    #[test]
    fn unused_grants_expire() {
        let mut grants = Grants::new();
        let pair = grants.start_family(grant("demo"), at(0));
        let later = at(31 * 24 * 3600);
        assert!(grants.rotate(pair.refresh.expose(), "demo", None, later).is_err());
        grants.prune(later, MAX_FAMILIES_STORED);
        assert!(grants.families.is_empty());
    }

    #[test]
    fn altered_refresh_tokens_do_not_revoke_the_family() {
        let mut grants = Grants::new();
        let pair = grants.start_family(grant("demo"), at(0));
        let altered = format!("{}A", pair.refresh.expose());
        assert!(grants.rotate(&altered, "demo", None, at(1)).is_err());
        assert!(grants.rotate(pair.refresh.expose(), "demo", None, at(1)).is_ok());
    }

    #[test]
    fn damaged_state_is_replaced_and_newer_state_is_kept() {
        let from_stored = |text: &str| Grants::from_stored(Some(&Secret::new(text)));
        assert!(from_stored("{").is_ok());
        assert!(
            from_stored(r#"{"version":1,"key":"x","seal":"y","present":null,"families":[]}"#)
                .is_ok_and(|g| g.has_valid_keys())
        );
        assert!(from_stored(r#"{"version":2}"#).is_err());
    }

    #[test]
    fn unchanged_state_is_not_written() {
        let written = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let (inner, count) = (in_memory_storage(), written.clone());
        let storage: StateStorage = Box::new(move |step| {
            inner(&mut |stored| {
                let new = step(stored);
                count.fetch_add(usize::from(new.is_some()), std::sync::atomic::Ordering::SeqCst);
                new
            })
        });
        let grants = GrantStore::open(storage, Issuer::Fixed, at(0)).expect("storage works");
        grants.update(at(1), |grants| grants.signer().jwk()).expect("storage works");
        assert_eq!(written.load(std::sync::atomic::Ordering::SeqCst), 1);
    }
}
