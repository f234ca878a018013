//! `doctor`: checks everything that a sign-in needs.

use serde_json::{Value, json};

use super::output::Output;
use crate::app::App;
use crate::doctor::{self, Check};
use crate::error::Result;
use crate::sanitize::single_line;

/// Check everything that a sign-in needs
///
/// Checks the configuration, the credential store (writes, reads and deletes a probe), the browser, the loopback
/// addresses, callback certificates, the proxy and the certificate authorities, and requests the metadata and the time of
/// each configured provider. Exits with 0 if all checks pass, else 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Check only this provider, configured or not
    provider: Option<String>,
}

pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let checks = doctor::doctor(app, args.provider.as_deref());
    match output.json {
        true => output.document(&json!({"checks": checks.iter().map(to_json).collect::<Vec<_>>()}))?,
        false => output.raw(checks.iter().map(|check| check_lines(output, check)).collect::<String>().as_bytes())?,
    }
    Ok(if checks.iter().all(|check| check.ok) { 0 } else { 1 })
}

fn to_json(check: &Check) -> Value {
    json!({"name": check.name, "ok": check.ok, "detail": check.detail, "hint": check.hint})
}

fn check_lines(output: &Output, check: &Check) -> String {
    let text = format!("{}: {}", single_line(&check.name), single_line(&check.detail));
    output.check_lines(Some(check.ok), &text, check.hint.as_deref())
}
