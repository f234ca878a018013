//! Decoder of keys from the bytes that terminals send (ECMA-48 5.4, control sequences of xterm).

/// Key with a function in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prompt) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Enter,
    /// Esc, or Ctrl-D.
    Cancel,
    /// Backspace.
    Backspace,
    /// Ctrl-U, Ctrl-W.
    Clear,
    /// Printable character.
    Char(char),
}

/// Bytes received so far of an incomplete key.
#[derive(Debug, Default)]
pub(in crate::prompt) struct KeyDecoder(Vec<u8>);

const ESCAPE: u8 = 0x1b;

/// Maximum length of a sequence in bytes; longer ones are ignored.
const MAX_SEQUENCE: usize = 32;

impl KeyDecoder {
    /// Returns the next complete key and removes its bytes from `bytes`.
    pub(in crate::prompt) fn next(&mut self, bytes: &mut &[u8]) -> Option<Key> {
        while let [first, rest @ ..] = *bytes {
            self.0.push(*first);
            *bytes = rest;
            match self.decode() {
                Decoded::Incomplete if self.0.len() < MAX_SEQUENCE => {}
                Decoded::Incomplete | Decoded::Ignored => self.0.clear(),
                Decoded::Key(key) => {
                    self.0.clear();
                    return Some(key);
                }
            }
        }
        None
    }

    /// Ends an incomplete sequence after a pause: a lone escape is the Esc key, anything else is ignored.
    pub(in crate::prompt) fn timeout(&mut self) -> Option<Key> {
        let key = (self.0 == [ESCAPE]).then_some(Key::Cancel);
        self.0.clear();
        key
    }

    fn decode(&self) -> Decoded {
        match self.0.as_slice() {
            [ESCAPE] | [ESCAPE, b'[' | b'O'] => Decoded::Incomplete,
            // Two in a row: the second proves that the first was the Esc key.
            [ESCAPE, ESCAPE] => Decoded::Key(Key::Cancel),
            [ESCAPE, b'[' | b'O', middle @ .., last] => decode_sequence(middle, *last),
            [ESCAPE, ..] => Decoded::Ignored,
            [control @ (..0x20 | 0x7f)] => decode_control(*control),
            letter => match std::str::from_utf8(letter) {
                Ok(text) => text.chars().next().map_or(Decoded::Ignored, |letter| Decoded::Key(Key::Char(letter))),
                Err(error) if error.error_len().is_none() => Decoded::Incomplete,
                Err(_) => Decoded::Ignored,
            },
        }
    }
}

enum Decoded {
    Incomplete,
    Ignored,
    Key(Key),
}

fn decode_sequence(middle: &[u8], last: u8) -> Decoded {
    match (middle, last) {
        (_, 0x20..=0x3f) => Decoded::Incomplete,
        (_, b'A') => Decoded::Key(Key::Up),
        (_, b'B') => Decoded::Key(Key::Down),
        (_, b'H') | (b"1" | b"7", b'~') => Decoded::Key(Key::Home),
        (_, b'F') | (b"4" | b"8", b'~') => Decoded::Key(Key::End),
        (b"5", b'~') => Decoded::Key(Key::PageUp),
        (b"6", b'~') => Decoded::Key(Key::PageDown),
        _ => Decoded::Ignored,
    }
}

/// Decodes control characters; Ctrl-N and Ctrl-P move down and up, as in line editors.
fn decode_control(byte: u8) -> Decoded {
    match byte {
        b'\r' | b'\n' => Decoded::Key(Key::Enter),
        b'\t' | 0x0e => Decoded::Key(Key::Down),
        0x10 => Decoded::Key(Key::Up),
        0x04 => Decoded::Key(Key::Cancel),
        0x08 | 0x7f => Decoded::Key(Key::Backspace),
        0x15 | 0x17 => Decoded::Key(Key::Clear),
        _ => Decoded::Ignored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes `pieces`, each as one read, with a timeout after the last.
    fn keys(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut keys, mut found) = (KeyDecoder::default(), Vec::new());
        for piece in pieces {
            let mut bytes = *piece;
            while let Some(key) = keys.next(&mut bytes) {
                found.push(key);
            }
        }
        found.extend(keys.timeout());
        found
    }

    #[test]
    fn terminal_sequences_decode_to_keys() {
        use Key::{Backspace, Cancel, Char, Clear, Down, End, Enter, Home, PageDown, PageUp, Up};
        for (bytes, expected) in [
            (&b"\x1b[A\x1b[B\x1bOA\x1bOB"[..], &[Up, Down, Up, Down][..]),
            (b"\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~", &[PageUp, PageDown, Home, End, Home, End]),
            (b"\x1b[1;5A", &[Up]),
            (b"\r\n\x10\x0e\t", &[Enter, Enter, Up, Down, Down]),
            (b"\x7f\x08\x15\x17\x04", &[Backspace, Backspace, Clear, Clear, Cancel]),
            ("aé😀".as_bytes(), &[Char('a'), Char('é'), Char('😀')]),
            (b"\x1b", &[Cancel]),
            (b"\x1b\x1b", &[Cancel]),
            (b"a\x1b[200~b\x1b[201~", &[Char('a'), Char('b')]),
            (b"\x1bx\x1b[Z\x00\x1c\xff\xc3(a", &[Char('a')]),
            (b"\x1b[", &[]),
        ] {
            assert_eq!(keys(&[bytes]), expected, "{bytes:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(keys(&single), expected, "in pieces: {bytes:?}");
        }
        let endless = [b"\x1b[".as_slice(), &[b'1'; 100], b"a"].concat();
        assert!(keys(&[&endless]).len() < 100, "the buffer stays bounded");
    }
}
