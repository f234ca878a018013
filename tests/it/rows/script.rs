//! `exchanges.txt`: for each row the requests to its provider, the responses that differ from the RFCs, and the
//! outcomes.
//!
//! ```text
//! [github] https://github.com/login/oauth
//! > exchange POST https://… form …        a request, after its step
//! < {"access_token":"access-1"}           the response to the request above; none: the standard response
//! = signed in account=… subject=…         the outcome
//! ```

use std::collections::BTreeMap;

/// All scripts, by row.
pub struct Scripts(BTreeMap<String, Script>);

/// Requests, responses and outcomes of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    pub name: String,
    /// The issuer in its ID tokens and metadata.
    pub issuer: Option<String>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A request.
    Request(String),
    /// The response to the request above.
    Response(String),
    /// The outcome of an operation.
    Outcome(String),
}

impl Line {
    /// Returns the step of a request.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Request(text) => text.split(' ').next(),
            _ => None,
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Request(text) => format!("> {text}"),
            Self::Response(text) => format!("< {text}"),
            Self::Outcome(text) => format!("= {text}"),
        }
    }
}

impl Scripts {
    pub fn read(text: &str) -> Self {
        let mut scripts: Vec<Script> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(header) = line.strip_prefix('[') {
                let (name, issuer) = header.split_once(']').expect("a header ends with a bracket");
                let issuer = Some(issuer.trim().to_owned()).filter(|issuer| !issuer.is_empty());
                scripts.push(Script { name: name.to_owned(), issuer, lines: Vec::new() });
                continue;
            }
            let (kind, rest) = line.split_once(' ').expect("a line has a kind");
            let line = match kind {
                ">" => Line::Request(rest.to_owned()),
                "<" => Line::Response(rest.to_owned()),
                "=" => Line::Outcome(rest.to_owned()),
                other => panic!("unknown kind of line `{other}`"),
            };
            scripts.last_mut().expect("a header comes first").lines.push(line);
        }
        let count = scripts.len();
        let scripts: BTreeMap<_, _> = scripts.into_iter().map(|script| (script.name.clone(), script)).collect();
        assert_eq!(scripts.len(), count, "a row has two scripts");
        Self(scripts)
    }

    pub fn write(scripts: impl Iterator<Item = Script>) -> String {
        let sorted: BTreeMap<String, Script> = scripts.map(|script| (script.name.clone(), script)).collect();
        let texts: Vec<String> = sorted.values().map(Script::to_text).collect();
        format!("{}\n{}", HEAD, texts.join("\n"))
    }

    pub fn of(&self, name: &str) -> Option<&Script> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

const HEAD: &str = "\
# Requests to each provider (>), responses that differ from the RFCs (<) and outcomes (=). tests/it/rows/script.rs parses this
# file; BLESS=1 rewrites all but the responses. PORT, STATE, NONCE and VERIFIER change with each run; the test checks
# that they match one another.
";

impl Script {
    fn to_text(&self) -> String {
        let issuer = self.issuer.as_ref().map_or(String::new(), |issuer| format!(" {issuer}"));
        let lines: String = self.lines.iter().map(|line| line.to_text() + "\n").collect();
        format!("[{}]{issuer}\n{lines}", self.name)
    }

    /// Returns the requests, each with its scripted response.
    pub fn requests(&self) -> Vec<(String, Option<String>)> {
        let mut requests: Vec<(String, Option<String>)> = Vec::new();
        for line in &self.lines {
            match line {
                Line::Request(text) => requests.push((text.clone(), None)),
                Line::Response(text) => {
                    requests.last_mut().expect("a response follows a request").1 = Some(text.clone())
                }
                Line::Outcome(_) => {}
            }
        }
        requests
    }

    /// Returns the first difference to `actual`.
    pub fn difference(&self, actual: &Self) -> Option<String> {
        if self == actual {
            return None;
        }
        let (expected, program) = (self.to_text(), actual.to_text());
        let changed = expected.lines().zip(program.lines()).find(|(expected, program)| expected != program);
        let (expected, program) = changed.unwrap_or(("nothing", "another number of lines"));
        Some(format!("[{}]\n  expected: {expected}\n  program:  {program}", actual.name))
    }
}
