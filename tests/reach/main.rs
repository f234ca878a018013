//! How a sign-in reaches a provider that nobody described to it: metadata in its several places, a
//! client registered at run time, the resource that a token is for.

#![allow(clippy::print_stdout, reason = "which case failed is told by what was printed last")]

#[path = "../support/mod.rs"]
mod support;

mod discovery;
mod home;
mod hostile;
mod registration;
mod resource;
