//! A line as it comes in byte by byte, where the terminal's own editor is off.

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The longest answer, in bytes. The longest that any browser has in its address bar is 2 MB, but no server takes more
/// than 64 KiB in a head (Apache 8, nginx 32, IIS 16), and the answer passes through one.
pub(super) const MAX_LENGTH: usize = 64 * 1024;

/// What a byte did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineStatus {
    /// It goes on.
    Incomplete,
    /// The line is complete.
    Complete,
    /// There will be none.
    EndOfInput,
}

/// The line so far.
pub(super) struct LineBuffer {
    text: Zeroizing<Vec<u8>>,
    escape: Escape,
    is_pasting: bool,
    is_too_long: bool,
}

/// How far into an escape sequence (ECMA-48 5.4) it is: keys send them, and terminals around a paste.
enum Escape {
    None,
    /// After `ESC`.
    Started,
    /// After `ESC [`, with the parameter so far.
    Control(u16),
    /// After `ESC O`.
    Single,
}

/// The keys that mean something: Ctrl-D, Ctrl-H, Backspace, Ctrl-U, Ctrl-W, Esc.
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;
const CTRL_U: u8 = 0x15;
const CTRL_W: u8 = 0x17;
const ESCAPE: u8 = 0x1b;

/// What terminals send before and after a paste: `ESC [ 200 ~`, `ESC [ 201 ~`.
const PASTE_START: u16 = 200;
const PASTE_END: u16 = 201;

impl Default for LineBuffer {
    fn default() -> Self {
        // All of it now: a vector that grows leaves pieces of the secret behind.
        let text = Zeroizing::new(Vec::with_capacity(MAX_LENGTH));
        Self { text, escape: Escape::None, is_pasting: false, is_too_long: false }
    }
}

impl LineBuffer {
    /// Takes one byte in.
    pub(super) fn push(&mut self, byte: u8) -> LineStatus {
        match self.escape {
            Escape::None => return self.push_plain(byte),
            Escape::Started => {
                self.escape = match byte {
                    b'[' => Escape::Control(0),
                    b'O' => Escape::Single,
                    _ => Escape::None,
                };
            }
            Escape::Single => self.escape = Escape::None,
            Escape::Control(parameter) => self.push_control(parameter, byte),
        }
        LineStatus::Incomplete
    }

    fn push_control(&mut self, parameter: u16, byte: u8) {
        match byte {
            b'0'..=b'9' => {
                let digit = u16::from(byte - b'0');
                self.escape = Escape::Control(parameter.saturating_mul(10).saturating_add(digit));
            }
            // A final byte (ECMA-48 5.4).
            0x40..=0x7e => {
                self.escape = Escape::None;
                match parameter {
                    PASTE_START => self.is_pasting = true,
                    PASTE_END => self.is_pasting = false,
                    _ => {}
                }
            }
            _ => self.escape = Escape::Control(0),
        }
    }

    fn push_plain(&mut self, byte: u8) -> LineStatus {
        match byte {
            // An address that was copied from more than one line is one line all the same.
            b'\r' | b'\n' if self.is_pasting => {}
            b'\r' | b'\n' => return LineStatus::Complete,
            CTRL_D if self.text.is_empty() && !self.is_pasting => return LineStatus::EndOfInput,
            BACKSPACE | DELETE => self.delete_char(),
            CTRL_U | CTRL_W => self.text.clear(),
            ESCAPE => self.escape = Escape::Started,
            b'\t' | b' '.. if self.text.len() < MAX_LENGTH => self.text.push(byte),
            b'\t' | b' '.. => self.is_too_long = true,
            _ => {}
        }
        LineStatus::Incomplete
    }

    /// Removes the last character, however many bytes it has.
    fn delete_char(&mut self) {
        let is_continuation = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
        while self.text.pop().is_some_and(is_continuation) {}
    }

    /// The line, complete.
    pub(super) fn finish(self) -> Result<Secret> {
        match (self.is_too_long, std::str::from_utf8(&self.text)) {
            (true, _) => Err(too_long()),
            (false, Ok(text)) => Ok(Secret::new(text)),
            (false, Err(_)) => Err(Error::usage("what was pasted is not text")),
        }
    }
}

pub(super) fn too_long() -> Error {
    Error::usage(format!("what was pasted is longer than {} KiB", MAX_LENGTH / 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that these bytes make, or how they end.
    fn line(bytes: &[u8]) -> std::result::Result<String, LineStatus> {
        let mut line = LineBuffer::default();
        for byte in bytes {
            match line.push(*byte) {
                LineStatus::Incomplete => {}
                LineStatus::Complete => return Ok(line.finish().expect("text, and short").expose().to_owned()),
                LineStatus::EndOfInput => return Err(LineStatus::EndOfInput),
            }
        }
        Err(LineStatus::Incomplete)
    }

    #[test]
    fn what_is_typed_and_pasted_becomes_a_line() {
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
    fn a_line_has_room_for_any_address_and_an_end() {
        let mut bytes = vec![b'a'; MAX_LENGTH];
        bytes.push(b'\n');
        assert_eq!(line(&bytes).map(|line| line.len()), Ok(MAX_LENGTH));
        let mut long = LineBuffer::default();
        assert!([b'a'; MAX_LENGTH + 1].iter().all(|byte| long.push(*byte) == LineStatus::Incomplete));
        assert_eq!(long.finish().expect_err("too long").exit_code(), 2);
    }

    #[test]
    fn a_line_that_is_not_utf_8_is_refused_in_words() {
        let mut line = LineBuffer::default();
        line.push(0xff);
        assert_eq!(line.finish().expect_err("no text").to_string(), "what was pasted is not text");
    }
}
