//! Links to this program, under the names that other programs start.

use std::path::{Path, PathBuf};

use super::change::Change;
use super::places::{home, in_path, is_this_program};
use crate::app::App;
use crate::error::{Error, Result};

/// Plans the link in `~/.local/bin`, unless the `PATH` has one already.
///
/// # Errors
/// [`Error::Other`] if another program has the name there.
pub(super) fn install(app: &App, program: &Path, name: &str) -> Result<Vec<Change>> {
    let own = program.canonicalize().ok();
    let is_own = |file: &PathBuf| own.is_some() && file.canonicalize().ok() == own;
    if in_path(app, name).next().as_ref().is_some_and(is_own) {
        return Ok(Vec::new());
    }
    let link = place(app, name)?;
    if !is_own(&link) && link.symlink_metadata().is_ok() {
        return Err(Error::other(format!("another program is called {}", link.display())));
    }
    let directory = link.parent().unwrap_or(&link);
    let mut places = std::env::split_paths(app.environment.variable("PATH").unwrap_or_default());
    if !places.any(|place| place == directory) || in_path(app, name).next().is_some() {
        app.prompt.warn(&format!("put {} in front of your PATH, so that `{name}` is found there", directory.display()));
    }
    Ok(if is_own(&link) { Vec::new() } else { vec![Change::link(link, program)] })
}

/// Plans the removal of the link.
pub(super) fn uninstall(app: &App, program: &Path, name: &str) -> Result<Vec<Change>> {
    let link = place(app, name)?;
    let Ok(target) = std::fs::read_link(&link) else { return Ok(Vec::new()) };
    // A link to an earlier place of this program too.
    Ok(if is_this_program(&target, program) { vec![Change::unlink(link, &target)] } else { Vec::new() })
}

fn place(app: &App, name: &str) -> Result<PathBuf> {
    Ok(home(app)?.join(".local/bin").join(name).with_extension(std::env::consts::EXE_EXTENSION))
}
