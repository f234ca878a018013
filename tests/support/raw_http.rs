//! Requests as bytes and responses as text, for servers that must survive anything.

use std::io::Read;

pub fn request(port: u16, method: &str, target: &str, lines: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n").into_bytes()
}

/// Reads until the other side closes or fails.
pub fn read(mut stream: impl Read) -> String {
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    String::from_utf8_lossy(&response).into_owned()
}

/// Status of a response; 0 if there was none.
pub fn status(response: &str) -> u16 {
    response.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}
