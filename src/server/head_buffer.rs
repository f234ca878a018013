//! Head of a request as it arrives, without the cookies of other programs.
//!
//! Browsers send every cookie of a host to all of its ports (RFC 6265 8.5), so a request to 127.0.0.1 may carry hundreds
//! of kilobytes that other local programs have set (PostHog/wizard#1253). They are dropped while the head is read and
//! do not count against the limit of a head.

use super::request_head::{MAX_HEAD_BYTES, MAX_REQUEST_LINE_BYTES};

/// Maximum number of received bytes. Browsers keep at most 180 cookies of 4 KiB for one host.
const MAX_RECEIVED_BYTES: usize = 1024 * 1024;

/// Maximum length of a cookie that is kept, with its name; the cookies of this program are shorter.
const MAX_COOKIE_BYTES: usize = 256;

/// Bytes of one head.
pub(super) struct HeadBuffer<'a> {
    /// End of the names of our own cookies.
    cookie_suffix: &'a str,
    kept: Vec<u8>,
    received: usize,
    line_start: usize,
    has_request_line: bool,
    /// Start of the current cookie, in the line of a `Cookie` header.
    cookie_start: Option<usize>,
    is_long_cookie: bool,
}

impl<'a> HeadBuffer<'a> {
    pub(super) fn new(cookie_suffix: &'a str) -> Self {
        Self {
            cookie_suffix,
            kept: Vec::new(),
            received: 0,
            line_start: 0,
            has_request_line: false,
            cookie_start: None,
            is_long_cookie: false,
        }
    }

    /// Bytes so far, without foreign cookies.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Adds received bytes. Returns the number of bytes that belong to the head, once the head is complete.
    ///
    /// # Errors
    /// The status code that rejects a head that is too large.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Option<usize>, u16> {
        for (at, byte) in bytes.iter().enumerate() {
            self.received += 1;
            if self.push(*byte) {
                return Ok(Some(at + 1));
            }
            self.check_size()?;
        }
        Ok(None)
    }

    /// Adds one byte; returns true if it completes the head.
    fn push(&mut self, byte: u8) -> bool {
        match (byte, self.cookie_start) {
            (b'\n', _) => return self.end_line(),
            (b';', Some(_)) => {
                self.end_cookie();
                self.cookie_start = Some(self.kept.len());
            }
            (_, Some(start)) if self.kept.len() - start >= MAX_COOKIE_BYTES => self.is_long_cookie = true,
            (_, Some(_)) => self.kept.push(byte),
            (_, None) => {
                self.kept.push(byte);
                let name = &self.kept[self.line_start..];
                if byte == b':' && self.has_request_line && name.eq_ignore_ascii_case(b"cookie:") {
                    self.cookie_start = Some(self.kept.len());
                }
            }
        }
        false
    }

    fn end_line(&mut self) -> bool {
        self.end_cookie();
        let line = &self.kept[self.line_start..];
        let is_empty = line.strip_suffix(b"\r").unwrap_or(line).is_empty();
        let is_complete = is_empty && self.has_request_line;
        self.has_request_line |= !is_empty;
        self.kept.push(b'\n');
        self.line_start = self.kept.len();
        is_complete
    }

    /// Drops the current cookie unless it is one of ours.
    fn end_cookie(&mut self) {
        let Some(start) = self.cookie_start.take() else { return };
        let cookie = self.kept[start..].trim_ascii();
        let name = cookie.split(|byte| *byte == b'=').next().unwrap_or_default();
        let is_ours = name.ends_with(self.cookie_suffix.as_bytes()) && !std::mem::take(&mut self.is_long_cookie);
        self.is_long_cookie = false;
        let cookie = if is_ours { [b" ", cookie, b";"].concat() } else { Vec::new() };
        self.kept.truncate(start);
        self.kept.extend(cookie);
    }

    fn check_size(&self) -> Result<(), u16> {
        if !self.has_request_line && self.kept.len() > MAX_REQUEST_LINE_BYTES {
            return Err(414);
        }
        match self.kept.len() > MAX_HEAD_BYTES || self.received > MAX_RECEIVED_BYTES {
            true => Err(431),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Head without foreign cookies, received in pieces of `size` bytes.
    fn kept(head: &str, size: usize) -> Result<String, u16> {
        let mut buffer = HeadBuffer::new("-8080");
        let mut rest = head.len();
        for piece in head.as_bytes().chunks(size) {
            rest -= piece.len();
            if let Some(used) = buffer.add(piece)? {
                assert_eq!((used, rest), (piece.len(), 0), "only the last byte completes the head");
                return Ok(String::from_utf8(buffer.kept).expect("text"));
            }
        }
        panic!("the head is not complete");
    }

    #[test]
    fn foreign_cookies_are_dropped() {
        let line = "GET / HTTP/1.1\r\n";
        let long = "x".repeat(500_000);
        for (cookies, expected) in [
            ("Cookie: a=b; signin-8080=k; c\r\n", "Cookie: signin-8080=k;\n"),
            ("COOKIE:signin-8080=k;choice-8080=l\r\n", "COOKIE: signin-8080=k; choice-8080=l;\n"),
            ("cookie: signin-8081=k\n", "cookie:\n"),
            (&format!("cookie: a={long}; signin-8080=k\r\n"), "cookie: signin-8080=k;\n"),
            (&format!("cookie: signin-8080={long}\r\n"), "cookie:\n"),
            (&format!("cookie: {}", "a=b; ".repeat(50_000) + "\r\n"), "cookie:\n"),
            ("x-cookie: a=b;\r\nCookie : a=b\r\n", "x-cookie: a=b;\r\nCookie : a=b\r\n"),
        ] {
            for size in [1, 7, usize::MAX] {
                let found = kept(&format!("{line}{cookies}A: b\r\n\r\n"), size);
                assert_eq!(found, Ok(format!("{line}{expected}A: b\r\n\r\n")), "{}", &cookies[..cookies.len().min(60)]);
            }
        }
    }

    #[test]
    fn size_of_a_head_is_limited() {
        let line = "GET / HTTP/1.1\r\n";
        for (head, status) in [
            ("a".repeat(MAX_REQUEST_LINE_BYTES + 1), 414),
            (format!("{line}a: {}", "b".repeat(MAX_HEAD_BYTES)), 431),
            (format!("{line}cookie: {}", "b".repeat(MAX_RECEIVED_BYTES)), 431),
            (format!("{line}cookie: {}", "b-8080=c;".repeat(MAX_HEAD_BYTES / 8)), 431),
        ] {
            assert_eq!(kept(&head, 4096).err(), Some(status), "{}", &head[..40]);
        }
    }
}
