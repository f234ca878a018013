//! ID tokens: OpenID Connect Core 2, 3.1.3.6, 3.1.3.7 and 12.2; RFC 7515, RFC 7519, RFC 8725.
//!
//! [`Claims`] come only from [`validate`], or from a token that was validated before it was stored
//! ([`claims_of_stored`]).

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::digest;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

pub use super::id_token_error::IdTokenError;

use super::discovery::{TENANT_PLACEHOLDER, is_tenant_id};
use super::id_token_error::{not_accepted, wrong_secret};
use super::json;
use super::jwks::{Algorithm, JwkSet};
use crate::error::{Error, Remedy};
use crate::sanitize::sanitize_untrusted;
use crate::secret::Secret;
use crate::session::{Session, subject_of_0_1_0};

/// Clock skew allowed between provider and client, in seconds.
pub const LEEWAY: i64 = 120;

/// Longest token accepted; one of Entra ID with many groups has about 10 KiB.
const MAX_TOKEN_LEN: usize = 64 * 1024;

/// Longest subject (OpenID Connect Core 2).
const MAX_SUBJECT_LEN: usize = 255;

#[derive(Debug, Clone)]
pub struct ExpectedClaims<'a> {
    /// Issuer, from the metadata if there is any; with `tenant_issuer`, `{tenantid}` stands for the token's `tid`.
    pub issuer: &'a str,
    /// Catalog setting: the issuer contains `{tenantid}`.
    pub tenant_issuer: bool,
    pub client_id: &'a str,
    /// `nonce` of the authorization request; `None` on a refresh.
    pub nonce: Option<&'a Secret>,
    /// Access token issued with the ID token, for `at_hash`.
    pub access_token: Option<&'a Secret>,
    pub max_age: Option<Duration>,
    pub acr: Option<&'a str>,
    /// Algorithms listed in the metadata; empty if it lists none.
    pub algorithms: &'a [String],
    /// Client secret, if it may sign ID tokens: the catalog entry or the metadata says so.
    pub hmac_secret: Option<&'a Secret>,
    pub now: DateTime<Utc>,
}

/// Claims of a validated ID token.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    pub fn issuer(&self) -> &str {
        self.text("iss")
    }

    pub fn subject(&self) -> &str {
        self.text("sub")
    }

    pub fn audience(&self) -> Vec<&str> {
        audience(&self.0)
    }

    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        numeric_date(&self.0, "exp").and_then(|seconds| DateTime::from_timestamp(seconds, 0))
    }

    pub fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Validates signature and claims (OpenID Connect Core 3.1.3.7).
///
/// # Errors
/// [`IdTokenError::UnknownKey`] if the keys may be outdated, else [`IdTokenError::Invalid`] naming the failed check.
pub fn validate(token: &Secret, keys: &JwkSet, expected: &ExpectedClaims<'_>) -> Result<Claims, IdTokenError> {
    let parts = UnverifiedToken::parse(token).map_err(IdTokenError::Invalid)?;
    let algorithm = parts.verify(keys, expected)?;
    check_claims(&parts.claims, algorithm, expected).map_err(IdTokenError::Invalid)?;
    Ok(Claims(parts.claims))
}

/// Validates a signed profile (OpenID Connect Core 5.3.4). It names its issuer and audience or neither (5.3.2); the caller
/// compares the subject.
///
/// # Errors
/// As [`validate`].
pub fn validate_profile(profile: &Secret, keys: &JwkSet, expected: &ExpectedClaims<'_>) -> Result<Value, IdTokenError> {
    let parts = UnverifiedToken::parse(profile).map_err(IdTokenError::Invalid)?;
    parts.verify(keys, expected)?;
    let claims = &parts.claims;
    let issuer = claims.contains_key("iss").then(|| check_issuer(claims, expected)).transpose();
    let audience = claims.contains_key("aud").then(|| check_audience(claims, expected.client_id)).transpose();
    issuer.and(audience).map_err(IdTokenError::Invalid)?;
    Ok(Value::Object(parts.claims))
}

/// Claims of a token from the store, which was validated before it was stored. `None` if it is damaged.
pub fn claims_of_stored(token: &Secret) -> Option<Claims> {
    UnverifiedToken::parse(token).ok().map(|parts| Claims(parts.claims))
}

/// Claims of an access token that is a JWT (RFC 9068), not verified: the token is meant for the resource, and only that
/// may judge it. `None` if it is anything else.
pub fn claims_of_access_token(token: &Secret) -> Option<Map<String, Value>> {
    UnverifiedToken::parse(token).ok().map(|parts| parts.claims)
}

/// Compares a refreshed ID token with its session: same `iss`, `sub` and `aud`, and the same `nonce` or none (OpenID
/// Connect Core 12.2).
pub fn validate_refreshed(session: &Session, new: &Claims) -> Result<(), Error> {
    let old = session.tokens.id_token.as_ref().and_then(claims_of_stored);
    let changed = |claim: &str| {
        Err(Error::check_with(Remedy::SignInAgain, format!("the refreshed ID token has a different `{claim}`")))
    };
    let is_same = |known: &String| known == new.subject() || *known == subject_of_0_1_0(new.subject());
    if session.key.subject.as_ref().is_some_and(|subject| !is_same(subject)) {
        return changed("sub");
    }
    let Some(old) = old else { return Ok(()) };
    let sorted = |claims: &Claims| {
        let mut audience: Vec<String> = claims.audience().into_iter().map(str::to_owned).collect();
        audience.sort_unstable();
        audience
    };
    match () {
        () if old.issuer() != new.issuer() => changed("iss"),
        () if old.subject() != new.subject() => changed("sub"),
        () if sorted(&old) != sorted(new) => changed("aud"),
        () if new.0.contains_key("nonce") && new.0.get("nonce") != old.0.get("nonce") => changed("nonce"),
        () => Ok(()),
    }
}

struct UnverifiedToken<'a> {
    signed: &'a str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: Vec<u8>,
}

impl<'a> UnverifiedToken<'a> {
    fn parse(token: &'a Secret) -> Result<Self, Error> {
        let token = token.expose();
        if token.len() > MAX_TOKEN_LEN {
            return Err(Error::check(format!("the ID token is longer than {} KiB", MAX_TOKEN_LEN / 1024)));
        }
        let malformed = || Error::check("the ID token is not a signed token (RFC 7519)");
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(match parts.len() {
                5 => Error::check_with(Remedy::IdTokenFormat, "the ID token is encrypted, which is not supported"),
                _ => malformed(),
            });
        };
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        let object = |part: &str| match json::parse(&bytes(part)?) {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(malformed()),
        };
        Ok(Self {
            signed: &token[..header.len() + 1 + claims.len()],
            header: object(header)?,
            claims: object(claims)?,
            signature: bytes(signature)?,
        })
    }

    fn verify(&self, keys: &JwkSet, expected: &ExpectedClaims<'_>) -> Result<Algorithm, IdTokenError> {
        let invalid = |message: String| IdTokenError::Invalid(Error::check(message));
        if self.header.contains_key("crit") {
            return Err(invalid("the ID token requires unsupported extensions (`crit`)".to_owned()));
        }
        if let Some(kind) = self.header.get("typ").and_then(Value::as_str).and_then(other_token_type) {
            return Err(invalid(format!("the ID token has the type of another token, `{kind}`")));
        }
        let alg = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let displayed = sanitize_untrusted(alg);
        let algorithm = Algorithm::from_name(alg)
            .filter(|algorithm| !algorithm.is_hmac() || expected.hmac_secret.is_some())
            .ok_or_else(|| IdTokenError::Invalid(not_accepted(alg)))?;
        if !expected.algorithms.is_empty() && !expected.algorithms.iter().any(|known| known == alg) {
            return Err(invalid(format!(
                "the ID token is signed with `{displayed}`, which the provider does not list"
            )));
        }
        let by_secret = |secret| algorithm.hmac_verifies(secret, self.signed.as_bytes(), &self.signature);
        if let Some(is_valid) = expected.hmac_secret.and_then(by_secret) {
            let rejected = || IdTokenError::Invalid(wrong_secret());
            return is_valid.then_some(algorithm).ok_or_else(rejected);
        }
        self.verify_with_keys(alg, algorithm, keys)
    }

    fn verify_with_keys(&self, alg: &str, algorithm: Algorithm, keys: &JwkSet) -> Result<Algorithm, IdTokenError> {
        let kid = self.header.get("kid").and_then(Value::as_str);
        let unknown = || IdTokenError::UnknownKey { kid: kid.map(str::to_owned) };
        if keys.with_kid(kid).next().is_none() {
            return Err(unknown());
        }
        let mut candidates = keys.with_kid(kid).filter(|key| key.supports(alg, algorithm)).peekable();
        if candidates.peek().is_none() && kid.is_some() {
            let message = format!("the key that signed the ID token is not for `{}`", sanitize_untrusted(alg));
            return Err(IdTokenError::Invalid(Error::check(message)));
        }
        match candidates.any(|key| key.verifies(algorithm, self.signed.as_bytes(), &self.signature)) {
            true => Ok(algorithm),
            // Without `kid`, an unknown key looks like an invalid signature.
            false if kid.is_none() => Err(unknown()),
            false => Err(IdTokenError::InvalidSignature),
        }
    }
}

/// Returns the `typ` of a token that is not an ID token (RFC 8725 3.11), without its `application/`. Providers use many
/// values as the `typ` of ID tokens, so only the registered types of other tokens are rejected.
fn other_token_type(typ: &str) -> Option<&'static str> {
    const OTHER_TYPES: [&str; 6] =
        ["at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "secevent+jwt", "token-introspection+jwt"];
    let lower = typ.to_ascii_lowercase();
    let kind = lower.strip_prefix("application/").unwrap_or(&lower);
    OTHER_TYPES.into_iter().find(|other| *other == kind)
}

fn check_claims(claims: &Map<String, Value>, algorithm: Algorithm, expected: &ExpectedClaims<'_>) -> Result<(), Error> {
    check_issuer(claims, expected)?;
    check_audience(claims, expected.client_id)?;
    check_subject(claims)?;
    check_times(claims, expected.now.timestamp())?;
    if let Some(nonce) = expected.nonce
        && !claims.get("nonce").and_then(Value::as_str).is_some_and(|found| nonce.matches(found))
    {
        return Err(Error::check_with(Remedy::SignInAgain, "the `nonce` of the ID token does not match the request"));
    }
    check_access_token(claims, algorithm, expected.access_token)?;
    check_authentication(claims, expected)
}

fn check_issuer(claims: &Map<String, Value>, expected: &ExpectedClaims<'_>) -> Result<(), Error> {
    let found = claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let tenant = claims.get("tid").and_then(Value::as_str).filter(|tenant| is_tenant_id(tenant));
    let required = match (expected.tenant_issuer, tenant) {
        (true, Some(tenant)) => expected.issuer.replace(TENANT_PLACEHOLDER, tenant),
        _ => expected.issuer.to_owned(),
    };
    match found == required && !found.is_empty() {
        true => Ok(()),
        false => Err(Error::check_with(
            Remedy::Url,
            format!(
                "the ID token is from issuer `{}` (`iss`), expected `{}`",
                sanitize_untrusted(found),
                sanitize_untrusted(&required)
            ),
        )),
    }
}

fn audience(claims: &Map<String, Value>) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        // An entry that is not text invalidates the whole list.
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect::<Option<_>>().unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), Error> {
    let audience = audience(claims);
    if !audience.contains(&client_id) {
        return Err(Error::check(format!(
            "the ID token is for `{}` (`aud`), expected client `{}`",
            sanitize_untrusted(&audience.join(" ")),
            sanitize_untrusted(client_id)
        )));
    }
    match claims.get("azp") {
        None if audience.len() > 1 => Err(Error::check("the ID token is for several clients and has no `azp`")),
        None => Ok(()),
        Some(azp) if azp.as_str() == Some(client_id) => Ok(()),
        Some(_) => Err(Error::check("the `azp` of the ID token is another client")),
    }
}

fn check_subject(claims: &Map<String, Value>) -> Result<(), Error> {
    match claims.get("sub").and_then(Value::as_str) {
        Some(subject) if !subject.is_empty() && subject.len() <= MAX_SUBJECT_LEN => Ok(()),
        _ => Err(Error::check("the ID token has no valid `sub`")),
    }
}

/// NumericDate (RFC 7519 2), whole seconds or not.
fn numeric_date(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let seconds = claims.get(name)?.as_f64()?;
    // Rejects dates beyond the year 9999.
    (0.0..253_402_300_800.0).contains(&seconds).then_some(seconds as i64)
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), Error> {
    let missing = |name: &str| Error::check(format!("the ID token has no valid `{name}`"));
    let expires = numeric_date(claims, "exp").ok_or_else(|| missing("exp"))?;
    if now >= expires + LEEWAY {
        return Err(Error::check_with(
            Remedy::Clock,
            format!("the ID token expired {}s ago (`exp`); check the clock of this machine", now - expires),
        ));
    }
    let issued = numeric_date(claims, "iat").ok_or_else(|| missing("iat"))?;
    if issued > now + LEEWAY {
        return Err(Error::check_with(
            Remedy::Clock,
            format!("the ID token was issued {}s in the future (`iat`); check the clock of this machine", issued - now),
        ));
    }
    if !claims.contains_key("nbf") {
        return Ok(());
    }
    match numeric_date(claims, "nbf").ok_or_else(|| missing("nbf"))? {
        start if start > now + LEEWAY => Err(Error::check_with(Remedy::Clock, "the ID token is not valid yet (`nbf`)")),
        _ => Ok(()),
    }
}

/// Checks `at_hash`, the left half of the access token's hash (OpenID Connect Core 3.1.3.6).
fn check_access_token(
    claims: &Map<String, Value>,
    algorithm: Algorithm,
    access_token: Option<&Secret>,
) -> Result<(), Error> {
    let (Some(found), Some(token)) = (claims.get("at_hash"), access_token) else { return Ok(()) };
    let hash = digest::digest(algorithm.hash, token.expose().as_bytes());
    let half = BASE64_URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2]);
    let matches = found.as_str().is_some_and(|found| half.as_bytes().ct_eq(found.as_bytes()).into());
    match matches {
        true => Ok(()),
        false => Err(Error::check_with(Remedy::SignInAgain, "the ID token is for another access token (`at_hash`)")),
    }
}

fn check_authentication(claims: &Map<String, Value>, expected: &ExpectedClaims<'_>) -> Result<(), Error> {
    if let Some(max_age) = expected.max_age {
        let Some(authenticated_at) = numeric_date(claims, "auth_time") else {
            return Err(Error::check_with(
                Remedy::NoMaxAge,
                "the ID token has no `auth_time`, which `max_age` requires",
            ));
        };
        let max_seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX).saturating_add(LEEWAY);
        if expected.now.timestamp() - authenticated_at > max_seconds {
            return Err(Error::check_with(
                Remedy::Login,
                "the last sign-in at the provider is older than `max_age` allows",
            ));
        }
    }
    let Some(required) = expected.acr else { return Ok(()) };
    match claims.get("acr").and_then(Value::as_str) {
        Some(found) if required.split_whitespace().any(|value| value == found) => Ok(()),
        Some(found) => Err(Error::check_with(
            Remedy::Acr,
            format!("the `acr` of the ID token is `{}`, which was not requested", sanitize_untrusted(found)),
        )),
        // A missing `acr` does not prove the stronger sign-in that was requested.
        None => Err(Error::check_with(Remedy::Acr, "the ID token has no `acr`, which was requested")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use base64::prelude::BASE64_STANDARD;
    use ring::rand::SystemRandom;
    use ring::rsa::{KeyPair as RsaPair, PublicKeyComponents};
    use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding};
    use ring::{hmac, rsa};
    use serde_json::json;

    use super::super::test_data::{ISSUER, json_response, session};
    use super::*;

    const NOW: i64 = 1_700_000_000;
    const NONCE: &str = "n-0S6_WzA2Mj";
    /// Key made for this test.
    const RSA: &str = include_str!("fixtures/rsa-2048.pem");
    /// 1024-bit key made for this test, and a token signed by it.
    const WEAK: &str = include_str!("fixtures/rsa-1024.json");

    /// Signs tokens and lists its public key.
    struct Signer {
        alg: &'static str,
        jwk: Value,
        sign: Sign,
    }

    type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

    impl Signer {
        fn new(alg: &'static str) -> Self {
            match alg {
                "ES256" => Self::ec(alg, "P-256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
                "ES384" => Self::ec(alg, "P-384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
                "EdDSA" => Self::ed25519(),
                "RS256" => Self::rsa(alg, &signature::RSA_PKCS1_SHA256),
                "RS384" => Self::rsa(alg, &signature::RSA_PKCS1_SHA384),
                "RS512" => Self::rsa(alg, &signature::RSA_PKCS1_SHA512),
                "PS256" => Self::rsa(alg, &signature::RSA_PSS_SHA256),
                "PS384" => Self::rsa(alg, &signature::RSA_PSS_SHA384),
                "PS512" => Self::rsa(alg, &signature::RSA_PSS_SHA512),
                other => unreachable!("{other}"),
            }
        }

        fn ec(alg: &'static str, crv: &str, kind: &'static signature::EcdsaSigningAlgorithm) -> Self {
            let random = SystemRandom::new();
            let stored = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(kind, stored.as_ref(), &random).unwrap();
            let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
            let jwk = json!({"kty": "EC", "crv": crv, "kid": "k", "use": "sig", "x": text(x), "y": text(y)});
            Self { alg, jwk, sign: Box::new(move |message| pair.sign(&random, message).unwrap().as_ref().to_vec()) }
        }

        fn ed25519() -> Self {
            let stored = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
            let pair = Ed25519KeyPair::from_pkcs8(stored.as_ref()).unwrap();
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": text(pair.public_key().as_ref())});
            Self { alg: "EdDSA", jwk, sign: Box::new(move |message| pair.sign(message).as_ref().to_vec()) }
        }

        fn rsa(alg: &'static str, padding: &'static dyn RsaEncoding) -> Self {
            let lines: String = RSA.lines().filter(|line| !line.starts_with('-')).collect();
            let pair = RsaPair::from_pkcs8(&BASE64_STANDARD.decode(lines).unwrap()).unwrap();
            let PublicKeyComponents { n, e } = rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
            // Some providers send the leading zero of ASN.1.
            let n = [&[0], n.as_slice()].concat();
            let jwk = json!({"kty": "RSA", "kid": "k", "alg": alg, "n": text(&n), "e": text(&e)});
            let sign = move |message: &[u8]| {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            };
            Self { alg, jwk, sign: Box::new(sign) }
        }

        fn keys(&self) -> JwkSet {
            keys(std::slice::from_ref(&self.jwk))
        }

        fn token(&self, claims: &Value) -> Secret {
            self.with_header(&json!({"alg": self.alg, "kid": "k", "typ": "JWT"}), claims)
        }

        fn with_header(&self, header: &Value, claims: &Value) -> Secret {
            let signed = format!("{}.{}", text(header.to_string()), text(claims.to_string()));
            Secret::new(format!("{signed}.{}", text((self.sign)(signed.as_bytes()))))
        }
    }

    fn text(bytes: impl AsRef<[u8]>) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn keys(jwks: &[Value]) -> JwkSet {
        JwkSet::parse_response(&json_response(200, &json!({"keys": jwks})), "https://id.example/keys").unwrap()
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "sub": "alice", "aud": "client", "nonce": NONCE,
            "exp": NOW + 300, "iat": NOW, "auth_time": NOW - 10, "acr": "silver",
        })
    }

    fn changed(name: &str, to: Value) -> Value {
        let mut claims = claims();
        claims[name] = to;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    static WANT: LazyLock<Want> = LazyLock::new(|| Want {
        nonce: Secret::new(NONCE),
        access_token: Secret::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
    });

    struct Want {
        nonce: Secret,
        access_token: Secret,
    }

    impl Want {
        fn expected(&self) -> ExpectedClaims<'_> {
            ExpectedClaims {
                issuer: ISSUER,
                tenant_issuer: false,
                client_id: "client",
                nonce: Some(&self.nonce),
                access_token: Some(&self.access_token),
                max_age: None,
                acr: None,
                algorithms: &[],
                hmac_secret: None,
                now: DateTime::from_timestamp(NOW, 0).unwrap(),
            }
        }
    }

    /// Validates claims with a valid signature.
    fn outcome<'a>(claims: &Value, expect: impl Fn(&mut ExpectedClaims<'a>)) -> Result<Claims, String> {
        let signer = Signer::new("EdDSA");
        checked(&signer.token(claims), &signer.keys(), expect)
    }

    fn checked<'a>(token: &Secret, keys: &JwkSet, expect: impl Fn(&mut ExpectedClaims<'a>)) -> Result<Claims, String> {
        let mut expected: ExpectedClaims<'a> = WANT.expected();
        expect(&mut expected);
        validate(token, keys, &expected).map_err(|failure| match failure {
            IdTokenError::UnknownKey { kid } => format!("unknown key {kid:?}"),
            IdTokenError::InvalidSignature => super::super::id_token_error::INVALID_SIGNATURE.to_owned(),
            IdTokenError::Invalid(error) => {
                assert_eq!(error.exit_code(), 1);
                error.to_string()
            }
        })
    }

    fn plain(_: &mut ExpectedClaims<'_>) {}

    #[test]
    fn supported_algorithms_verify_signatures() {
        for alg in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
            let signer = Signer::new(alg);
            let token = signer.token(&claims());
            assert_eq!(checked(&token, &signer.keys(), plain).unwrap().subject(), "alice", "{alg}");

            let (signed, signature) = token.expose().rsplit_once('.').unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            let forged = Secret::new(format!("{signed}.{}", text(bytes)));
            assert!(checked(&forged, &signer.keys(), plain).unwrap_err().contains("signature"), "{alg}");
            let other = signer.token(&changed("sub", json!("mallory")));
            let other = other.expose().rsplit_once('.').unwrap().0;
            let swapped = Secret::new(format!("{other}.{signature}"));
            assert!(checked(&swapped, &signer.keys(), plain).unwrap_err().contains("signature"), "{alg}");
        }
    }

    #[test]
    fn tokens_of_another_type_are_rejected() {
        // RFC 8725 3.11: an access token or a logout token must not pass as an ID token.
        let signer = Signer::new("ES256");
        let with_typ = |typ: &str| signer.with_header(&json!({"alg": "ES256", "kid": "k", "typ": typ}), &claims());
        for typ in ["at+jwt", "application/at+jwt", "AT+JWT", "logout+jwt", "dpop+jwt", "secevent+jwt"] {
            let error = checked(&with_typ(typ), &signer.keys(), plain);
            assert!(error.unwrap_err().contains("type of another token"), "{typ}");
        }
        for typ in ["JWT", "jwt", "id_token", "application/jwt", ""] {
            checked(&with_typ(typ), &signer.keys(), plain).unwrap_or_else(|error| panic!("{typ}: {error}"));
        }
    }

    #[test]
    fn unsupported_algorithms_are_rejected_by_name() {
        let signer = Signer::new("ES256");
        for alg in ["none", "None", "nOnE", "HS256", "HS512", "ES512", "ES256K", "RS1", "Ed448", "", "dir", "ES256 "] {
            let token = signer.with_header(&json!({"alg": alg, "kid": "k"}), &claims());
            let error = checked(&token, &signer.keys(), plain).unwrap_err();
            assert!(error.contains(&format!("`{}`", alg.trim())) && error.contains("not accepted"), "{error}");
            let unsigned = Secret::new(format!("{}.", token.expose().rsplit_once('.').unwrap().0));
            assert!(checked(&unsigned, &signer.keys(), plain).is_err(), "{alg}");
        }
    }

    #[test]
    fn metadata_restricts_the_algorithms() {
        let signer = Signer::new("ES256");
        let token = signer.token(&claims());
        let list = ["RS256".to_owned(), "ES384".to_owned()];
        assert!(checked(&token, &signer.keys(), |e| e.algorithms = &list).unwrap_err().contains("does not list"));
        let list = ["RS256".to_owned(), "ES256".to_owned()];
        assert!(checked(&token, &signer.keys(), |e| e.algorithms = &list).is_ok());
    }

    #[test]
    fn key_verifies_only_its_own_algorithm() {
        let signer = Signer::new("ES256");
        let token = signer.token(&claims());
        let with = |name: &str, to: Value| {
            let mut jwk = signer.jwk.clone();
            jwk[name] = to;
            checked(&token, &keys(&[jwk]), plain)
        };
        assert!(with("alg", json!("ES256")).is_ok());
        assert!(with("key_ops", json!(["verify"])).is_ok());
        for (name, to) in [
            ("alg", json!("ES384")),
            ("use", json!("enc")),
            ("key_ops", json!(["encrypt"])),
            ("crv", json!("P-384")),
            ("crv", json!("P-521")),
            ("kty", json!("RSA")),
            ("kty", json!("oct")),
            ("x", json!("AAAA")),
            ("y", json!("not base64 =")),
        ] {
            assert!(with(name, to.clone()).is_err(), "{name} {to}");
        }
        // An RSA key for RS256 does not verify PS256, and no key verifies the algorithm of another type.
        let (rsa, pss) = (Signer::new("RS256"), Signer::new("PS256"));
        assert!(checked(&pss.token(&claims()), &rsa.keys(), plain).unwrap_err().contains("not for `PS256`"));
        assert!(checked(&rsa.token(&claims()), &signer.keys(), plain).unwrap_err().contains("not for `RS256`"));
    }

    #[test]
    fn unknown_key_is_reported() {
        let (signer, other) = (Signer::new("ES256"), Signer::new("ES256"));
        let token = signer.token(&claims());
        let mut renamed = other.jwk.clone();
        renamed["kid"] = json!("old");
        for listed in [keys(&[]), keys(&[renamed.clone()])] {
            assert_eq!(checked(&token, &listed, plain).unwrap_err(), "unknown key Some(\"k\")");
        }
        assert!(checked(&token, &keys(&[renamed.clone(), signer.jwk.clone()]), plain).is_ok());

        let nameless = signer.with_header(&json!({"alg": "ES256"}), &claims());
        assert!(checked(&nameless, &keys(&[renamed.clone(), signer.jwk.clone()]), plain).is_ok());
        assert_eq!(checked(&nameless, &keys(&[renamed]), plain).unwrap_err(), "unknown key None");
    }

    #[test]
    fn rsa_keys_below_2048_bits_are_rejected() {
        let fixture: Value = serde_json::from_str(WEAK).unwrap();
        let token = Secret::new(fixture["token"].as_str().unwrap());
        let weak = JwkSet::parse_response(&json_response(200, &fixture["jwks"]), "https://id.example/keys").unwrap();
        let error = checked(&token, &weak, |expected| expected.nonce = None).unwrap_err();
        assert_eq!(error, "unknown key Some(\"weak\")");
    }

    #[test]
    fn hmac_requires_secret_and_catalog_setting() {
        let sign = |secret: &'static str| Signer {
            alg: "HS256",
            jwk: Value::Null,
            sign: Box::new(move |message| {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message).as_ref().to_vec()
            }),
        };
        let own = Secret::new("own-secret");
        let token = sign("own-secret").token(&claims());
        assert!(checked(&token, &keys(&[]), |e| e.hmac_secret = Some(&own)).is_ok());
        assert!(checked(&token, &keys(&[]), plain).unwrap_err().contains("`HS256`"));
        let guessed = sign("other").token(&claims());
        assert!(checked(&guessed, &keys(&[]), |e| e.hmac_secret = Some(&own)).unwrap_err().contains("signature"));
        // The classic attack: the public key as the secret.
        let public = Signer::new("RS256");
        let confused = sign("own-secret").with_header(&json!({"alg": "HS256", "kid": "k"}), &claims());
        assert!(checked(&confused, &public.keys(), plain).is_err());
    }

    #[test]
    fn wrong_claims_are_rejected() {
        assert!(outcome(&claims(), plain).is_ok());
        for (name, wrong) in [
            ("iss", json!("https://id.example/")),
            ("iss", json!("https://evil.example")),
            ("iss", json!(null)),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("aud", json!(["other"])),
            ("aud", json!(["client", "other"])),
            ("aud", json!(["client", 7])),
            ("aud", json!(null)),
            ("azp", json!("other")),
            ("azp", json!(["client"])),
            ("sub", json!("")),
            ("sub", json!(7)),
            ("sub", json!("x".repeat(256))),
            ("nonce", json!("other")),
            ("nonce", json!("")),
            ("nonce", json!([NONCE])),
            ("exp", json!(NOW - 120)),
            ("exp", json!("soon")),
            ("exp", json!(-1)),
            ("exp", json!(1e18)),
            ("iat", json!(NOW + 121)),
            ("iat", json!(null)),
            ("nbf", json!(NOW + 121)),
            ("nbf", json!("now")),
            ("at_hash", json!("AAAA")),
            ("at_hash", json!(null)),
        ] {
            let error = outcome(&changed(name, wrong.clone()), plain).unwrap_err();
            let names = [name, "issuer", "client", "expired", "issued", "valid yet"];
            assert!(names.iter().any(|word| error.contains(word)), "{name} {wrong}: {error}");
        }
        for name in ["iss", "aud", "sub", "nonce", "exp", "iat"] {
            assert!(outcome(&without(name), plain).is_err(), "{name}");
        }
    }

    #[test]
    fn valid_claims_pass() {
        for (name, is_valid) in [
            ("aud", json!(["client"])),
            ("azp", json!("client")),
            ("sub", json!("x".repeat(255))),
            ("exp", json!(NOW - 119)),
            ("exp", json!(NOW as f64 + 0.5)),
            ("iat", json!(NOW + 120)),
            ("iat", json!(NOW - 86_400)),
            ("nbf", json!(NOW + 120)),
            ("extra", json!({"a": [1, null]})),
        ] {
            assert!(outcome(&changed(name, is_valid.clone()), plain).is_ok(), "{name} {is_valid}");
        }
        let mut several = changed("aud", json!(["other", "client"]));
        several["azp"] = json!("client");
        assert_eq!(outcome(&several, plain).unwrap().audience(), ["other", "client"]);
    }

    #[test]
    fn at_hash_must_match_the_access_token() {
        // OpenID Connect Core A.3: this token and, for RS256, this hash.
        let signer = Signer::new("RS256");
        let mut claims = changed("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"));
        assert!(checked(&signer.token(&claims), &signer.keys(), plain).is_ok());
        let other = Secret::new("another");
        assert!(checked(&signer.token(&claims), &signer.keys(), |e| e.access_token = Some(&other)).is_err());
        for (alg, kind) in [("ES384", &digest::SHA384), ("PS512", &digest::SHA512), ("EdDSA", &digest::SHA512)] {
            let signer = Signer::new(alg);
            let hash = digest::digest(kind, WANT.access_token.expose().as_bytes());
            claims["at_hash"] = json!(text(&hash.as_ref()[..hash.as_ref().len() / 2]));
            assert!(checked(&signer.token(&claims), &signer.keys(), plain).is_ok(), "{alg}");
        }
    }

    #[test]
    fn max_age_and_acr_are_checked_if_requested() {
        let age = |seconds| move |e: &mut ExpectedClaims<'_>| e.max_age = Some(Duration::from_secs(seconds));
        assert!(outcome(&claims(), age(0)).is_ok());
        assert!(outcome(&changed("auth_time", json!(NOW - 180)), age(60)).is_ok());
        assert!(outcome(&changed("auth_time", json!(NOW - 181)), age(60)).unwrap_err().contains("max_age"));
        assert!(outcome(&without("auth_time"), age(60)).unwrap_err().contains("auth_time"));
        assert!(outcome(&without("auth_time"), plain).is_ok());

        assert!(outcome(&claims(), |e| e.acr = Some("gold silver")).is_ok());
        assert!(outcome(&claims(), |e| e.acr = Some("gold")).unwrap_err().contains("`silver`"));
        assert!(outcome(&without("acr"), |e| e.acr = Some("gold")).unwrap_err().contains("acr"));
    }

    #[test]
    fn tenant_issuer_follows_tid() {
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let mut claims = changed("iss", json!(format!("https://ms.example/{tenant}/v2.0")));
        claims["tid"] = json!(tenant);
        let entra =
            |e: &mut ExpectedClaims<'_>| (e.issuer, e.tenant_issuer) = ("https://ms.example/{tenantid}/v2.0", true);
        assert!(outcome(&claims, entra).is_ok());
        assert!(outcome(&claims, |e| e.issuer = "https://ms.example/{tenantid}/v2.0").is_err());
        for tid in [json!("other"), json!("../evil"), json!(null)] {
            claims["tid"] = tid;
            assert!(outcome(&claims, entra).is_err());
        }
    }

    #[test]
    fn malformed_tokens_are_rejected() {
        let signer = Signer::new("ES256");
        let good = signer.token(&claims());
        let (signed, signature) = good.expose().rsplit_once('.').unwrap();
        let (header, body) = signed.split_once('.').unwrap();
        let resign = |signed: String| {
            let signature = text((signer.sign)(signed.as_bytes()));
            format!("{signed}.{signature}")
        };
        let twice = text(format!("{{\"sub\":\"mallory\",{}", &claims().to_string()[1..]));
        let crit = json!({"alg": "ES256", "kid": "k", "crit": ["b64"], "b64": false});
        for bad in [
            String::new(),
            "..".into(),
            signed.to_owned(),
            format!("{good}.x", good = good.expose()),
            format!("a.b.c.d.{signature}"),
            format!(" {}", good.expose()),
            format!("{}\n", good.expose()),
            format!("{signed}.{signature}="),
            resign(format!("{header}=.{body}")),
            resign(format!("{header}.{body} ")),
            resign(format!("{header}.{twice}")),
            resign(format!("{header}.{}", text("[]"))),
            resign(format!("{}.{body}", text("{}"))),
            signer.with_header(&crit, &claims()).expose().to_owned(),
            signer.token(&changed("pad", json!("x".repeat(MAX_TOKEN_LEN)))).expose().to_owned(),
        ] {
            let error = checked(&Secret::new(bad.as_str()), &signer.keys(), plain).unwrap_err();
            assert!(!error.starts_with("unknown key"), "{bad}");
            assert!(bad.is_empty() || error.len() < 200, "{error}");
        }
        assert!(checked(&good, &signer.keys(), plain).is_ok());
    }

    #[test]
    fn errors_hide_the_token_and_are_sanitized() {
        let signer = Signer::new("ES256");
        let token = signer.with_header(&json!({"alg": "\u{1b}[2J\u{202e}x", "kid": "k"}), &claims());
        let error = checked(&token, &signer.keys(), plain).unwrap_err();
        assert!(error.contains("`[2Jx`"), "{error}");
        let error = outcome(&changed("aud", json!("\u{1b}]0;x\u{7}".repeat(500))), plain).unwrap_err();
        assert!(!error.contains('\u{1b}') && error.len() < 400, "{error}");
    }

    #[test]
    fn refreshed_token_must_have_the_same_subject() {
        let signer = Signer::new("ES256");
        let mut session = session();
        session.tokens.id_token = Some(signer.token(&claims()));
        let against = |session: &Session, new: &Value| {
            let claims = checked(&signer.token(new), &signer.keys(), |expected| expected.nonce = None);
            validate_refreshed(session, &claims.unwrap())
        };
        assert!(against(&session, &claims()).is_ok());
        assert!(against(&session, &without("nonce")).is_ok());
        assert!(against(&session, &changed("aud", json!(["client"]))).is_ok());
        for (name, to) in [("sub", json!("bob")), ("nonce", json!("new"))] {
            assert_eq!(against(&session, &changed(name, to)).unwrap_err().exit_code(), 1, "{name}");
        }
        let mut wider = changed("aud", json!(["client", "more"]));
        wider["azp"] = json!("client");
        assert!(against(&session, &wider).unwrap_err().to_string().contains("aud"));
        // Without the first token, the session still records its subject.
        session.tokens.id_token = None;
        assert!(against(&session, &changed("sub", json!("bob"))).is_err());
        assert!(against(&session, &claims()).is_ok());
    }

    #[test]
    fn unreadable_keys_are_skipped_and_missing_keys_are_an_error() {
        let signer = Signer::new("ES256");
        let odd = [json!({}), json!(7), json!({"kty": "oct", "k": "AAAA", "kid": "k"}), signer.jwk.clone()];
        assert!(checked(&signer.token(&claims()), &keys(&odd), plain).is_ok());
        for (status, body) in
            [(200, json!([])), (200, json!({"keys": {}})), (500, json!({"keys": []})), (302, json!(0))]
        {
            assert_eq!(
                JwkSet::parse_response(&json_response(status, &body), "https://id.example/k").unwrap_err().exit_code(),
                6
            );
        }
    }
}
