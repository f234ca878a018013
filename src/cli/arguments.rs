//! Command line as clap defines it.

use clap::{CommandFactory, Parser, Subcommand};

use super::examples::with_examples;
use super::globals::Globals;
use super::{
    api, completions, config, credential, demo, doctor, exec, log, providers, signin, signout, status, store, switch,
    token, userinfo,
};

/// Sign in to any OAuth 2.0 or OpenID Connect provider and give the tokens to scripts
///
/// Results go to stdout, messages to stderr. `signin demo` needs no registration and shows how a sign-in works.
#[derive(Debug, Parser)]
#[command(name = "mycli", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: ProgramCommand,
}

/// Commands of this program: those that others embed, and the completions, which would be of the wrong program there.
#[derive(Debug, Subcommand)]
pub(super) enum ProgramCommand {
    #[command(flatten)]
    Shared(Command),
    Completions(completions::Args),
}

#[allow(missing_docs)] // a doc comment here would become the help text of a program that flattens this
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    #[command(visible_alias = "login")]
    Signin(Box<signin::Args>),
    #[command(visible_alias = "logout")]
    Signout(signout::Args),
    Token(token::Args),
    #[command(visible_alias = "whoami")]
    Status(status::Args),
    Userinfo(userinfo::Args),
    Api(Box<api::Args>),
    Switch(switch::Args),
    Log(log::Args),
    Exec(exec::Args),
    Credential(credential::Args),
    Providers(providers::Args),
    Config(config::Args),
    Store(store::Args),
    Doctor(doctor::Args),
    Demo(demo::Args),
}

impl Command {
    /// Name for the log. Only commands that use tokens are in it.
    pub(super) fn log_name(&self) -> String {
        match self {
            Self::Token(_) => "token".to_owned(),
            Self::Exec(_) => "exec".to_owned(),
            Self::Userinfo(_) => "userinfo".to_owned(),
            Self::Api(_) => "api".to_owned(),
            Self::Status(_) => "status".to_owned(),
            Self::Credential(args) => format!("credential {}", args.name()),
            _ => String::new(),
        }
    }
}

/// Clap definition of the program called `name`, with examples: the source of help, completions and manual pages.
pub fn definition(name: &'static str) -> clap::Command {
    with_examples(Arguments::command().name(name).bin_name(name), name)
}

/// Value of `--color`, read before anything is parsed: for help and for errors of the command line.
pub(super) fn help_color() -> clap::ColorChoice {
    let words: Vec<_> = std::env::args_os().take_while(|word| word != "--").collect();
    let has = |value: &str| {
        let as_two_words = words.windows(2).any(|pair| pair[0] == "--color" && pair[1] == value);
        as_two_words || words.iter().any(|word| *word == *format!("--color={value}"))
    };
    match (has("always"), has("never")) {
        (_, true) => clap::ColorChoice::Never,
        (true, false) => clap::ColorChoice::Always,
        (false, false) => clap::ColorChoice::Auto,
    }
}
