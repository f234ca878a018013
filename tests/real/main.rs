//! Sign-ins at servers that others wrote, in a real browser.

#[allow(dead_code, unused_imports, reason = "the other programs use the rest")]
#[path = "../support/mod.rs"]
mod support;

mod django;
mod glewlwyd;
mod oidc_provider;
mod signin_page;
