//! Command line interface: arguments, environment, stdout, stderr and exit codes are used here and in `main` only.
//!
//! A program that embeds this one adds [`Globals`] and [`Command`] to its own clap definition, nested or flattened, and
//! calls [`run`].
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

mod api;
pub(crate) mod arguments;
mod background;
mod catalog_menu;
pub(crate) mod completions;
mod config;
mod credential;
mod demo;
mod doctor;
pub(crate) mod examples;
mod exec;
mod exec_targets;
mod github_app_questions;
mod globals;
mod log;
mod output;
mod process;
mod provider_questions;
mod providers;
mod question;
mod register;
mod registration_form;
mod secret_input;
mod session_args;
mod session_json;
mod session_template;
mod signin;
mod signin_report;
mod signin_values;
mod signout;
mod status;
mod store;
mod switch;
mod table;
mod token;
mod usage_error;
mod userinfo;

use std::ffi::OsString;
use std::io::BufReader;
use std::path::Path;
use std::process::ExitCode;

use clap::FromArgMatches;

use crate::app::environment::Environment;
use crate::app::{App, runtime};
pub use crate::config::StoreChoice;
use crate::error::{Error, Remedy, Result};
use crate::prompt::terminal::{Terminal, empty_stdin, require_secret};
use crate::prompt::{Multiplexer, Prompt, TerminalCapabilities};
pub use arguments::Command;
use arguments::{Arguments, ProgramCommand, definition, help_color};
pub use globals::{Color, Globals};
use output::Output;

/// Runs the program called `name` with the arguments of this process.
pub fn main(name: &'static str) -> ExitCode {
    let parsed = definition(name).color(help_color()).try_get_matches_from(words(name));
    let parsed = parsed.and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(Arguments { globals, command: ProgramCommand::Shared(command) }) => run(name, name, &globals, command),
        Ok(Arguments { globals, command: ProgramCommand::Completions(args) }) if args.is_question() => {
            completions::print_candidates(name, &globals, &args, definition(name));
            ExitCode::SUCCESS
        }
        Ok(Arguments { globals, command: ProgramCommand::Completions(args) }) => {
            execute((name, name), &globals, 0, |_, output| completions::print_script(output, &args, name))
        }
        Err(error) => hand_over(name).unwrap_or_else(|| usage_error::report(name, &with_dashes(name, error))),
    }
}

/// Lets the program in whose place this one was started answer a command line that only that program knows.
fn hand_over(name: &'static str) -> Option<ExitCode> {
    if !credential::python_keyring::is_started_as_keyring() {
        return None;
    }
    let environment = process::read_environment();
    let output = Output::new(name, &Globals::default(), &environment);
    let app = new_app(name, name, &Globals::default(), environment).ok()?;
    let code = credential::python_keyring::hand_over_unknown(&app)?.unwrap_or_else(|error| {
        output.fail(&error);
        error.exit_code()
    });
    Some(ExitCode::from(code))
}

/// Arguments of this process. Another program may start it by the name of a helper, such as `git-credential-mycli`.
fn words(name: &str) -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let file = words.first().and_then(|word| Path::new(word).file_name()).unwrap_or_default();
    let first = words.get(1).map(|word| word.to_string_lossy()).unwrap_or_default();
    if let Some(protocol) = credential::words_of_program(&file.to_string_lossy(), &first, name) {
        words.splice(1..1, protocol.map(OsString::from));
    }
    words
}

/// Replaces the error of an `exec` whose command has no `--` before it.
fn with_dashes(name: &str, error: clap::Error) -> clap::Error {
    let is_provider = |word: &str| {
        let app = new_app(name, name, &Globals::default(), process::read_environment());
        app.is_ok_and(|app| exec::is_provider(&app, word))
    };
    let words: Vec<_> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    match exec::insert_dashes(&words, &error, is_provider) {
        Some(command) => usage_error::with_hint("`exec` needs `--` before its command", &format!("{name} {command}")),
        None => error,
    }
}

/// Runs `command` for an embedding program: its files and variables are named after `name`, and the user types `program`,
/// such as `acme auth`, to reach the commands.
pub fn run(name: &str, program: &str, globals: &Globals, command: Command) -> ExitCode {
    let closed_pipe_code = match command {
        Command::Status(_)
        | Command::Api(_)
        | Command::Config(_)
        | Command::Providers(_)
        | Command::Doctor(_)
        | Command::Log(_) => 0,
        _ => 1,
    };
    execute((name, program), globals, closed_pipe_code, |app, output| dispatch(app, output, command))
}

/// Runs `act` for a program of this name that the user types as the second word, and reports its error.
fn execute(
    (name, program): (&str, &str),
    globals: &Globals,
    closed_pipe_code: u8,
    act: impl FnOnce(&mut App, &Output) -> Result<u8>,
) -> ExitCode {
    runtime::end_on_unhandled_signals();
    let mut environment = process::read_environment();
    environment.core_limit = process::disable_core_dumps();
    environment.no_input = globals.no_input || environment.is_ci();
    let output = Output::new(program, globals, &environment);
    let outcome = new_app(name, program, globals, environment).and_then(|mut app| {
        let outcome = act(&mut app, &output);
        // After Ctrl-C nothing is started any more.
        if !matches!(outcome, Err(Error::Interrupted { .. })) {
            app.run_hooks();
        }
        outcome
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Error::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(closed_pipe_code),
        Err(error) => {
            output.fail(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(app: &mut App, output: &Output, command: Command) -> Result<u8> {
    if needs_home(&command) {
        app.require_home()?;
    }
    app.command = command.log_name();
    match command {
        Command::Signin(args) => signin::run(app, output, *args),
        Command::Signout(args) => signout::run(app, output, &args),
        Command::Token(args) => token::run(app, output, &args),
        Command::Status(args) => status::run(app, output, &args),
        Command::Api(args) => api::run(app, output, *args),
        Command::Userinfo(args) => userinfo::run(app, output, &args),
        Command::Log(args) => log::run(app, output, &args),
        Command::Switch(args) => switch::run(app, output, &args),
        Command::Config(args) => config::run(app, output, &args),
        Command::Credential(args) => credential::run(app, output, &args),
        Command::Exec(args) => exec::run(app, output, args),
        Command::Providers(args) => providers::run(app, output, args),
        Command::Store(args) => store::run(app, output, &args),
        Command::Doctor(args) => doctor::run(app, output, &args),
        Command::Demo(args) => demo::run(app, output, &args),
    }
}

/// Returns true for a command that reads or writes files below the home directory. A container may run as a user that
/// has none.
fn needs_home(command: &Command) -> bool {
    match command {
        Command::Demo(_) => false,
        Command::Providers(args) => args.needs_home(),
        _ => true,
    }
}

fn new_app(name: &str, program: &str, globals: &Globals, environment: Environment) -> Result<App> {
    let verbose = verbosity(globals.verbose, environment.variable(&log_variable(name)));
    let capabilities = TerminalCapabilities {
        json: globals.json,
        quiet: globals.quiet,
        verbose: verbose > 0,
        is_terminal: environment.stderr_is_terminal,
        has_keyboard: environment.stdin_is_terminal,
        can_prompt: environment.stderr_is_terminal
            && environment.stdin_is_terminal
            && !environment.no_input
            && !globals.json,
        can_animate: environment.stderr_is_terminal && !matches!(environment.variable("TERM"), None | Some("dumb")),
        can_style: globals.color.is_on(&environment, environment.stderr_is_terminal),
        is_utf8: environment.is_utf8(),
        multiplexer: Multiplexer::detect(
            environment.variable("TMUX"),
            environment.variable("STY"),
            environment.variable("TERM"),
        ),
        size: console::Term::stderr().size_checked().map(|(rows, columns)| (columns, rows)),
    };
    let stdin: Box<dyn std::io::BufRead + Send> =
        if environment.no_input { empty_stdin() } else { Box::new(BufReader::new(std::io::stdin())) };
    let mut app = App::new(name, environment)?;
    app.program = program.to_owned();
    app.invocation = globals.invocation(program);
    app.config_file = globals.config.clone();
    app.store_choice = globals.store;
    let terminal = Terminal::new(capabilities, Box::new(std::io::stderr()), stdin);
    // First: to read the configuration may print a warning.
    app.prompt = Box::new(terminal.clone());
    app.apply_config();
    let waiting = terminal.clone();
    app.show_waits(move |what, limit| Box::new(waiting.start_waiting(what, limit)));
    if capabilities.can_prompt {
        app.keys.set_prompt(Box::new(|question| {
            // The store may be opened inside another wait, and one thread runs one runtime.
            let question = question.to_owned();
            let prompting = std::thread::spawn(move || runtime::run(require_secret(&question)));
            prompting.join().unwrap_or_else(|_| Err(Error::other_with(Remedy::Terminal, "the prompt failed")))
        }));
    }
    if verbose > 1 {
        app.http.set_trace(move |line| terminal.detail(line));
    }
    Ok(app)
}

/// Log level from the flags, else from the variable with the usual level names. 1: steps; 2: HTTP requests too.
fn verbosity(flags: u8, variable: Option<&str>) -> u8 {
    match (flags, variable.map(str::to_ascii_lowercase).as_deref()) {
        (1.., _) => flags,
        (0, None | Some("" | "0" | "off" | "none" | "error" | "warn")) => 0,
        (0, Some("debug" | "trace")) => 2,
        (0, Some(_)) => 1,
    }
}

fn log_variable(name: &str) -> String {
    format!("{}_LOG", crate::app::environment::prefix(name))
}

#[cfg(test)]
mod tests {
    use super::verbosity;

    #[test]
    fn verbosity_flags_win_over_the_variable() {
        for (flags, variable, level) in [
            (0, None, 0),
            (1, None, 1),
            (3, Some("off"), 3),
            (1, Some("trace"), 1),
            (0, Some(""), 0),
            (0, Some("OFF"), 0),
            (0, Some("warn"), 0),
            (0, Some("info"), 1),
            (0, Some("1"), 1),
            (0, Some("debug"), 2),
        ] {
            assert_eq!(verbosity(flags, variable), level, "{flags} {variable:?}");
        }
    }
}
