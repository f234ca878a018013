//! Headless Chromium, driven by `tests/servers/browser.mjs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{require_real, servers};

/// Report of the driver; its first lines document the fields.
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
    pub requests: Vec<String>,
    pub findings: Vec<String>,
    pub content_width: u32,
    pub failure: Option<String>,
}

impl Report {
    /// Requests to the server at `origin` as `METHOD /path`, without queries, in order.
    pub fn requests_to_origin(&self, origin: &str) -> Vec<String> {
        let of_origin = |line: &String| {
            let (method, url) = line.split_once(' ')?;
            let rest = url.strip_prefix(origin).filter(|rest| rest.starts_with('/'))?;
            Some(format!("{method} {}", rest.split(['?', '#']).next().expect("split gives one at least")))
        };
        self.requests.iter().filter_map(of_origin).collect()
    }
}

/// Steps that sign in as `login` at [`super::oidc_provider`] and allow everything.
pub fn sign_in_as(login: &str) -> Vec<Value> {
    vec![json!(["fill", "input[name=login]", login]), json!(["click", "#login"]), json!(["click", "#allow"])]
}

/// Opens `url` in a new Chromium that follows `plan`; fails the test if a step fails.
pub fn drive(url: &str, plan: &Value) -> Report {
    require_real("Chromium");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (plan_file, report_file) = (directory.path().join("plan"), directory.path().join("report"));
    fs::write(&plan_file, plan.to_string()).expect("writable");
    let output = Command::new("node")
        .arg(servers::directory().join("browser.mjs"))
        .args([plan_file.as_os_str(), report_file.as_os_str(), url.as_ref()])
        .stdin(Stdio::null())
        .output()
        .expect("node is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(report_file).unwrap_or_else(|error| panic!("no report: {error}\n{stderr}"));
    let report: Report = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(report.failure, None, "{report:#?}");
    report
}

/// Path of a screenshot below `target`, kept for review.
pub fn screenshot_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
