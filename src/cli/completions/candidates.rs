//! Candidates for the word at the cursor, from the clap definition, the state files, the configuration and the catalog.
//!
//! Nothing here takes a lock, reads a secret or sends a request, and no failure is reported.

use std::collections::BTreeSet;

use clap::{Arg, Command, ValueHint};

use super::command_line::{Cursor, Word};
use crate::app::App;
use crate::app::select_session::SessionQuery;
use crate::browser::is_executable;
use crate::catalog;
use crate::config::{self, StoreChoice};
use crate::sanitize::{sanitize_untrusted, single_line};

/// Limit of candidates, and of the sessions that are read for them.
const LIMIT: usize = 1000;

/// Answer to a shell.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    Words(Vec<Candidate>),
    /// Names of files, which the shell completes.
    Files,
    /// Another command, which the shell completes.
    Foreign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub value: String,
    /// One line, or empty.
    pub description: String,
}

impl Candidate {
    fn new(value: &str, description: &str) -> Self {
        Self { value: value.to_owned(), description: sanitize_untrusted(description) }
    }
}

/// `completes_others`: the shell can complete the command line of another program.
pub fn find(app: &App, cursor: &Cursor<'_>, completes_others: bool) -> Reply {
    let found = match cursor.word {
        Word::Foreign { .. } if completes_others => return Reply::Foreign,
        Word::Foreign { is_first: true } => programs(app, &cursor.typed),
        Word::Foreign { is_first: false } => return Reply::Files,
        Word::Nothing => Vec::new(),
        Word::Command => commands(cursor.command),
        Word::Flag => flags(cursor.command),
        Word::Value { argument, .. } if argument.get_value_hint() == ValueHint::AnyPath => return Reply::Files,
        Word::Value { argument, .. } => values(app, cursor, argument),
    };
    let flag = match cursor.word {
        Word::Value { flag: Some(flag), .. } => format!("--{flag}="),
        _ => String::new(),
    };
    let is_flag = matches!(cursor.word, Word::Flag);
    let typed = cursor.typed.to_lowercase();
    let mut known = BTreeSet::new();
    let fits = |found: &Candidate| {
        // A name with control characters is not shown; one that looks like a flag would become one.
        let is_name = single_line(&found.value) == found.value && (is_flag || !found.value.starts_with('-'));
        is_name && !found.value.is_empty() && found.value.to_lowercase().contains(&typed)
    };
    let fitting = found.into_iter().filter(fits).filter(|found| known.insert(found.value.clone()));
    let with_flag = |found: Candidate| Candidate { value: format!("{flag}{}", found.value), ..found };
    Reply::Words(fitting.take(LIMIT).map(with_flag).collect())
}

fn commands(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|inner| !inner.is_hide_set());
    shown.map(|inner| Candidate::new(inner.get_name(), &first_line(inner.get_about()))).collect()
}

fn flags(command: &Command) -> Vec<Candidate> {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    shown
        .filter_map(|argument| {
            Some(Candidate::new(&format!("--{}", argument.get_long()?), &first_line(argument.get_help())))
        })
        .collect()
}

fn values(app: &App, cursor: &Cursor<'_>, argument: &Arg) -> Vec<Candidate> {
    let possible = argument.get_possible_values();
    if !possible.is_empty() {
        let shown = possible.iter().filter(|value| !value.is_hide_set());
        return shown.map(|value| Candidate::new(value.get_name(), &first_line(value.get_help()))).collect();
    }
    match (argument.get_id().as_str(), cursor.path.as_slice()) {
        ("provider", ["signin"]) => [configured(app), signed_in(app), in_catalog()].concat(),
        ("provider", ["doctor"]) => [configured(app), signed_in(app)].concat(),
        ("provider", _) => signed_in(app),
        ("name", ["providers", "remove"]) => configured(app),
        ("name", ["providers", _]) => [configured(app), in_catalog()].concat(),
        ("uses", _) => in_catalog(),
        ("account", _) => accounts(app, cursor),
        ("store", _) => StoreChoice::WORDS.map(|(word, _)| Candidate::new(word, "")).to_vec(),
        ("key", ["config", "set"]) => keys(app, &cursor.typed),
        ("key", _) => keys_that_are_set(app),
        ("value", ["config", "set"]) => match cursor.value("key") {
            Some("default") => [configured(app), signed_in(app)].concat(),
            Some("store") => StoreChoice::WORDS.map(|(word, _)| Candidate::new(word, "")).to_vec(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Programs of `PATH` whose name starts with `typed`.
fn programs(app: &App, typed: &str) -> Vec<Candidate> {
    let directories = std::env::split_paths(app.environment.variable("PATH").unwrap_or_default());
    let entries =
        directories.filter(|directory| directory.is_absolute()).flat_map(std::fs::read_dir).flatten().flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok().filter(|name| name.starts_with(typed))?;
        is_executable(&entry.path()).then_some(name)
    });
    let mut names: Vec<String> = names.take(LIMIT).collect();
    names.sort();
    names.iter().map(|name| Candidate::new(name, "")).collect()
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(|text| text.to_string().lines().next().unwrap_or_default().to_owned()).unwrap_or_default()
}

fn configured(app: &App) -> Vec<Candidate> {
    let Ok(config) = app.config() else { return Vec::new() };
    let titled = |(name, entry): &(String, catalog::Provider)| {
        Candidate::new(name, &title(entry.uses.as_deref().unwrap_or(name)))
    };
    config.providers.entries.iter().take(LIMIT).map(titled).collect()
}

fn signed_in(app: &App) -> Vec<Candidate> {
    let names = app.sessions.peek_providers(LIMIT);
    names.iter().map(|name| Candidate::new(name, &title(name))).collect()
}

fn in_catalog() -> Vec<Candidate> {
    catalog::rows().names().map(|name| Candidate::new(name, &title(name))).collect()
}

/// Title of a catalog row; empty for other names.
fn title(name: &str) -> String {
    catalog::rows().row(name).map(|row| row.title).unwrap_or_default()
}

/// Accounts of the typed provider, else of the one that the command would use, else of all.
fn accounts(app: &App, cursor: &Cursor<'_>) -> Vec<Candidate> {
    let typed = SessionQuery { provider: cursor.value("provider").map(str::to_owned), account: None };
    let usual = || app.sessions.default_provider().ok().flatten();
    let provider = app.selected_provider(&typed).ok().flatten().or_else(usual).map(|name| {
        let is_alias = app.sessions.peek_sessions(Some(&name), 1).is_empty();
        if is_alias { catalog::canonical(&name) } else { name }
    });
    let sessions = app.sessions.peek_sessions(provider.as_deref(), LIMIT);
    let description = |session: &crate::session::SessionInfo| match (&provider, &session.account.email) {
        (None, _) => session.provider.clone(),
        (Some(_), Some(email)) if *email != session.account.name => email.clone(),
        _ => String::new(),
    };
    sessions.iter().map(|session| Candidate::new(&session.account.name, &description(session))).collect()
}

/// Every key that `config set` takes; those of a provider once its name is typed or configured.
fn keys(app: &App, typed: &str) -> Vec<Candidate> {
    let named =
        typed.strip_prefix("providers.").and_then(|rest| rest.rsplit_once('.')).map(|(name, _)| name.to_owned());
    let names = match named {
        Some(name) => vec![name],
        None => app.config().map(config::provider_names).unwrap_or_default(),
    };
    config::key_names(&names).iter().map(|key| Candidate::new(key, "")).collect()
}

fn keys_that_are_set(app: &App) -> Vec<Candidate> {
    let text = app.config_text().unwrap_or_default();
    let found = config::get_key(&text, &app.config_path(), None).unwrap_or_default();
    found.iter().map(|(path, _)| Candidate::new(&path.to_string(), "")).collect()
}
