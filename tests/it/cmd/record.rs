//! Snapshot recorder: runs commands, replaces values that change, compares the text with a file.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

use crate::support::{Outcome, Sandbox};

/// The variable that makes a run write snapshots instead of comparing them.
const UPDATE: &str = "SNAPSHOTS";

/// Values that differ from run to run: what they look like and the placeholder in their place. A pattern replaces the group
/// `v`, or the whole match if there is none.
const VOLATILE: &[(&str, &str)] = &[
    (
        r"(?:127\.0\.0\.1|localhost|\[::1\]):(?<v>2[0-46-9][0-9]{3}|25[0-46-9][0-9]{2}|255[02-9][0-9]|2551[0-8]|[3-6][0-9]{4})\b",
        "[PORT]",
    ),
    (r"(?:[?&]|\b|%26)state(?:=|%3D)(?<v>[A-Za-z0-9_-]{16,})", "[STATE]"),
    (r"[?&]nonce=(?<v>[A-Za-z0-9_-]{16,})", "[NONCE]"),
    (r"[?&]code_challenge=(?<v>[A-Za-z0-9_-]{43})", "[CHALLENGE]"),
    (r"[?&]k=(?<v>[A-Za-z0-9_-]{16,})", "[KEY]"),
    (r"\b(?<v>[0-9]+) ms\b", "[MS]"),
    (r"\b(?<v>[0-9]+) bytes in\b", "[BYTES]"),
    (
        r"(?:127\.0\.0\.1|localhost)%3A(?<v>2[0-46-9][0-9]{3}|25[0-46-9][0-9]{2}|255[02-9][0-9]|2551[0-8]|[3-6][0-9]{4})\b",
        "[PORT]",
    ),
    (r"\bdemo_(?:access|refresh)_[A-Za-z0-9_-]{40,}", "[TOKEN]"),
    (r"(?m)^(?:[ \u{2580}-\u{259F}]+\n)+", "[QR CODE]\n"),
    (r"\b(?<v>[0-9]{7,}) ?s\b", "[SECONDS]"),
    (r"\b[0-9]{4,}d(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?", "[DURATION]"),
    (r"\b9m[0-9]{1,2}s\b", "[ABOUT-10m]"),
    (r"\b(?<v>[0-9hms]+) ahead of the provider's clock", "[DURATION]"),
    (r"\beyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", "[JWT]"),
    (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC", "[TIME]"),
    (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|\+00:00)", "[TIME]"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> =
    LazyLock::new(|| VOLATILE.iter().map(|(pattern, name)| (Regex::new(pattern).expect("a pattern"), *name)).collect());

/// One snapshot file as the test writes it, block by block.
pub struct Record {
    text: String,
    /// Values that are known to the test, with their placeholders.
    known: Vec<(String, String)>,
    /// Lines with this text are left out.
    left_out: Option<&'static str>,
}

impl Record {
    pub fn new() -> Self {
        Self { text: String::new(), known: Vec::new(), left_out: None }
    }

    /// Replaces `value` by `[name]` from now on.
    pub fn replace(&mut self, value: &str, name: &str) -> &mut Self {
        self.known.retain(|(_, known)| known != name);
        self.known.push((value.to_owned(), name.to_owned()));
        self
    }

    /// Replaces the paths of this sandbox from now on.
    pub fn within(&mut self, sandbox: &Sandbox) -> &mut Self {
        let folder = sandbox.path("");
        self.replace(folder.to_str().expect("plain").trim_end_matches('/'), "[SANDBOX]")
    }

    /// Leaves out lines with `part`, which the machine decides, from now on.
    pub fn leave_out(&mut self, part: &'static str) -> &mut Self {
        self.left_out = Some(part);
        self
    }

    /// Runs the program to its end and records what it printed.
    pub fn run(&mut self, sandbox: &Sandbox, case: &str, arguments: &[&str]) -> Outcome {
        self.within(sandbox);
        let outcome = sandbox.run(arguments);
        self.outcome(case, arguments, &outcome);
        outcome
    }

    /// Records what a run printed.
    pub fn outcome(&mut self, case: &str, arguments: &[&str], outcome: &Outcome) -> &mut Self {
        let mut body = format!("{}\n", format!("$ mycli {}", line_of(arguments)).trim_end());
        for (name, text) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "[no newline]\n" };
                let _ = write!(body, "[{name}]\n{text}{end}");
            }
        }
        let _ = write!(body, "[exit {}]", outcome.code);
        self.block(case, &body)
    }

    /// Records a block of any text.
    pub fn block(&mut self, case: &str, body: &str) -> &mut Self {
        let body = self.redacted(body.trim_end());
        if !case.is_empty() {
            let _ = writeln!(self.text, "=== {case}");
        }
        let _ = writeln!(self.text, "{body}\n");
        self
    }

    fn redacted(&self, text: &str) -> String {
        let keeps = |line: &&str| self.left_out.is_none_or(|part| !line.contains(part));
        let text: String = text.split_inclusive('\n').filter(keeps).collect();
        let known = self.known.iter().fold(text, |text, (value, name)| text.replace(value, name));
        PATTERNS.iter().fold(known, |text, (pattern, name)| replaced(pattern, &text, name))
    }

    /// Compares everything recorded with the snapshot of this name, or updates the snapshot.
    #[track_caller]
    #[allow(clippy::disallowed_methods, reason = "the rule is for the program, not for its tests")]
    pub fn matches(&self, name: &str) {
        updates_are_allowed(std::env::var(UPDATE).ok().as_deref(), std::env::var("CI").ok().as_deref())
            .unwrap_or_else(|reason| panic!("{reason}"));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cmd").join(name);
        // Text as it is: nothing in it is a pattern, and a backslash is no path.
        let expected = Data::read_from(&file, Some(DataFormat::Text)).raw();
        let text = format!("{}\n", self.text.trim_end());
        Assert::new().normalize_paths(false).action_env(UPDATE).eq(Data::text(text), expected);
    }
}

/// Rejects the variable that updates snapshots in CI.
fn updates_are_allowed(update: Option<&str>, ci: Option<&str>) -> Result<(), String> {
    let is_ci = ci.is_some_and(|value| !value.is_empty() && value != "false");
    match update {
        Some(action) if is_ci => Err(format!("{UPDATE}={action} is not allowed because CI is set")),
        _ => Ok(()),
    }
}

/// Arguments quoted for a shell.
fn line_of(arguments: &[&str]) -> String {
    shlex::try_join(arguments.iter().copied()).expect("no argument has a NUL")
}

fn replaced(pattern: &Regex, text: &str, name: &str) -> String {
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.captures_iter(text) {
        let value = found.name("v").or_else(|| found.get(0)).expect("a match has a whole");
        out.push_str(&text[end..value.start()]);
        out.push_str(name);
        end = value.end();
    }
    out.push_str(&text[end..]);
    out
}

#[test]
fn ci_refuses_to_update_snapshots() {
    assert!(updates_are_allowed(Some("overwrite"), Some("true")).is_err());
    assert!(updates_are_allowed(Some("overwrite"), Some("false")).is_ok());
    assert!(updates_are_allowed(Some("overwrite"), None).is_ok());
    assert!(updates_are_allowed(None, Some("true")).is_ok());
}

#[test]
fn placeholders_replace_values_and_keep_words() {
    let text = "http://127.0.0.1:41234/callback?state=AAAAAAAAAAAAAAAAAAAAAA&code_challenge_method=S256 at \
                2026-01-02T03:04:05Z on port 25519, state of the art";
    let redacted = Record::new().redacted(text);
    assert_eq!(
        redacted,
        "http://127.0.0.1:[PORT]/callback?state=[STATE]&code_challenge_method=S256 at [TIME] on port 25519, state of \
         the art"
    );
}
