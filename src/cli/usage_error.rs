//! Errors of the command line, as text or JSON.

use std::io::Write;
use std::process::ExitCode;

use super::output;
use crate::error::Error;
use crate::prompt::style;

/// Error of a command line that has a better one.
pub fn with_hint(message: &str, command: &str) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ArgumentConflict, format!("{message}\n\nhint: {command}\n"))
}

/// Prints an error of the command line, or the requested help, and returns the exit code.
pub fn report(program: &str, error: &clap::Error) -> ExitCode {
    let is_json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    if !error.use_stderr() || !is_json {
        return match print(error) {
            Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(cause) => {
                let _ = writeln!(std::io::stderr(), "error: {}", Error::Output(cause));
                ExitCode::FAILURE
            }
        };
    }
    let hint = error.to_string().lines().find_map(|line| line.strip_prefix("hint: ").map(str::to_owned));
    let hint = hint.unwrap_or_else(|| "{program} --help".to_owned());
    let failure = Error::Usage { message: first_paragraph(error), hint: Some(hint) };
    output::write_json_error(program, &failure);
    ExitCode::from(failure.exit_code())
}

/// Prints an error of clap, which does not wrap it; help fits the terminal.
fn print(error: &clap::Error) -> std::io::Result<()> {
    let terminal = console::Term::stderr();
    let columns = terminal.size_checked().map(|(_, columns)| usize::from(columns));
    let plain = error.render().to_string();
    let wrapped = style::wrap_text(&plain, columns);
    // The colors of clap are lost only if they have to be.
    match error.use_stderr() && wrapped != plain.trim_end_matches('\n') {
        true => terminal.write_line(&wrapped),
        false => error.print(),
    }
}

/// The message of clap in one line, without the usage below it.
fn first_paragraph(error: &clap::Error) -> String {
    use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    if matches!(error.kind(), DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand) {
        return "a command is missing".to_owned();
    }
    let rendered = error.render().to_string();
    let lines: Vec<&str> = rendered.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}
