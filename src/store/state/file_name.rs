//! File names for the labels of providers and accounts.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::session::SessionId;

/// Longest label that is a file name by itself, in bytes after encoding; most systems allow 255.
const MAX_NAME_BYTES: usize = 200;

/// Encodes a label as a file name: readable, unique also on file systems that ignore case, and without names that a
/// file system reserves. A long label ends in `~` and a digest.
pub(in crate::store) fn to_file_name(label: &str) -> String {
    const ESCAPED: &AsciiSet = &escaped_set();
    let mut name = utf8_percent_encode(label, ESCAPED).to_string();
    if name.len() > MAX_NAME_BYTES || name.is_empty() {
        name.truncate(MAX_NAME_BYTES / 2);
        return format!("{name}~{}", SessionId::for_secret("", "label", label).as_str());
    }
    if name.ends_with('.') {
        name.replace_range(name.len() - 1.., "%2E");
    }
    if name.starts_with('.') || is_windows_device(&name) {
        name.replace_range(..1, &format!("%{:02X}", name.as_bytes()[0]));
    }
    name
}

/// Decodes a file name; `None` if the label was shortened.
pub(in crate::store) fn from_file_name(name: &str) -> Option<String> {
    let label = percent_decode_str(name).decode_utf8().ok()?;
    (!name.contains('~')).then(|| label.into_owned())
}

const fn escaped_set() -> AsciiSet {
    let mut set = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    let mut letter = b'A';
    while letter <= b'Z' {
        set = set.add(letter);
        letter += 1;
    }
    set
}

/// Returns true if Windows opens a device under this name, whatever follows the first dot.
fn is_windows_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1);
    matches!(stem, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_readable_safe_and_distinct() {
        for (label, name) in [
            ("github", "github"),
            ("https://id.acme.example", "https%3A%2F%2Fid.acme.example"),
            ("Octo Cat", "%4Fcto%20%43at"),
            ("..", "%2E%2E"),
            (".hidden", "%2Ehidden"),
            ("a/../b", "a%2F..%2Fb"),
            ("con", "%63on"),
            ("aux.x", "%61ux.x"),
            ("ä~", "%C3%A4%7E"),
        ] {
            assert_eq!(to_file_name(label), name);
            assert_eq!(from_file_name(name).unwrap(), label);
        }
        let long = |end| format!("https://{}{end}", "x".repeat(300));
        assert_ne!(to_file_name(&long("a")), to_file_name(&long("b")));
        assert_eq!(from_file_name(&to_file_name(&long("a"))), None);
        assert!(to_file_name(&long("a")).len() <= MAX_NAME_BYTES);
        assert!(!to_file_name("").is_empty());
    }
}
