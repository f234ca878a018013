//! Result of one check.

use crate::app::App;
use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Subject, such as `store` or `clock acme`.
    pub name: String,
    pub ok: bool,
    pub detail: String,
    pub hint: Option<String>,
}

impl Check {
    pub(super) fn pass(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, detail: detail.into(), hint: None }
    }

    pub(super) fn fail(name: impl Into<String>, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { name: name.into(), ok: false, detail: detail.into(), hint: Some(hint.into()) }
    }

    pub(super) fn from_error(app: &App, name: &str, error: &Error) -> Self {
        Self { name: name.to_owned(), ok: false, detail: error.to_string(), hint: hint(app, error) }
    }

    pub(super) fn from_result(app: &App, name: &str, outcome: Result<String>) -> Self {
        match outcome {
            Ok(detail) => Self::pass(name, detail),
            Err(error) => Self::from_error(app, name, &error),
        }
    }
}

/// Next step after an error; without the advice to run `doctor`.
pub(super) fn hint(app: &App, error: &Error) -> Option<String> {
    let hint = error.hint(&app.invocation)?;
    let step = hint.split("; to check").next().unwrap_or_default();
    (!step.ends_with(" doctor")).then(|| step.to_owned())
}
