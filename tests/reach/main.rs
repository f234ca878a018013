//! How a sign-in reaches a provider that nobody described to it: metadata in its several places.

#![allow(clippy::print_stdout, reason = "which case failed is told by what was printed last")]

#[path = "../support/mod.rs"]
mod support;

mod discovery;
mod home;
