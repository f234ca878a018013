//! Warnings about requests that a listener rejects while the user is in the browser.

use std::convert::Infallible;

use crate::app::App;
use crate::callback_server::{RejectionKind, RejectionLog};

/// Warns once for each kind of request that the listener rejects.
pub async fn report(app: &App, rejections: &RejectionLog) -> Infallible {
    let warn = |kind: RejectionKind| {
        let advice = kind.advice().map_or_else(String::new, |advice| format!("; {advice}"));
        app.prompt.warn(&format!("the listener rejected {}{advice}", kind.name()));
    };
    rejections.report(warn).await
}
