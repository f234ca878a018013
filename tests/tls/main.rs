//! Callback on `https` with the user's certificate: validation, hostile clients, whole sign-ins.

#![allow(clippy::print_stdout, reason = "the last printed case is the one that failed")]

#[path = "../support/mod.rs"]
mod support;

mod certificate;
mod listener;
mod signin;
