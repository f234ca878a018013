//! Keys, from the bytes that terminals send for them (ECMA-48 5.4, xterm's control sequences).

/// A key that means something in a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::prompt) enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Enter,
    /// Esc, or Ctrl-D.
    Leave,
    /// Backspace.
    Erase,
    /// Ctrl-U, Ctrl-W.
    Clear,
    /// A letter.
    Letter(char),
}

/// What has come in and is not yet a whole key.
#[derive(Debug, Default)]
pub(in crate::prompt) struct KeyDecoder(Vec<u8>);

const ESCAPE: u8 = 0x1b;

/// No sequence and no letter is longer; more than this without an end is no key.
const LONGEST: usize = 32;

impl KeyDecoder {
    /// The next whole key in `bytes`, which is shortened by what was read of it.
    pub(in crate::prompt) fn next(&mut self, bytes: &mut &[u8]) -> Option<Key> {
        while let [first, rest @ ..] = *bytes {
            self.0.push(*first);
            *bytes = rest;
            match self.read() {
                Read::Part if self.0.len() < LONGEST => {}
                Read::Part | Read::Nothing => self.0.clear(),
                Read::Key(key) => {
                    self.0.clear();
                    return Some(key);
                }
            }
        }
        None
    }

    /// After a pause: an escape that nothing followed is the key itself, anything else that is not whole is nothing.
    pub(in crate::prompt) fn pause(&mut self) -> Option<Key> {
        let key = (self.0 == [ESCAPE]).then_some(Key::Leave);
        self.0.clear();
        key
    }

    fn read(&self) -> Read {
        match self.0.as_slice() {
            [ESCAPE] | [ESCAPE, b'[' | b'O'] => Read::Part,
            // Twice in a row: the second says that the first was one.
            [ESCAPE, ESCAPE] => Read::Key(Key::Leave),
            [ESCAPE, b'[' | b'O', middle @ .., last] => sequence(middle, *last),
            [ESCAPE, ..] => Read::Nothing,
            [control @ (..0x20 | 0x7f)] => control_key(*control),
            letter => match std::str::from_utf8(letter) {
                Ok(text) => text.chars().next().map_or(Read::Nothing, |letter| Read::Key(Key::Letter(letter))),
                Err(error) if error.error_len().is_none() => Read::Part,
                Err(_) => Read::Nothing,
            },
        }
    }
}

enum Read {
    Part,
    Nothing,
    Key(Key),
}

fn sequence(middle: &[u8], last: u8) -> Read {
    match (middle, last) {
        (_, 0x20..=0x3f) => Read::Part,
        (_, b'A') => Read::Key(Key::Up),
        (_, b'B') => Read::Key(Key::Down),
        (_, b'H') | (b"1" | b"7", b'~') => Read::Key(Key::First),
        (_, b'F') | (b"4" | b"8", b'~') => Read::Key(Key::Last),
        (b"5", b'~') => Read::Key(Key::PageUp),
        (b"6", b'~') => Read::Key(Key::PageDown),
        _ => Read::Nothing,
    }
}

/// Ctrl-N and Ctrl-P go down and up, as in every line editor.
fn control_key(byte: u8) -> Read {
    match byte {
        b'\r' | b'\n' => Read::Key(Key::Enter),
        b'\t' | 0x0e => Read::Key(Key::Down),
        0x10 => Read::Key(Key::Up),
        0x04 => Read::Key(Key::Leave),
        0x08 | 0x7f => Read::Key(Key::Erase),
        0x15 | 0x17 => Read::Key(Key::Clear),
        _ => Read::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys in `pieces`, each of which comes at once, with a pause after the last.
    fn keys(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut keys, mut found) = (KeyDecoder::default(), Vec::new());
        for piece in pieces {
            let mut bytes = *piece;
            while let Some(key) = keys.next(&mut bytes) {
                found.push(key);
            }
        }
        found.extend(keys.pause());
        found
    }

    #[test]
    fn what_terminals_send_is_a_key() {
        use Key::{Clear, Down, Enter, Erase, First, Last, Leave, Letter, PageDown, PageUp, Up};
        for (bytes, expected) in [
            (&b"\x1b[A\x1b[B\x1bOA\x1bOB"[..], &[Up, Down, Up, Down][..]),
            (b"\x1b[5~\x1b[6~\x1b[H\x1b[F\x1b[1~\x1b[4~", &[PageUp, PageDown, First, Last, First, Last]),
            (b"\x1b[1;5A", &[Up]),
            (b"\r\n\x10\x0e\t", &[Enter, Enter, Up, Down, Down]),
            (b"\x7f\x08\x15\x17\x04", &[Erase, Erase, Clear, Clear, Leave]),
            ("aé😀".as_bytes(), &[Letter('a'), Letter('é'), Letter('😀')]),
            (b"\x1b", &[Leave]),
            (b"\x1b\x1b", &[Leave]),
            (b"a\x1b[200~b\x1b[201~", &[Letter('a'), Letter('b')]),
            (b"\x1bx\x1b[Z\x00\x1c\xff\xc3(a", &[Letter('a')]),
            (b"\x1b[", &[]),
        ] {
            assert_eq!(keys(&[bytes]), expected, "{bytes:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(keys(&single), expected, "in pieces: {bytes:?}");
        }
        let endless = [b"\x1b[".as_slice(), &[b'1'; 100], b"a"].concat();
        assert!(keys(&[&endless]).len() < 100, "and nothing grows for ever");
    }
}
