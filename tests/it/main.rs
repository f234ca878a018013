//! Every test that shares no state of its process with another: no variable, no signal, no limit is set here.

#![allow(clippy::disallowed_methods, reason = "the rules against clock and environment are for the program")]
#![allow(clippy::print_stdout, reason = "the last printed case is the one that failed")]

#[allow(dead_code, unused_imports, reason = "the other programs use the rest")]
#[path = "../support/mod.rs"]
mod support;

mod bad_provider;
mod certification;
mod cli;
mod cmd;
mod completions;
mod credential;
mod demo;
mod demo_served;
mod device;
mod generated;
mod http_client;
mod listener;
mod promises;
mod properties;
mod proxies;
mod reach;
mod rows;
mod secrets;
mod security;
mod support_itself;
mod tidy;
mod tls;
