//! git: `credential.https://HOST.helper` in the user's configuration, through git itself.

use std::path::Path;

use super::change::{Change, run};
use super::places::{is_this_program, text_of};
use crate::credential::ServiceHost;
use crate::error::{Error, Result};
use crate::sanitize::shell_quote;

/// Words after the program in the helper's command.
const WORDS: &str = " credential git";

/// An empty value resets the list, so that no helper of all hosts keeps the token.
pub(super) fn install(program: &Path, hosts: &[String]) -> Result<Vec<Change>> {
    let helper = format!("!{}{WORDS}", shell_quote(text_of(program)?));
    let mut changes = Vec::new();
    for host in hosts {
        let key = key(host);
        let values = values(&key)?;
        if values.contains(&helper) {
            continue;
        }
        if values.is_empty() {
            changes.push(change(&["--add", &key, ""]));
        }
        match values.iter().find(|value| is_own(value, program)) {
            // The program has moved.
            Some(earlier) => changes.push(change(&["--fixed-value", "--replace-all", &key, &helper, earlier])),
            None => changes.push(change(&["--add", &key, &helper])),
        }
    }
    Ok(changes)
}

/// Plans the removal from the named hosts, else from all.
pub(super) fn uninstall(program: &Path, hosts: &[String]) -> Result<Vec<Change>> {
    let keys = match hosts {
        [] => keys()?,
        hosts => hosts.iter().map(|host| key(host)).collect(),
    };
    let mut changes = Vec::new();
    for key in keys {
        let values = values(&key)?;
        let (own, others): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| is_own(value, program));
        match own.as_slice() {
            [] => {}
            _ if others.iter().all(String::is_empty) => changes.push(change(&["--unset-all", &key])),
            own => changes.extend(own.iter().map(|value| change(&["--fixed-value", "--unset-all", &key, value]))),
        }
    }
    Ok(changes)
}

fn change(arguments: &[&str]) -> Change {
    Change::run("git", &[&["config", "--global"], arguments].concat())
}

fn key(host: &str) -> String {
    // Only a loopback server may lack TLS.
    let is_loopback = ServiceHost::parse("http", host).is_some();
    format!("credential.{}://{host}.helper", if is_loopback { "http" } else { "https" })
}

/// Returns true for the command of this program, also at an earlier place.
fn is_own(value: &str, program: &Path) -> bool {
    let Some(command) = value.strip_prefix('!').and_then(|value| value.strip_suffix(WORDS)) else { return false };
    is_this_program(command.trim_matches('\''), program)
}

/// Values of a key; the empty ones count.
fn values(key: &str) -> Result<Vec<String>> {
    get(&["--null", "--get-all", key])
}

/// Keys of helpers for one host.
fn keys() -> Result<Vec<String>> {
    let mut keys = get(&["--null", "--name-only", "--get-regexp", r"^credential\..*\.helper$"])?;
    keys.dedup();
    Ok(keys)
}

fn get(arguments: &[&str]) -> Result<Vec<String>> {
    let (succeeded, stdout, stderr) = run("git", &[&["config", "--global"], arguments].concat())?;
    // Without a match git fails and prints nothing.
    if !succeeded && !stderr.trim().is_empty() && !stderr.contains("No such file") {
        return Err(Error::other(format!("git failed: {}", crate::sanitize::sanitize_untrusted(stderr.trim()))));
    }
    Ok(stdout.split_terminator('\0').map(str::to_owned).collect())
}
