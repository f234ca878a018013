//! Chromium, headless, driven by `tests/servers/browser.mjs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use super::servers;

/// What Chromium saw; the driver's first lines say what each is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub final_url: String,
    pub title: String,
    pub text: String,
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub navigations: Vec<String>,
    pub history: Vec<String>,
    pub console: Vec<Value>,
    pub asked: Vec<String>,
    pub content_width: u32,
    pub failure: Option<String>,
}

impl Report {
    /// What was asked of the server at `origin`, as `METHOD /path`, without queries, in order.
    pub fn asked_of(&self, origin: &str) -> Vec<String> {
        let of_origin = |line: &String| {
            let (method, address) = line.split_once(' ')?;
            let rest = address.strip_prefix(origin).filter(|rest| rest.starts_with('/'))?;
            Some(format!("{method} {}", rest.split(['?', '#']).next().expect("split gives one at least")))
        };
        self.asked.iter().filter_map(of_origin).collect()
    }
}

/// The steps of one who signs in as `login` to the provider of [`super::oidc_provider`] and allows all.
pub fn sign_in_as(login: &str) -> Vec<Value> {
    vec![json!(["fill", "input[name=login]", login]), json!(["click", "#login"]), json!(["click", "#allow"])]
}

/// Opens `address` in a new Chromium that does what `plan` says; fails the test where a step fails.
pub fn drive(address: &str, plan: &Value) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (plan_file, report_file) = (folder.path().join("plan"), folder.path().join("report"));
    fs::write(&plan_file, plan.to_string()).expect("ours to write");
    let output = Command::new("node")
        .arg(servers::folder().join("browser.mjs"))
        .args([plan_file.as_os_str(), report_file.as_os_str(), address.as_ref()])
        .stdin(Stdio::null())
        .output()
        .expect("node is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(report_file).unwrap_or_else(|error| panic!("no report: {error}\n{said}"));
    let report: Report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(report.failure, None, "{report:#?}");
    report
}

/// Where pictures of pages are kept to be looked at: below `target`.
pub fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
