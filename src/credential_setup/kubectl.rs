//! kubectl: a user of the kubeconfig that runs this program, through kubectl itself.

use std::path::Path;

use serde_json::Value;

use super::change::{Change, Direction, run};
use super::places::{is_this_program, text_of};
use crate::app::App;
use crate::error::{Error, Result};
use crate::sanitize::sanitize_untrusted;

/// Version that every kubectl since 1.11 knows; it has a default for what v1 requires a flag for, which 1.20 lacks.
const API_VERSION: &str = "client.authentication.k8s.io/v1beta1";

/// Plans the user called `mycli-PROVIDER`.
///
/// # Errors
/// [`Error::Other`] if the kubeconfig has another user of that name.
pub(super) fn plan(app: &App, program: &Path, direction: Direction, provider: &str) -> Result<Vec<Change>> {
    let user = format!("{}-{provider}", app.name);
    let command = text_of(program)?;
    let existing = user_of(&user)?;
    let is_own = existing.as_ref().is_some_and(|exec| {
        let is_program = exec["command"].as_str().is_some_and(|path| is_this_program(path, program));
        is_program && exec["args"] == serde_json::json!(["credential", "kubectl", provider])
    });
    let is_current = is_own && existing.as_ref().is_some_and(|exec| exec["command"] == command);
    match (direction, existing) {
        (Direction::Uninstall, _) if is_own => Ok(vec![Change::run("kubectl", &["config", "delete-user", &user])]),
        (Direction::Uninstall, _) => Ok(Vec::new()),
        (Direction::Install, _) if is_current => Ok(Vec::new()),
        (Direction::Install, Some(_)) if !is_own => {
            Err(Error::other(format!("the kubeconfig has another user `{}`", sanitize_untrusted(&user))))
        }
        (Direction::Install, _) => {
            let [api_version, command] =
                [format!("--exec-api-version={API_VERSION}"), format!("--exec-command={command}")];
            let provider = format!("--exec-arg={provider}");
            let words = ["config", "set-credentials", &user, &api_version, &command];
            let arguments = ["--exec-arg=credential", "--exec-arg=kubectl", &provider];
            Ok(vec![Change::run("kubectl", &[&words[..], &arguments].concat())])
        }
    }
}

/// The `exec` of a user; null for a user without one.
fn user_of(name: &str) -> Result<Option<Value>> {
    let (succeeded, stdout, stderr) = run("kubectl", &["config", "view", "--raw", "--output=json"])?;
    let config = serde_json::from_str::<Value>(&stdout).ok().filter(|_| succeeded);
    let Some(config) = config else {
        return Err(Error::other(format!("kubectl failed: {}", sanitize_untrusted(stderr.trim()))));
    };
    let users = config["users"].as_array().into_iter().flatten();
    Ok(users.into_iter().find(|user| user["name"] == name).map(|user| user["user"]["exec"].clone()))
}
