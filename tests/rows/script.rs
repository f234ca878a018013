//! `dialects.txt`: for each row what its provider is asked, line by line, what it answers where that is not what the RFCs
//! have, and what comes of it.
//!
//! ```text
//! [github] https://github.com/login/oauth
//! > exchange POST https://… form …        a request, after its step
//! < {"access_token":"access-1"}           the answer to the request above it; none: as the RFCs have it
//! = signed in account=… subject=…         what came of it
//! ```

use std::collections::BTreeMap;

/// Every script, by row.
pub struct Scripts(BTreeMap<String, Script>);

/// What is said between one row and its provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    pub name: String,
    /// What its ID tokens and its metadata call themselves.
    pub issuer: Option<String>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A request.
    Asked(String),
    /// Its answer.
    Answered(String),
    /// What came of it.
    Came(String),
}

impl Line {
    /// The step of a request.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::Asked(text) => text.split(' ').next(),
            _ => None,
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Asked(text) => format!("> {text}"),
            Self::Answered(text) => format!("< {text}"),
            Self::Came(text) => format!("= {text}"),
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
                ">" => Line::Asked(rest.to_owned()),
                "<" => Line::Answered(rest.to_owned()),
                "=" => Line::Came(rest.to_owned()),
                other => panic!("`{other}` begins no line of a script"),
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
        let texts: Vec<String> = sorted.values().map(Script::written).collect();
        format!("{}\n{}", HEAD, texts.join("\n"))
    }

    pub fn of(&self, name: &str) -> Option<&Script> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

const HEAD: &str = "# What each provider is asked (>), what it answers where that is not what the RFCs have (<), and what comes of it (=):
# tests/rows/script.rs reads it, BLESS=1 rewrites all but the answers. PORT, STATE, NONCE and VERIFIER are drawn anew each
# time, and held against one another.
";

impl Script {
    fn written(&self) -> String {
        let issuer = self.issuer.as_ref().map_or(String::new(), |issuer| format!(" {issuer}"));
        let lines: String = self.lines.iter().map(|line| line.written() + "\n").collect();
        format!("[{}]{issuer}\n{lines}", self.name)
    }

    /// The requests, each with the answer that is a person's word.
    pub fn requests(&self) -> Vec<(String, Option<String>)> {
        let mut requests: Vec<(String, Option<String>)> = Vec::new();
        for line in &self.lines {
            match line {
                Line::Asked(text) => requests.push((text.clone(), None)),
                Line::Answered(text) => {
                    requests.last_mut().expect("an answer follows a request").1 = Some(text.clone())
                }
                Line::Came(_) => {}
            }
        }
        requests
    }

    /// How what was played differs, the first line of each kind.
    pub fn difference(&self, played: &Self) -> Option<String> {
        if self == played {
            return None;
        }
        let (was, is) = (self.written(), played.written());
        let changed = was.lines().zip(is.lines()).find(|(was, is)| was != is);
        let (was, is) = changed.unwrap_or(("nothing", "a line more or less"));
        Some(format!("[{}]\n  provider: {was}\n  program:  {is}", played.name))
    }
}
