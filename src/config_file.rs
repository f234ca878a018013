//! `config`: reads, sets and removes single keys of the configuration file, and opens it in an editor.

use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::app::{App, runtime};
use crate::config::{self, KeyPath};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};

/// Keys that are set, with their values.
pub type Settings = Vec<(KeyPath, serde_json::Value)>;

/// Returns the keys that are set: all, or those at and below `key`.
///
/// # Errors
/// [`Error::Usage`] if the key is unknown, [`Error::Configuration`] if the file is invalid, [`Error::Other`] if the key is
/// not set.
pub fn get(app: &App, key: Option<&str>) -> Result<Settings> {
    let path = key.map(KeyPath::parse);
    let found = config::get_key(&app.config_text()?, &app.config_path(), path.as_ref())?;
    match (key, found.is_empty()) {
        (Some(key), true) => Err(Error::other(format!("`{}` is not set", sanitize_untrusted(key)))),
        _ => Ok(found),
    }
}

/// Sets a key and returns its path.
///
/// # Errors
/// [`Error::Usage`] if key or value is invalid, [`Error::Configuration`] if the file is invalid or cannot be written.
pub fn set(app: &App, key: &str, value: &str) -> Result<KeyPath> {
    let path = KeyPath::parse(key);
    app.change_config(|text| Ok((config::set_key(text, &app.config_path(), &path, value)?, ())))?;
    Ok(path)
}

/// Removes a key; returns false if it was not set.
///
/// # Errors
/// As [`set`].
pub fn unset(app: &App, key: &str) -> Result<bool> {
    app.change_config(|text| match config::unset_key(text, &app.config_path(), &KeyPath::parse(key))? {
        Some(without) => Ok((without, true)),
        None => Ok((text.to_owned(), false)),
    })
}

/// Opens a copy of the file in the user's editor, replaces the file by it, and checks it afterwards.
///
/// # Errors
/// [`Error::InteractionRequired`] if prompts are not allowed, [`Error::Usage`] if the editor cannot be started,
/// [`Error::Other`] if it fails or another process changed the file meanwhile, [`Error::Configuration`] if the file is
/// invalid now.
pub fn edit(app: &App) -> Result<()> {
    if app.environment.no_input {
        return Err(Error::InteractionRequired {
            action: "an editor needs a user".to_owned(),
            alternative: "{program} config set KEY VALUE".to_owned(),
        });
    }
    let path = app.config_path();
    if !path.exists() {
        app.create_config()?;
    }
    let (program, arguments) = editor(app)?;
    let copy = app.copy_config()?;
    let mut command = Command::new(&program);
    command.args(arguments).arg(&copy.file);
    let edited = run_editor(command).map_err(|error| Error::Usage {
        message: format!("cannot start the editor `{}`: {error}", sanitize_untrusted(&program)),
        hint: Some(format!("EDITOR=vi {{program}} config edit, or edit {}", shell_quote(&path.display().to_string()))),
    });
    let edited = edited.and_then(|status| match status.success() {
        true => Ok(()),
        false => Err(Error::other(format!("the editor `{}` failed: {status}", sanitize_untrusted(&program)))),
    });
    edited.inspect_err(|_| copy.discard(app))?;
    app.adopt_config(&copy)?;
    config::parse(&app.config_text()?, &path).map(drop)
}

/// Runs the editor to its end. The editor decides what Ctrl-C and other signals mean; if one ended this process, the
/// user's text would stay in the copy.
fn run_editor(command: Command) -> std::io::Result<ExitStatus> {
    let mut ended = Err(std::io::ErrorKind::Interrupted.into());
    let _ = runtime::run_with_grace(Duration::MAX, async {
        ended = match tokio::process::Command::from(command).spawn() {
            Ok(mut editor) => editor.wait().await,
            Err(error) => Err(error),
        };
        Ok(())
    });
    ended
}

/// `VISUAL` or `EDITOR`, split into words without a shell.
fn editor(app: &App) -> Result<(String, Vec<String>)> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| Some((*name, app.environment.variable(name)?)));
    let Some((name, command)) = named else { return Ok((DEFAULT_EDITOR.to_owned(), Vec::new())) };
    let mut words = shlex::split(command).unwrap_or_default().into_iter();
    match words.next() {
        Some(program) => Ok((program, words.collect())),
        None => Err(Error::usage(format!("{name} is not a command: `{}`", sanitize_untrusted(command)))),
    }
}

/// Editor of a system that names none.
const DEFAULT_EDITOR: &str = if cfg!(windows) { "notepad" } else { "vi" };
