//! Sign-in at a provider without configuration: metadata at its several locations, client registration, protected
//! resources.

#![allow(clippy::print_stdout, reason = "which case failed is told by what was printed last")]

#[path = "../support/mod.rs"]
mod support;

mod discovery;
mod home;
mod hostile;
mod registration;
mod resource;
