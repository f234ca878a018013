//! `doctor`: checks everything that a sign-in needs.

use serde_json::{Value, json};

use super::output::Output;
use crate::app::App;
use crate::doctor::{self, Check};
use crate::error::Result;
use crate::sanitize::{single_line, strip_control};

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

/// One line for the check and, if it failed, one for each line of the hint. Readable without colors.
fn check_lines(output: &Output, check: &Check) -> String {
    let mut text =
        output.check_line(check.ok, &format!("{}: {}", single_line(&check.name), single_line(&check.detail)));
    let hint = check.hint.as_deref().map(strip_control).unwrap_or_default();
    for (index, line) in hint.lines().enumerate() {
        text.push_str(if index == 0 { "   hint: " } else { "         " });
        text.push_str(line);
        text.push('\n');
    }
    text
}
