//! Decoder of the bytes that terminals send for keys (ECMA-48 5.4, control sequences of xterm).

use anstyle_parse::{Params, Parser, Perform};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    Escape,
    /// Ctrl-D.
    EndOfInput,
    Backspace,
    /// Ctrl-U, Ctrl-W.
    Clear,
    /// Start and end of pasted text, if bracketed paste is enabled.
    PasteStart,
    PasteEnd,
    /// Byte of a printable character.
    Text(u8),
}

const ESCAPE: u8 = 0x1b;

#[derive(Default)]
pub(super) struct KeyDecoder {
    parser: Parser,
    decoded: DecodedKey,
    is_after_escape: bool,
}

impl KeyDecoder {
    /// Returns the key that this byte completes.
    pub(super) fn push(&mut self, byte: u8) -> Option<Key> {
        let is_after_escape = std::mem::replace(&mut self.is_after_escape, byte == ESCAPE);
        match byte {
            // The second escape proves that the first was the Esc key.
            ESCAPE if is_after_escape => return self.timeout(),
            // Alt and a key: in the output of a program some of these start a string, in the input none does.
            _ if is_after_escape && !matches!(byte, b'[' | b'O') => self.parser = Parser::default(),
            0x80.. => return Some(Key::Text(byte)),
            _ => self.parser.advance(&mut self.decoded, byte),
        }
        self.decoded.key.take()
    }

    /// Returns the Esc key if nothing follows a lone escape in time.
    pub(super) fn timeout(&mut self) -> Option<Key> {
        let is_escape = std::mem::take(&mut self.is_after_escape);
        is_escape.then(|| {
            self.parser = Parser::default();
            Key::Escape
        })
    }
}

#[derive(Default)]
struct DecodedKey {
    key: Option<Key>,
    /// After `ESC O`, which some terminals send in place of `ESC [`.
    is_single_shift: bool,
}

impl Perform for DecodedKey {
    fn print(&mut self, letter: char) {
        self.key = match (std::mem::take(&mut self.is_single_shift), u8::try_from(letter)) {
            (true, Ok(byte)) => sequence_key(0, byte),
            (false, Ok(0x7f)) => Some(Key::Backspace),
            (false, Ok(byte)) => Some(Key::Text(byte)),
            (_, Err(_)) => None,
        };
    }

    /// Ctrl-N and Ctrl-P move down and up, as in line editors.
    fn execute(&mut self, byte: u8) {
        self.key = match byte {
            b'\r' | b'\n' => Some(Key::Enter),
            0x0e => Some(Key::Down),
            0x10 => Some(Key::Up),
            0x04 => Some(Key::EndOfInput),
            0x08 => Some(Key::Backspace),
            b'\t' => Some(Key::Text(byte)),
            0x15 | 0x17 => Some(Key::Clear),
            _ => None,
        };
    }

    fn csi_dispatch(&mut self, parameters: &Params, _: &[u8], _: bool, last: u8) {
        let first = parameters.iter().next().and_then(|parameter| parameter.first());
        self.key = sequence_key(first.copied().unwrap_or_default(), last);
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.is_single_shift = byte == b'O';
    }
}

fn sequence_key(parameter: u16, last: u8) -> Option<Key> {
    Some(match (last, parameter) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'H', _) | (b'~', 1 | 7) => Key::Home,
        (b'F', _) | (b'~', 4 | 8) => Key::End,
        (b'~', 5) => Key::PageUp,
        (b'~', 6) => Key::PageDown,
        (b'~', 200) => Key::PasteStart,
        (b'~', 201) => Key::PasteEnd,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `bytes`, with a pause after the last.
    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = KeyDecoder::default();
        let mut found: Vec<_> = bytes.iter().filter_map(|byte| keys.push(*byte)).collect();
        found.extend(keys.timeout());
        found
    }

    #[test]
    fn terminal_sequences_decode_to_keys() {
        use Key::{
            Backspace, Clear, Down, End, EndOfInput, Enter, Escape, Home, PageDown, PageUp, PasteEnd, PasteStart,
        };
        use Key::{Text, Up};
        for (bytes, expected) in [
            (&b"\x1b[A\x1b[B\x1bOA\x1bOB"[..], &[Up, Down, Up, Down][..]),
            (b"\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~\x1bOF", &[PageUp, PageDown, Home, End, Home, End, End]),
            (b"\x1b[1;5A", &[Up]),
            (b"\r\n\x10\x0e\t", &[Enter, Enter, Up, Down, Text(b'\t')]),
            (b"\x7f\x08\x15\x17\x04", &[Backspace, Backspace, Clear, Clear, EndOfInput]),
            ("aé".as_bytes(), &[Text(b'a'), Text(0xc3), Text(0xa9)]),
            (b"\x1b", &[Escape]),
            (b"\x1b\x1b", &[Escape]),
            (b"a\x1b[200~b\x1b[201~", &[Text(b'a'), PasteStart, Text(b'b'), PasteEnd]),
            // Alt and a key, Shift-Tab, F1, Ctrl-\.
            (b"\x1bx\x1b]\x1bP\x1b\xff\x1b\t\x1b[Z\x1bOP\x00\x1ca", &[Text(b'a')]),
            (b"\x1b[", &[]),
        ] {
            assert_eq!(keys(bytes), expected, "{bytes:?}");
        }
        let endless = [b"\x1b[".as_slice(), &[b'1'; 100], b"a"].concat();
        assert_eq!(keys(&endless), []);
    }
}
