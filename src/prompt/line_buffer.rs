//! Line editor for input that arrives key by key, because the terminal's own editor is off.

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::key_decoder::Key;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Maximum length of a line in bytes. Browsers allow 2 MB in the address bar, but no server accepts a request head of
/// more than 64 KiB (Apache 8, nginx 32, IIS 16), and the response URL passes through one.
pub(super) const MAX_LENGTH: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineStatus {
    Incomplete,
    Complete,
    EndOfInput,
}

/// Line that is being edited; wiped from memory when dropped.
pub(super) struct LineBuffer {
    text: Zeroizing<Vec<u8>>,
    is_pasting: bool,
    is_too_long: bool,
}

impl Default for LineBuffer {
    fn default() -> Self {
        // Full capacity from the start: a vector that grows leaves copies of the secret in memory.
        Self { text: Zeroizing::new(Vec::with_capacity(MAX_LENGTH)), is_pasting: false, is_too_long: false }
    }
}

impl LineBuffer {
    pub(super) fn press(&mut self, key: Key) -> LineStatus {
        match key {
            Key::PasteStart => self.is_pasting = true,
            Key::PasteEnd => self.is_pasting = false,
            // A URL that was copied over several lines is still one line.
            Key::Enter if !self.is_pasting => return LineStatus::Complete,
            Key::EndOfInput if self.text.is_empty() && !self.is_pasting => return LineStatus::EndOfInput,
            Key::Backspace => self.delete_char(),
            Key::Clear => self.text.clear(),
            Key::Text(byte) if self.text.len() < MAX_LENGTH => self.text.push(byte),
            Key::Text(_) => self.is_too_long = true,
            _ => {}
        }
        LineStatus::Incomplete
    }

    /// Removes the last character with all its bytes.
    fn delete_char(&mut self) {
        let is_continuation = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
        while self.text.pop().is_some_and(is_continuation) {}
    }

    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// Returns the complete line.
    pub(super) fn finish(self) -> Result<Secret> {
        match (self.is_too_long, std::str::from_utf8(&self.text)) {
            (true, _) => Err(too_long()),
            (false, Ok(text)) => Ok(Secret::new(text)),
            (false, Err(_)) => Err(Error::usage("pasted text is not valid UTF-8")),
        }
    }
}

pub(super) fn too_long() -> Error {
    Error::usage(format!("pasted text is longer than {} KiB", MAX_LENGTH / 1024))
}

#[cfg(test)]
mod tests {
    use super::super::key_decoder::KeyDecoder;
    use super::*;

    /// Returns the line that these bytes produce, or the status after the last byte.
    fn line(bytes: &[u8]) -> std::result::Result<String, LineStatus> {
        let (mut keys, mut line) = (KeyDecoder::default(), LineBuffer::default());
        for key in bytes.iter().filter_map(|byte| keys.push(*byte)) {
            match line.press(key) {
                LineStatus::Incomplete => {}
                LineStatus::Complete => return Ok(line.finish().expect("short UTF-8").expose().to_owned()),
                LineStatus::EndOfInput => return Err(LineStatus::EndOfInput),
            }
        }
        Err(LineStatus::Incomplete)
    }

    #[test]
    fn typed_and_pasted_bytes_become_a_line() {
        for (bytes, expected) in [
            (&b"abc\n"[..], Ok("abc")),
            (b"abc\rdef\n", Ok("abc")),
            (b"\n", Ok("")),
            (b"abd\x7fc\n", Ok("abc")),
            (b"abd\x08c\n", Ok("abc")),
            (b"\x7f\x7fa\n", Ok("a")),
            ("a\u{fc}\u{20ac}\x7f\x7fb\n".as_bytes(), Ok("ab")),
            (b"wrong\x15right\n", Ok("right")),
            (b"wrong\x17right\n", Ok("right")),
            (b"\x1b[200~https://a/?b\x1b[201~\n", Ok("https://a/?b")),
            (b"\x1b[200~https://a\r\n/?b\n\x1b[201~\n", Ok("https://a/?b")),
            // Arrows, Home, F1, Alt-x, Ctrl-Right.
            (b"a\x1b[A\x1b[H\x1bOP\x1bx\x1b[1;5Cb\n", Ok("ab")),
            (b"a\x00\x01\x1cb\n", Ok("ab")),
            (b"a\x04b\n", Ok("ab")),
            (b"abc", Err(LineStatus::Incomplete)),
            (b"\x04", Err(LineStatus::EndOfInput)),
            (b"a\x7f\x04", Err(LineStatus::EndOfInput)),
        ] {
            assert_eq!(line(bytes).as_deref(), expected.as_ref().copied(), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn lines_up_to_the_maximum_length_are_accepted() {
        let mut bytes = vec![b'a'; MAX_LENGTH];
        bytes.push(b'\n');
        assert_eq!(line(&bytes).map(|line| line.len()), Ok(MAX_LENGTH));
        let mut long = LineBuffer::default();
        assert!([b'a'; MAX_LENGTH + 1].iter().all(|byte| long.press(Key::Text(*byte)) == LineStatus::Incomplete));
        assert_eq!(long.finish().expect_err("too long").exit_code(), 2);
    }

    #[test]
    fn lines_that_are_not_utf_8_are_rejected() {
        let mut line = LineBuffer::default();
        line.press(Key::Text(0xff));
        assert_eq!(line.finish().expect_err("not UTF-8").to_string(), "pasted text is not valid UTF-8");
    }
}
