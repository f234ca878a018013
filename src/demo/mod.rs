//! Embedded OpenID provider: small, strict, loopback only, with fictional users.
//!
//! The provider has two uses. Inside a sign-in to `demo`, the issuer is [`FIXED_ISSUER`] on any port: the URLs that a
//! client stores (issuer, token, userinfo, revocation, device authorization and JWKS endpoints) never change, and only
//! the URLs that a browser opens contain the current port. In the foreground (`mycli demo`), the provider is an
//! ordinary issuer for tests of other programs, with all URLs under `http://127.0.0.1:PORT`.
//!
//! | path | purpose | specification |
//! | --- | --- | --- |
//! | `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` | metadata | Discovery, 8414 |
//! | `/jwks` | the public key, ES256 | 7517 |
//! | `/authorize` | code with PKCE S256; `iss` in every response | 6749 4.1, 7636, 9207, 8252 7.3 |
//! | `/token` | code, refresh with rotation, device code | 6749, 8628 |
//! | `/decision` | the forms of the pages | |
//! | `/device/code`, `/device` | device authorization and its page | 8628 |
//! | `/userinfo` | the profile | OpenID Core 5.3, 6750 |
//! | `/revoke` | revocation | 7009 |
//! | `/logout` | end of the session at the provider | OpenID RP-Initiated Logout |
//!
//! Omitted on purpose: client secrets and registration (every client is public), `plain` PKCE, the implicit and hybrid
//! flows, request objects, introspection, and cookies. Cookies of 127.0.0.1 would reach every local server; the
//! signed-in user is in the [`StateStorage`] instead, because the machine has one user.

mod authorization;
mod decision;
mod device;
mod metadata;
mod pages;
mod pending;
mod protocol;
mod provider;
mod redirect_uri;
mod settings;
mod signing;
mod state;
mod token;
mod users;

pub use self::provider::{DemoLogout, DemoProvider, RunningDemo};
pub use self::settings::{Approval, DemoSettings, FIXED_ISSUER, Issuer, StateStorage};
#[cfg(feature = "internals")]
pub use self::settings::{CLIENT_ID, in_memory_storage};
pub use self::users::accounts;
