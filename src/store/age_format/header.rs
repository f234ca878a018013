//! Header of an age file: the wrapped file keys, and a MAC over them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::hmac;

use super::payload;

/// First line of an age file.
pub(super) const VERSION: &str = "age-encryption.org/v1\n";

/// Columns of a full line in the body of a stanza; a shorter line is the last one.
const MAX_LINE_COLUMNS: usize = 64;

/// File key, wrapped for one recipient.
pub(super) struct Stanza<'a> {
    pub(super) kind: &'a str,
    pub(super) arguments: Vec<Cow<'a, str>>,
    pub(super) body: Vec<u8>,
}

/// Parsed header.
pub(super) struct AgeHeader<'a> {
    pub(super) stanzas: Vec<Stanza<'a>>,
    /// Bytes that the MAC covers.
    mac_input: &'a [u8],
    mac: Vec<u8>,
}

impl AgeHeader<'_> {
    /// Verifies the MAC of the header.
    pub(super) fn verify_mac(&self, file_key: &[u8]) -> Option<()> {
        hmac::verify(&mac_key(file_key), self.mac_input, &self.mac).ok()
    }
}

/// Parses the header and returns it with the payload; `None` if it is malformed.
pub(super) fn read(file: &[u8]) -> Option<(AgeHeader<'_>, &[u8])> {
    let mut rest = file.strip_prefix(VERSION.as_bytes())?;
    let mut stanzas = Vec::new();
    loop {
        let mac_input = &file[..file.len() - rest.len() + "---".len().min(rest.len())];
        let line = next_line(&mut rest)?;
        if let Some(mac) = line.strip_prefix("--- ") {
            let mac = decode(mac).filter(|mac| mac.len() == 32)?;
            return (!stanzas.is_empty()).then_some((AgeHeader { stanzas, mac_input, mac }, rest));
        }
        stanzas.push(parse_stanza(line.strip_prefix("-> ")?, &mut rest)?);
    }
}

/// Serializes the header.
pub(super) fn write(stanzas: &[Stanza<'_>], file_key: &[u8]) -> Vec<u8> {
    let mut text = VERSION.to_owned();
    for stanza in stanzas {
        text += &format!("-> {} {}\n", stanza.kind, stanza.arguments.join(" "));
        let body = encode(&stanza.body);
        assert!(body.len() < MAX_LINE_COLUMNS, "a wrapped file key fits one short line");
        text += &format!("{body}\n");
    }
    text += "---";
    let mac = hmac::sign(&mac_key(file_key), text.as_bytes());
    text += &format!(" {}\n", encode(mac.as_ref()));
    text.into_bytes()
}

/// Decodes base64 without padding; non-canonical encodings are rejected.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

fn parse_stanza<'a>(words: &'a str, rest: &mut &'a [u8]) -> Option<Stanza<'a>> {
    let words: Vec<&str> = words.split(' ').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
    let (kind, arguments) = words.iter().all(is_word).then(|| words.split_first())??;
    let mut body = Vec::new();
    loop {
        let line = next_line(rest).filter(|line| line.len() <= MAX_LINE_COLUMNS)?;
        body.extend(decode(line)?);
        if line.len() < MAX_LINE_COLUMNS {
            return Some(Stanza { kind, arguments: arguments.iter().map(|word| Cow::Borrowed(*word)).collect(), body });
        }
    }
}

/// Next line, which must end in a newline.
fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&rest[..end]).ok()?;
    *rest = &rest[end + 1..];
    Some(line)
}

fn mac_key(file_key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &*payload::derive(file_key, &[], b"header"))
}
