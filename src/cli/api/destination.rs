//! Where the body of a response goes: stdout, a terminal or a file.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::error::{Error, Result};
use crate::sanitize::strip_control;

/// Size of the parts in which a body is copied.
pub const PART: usize = 64 << 10;

pub struct Destination {
    writer: BodyWriter,
    file: FinishedFile,
}

/// File that replaces another one when the body is complete; removed if it is not.
pub struct FinishedFile(Option<(TempPath, PathBuf)>);

/// Writer of a body, part by part.
pub struct BodyWriter {
    stream: Box<dyn Write + Send>,
    /// Name of the file for errors.
    name: Option<PathBuf>,
    terminal: Option<TerminalText>,
}

impl Destination {
    /// Opens `file`, or stdout. A regular file is replaced at the end; nothing is lost if there is none.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file cannot be written.
    pub fn open(file: Option<&Path>) -> Result<Self> {
        let Some(path) = file.filter(|path| *path != Path::new("-")) else {
            let is_terminal = file.is_none() && io::stdout().is_terminal();
            let terminal = is_terminal.then(TerminalText::default);
            let writer = BodyWriter { stream: Box::new(io::stdout()), name: None, terminal };
            return Ok(Self { writer, file: FinishedFile(None) });
        };
        let failed = |error: io::Error| Error::usage(format!("could not write {}: {error}", path.display()));
        let (stream, file) = create(path).map_err(failed)?;
        let writer = BodyWriter { stream: Box::new(stream), name: Some(path.to_owned()), terminal: None };
        Ok(Self { writer, file: FinishedFile(file) })
    }

    pub fn split(self) -> (BodyWriter, FinishedFile) {
        (self.writer, self.file)
    }
}

impl FinishedFile {
    /// Puts the file in its place.
    pub fn keep(self) -> Result<()> {
        let Some((file, path)) = self.0 else { return Ok(()) };
        file.persist(&path).map_err(|failure| write_error(Some(&path), failure.error))
    }
}

/// Opens a file for writing, and the place that it takes later. A device or a pipe is written directly.
fn create(path: &Path) -> io::Result<(File, Option<(TempPath, PathBuf)>)> {
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = fs::metadata(&path).ok();
    if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
        return Ok((File::options().write(true).open(&path)?, None));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(mode);
    let (file, temporary) = builder.prefix(".mycli-").tempfile_in(folder)?.into_parts();
    if let Some(existing) = existing {
        // A file that this user cannot write stays as it is.
        File::options().write(true).open(&path)?;
        file.set_permissions(existing.permissions())?;
    }
    Ok((file, Some((temporary, path))))
}

impl BodyWriter {
    /// Writes a part; `false` if the rest is not wanted.
    pub fn write(&mut self, part: &[u8]) -> Result<bool> {
        let text = match &mut self.terminal {
            None => None,
            Some(terminal) => match terminal.add(part) {
                Some(text) => Some(text),
                None => return self.refuse_binary(),
            },
        };
        let bytes = text.as_ref().map_or(part, |text| text.as_bytes());
        self.write_raw(bytes).map(|()| true)
    }

    /// Ends the body.
    pub fn end(&mut self) -> Result<()> {
        let Some(terminal) = &mut self.terminal else { return Ok(()) };
        match terminal.end() {
            Some(rest) => self.write_raw(rest.as_bytes()),
            None => self.refuse_binary().map(drop),
        }
    }

    /// curl and HTTPie do not show binary data on a terminal either.
    fn refuse_binary(&mut self) -> Result<bool> {
        self.write_raw(b"(binary data; write it to a file with -o FILE)\n").map(|()| false)
    }

    fn write_raw(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
        written.map_err(|error| write_error(self.name.as_deref(), error))
    }
}

fn write_error(file: Option<&Path>, error: io::Error) -> Error {
    match file {
        None => Error::Output(error),
        Some(path) => Error::Output(io::Error::new(error.kind(), format!("{}: {error}", path.display()))),
    }
}

/// Text for a terminal: no control characters except line ends and tabs.
#[derive(Default)]
struct TerminalText {
    /// Incomplete line, or incomplete character.
    rest: Vec<u8>,
    /// The last character was no line end.
    is_open: bool,
}

/// Longest line that is held back.
const MAX_LINE: usize = 64 << 10;

impl TerminalText {
    /// Returns what can be shown now; `None` for binary data.
    fn add(&mut self, part: &[u8]) -> Option<String> {
        self.rest.extend_from_slice(part);
        let whole = match self.rest.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.rest.len() < MAX_LINE => return Some(String::new()),
            None => valid_length(&self.rest),
        };
        let rest = self.rest.split_off(whole);
        let text = std::mem::replace(&mut self.rest, rest);
        self.show(text)
    }

    /// Returns the rest with a line end; `None` for binary data.
    fn end(&mut self) -> Option<String> {
        let text = std::mem::take(&mut self.rest);
        let shown = self.show(text)?;
        Some(if self.is_open { shown + "\n" } else { shown })
    }

    fn show(&mut self, bytes: Vec<u8>) -> Option<String> {
        let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
        if let Some(last) = text.chars().next_back() {
            self.is_open = last != '\n';
        }
        Some(without_control(&text))
    }
}

/// Head of a response for stdout, which may be a terminal.
pub fn head_for_stdout(head: Vec<u8>) -> Vec<u8> {
    match io::stdout().is_terminal() {
        true => without_control(&String::from_utf8_lossy(&head)).into_bytes(),
        false => head,
    }
}

fn without_control(text: &str) -> String {
    text.split('\t').map(strip_control).collect::<Vec<_>>().join("\t")
}

/// Length without a character that is cut at the end.
fn valid_length(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[&[u8]]) -> Option<String> {
        let mut text = TerminalText::default();
        let mut all = String::new();
        for part in parts {
            all += &text.add(part)?;
        }
        Some(all + &text.end()?)
    }

    #[test]
    fn terminal_gets_no_control_characters() {
        for (parts, expected) in [
            (&[&b"{\"a\":\x1b[2J\"b\"}"[..]][..], Some("{\"a\":[2J\"b\"}\n")),
            (&[b"a\tb\r\nc\n"], Some("a\tb\nc\n")),
            (&["é\u{9b}31m".as_bytes()], Some("é31m\n")),
            (&[b"caf\xc3", b"\xa9\n"], Some("café\n")),
            (&[b""], Some("")),
            (&[b"\x89PNG\n"], None),
            (&[b"a\0b\n"], None),
            (&[b"a\0b"], None),
        ] {
            assert_eq!(shown(parts).as_deref(), expected, "{parts:?}");
        }
        let long = "é".repeat(MAX_LINE);
        assert_eq!(shown(&[&long.as_bytes()[..MAX_LINE + 1], &long.as_bytes()[MAX_LINE + 1..]]), Some(long + "\n"));
    }

    #[test]
    fn file_is_replaced_only_by_a_complete_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        let names = || fs::read_dir(folder.path()).expect("a folder").count();
        fs::write(&path, "before").expect("room");
        let (mut writer, file) = Destination::open(Some(&path)).expect("writable").split();
        writer.write(b"after").expect("room");
        drop(file);
        assert_eq!((fs::read_to_string(&path).expect("kept").as_str(), names()), ("before", 1));
        let (mut writer, file) = Destination::open(Some(&path)).expect("writable").split();
        writer.write(b"after").expect("room");
        file.keep().expect("room");
        assert_eq!((fs::read_to_string(&path).expect("kept").as_str(), names()), ("after", 1));
        assert!(Destination::open(Some(&folder.path().join("missing/out"))).is_err());
        assert!(Destination::open(Some(folder.path())).is_err());
    }
}
