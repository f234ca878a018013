//! A callback on `https`, answered with the person's own certificate: what the certificate must be, what is done to the
//! listener by others, and whole sign-ins.

#![allow(clippy::print_stdout, reason = "which case failed is told by what was printed last")]

#[path = "../support/mod.rs"]
mod support;

mod certificate;
mod listener;
mod signin;
