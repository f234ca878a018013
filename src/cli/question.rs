//! A question that is asked until its answer is valid.

use crate::app::App;
use crate::app::runtime::USER_TIMEOUT;
use crate::error::Result;
use crate::sanitize::sanitize_untrusted;

/// Message after empty input.
pub const REQUIRED: &str = "a value is required; press Ctrl-C to cancel";

/// Asks until `validate` accepts the input.
pub fn ask<T>(app: &App, question: &str, validate: impl Fn(&str) -> Result<T, String>) -> Result<T> {
    loop {
        let typed = app.ask(question, USER_TIMEOUT)?;
        match validate(&typed) {
            Ok(value) => return Ok(value),
            Err(_) if typed.is_empty() => app.prompt.note(REQUIRED),
            Err(reason) => app.prompt.note(&format!("`{}` {reason}", sanitize_untrusted(&typed))),
        }
    }
}
