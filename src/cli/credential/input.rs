//! Messages of other programs on stdin.

use std::io::{BufRead, Read};

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Limit for one message, in bytes. git sends every `WWW-Authenticate` header.
const MESSAGE_LENGTH: usize = 1 << 20;

/// Capacity that most messages need: 1 MiB would cost more than to read the session.
const FIRST_CAPACITY: usize = 4 << 10;

/// Limit for what is read of a message that is too long: a program that writes to a closed pipe may die.
const DISCARDED_LENGTH: u64 = 64 << 20;

/// Reads lines until an empty one, or the end. The program may keep its end open for the answer.
pub fn read_until_empty_line() -> Result<Zeroizing<Vec<u8>>> {
    read_lines(&mut std::io::stdin().lock(), |line| matches!(line, b"" | b"\n"))
}

/// Reads one line, with its end; empty at the end.
pub fn read_line() -> Result<Zeroizing<Vec<u8>>> {
    read_lines(&mut std::io::stdin().lock(), |_| true)
}

/// Reads to the end.
pub fn read_to_end() -> Result<Zeroizing<Vec<u8>>> {
    read_lines(&mut std::io::stdin().lock(), <[u8]>::is_empty)
}

/// Reads what a program writes and nobody needs.
pub fn discard() {
    discard_rest(&mut std::io::stdin().lock());
}

fn discard_rest(input: &mut impl BufRead) {
    let _ = std::io::copy(&mut input.take(DISCARDED_LENGTH), &mut std::io::sink());
}

fn read_lines(input: &mut impl BufRead, is_last: impl Fn(&[u8]) -> bool) -> Result<Zeroizing<Vec<u8>>> {
    let mut message = Zeroizing::new(Vec::with_capacity(FIRST_CAPACITY));
    let mut start = 0;
    loop {
        if message.len() == message.capacity() {
            grow(&mut message);
        }
        let room = message.capacity() - message.len();
        let read = input.by_ref().take(room as u64).read_until(b'\n', &mut message);
        let read = read.map_err(|error| Error::usage(format!("could not read the request from stdin: {error}")))?;
        if message.len() > MESSAGE_LENGTH {
            discard_rest(input);
            return Err(Error::usage(format!("the request on stdin is longer than {} KiB", MESSAGE_LENGTH >> 10)));
        }
        let is_whole = message.ends_with(b"\n") || read < room;
        if is_whole && is_last(&message[start..]) {
            return Ok(message);
        }
        if is_whole {
            start = message.len();
        }
    }
}

/// Doubles the capacity. A vector that grows by itself leaves copies of a password in memory; the old one is wiped.
fn grow(message: &mut Zeroizing<Vec<u8>>) {
    let mut larger = Zeroizing::new(Vec::with_capacity((2 * message.capacity()).min(MESSAGE_LENGTH + 1)));
    larger.extend_from_slice(message);
    *message = larger;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut input: &[u8]) -> (Result<Vec<u8>>, usize) {
        let read = read_lines(&mut input, |line| matches!(line, b"" | b"\n"));
        (read.map(|message| message.to_vec()), input.len())
    }

    #[test]
    fn lines_end_at_an_empty_one() {
        for (input, message, left) in [
            ("a=1\nb=2\n\nrest", "a=1\nb=2\n\n", 4),
            ("a=1\nb=2\n", "a=1\nb=2\n", 0),
            ("a=1", "a=1", 0),
            ("", "", 0),
            ("a=1\r\n\r\nb=2\n", "a=1\r\n\r\nb=2\n", 0),
        ] {
            let (read, rest) = lines(input.as_bytes());
            assert_eq!((read.expect(input), rest), (message.as_bytes().to_vec(), left), "{input:?}");
        }
    }

    #[test]
    fn oversized_message_is_an_error_and_read_to_its_end() {
        for input in [vec![b'x'; 3 << 20], b"x=1\n".repeat(1 << 20)] {
            let (read, rest) = lines(&input);
            assert!(read.is_err_and(|error| error.to_string().contains("longer than 1024 KiB")) && rest == 0);
        }
        assert!(lines(&vec![b'x'; MESSAGE_LENGTH]).0.is_ok());
    }

    #[test]
    fn message_of_any_length_is_read_whole() {
        for length in [2, FIRST_CAPACITY - 1, FIRST_CAPACITY, FIRST_CAPACITY + 1, 3 * FIRST_CAPACITY] {
            let line = "x".repeat(length);
            for (end, left) in [("", 0), ("\n", 0), ("\n\nrest", 4), ("\ny\n\nrest", 4)] {
                let (read, rest) = lines(format!("{line}{end}").as_bytes());
                let message = String::from_utf8(read.expect("short enough")).expect("text");
                assert_eq!((message, rest), (format!("{line}{end}").replace("rest", ""), left), "{length} {end:?}");
            }
        }
    }
}
