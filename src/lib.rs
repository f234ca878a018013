//! Sign-in for the terminal: any OAuth 2.0 or OpenID Connect provider, by loopback redirect, device code or pasting.
//! Tokens go to the keyring of the operating system and are refreshed once, no matter how many processes ask.
//!
//! [`cli`] is the API: another clap program gets the same commands with [`cli::Globals`], [`cli::Command`] and
//! [`cli::run`]. Everything else is private; the feature `internals` shows it to this package's own tests, fuzz targets
//! and benches.
//!
//! # Map
//! The map lists the modules from the bottom up. A module imports modules of lower floors; on the floors base, model,
//! protocol and cli it may import modules listed before it. The files of a module do not import in circles.
//! `tests/it/tidy.rs` checks this.
//!
//! | floor | modules |
//! | --- | --- |
//! | base | `secret` strings that cannot be printed; `sanitize` untrusted text for output; `error` errors, exit codes, hints; `clock` time; `duration` `1h30m`; `owner_only` files and directories of one user; `trusted_file` files that only the user or root can change |
//! | model | `session` the stored record; `catalog` provider entries; `config` the configuration file |
//! | protocol | `oauth` requests and responses as values; `identity` claims or profile to account; `credential` messages of programs that ask for a token |
//! | server | `server` the HTTP server on loopback |
//! | adapters | `browser`, `callback_server`, `demo`, `http_client`, `prompt`, `store`: one for each outside system |
//! | context | `app` name, environment, store, HTTP client, shared by all commands |
//! | commands | `api`, `config_file`, `credential_setup`, `doctor`, `exec`, `providers`, `signin`, `signout`, `status`, `store_move`, `switch`, `token`: they return data and print nothing |
//! | cli | `cli` arguments, streams, exit codes |
//!
//! # Invariants
//! - Model and protocol do no I/O.
//! - Secrets are `secret::Secret`; no error, log line or argument list holds one.
//! - A session's refresh token goes to the endpoints that the session was made with, or, if they are gone, to those in
//!   the current metadata of the same issuer, and nowhere else.
//! - Only a check can make the type that stands for its result: an authorization code comes from the check of `state`
//!   and `iss`, claims come from the check of the ID token.
//! - A credential store that is locked, does not respond or fails is an error, never "not signed in" and never a
//!   downgrade.
//!
//! # Not supported
//! The implicit and password grants, `plain` PKCE unless a catalog entry says that the provider has nothing better, a
//! listener outside loopback, encrypted ID tokens.

// The lint is for the public surface: with `internals` every module would count.
#![cfg_attr(feature = "internals", allow(missing_docs))]

mod api;
mod app;
mod browser;
mod callback_server;
mod catalog;
pub mod cli;
mod clock;
mod config;
mod config_file;
mod credential;
mod credential_setup;
mod demo;
mod doctor;
mod duration;
mod error;
mod exec;
mod http_client;
mod identity;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod oauth;
mod owner_only;
mod prompt;
mod providers;
mod sanitize;
mod secret;
mod server;
mod session;
mod signin;
mod signout;
mod status;
mod store;
mod store_move;
mod switch;
mod token;
mod trusted_file;
