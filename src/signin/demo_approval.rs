//! Answer to a sign-in at the demo provider, whose page is on this machine: a user over SSH or in a container has no
//! browser that reaches the page, and answers in the terminal.

use super::options::SigninOptions;
use crate::app::App;
use crate::browser::BrowserUnavailable;
use crate::catalog::{Flow, Provider};
use crate::demo::{self, Approval, FIXED_ISSUER};
use crate::error::Result;

/// Note of a sign-in that nobody answers.
pub const UNATTENDED: &str = "no browser and no terminal: the demo provider approves automatically";

/// Returns how the demo provider gets its answer, and asks the user if nothing else can; [`Approval::Page`] for any other
/// provider.
///
/// # Errors
/// [`crate::error::Error::Cancelled`] and [`crate::error::Error::TimedOut`].
pub fn resolve(app: &App, provider: &Provider, options: &SigninOptions) -> Result<Approval> {
    // The user wants to visit a printed URL; pasting needs a user.
    let is_manual = options.no_open || provider.flow == Some(Flow::Paste);
    let (no_input, absence) = (app.environment.no_input, app.browser.unavailable_reason());
    match absence {
        _ if provider.issuer.as_deref() != Some(FIXED_ISSUER) => Ok(Approval::Page),
        _ if no_input => Ok(Approval::Automatic),
        None => Ok(Approval::Page),
        Some(_) if is_manual => Ok(Approval::Page),
        Some(_) if !app.prompt.can_prompt() => Ok(Approval::Automatic),
        // The user chose the browser; a forwarded port may reach this machine.
        Some(_) if provider.flow == Some(Flow::Loopback) => Ok(Approval::Page),
        Some(absence) => ask(app, options, &absence),
    }
}

/// Asks what the page would ask.
fn ask(app: &App, options: &SigninOptions, absence: &BrowserUnavailable) -> Result<Approval> {
    let program = &app.program;
    app.prompt.note(&format!(
        "cannot open a browser: {absence}; the demo provider asks here. It is built into {program}, its accounts are \
         fictional, and no data leaves this machine."
    ));
    let mut accounts: Vec<_> = demo::accounts().collect();
    // The expected account comes first; others are stable.
    accounts.sort_by_key(|(name, _)| options.account.as_deref() != Some(name));
    let deny = "nobody (deny)".to_owned();
    let labels: Vec<String> = accounts.iter().map(|(_, label)| label.clone()).chain([deny]).collect();
    let chosen = app.choose("Approve as", &labels, options.user_timeout())?;
    Ok(Approval::Given(accounts.get(chosen).map(|(name, _)| *name)))
}
