//! The embedded OpenID provider: a small, strict one, loopback only, with invented people.
//!
//! It has two uses. Inside a sign-in to `demo` it answers as [`FIXED_ISSUER`], whatever port it got: what a client
//! keeps (issuer, token, userinfo, revocation, device and key addresses) never changes, and only what a browser opens
//! names the port of this run. In the foreground it is an ordinary issuer for other people's tests, all of it under
//! `http://127.0.0.1:PORT`.
//!
//! | path | what | RFC |
//! | --- | --- | --- |
//! | `/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server` | metadata | OpenID Discovery, 8414 |
//! | `/jwks` | the public key, ES256 | 7517 |
//! | `/authorize` | code with PKCE S256; `iss` in every answer | 6749 4.1, 7636, 9207, 8252 7.3 |
//! | `/token` | code, refresh with rotation, device code | 6749, 8628 |
//! | `/device/code`, `/device` | device authorization and its page | 8628 |
//! | `/userinfo` | the profile | OpenID Core 5.3, 6750 |
//! | `/revoke` | revocation | 7009 |
//! | `/logout` | the end of the provider's own session | OpenID RP-Initiated Logout |
//!
//! Left out on purpose: client secrets and registration (every client is public), `plain` PKCE, the implicit and
//! hybrid flows, request objects, introspection, cookies (those of 127.0.0.1 would reach every local server: who is
//! signed in is stored in [`Memory`], for there is one person at this machine).

mod authorization;
mod authorization_request;
mod decision;
mod device;
mod device_code;
mod logout;
mod metadata;
mod pages;
mod pending;
mod provider;
mod redirect_uri;
mod responses;
mod routes;
mod settings;
mod signing;
mod state;
mod token;
mod userinfo;
mod users;

pub use self::provider::DemoProvider;
pub use self::routes::RunningDemo;
pub use self::settings::{
    ACCESS_TOKEN_LIFETIME, Approval, CLIENT_ID, DemoSettings, FIXED_ISSUER, Issuer, StateStorage, in_memory_storage,
};
