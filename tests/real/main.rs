//! Sign-ins at servers that others wrote, in a real browser.

#![allow(clippy::disallowed_methods, reason = "the rules against clock and environment are for the program")]

#[allow(dead_code, unused_imports, reason = "the other programs use the rest")]
#[path = "../support/mod.rs"]
mod support;

mod django;
mod glewlwyd;
mod mcp_conformance;
mod mcp_servers;
mod oidc_provider;
mod other_servers;
mod pages;
mod signin_page;
