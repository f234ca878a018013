//! `demo`: serves the built-in OpenID provider in the foreground, for tests of other programs.

use std::sync::Arc;

use serde_json::json;

use super::output::Output;
use crate::app::{App, runtime};
use crate::demo::{Approval, DemoProvider, DemoSettings, Issuer};
use crate::error::Result;

/// Serve the built-in OpenID provider on loopback until Ctrl-C
///
/// For tests of other programs: authorization code with PKCE, device code, refresh with rotation, revocation, userinfo,
/// discovery. Any public client with a loopback redirect URI can use it. The users are made up, and nothing is stored.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Listen on this port of 127.0.0.1 instead of any free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Approve every request without showing a page
    #[arg(long)]
    approve: bool,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let approval = if args.approve { Approval::Automatic } else { Approval::Page };
    let clock = Arc::clone(&app.clock);
    let settings = DemoSettings { approval, clock, ..DemoSettings::new(Issuer::Loopback, &app.program) };
    let running = DemoProvider::start(settings, args.port)?;
    match output.json {
        true => output.document(&json!({"issuer": running.issuer()}))?,
        false => output.line(running.issuer())?,
    }
    app.prompt.note("accepts any client ID, no secret and loopback redirect URIs; press Ctrl-C to stop");
    runtime::run(std::future::pending())
}
