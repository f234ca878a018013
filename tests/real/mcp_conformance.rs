//! The conformance suite of the Model Context Protocol, npm `@modelcontextprotocol/conformance`: every scenario with a
//! sign-in, with a client whose tokens come from the program alone (`tests/servers/conformance-client.mjs`).
//!
//! `mcp_conformance.txt` holds the outcome of each scenario and the result of each check, so that a scenario or check that
//! is no longer run is seen. `BLESS=1` rewrites it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Sandbox, servers};

const REVISIONS: [&str; 4] = ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];

/// Checks that only log a request or a response.
const LOG: [&str; 4] = ["incoming-request", "outgoing-response", "incoming-auth-request", "outgoing-auth-response"];

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs Node.js: --features real")]
fn every_mcp_conformance_scenario_ends_as_expected() {
    let suite = Suite { sandbox: Sandbox::new(), directory: servers::directory() };
    let mut table = String::new();
    for revision in REVISIONS {
        writeln!(table, "{revision}\n").expect("a string can be written");
        suite.run(revision).iter().for_each(|scenario| table.push_str(scenario));
    }
    writeln!(table, "Extensions, which no revision requires: not run\n").expect("a string can be written");
    suite.extensions().iter().for_each(|name| table.extend([name, "\n"]));

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/mcp_conformance.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, table).expect("the file can be written");
        return;
    }
    let expected = fs::read_to_string(&file).expect("committed");
    assert!(table == expected, "not as in mcp_conformance.txt:\n{}", differences(&expected, &table));
    for result in ["failure: ", "warning: "] {
        assert!(!table.contains(result), "a required scenario has a {result}in mcp_conformance.txt");
    }
}

struct Suite {
    sandbox: Sandbox,
    directory: PathBuf,
}

impl Suite {
    /// Runs the scenarios of a revision side by side and returns the outcome of each one, sorted by name.
    fn run(&self, revision: &str) -> BTreeSet<String> {
        let results = self.sandbox.path(revision);
        let client = self.directory.join("conformance-client.mjs");
        // The suite starts a shell.
        let command = format!("'{}' '{}'", self.node().display(), client.display());
        let output = self
            .command(&["client", "--suite", "all", "--timeout", "120000"])
            .args(["--spec-version", revision, "--command", &command, "--output-dir"])
            .arg(&results)
            .env("MYCLI", self.sandbox.program())
            .output()
            .expect("the suite starts");
        // It fails because its other scenarios do.
        let names = fs::read_dir(results.join("auth"))
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        names.map(|scenario| outcome(&scenario.expect("the results can be read").path())).collect()
    }

    /// Scenarios of extensions.
    fn extensions(&self) -> Vec<String> {
        let output = self.command(&["list", "--client"]).output().expect("the suite starts");
        let list = String::from_utf8(output.stdout).expect("text");
        let extension = |line: &str| Some(line.trim().strip_prefix("- ")?.strip_suffix(" [extension]")?.to_owned());
        list.lines().filter_map(extension).filter(|name| name.starts_with("auth/")).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command_of(self.node());
        command.arg(self.directory.join("node_modules/@modelcontextprotocol/conformance/dist/index.js"));
        command.args(arguments);
        command
    }

    /// Node.js from npm: the suite needs a later one than Debian has.
    fn node(&self) -> PathBuf {
        self.directory.join("node_modules/node/bin/node")
    }
}

/// Describes the results of a scenario in a folder: its name, how the client ended, and the checks by their result.
fn outcome(folder: &Path) -> String {
    let read = |file: &str| fs::read_to_string(folder.join(file)).expect("the suite writes it");
    // The name of the folder ends with a time: 2026-07-28T20-21-41-571Z.
    let name = folder.file_name().and_then(|name| name.to_str()).expect("plain names").rsplitn(7, '-').last();
    let checks: Vec<Value> = serde_json::from_str(&read("checks.json")).expect("JSON");
    let mut ids: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for check in &checks {
        let [id, status] = ["id", "status"].map(|name| check[name].as_str().expect("every check has one"));
        if !LOG.contains(&id) {
            ids.entry(status.to_lowercase()).or_default().insert(id);
        }
    }
    let mut text = format!("auth/{}: {}\n", name.expect("a name and a time"), read("stdout.txt").trim_end());
    for (status, ids) in ids {
        writeln!(text, "  {status}: {}", ids.into_iter().collect::<Vec<_>>().join(" "))
            .expect("a string can be written");
    }
    text + "\n"
}

/// Lines of one text that the other has not.
fn differences(expected: &str, actual: &str) -> String {
    let only = |sign: &str, these: &str, others: &str| {
        let others: Vec<&str> = others.lines().collect();
        let lines = these.lines().filter(|line| !others.contains(line));
        lines.map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    only("-", expected, actual) + &only("+", actual, expected)
}
