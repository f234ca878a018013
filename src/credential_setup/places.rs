//! Places of this program and of the settings of others.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::error::{Error, Remedy, Result};

/// This program as other programs start it: the path that the `PATH` leads to, which survives an update, else its file.
pub(super) fn this_program(app: &App) -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(|error| Error::other(format!("own path unknown: {error}")))?;
    let target = own.canonicalize().ok();
    let found = in_path(app, &app.name).find(|file| file.canonicalize().ok() == target);
    Ok(found.unwrap_or(own))
}

/// Files called `name` in the directories of the `PATH`.
pub(super) fn in_path<'a>(app: &'a App, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let places = std::env::split_paths(app.environment.variable("PATH").unwrap_or_default());
    let files = places.filter(|place| place.is_absolute());
    files
        .map(move |place| place.join(name).with_extension(std::env::consts::EXE_EXTENSION))
        .filter(|file| file.exists())
}

/// Directory that a variable names, else the one below the home directory.
pub(super) fn directory(app: &App, variable: &str, below_home: &str) -> Result<PathBuf> {
    match app.environment.variable(variable).filter(|value| !value.is_empty()) {
        Some(value) => Ok(PathBuf::from(value)),
        None => Ok(home(app)?.join(below_home)),
    }
}

pub(super) fn home(app: &App) -> Result<PathBuf> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    let named = app.environment.variable(variable).map(PathBuf::from).filter(|home| home.is_absolute());
    named.ok_or_else(|| Error::other_with(Remedy::Home, "home directory unknown; set HOME"))
}

/// Whether `path` in the settings of another program means this program, which may have moved since.
pub(super) fn is_this_program(path: impl AsRef<Path>, program: &Path) -> bool {
    path.as_ref().file_name() == program.file_name()
}

/// Path as text for a settings file.
pub(super) fn text_of(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| Error::other(format!("path of this program is not UTF-8: {}", path.display())))
}
