//! Arguments → deed → text or JSON and an exit code: argv, the environment, stdout, stderr and exit codes live here and
//! in `main`, nowhere else.
//!
//! A program that embeds this one takes [`Globals`] and [`Command`] into its own clap definition, nested or flattened,
//! and calls [`run`].
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

pub mod completions;
pub mod demo;
pub mod doctor;
pub mod exec;
pub mod output;
mod provider_questions;
pub mod providers;
pub mod signin;
pub mod signout;
pub mod status;
pub mod store;
pub mod switch;
mod table;
pub mod token;

use std::io::{BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::app::environment::Environment;
use crate::app::{App, StoreChoice, runtime};
use crate::error::{Error, Result};
use crate::prompt::Prompt;
use crate::prompt::TerminalCapabilities;
use crate::prompt::terminal::{Terminal, empty_stdin, require_secret};
use output::Output;

/// Sign in to any OAuth 2.0 or OpenID Connect provider, and hand the tokens to scripts
///
/// Results go to stdout, conversation to stderr. `signin demo` needs no registration and shows how it works.
#[derive(Debug, Parser)]
#[command(name = "mycli", version, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Print one JSON document on stdout and JSON lines on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what must be said
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell what is done, twice every exchange with the network too; never a secret
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colour the words on stderr
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: Color,
    /// Ask nothing, open nothing, wait for no person; also when CI is set and not `false`
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Read this configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep new sessions there: auto, keyring or file
    #[arg(long, global = true, value_name = "KIND", value_parser = store_choice)]
    pub store: Option<StoreChoice>,
}

/// When to colour
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where stderr is a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[allow(missing_docs)] // a doc comment here would become the help text of a program that flattens this
#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(visible_alias = "login")]
    Signin(signin::Args),
    #[command(visible_alias = "logout")]
    Signout(signout::Args),
    Token(token::Args),
    #[command(visible_alias = "whoami")]
    Status(status::Args),
    Switch(switch::Args),
    Exec(exec::Args),
    Providers(providers::Args),
    Store(store::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
    Completions(completions::Args),
}

/// What the program called `name` does with this process's arguments.
pub fn main(name: &'static str) -> ExitCode {
    let definition = Arguments::command().name(name).bin_name(name).color(color_of_help());
    let parsed = definition.try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(Arguments { globals, command }) => run(name, name, &globals, command),
        Err(error) => usage_error(name, &error),
    }
}

/// Runs `command` for the program whose files and variables carry `name` and which a person reaches as `program`, such
/// as `acme auth`.
pub fn run(name: &str, program: &str, globals: &Globals, command: Command) -> ExitCode {
    runtime::end_on_unhandled_signals();
    let mut environment = surroundings();
    environment.core_limit = keep_out_of_core_dumps();
    environment.no_input = globals.no_input || environment.is_ci();
    let output = Output::new(program, globals, &environment);
    let on_closed_pipe = match command {
        Command::Status(_) | Command::Providers(_) | Command::Doctor(_) | Command::Completions(_) => 0,
        _ => 1,
    };
    let outcome = app(name, program, globals, environment).and_then(|app| dispatch(&app, &output, command));
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Error::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(on_closed_pipe),
        Err(error) => {
            output.fail(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(app: &App, output: &Output, command: Command) -> Result<u8> {
    match command {
        Command::Signin(args) => signin::run(app, output, args),
        Command::Signout(args) => signout::run(app, output, &args),
        Command::Token(args) => token::run(app, output, &args),
        Command::Status(args) => status::run(app, output, &args),
        Command::Switch(args) => switch::run(app, output, &args),
        Command::Exec(args) => exec::run(app, output, args),
        Command::Providers(args) => providers::run(app, output, args),
        Command::Store(args) => store::run(app, output, &args),
        Command::Doctor(args) => doctor::run(app, output, &args),
        Command::Demo(args) => demo::run(app, output, &args),
        Command::Completions(args) => completions::run(app, output, &args),
    }
}

/// The whole clap definition: what completions and manual pages are rendered from.
pub fn definition() -> clap::Command {
    Arguments::command()
}

fn app(name: &str, program: &str, globals: &Globals, environment: Environment) -> Result<App> {
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
        can_style: output::colored(globals.color, &environment, environment.stderr_is_terminal),
        is_utf8: environment.is_utf8(),
        size: console::Term::stderr().size_checked().map(|(rows, columns)| (columns, rows)),
    };
    let stdin: Box<dyn std::io::BufRead + Send> =
        if environment.no_input { empty_stdin() } else { Box::new(BufReader::new(std::io::stdin())) };
    let mut app = App::new(name, environment)?;
    app.program = program.to_owned();
    app.config_file = globals.config.clone();
    app.store_choice = globals.store;
    if capabilities.can_prompt {
        app.keys.set_prompt(Box::new(|question| {
            // The store may be opened within another wait, and one thread waits for one thing.
            let question = question.to_owned();
            let asking = std::thread::spawn(move || runtime::run(require_secret(&question)));
            asking.join().unwrap_or_else(|_| Err(Error::other("nobody could be asked")))
        }));
    }
    let terminal = Terminal::new(capabilities, Box::new(std::io::stderr()), stdin);
    if verbose > 1 {
        let teller = terminal.clone();
        app.http.set_trace(move |line| teller.detail(line));
    }
    app.prompt = Box::new(terminal);
    Ok(app)
}

/// How much is told: by the flags, else by the variable, in the words that others use for theirs. 1: what is done; 2: every
/// exchange with the network too.
fn verbosity(flags: u8, variable: Option<&str>) -> u8 {
    match (flags, variable.map(str::to_ascii_lowercase).as_deref()) {
        (1.., _) => flags,
        (0, None | Some("" | "0" | "off" | "none" | "error" | "warn")) => 0,
        (0, Some("debug" | "trace")) => 2,
        (0, Some(_)) => 1,
    }
}

/// What surrounds this process, read here and only here.
pub fn surroundings() -> Environment {
    // A value that is not UTF-8 is kept as far as it can be read: left out, a secret among them would be inherited by
    // browsers and commands.
    let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    };
    Environment {
        variables: std::env::vars_os().filter_map(utf8).collect(),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        no_input: false,
        // What Docker and Podman leave in theirs.
        is_container: ["/.dockerenv", "/run/.containerenv"].iter().any(|file| std::path::Path::new(file).exists()),
        directory: std::env::current_dir().ok(),
        core_limit: None,
    }
}

fn store_choice(word: &str) -> Result<StoreChoice, String> {
    word.parse().map_err(|error: Error| error.to_string())
}

/// What `--color` says, before anything is parsed: for help, and for what is wrong with the command line.
fn color_of_help() -> clap::ColorChoice {
    let words: Vec<_> = std::env::args_os().take_while(|word| word != "--").collect();
    let says = |value: &str| {
        let apart = words.windows(2).any(|pair| pair[0] == "--color" && pair[1] == value);
        apart || words.iter().any(|word| *word == *format!("--color={value}"))
    };
    match (says("always"), says("never")) {
        (_, true) => clap::ColorChoice::Never,
        (true, false) => clap::ColorChoice::Always,
        (false, false) => clap::ColorChoice::Auto,
    }
}

/// Says what is wrong with the command line in the form the caller reads.
fn usage_error(program: &str, error: &clap::Error) -> ExitCode {
    let asked_for_json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    if !error.use_stderr() || !asked_for_json {
        let written = error.print();
        return match written {
            Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
            Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(cause) => {
                let _ = writeln!(std::io::stderr(), "error: {}", Error::Output(cause));
                ExitCode::FAILURE
            }
        };
    }
    let failure = Error::Usage { message: first_paragraph(error), hint: Some("{program} --help".to_owned()) };
    output::write_json_error(program, &failure);
    ExitCode::from(failure.exit_code())
}

/// What clap says is wrong, without the usage below it, in one line.
fn first_paragraph(error: &clap::Error) -> String {
    use clap::error::ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingSubcommand};
    if matches!(error.kind(), DisplayHelpOnMissingArgumentOrSubcommand | MissingSubcommand) {
        return "a command is missing".to_owned();
    }
    let rendered = error.render().to_string();
    let lines: Vec<&str> = rendered.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    lines.join(" ").trim_start_matches("error: ").to_owned()
}

/// Tokens must not end in a core file or be read by a debugger of another process of the same user. Only hardening: where
/// the system refuses, the program is as usable as before. Returns the limit that was lowered.
#[cfg(unix)]
fn keep_out_of_core_dumps() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let before = getrlimit(Resource::Core);
    // The hard limit stays, so that it can be given back to a command.
    setrlimit(Resource::Core, Rlimit { current: Some(0), ..before }).ok()?;
    Some(before.current.unwrap_or(u64::MAX))
}

/// Elsewhere nothing is dumped unless an administrator asks for it.
#[cfg(not(unix))]
fn keep_out_of_core_dumps() -> Option<u64> {
    None
}

fn log_variable(name: &str) -> String {
    format!("{}_LOG", crate::app::environment::prefix(name))
}

#[cfg(test)]
mod tests {
    use super::verbosity;

    #[test]
    fn flags_win_over_the_variable_which_knows_the_usual_words() {
        for (flags, variable, told) in [
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
            assert_eq!(verbosity(flags, variable), told, "{flags} {variable:?}");
        }
    }
}
