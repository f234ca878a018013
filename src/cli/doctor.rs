//! `doctor`: whether everything is in place for a sign-in.

use serde_json::{Value, json};

use super::output::Output;
use crate::app::App;
use crate::doctor::{self, Check};
use crate::error::Result;
use crate::sanitize::strip_control;

/// Check whether everything is in place for a sign-in
///
/// Looks at the configuration, the credential store (a probe is written, read and deleted), the browser, the loopback addresses, the certificates of callbacks on https, the proxy, the certificate authorities, and asks each configured provider for its metadata and the time. Exit code 0 if all is well, else 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this provider, which need not be configured
    provider: Option<String>,
}

/// Runs the command; 1 where a check failed.
///
/// # Errors
/// [`crate::error::Error::Output`].
pub fn run(app: &App, output: &Output, args: &Args) -> Result<u8> {
    let checks = doctor::doctor(app, args.provider.as_deref());
    match output.json {
        true => output.document(&json!({"checks": checks.iter().map(to_json).collect::<Vec<_>>()}))?,
        false => output.raw(checks.iter().map(|check| lines(output, check)).collect::<String>().as_bytes())?,
    }
    Ok(if checks.iter().all(|check| check.ok) { 0 } else { 1 })
}

fn to_json(check: &Check) -> Value {
    json!({"name": check.name, "ok": check.ok, "detail": check.detail, "hint": check.hint})
}

/// A line a check, and where something is wrong one more for each line of the hint. The words tell it, whatever the
/// terminal can show.
fn lines(output: &Output, check: &Check) -> String {
    let mut text = output.verdict(check.ok, &format!("{}: {}", one_line(&check.name), one_line(&check.detail)));
    let hint = check.hint.as_deref().map(strip_control).unwrap_or_default();
    for (index, line) in hint.lines().enumerate() {
        text.push_str(if index == 0 { "   hint: " } else { "         " });
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn one_line(text: &str) -> String {
    strip_control(text).replace('\n', " ")
}
