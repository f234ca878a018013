//! Sign-in for the terminal: any OAuth 2.0 / OpenID Connect provider by loopback redirect, tokens in the keyring of the
//! operating system, refreshed once however many ask.
//!
//! The rooms, from the ground up; a room uses rooms on lower floors only (`tests/tidy.rs` holds this).
//!
//! | floor | rooms |
//! | --- | --- |
//! | words | [`error`] why a command failed; [`secret`] a string that cannot be shown |
//! | paper | [`duration`] `1h30m`; [`session`] the record kept between runs; [`catalogue`] provider rows; [`config`] the file; [`oauth`] requests and answers as values; [`identity`] who signed in: all pure |
//! | ground | [`gate`] the one HTTP server, on which `loopback` and `demo` stand |
//! | world | [`clock`], [`http`], [`loopback`], [`browser`], [`store`], [`prompt`], [`demo`], each one outside thing; [`app`] over them |
//! | deeds | [`signin`], [`signout`], [`token`], [`status`], [`switch`], [`doctor`], [`exec`], [`providers`], [`relocate`]: one verb each, they return data and print nothing |
//! | face | [`cli`] arguments, streams, exit codes |
//!
//! # Invariants
//! - Secrets travel as [`secret::Secret`]; no error, log line or argument list holds one.
//! - A session's refresh token goes to the endpoints the session was made with, and nowhere else.
//! - What was checked has a type that only the check makes: an authorization code comes from the check of `state` and
//!   `iss`, claims come from the check of the ID token.
//! - A credential store that is locked, hung or failing is an error, never "not signed in" and never a downgrade.
//!
//! # Left out on purpose
//! The implicit and password grants, `plain` PKCE where a row does not say that there is nothing better, a listener outside
//! loopback, ID tokens that are encrypted.

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
