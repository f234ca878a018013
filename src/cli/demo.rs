//! `demo`: the embedded OpenID provider in the foreground, for other people's tests.

use std::sync::Arc;

use serde_json::json;

use super::output::Output;
use crate::app::{App, runtime};
use crate::demo::{self, Approval, DemoProvider, DemoSettings, Issuer};
use crate::error::Result;

/// Serve a small OpenID provider on loopback, until Ctrl-C
///
/// Authorization code with PKCE, device code, refresh with rotation, revocation, userinfo, discovery. Any public client
/// with a loopback redirect URI may use it. Its people are invented and its memory ends with it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The port on 127.0.0.1; any free one without
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Approve every request without a page
    #[arg(long)]
    approve: bool,
}

/// Runs the command until a signal ends it.
///
/// # Errors
/// [`crate::error::Error::PortTaken`], and [`crate::error::Error::Interrupted`] at the end.
pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let approval = if args.approve { Approval::Automatic } else { Approval::Page };
    let settings = DemoSettings {
        issuer: Issuer::Loopback,
        approval,
        clock: Arc::clone(&app.clock),
        storage: demo::in_memory_storage(),
        program: app.program.clone(),
        access_token_lifetime: demo::ACCESS_TOKEN_LIFETIME,
    };
    let running = DemoProvider::start(settings, args.port)?;
    match output.json {
        true => output.document(&json!({"issuer": running.issuer()}))?,
        false => output.line(running.issuer())?,
    }
    app.prompt.note("any client id, no secret, loopback redirects; Ctrl-C ends it");
    runtime::run(std::future::pending())
}
