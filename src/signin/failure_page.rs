//! Page for a sign-in that failed: one sentence and one command.

use super::options::SigninOptions;
use crate::app::App;
use crate::callback_server::{Page, sentence};
use crate::catalog::Provider;
use crate::error::{Error, Remedy};
use crate::sanitize::shell_quote;

/// Start of every command in a hint.
const PROGRAM: &str = "{program} ";

/// Page that explains a failed sign-in. `alternative` is a command that is not in the error yet.
pub fn failure_page(
    app: &App,
    provider: &Provider,
    options: &SigninOptions,
    error: &Error,
    alternative: Option<String>,
) -> Page {
    let title = &provider.label();
    let hint = alternative.or_else(|| error.hint("{program}")).and_then(|hint| command_of(&hint));
    let retry = || format!("{PROGRAM}signin {}", shell_quote(&provider.name));
    let (heading, line, words) = match error.cause() {
        Error::Denied { remedy: Remedy::ApproveAccess, .. } => (
            format!("Access to {title} was declined"),
            sentence(&error.to_string()),
            "If you did not mean to decline, approve the request after this command in the terminal:".to_owned(),
        ),
        Error::WrongAccount { expected, actual: Some(actual), .. } => (
            "You signed in with another account".to_owned(),
            format!("You chose `{actual}` in the browser, but `{expected}` in the terminal."),
            format!("To sign in as `{expected}`, run this command in the terminal:"),
        ),
        Error::WrongAccount { expected, actual: None, .. } => (
            format!("Sign-in to {title} failed"),
            format!("{title} did not confirm that you are `{expected}`."),
            "Run this command in the terminal:".to_owned(),
        ),
        _ => {
            let words = if hint.is_some() { "Run this command" } else { "To try again, run this command" };
            let line = sentence(&error.to_string());
            (format!("Sign-in to {title} failed"), line, format!("{words} in the terminal:"))
        }
    };
    let command = options.typed_flags.complete_command(&hint.unwrap_or_else(retry));
    let page = Page::failure(&app.program, &heading, vec![format!("{line} Nothing was saved.")]);
    page.with_command(&words, &command.replace("{program}", &app.invocation))
}

/// Command in a hint; `None` for a hint that is no command, or more than one.
fn command_of(hint: &str) -> Option<String> {
    let command = hint.lines().last().filter(|line| line.starts_with(PROGRAM))?;
    (hint.matches(PROGRAM).count() == 1).then(|| command.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_of_a_hint_is_one_command() {
        for (hint, command) in [
            ("{program} providers show acme", Some("{program} providers show acme")),
            ("choose bob:\n{program} signin acme --force", Some("{program} signin acme --force")),
            ("{program} signin demo, or {program} providers add NAME", None),
            ("check this machine: {program} doctor", None),
            ("run the command again", None),
        ] {
            assert_eq!(command_of(hint).as_deref(), command, "{hint}");
        }
    }
}
