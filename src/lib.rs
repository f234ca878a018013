//! Sign-in for the terminal: any OAuth 2.0 or OpenID Connect provider, by loopback redirect, device code or pasting.
//! Tokens go to the keyring of the operating system and are refreshed once, no matter how many processes ask.
//!
//! The map lists the modules from the bottom up. A module imports modules of lower floors; on the floors base, model,
//! protocol and cli it may import modules listed before it. `tests/tidy.rs` checks both.
//!
//! | floor | modules |
//! | --- | --- |
//! | base | [`secret`] strings that cannot be printed; [`sanitize`] untrusted text for output; [`error`] errors, exit codes, hints; [`clock`] time; [`duration`] `1h30m`; [`owner_only`] files and directories of one user |
//! | model | [`session`] the stored record; [`catalog`] provider entries; [`config`] the configuration file |
//! | protocol | [`oauth`] requests and responses as values; [`identity`] claims or profile to account |
//! | server | [`server`] the HTTP server on loopback |
//! | adapters | [`browser`], [`callback_server`], [`demo`], [`http_client`], [`prompt`], [`store`]: one for each outside system |
//! | context | [`app`] name, environment, store, HTTP client, shared by all commands |
//! | commands | [`doctor`], [`exec`], [`providers`], [`signin`], [`signout`], [`status`], [`store_move`], [`switch`], [`token`]: they return data and print nothing |
//! | cli | [`cli`] arguments, streams, exit codes |
//!
//! # Invariants
//! - Model and protocol do no I/O.
//! - Secrets are [`secret::Secret`]; no error, log line or argument list holds one.
//! - A session's refresh token goes to the endpoints that the session was made with, and nowhere else.
//! - Only a check can make the type that stands for its result: an authorization code comes from the check of `state` and
//!   `iss`, claims come from the check of the ID token.
//! - A credential store that is locked, does not respond or fails is an error, never "not signed in" and never a downgrade.
//!
//! # Not supported
//! The implicit and password grants, `plain` PKCE unless a catalog entry says that the provider has nothing better, a
//! listener outside loopback, encrypted ID tokens.

pub mod app;
pub mod browser;
pub mod callback_server;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod duration;
pub mod error;
pub mod exec;
pub mod http_client;
pub mod identity;
pub mod oauth;
pub mod owner_only;
pub mod prompt;
pub mod providers;
pub mod sanitize;
pub mod secret;
pub mod server;
pub mod session;
pub mod signin;
pub mod signout;
pub mod status;
pub mod store;
pub mod store_move;
pub mod switch;
pub mod token;
