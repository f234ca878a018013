//! Real MCP servers in the set-ups that their users have: npm `@modelcontextprotocol/sdk`, PyPI `mcp` and `fastmcp`. Each
//! one is used from the first sign-in, with nothing configured, until the client is forgotten.
//!
//! `mcp_servers.txt` holds the outcome of each step. `BLESS=1` rewrites it.

#![allow(clippy::print_stdout, reason = "what a failed command said is for the reader")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::servers::{self, Server};
use crate::support::visitor::{self, Response};
use crate::support::{Outcome, Running, Sandbox};

/// Set-ups; the servers document them.
const KINDS: [&str; 10] = [
    "sdk-path",
    "sdk-root",
    "mcp-defaults",
    "mcp-valid",
    "mcp-root",
    "mcp-resource",
    "fastmcp-memory",
    "fastmcp-proxy",
    "fastmcp-proxy-openid",
    "fastmcp-remote",
];

/// Lifetime of an access token in seconds. Below the minimum of `mycli token`, so that each call refreshes.
const LIFE: u64 = 10;

#[test]
#[ignore = "minutes: .ci/more mcp"]
fn every_mcp_server_is_used_from_signin_to_signout() {
    let rows = thread::scope(|scope| {
        let mut rows: Vec<String> = Vec::new();
        for kinds in KINDS.chunks(2) {
            let running: Vec<_> = kinds.iter().map(|kind| scope.spawn(|| Life::new(kind).live())).collect();
            rows.extend(running.into_iter().map(|row| row.join().expect("no panic")));
        }
        rows
    });
    let table = rows.concat();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/mcp_servers.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, table).expect("the file can be written");
        return;
    }
    assert_eq!(table, fs::read_to_string(&file).expect("committed"));
}

/// One user of one server.
struct Life {
    kind: &'static str,
    sandbox: Sandbox,
    log: PathBuf,
    server: Option<Server>,
    table: String,
}

impl Life {
    fn new(kind: &&'static str) -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.set("MYCLI_STORE", "file");
        let log = sandbox.path("log");
        let mut life = Self { kind, sandbox, log, server: None, table: format!("{kind}\n") };
        life.start(&json!([0, 0]));
        life
    }

    /// Starts the server, which knows nothing.
    fn start(&mut self, ports: &Value) {
        self.server = None;
        fs::write(&self.log, "").expect("the sandbox can be written");
        let settings = json!({ "kind": self.kind, "ports": ports, "log": self.log, "life": LIFE });
        self.server = Some(match self.kind.starts_with("sdk-") {
            true => Server::start("mcp-authorization.mjs", &settings),
            false => Server::start_python_with("mcp", "mcp-servers.py", &settings),
        });
    }

    fn live(mut self) -> String {
        let outcome = self.sign_in(&[]);
        let before = self.requests().take_while(|request| !request.contains(" /authorize ")).count();
        self.step("first sign-in", &outcome);
        self.note("requests before the browser", &before.to_string());
        let first = self.token(&["--no-refresh"]);
        self.note("tools/list", &tools(&self.url(), &first));
        self.note("token", &self.describe(&first));

        thread::sleep(Duration::from_secs(LIFE + 1));
        let second = self.token(&[]);
        self.note("refreshed token", &tools(&self.url(), &second));
        self.note("refreshed again", &tools(&self.url(), &self.token(&[])));
        self.note("expired token", &tools(&self.url(), &first));

        let outcome = self.sign_in(&["--force", "--label", "second"]);
        self.step("second account", &outcome);

        let outcome = self.sign_in(&["--force", "--scope", "+write"]);
        self.step("step-up", &outcome);
        self.note("token", &self.describe(&self.token(&[])));
        self.note("status --check", &self.run(&["status", &self.url(), "--check"]));
        let accounts = ["default", "second"].map(|account| self.token(&["--account", account]));
        self.note("both accounts", &accounts.each_ref().map(|token| tools(&self.url(), token)).join(", "));
        self.note("their tokens differ", &(accounts[0] != accounts[1]).to_string());

        let ports = self.greeting("ports").clone();
        self.start(&ports);
        self.note("server lost its memory: status --check", &self.run(&["status", &self.url(), "--check"]));
        self.note("token", &self.run(&["token", &self.url(), "--force-refresh"]));
        let outcome = self.sign_in(&[]);
        self.step("sign-in", &outcome);
        self.note("tools/list", &tools(&self.url(), &self.token(&[])));

        self.note("signout --forget-client", &self.run(&["signout", &self.url(), "--all", "--forget-client"]));
        let registered = self.registrations();
        let outcome = self.sign_in(&[]);
        self.step("sign-in", &outcome);
        self.note("registered anew", &(self.registrations() > registered).to_string());
        self.note("tools/list", &tools(&self.url(), &self.token(&[])));
        self.table + "\n"
    }

    fn greeting(&self, name: &str) -> &Value {
        &self.server.as_ref().expect("started").greeting[name]
    }

    fn url(&self) -> String {
        self.greeting("url").as_str().expect("a text").to_owned()
    }

    fn requests(&self) -> impl Iterator<Item = String> {
        let log = fs::read_to_string(&self.log).expect("the server writes it");
        log.lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    fn registrations(&self) -> usize {
        self.requests().filter(|request| request.starts_with("POST /register ")).count()
    }

    /// Signs in at a terminal; the user says yes and the browser follows redirects.
    fn sign_in(&self, flags: &[&str]) -> Outcome {
        let program = self.sandbox.program().display().to_string();
        let mut user = self.sandbox.command_of("node");
        user.arg(servers::directory().join("user.mjs")).args([&program, "signin", &self.url(), "--timeout", "20s"]);
        user.args(flags);
        Running::spawn(user).outcome()
    }

    fn run(&self, arguments: &[&str]) -> String {
        self.result(arguments[0], &self.sandbox.run(arguments))
    }

    /// `ok`, or the exit code; what the program said is for the reader.
    fn result(&self, name: &str, outcome: &Outcome) -> String {
        if outcome.code == 0 {
            return "ok".to_owned();
        }
        println!("{} {name}: exit {}\n{}{}", self.kind, outcome.code, outcome.stdout, outcome.stderr);
        format!("exit {}", outcome.code)
    }

    /// Access token; empty if there is none.
    fn token(&self, flags: &[&str]) -> String {
        let outcome = self.sandbox.run(&[&["token", &self.url()], flags].concat());
        match self.result("token", &outcome).as_str() {
            "ok" => outcome.stdout.trim_end().to_owned(),
            _ => String::new(),
        }
    }

    /// Scopes of a token as the server sees them.
    fn describe(&self, token: &str) -> String {
        let call = call(&self.url(), token, "tools/call", &json!({ "name": "whoami", "arguments": {} }));
        let text = call.and_then(|result| result["content"][0]["text"].as_str().map(str::to_owned));
        let token: Option<Value> = text.and_then(|text| serde_json::from_str(&text).ok());
        let scopes = token.and_then(|token| Some(token["scopes"].as_array()?.clone()));
        let mut scopes: Vec<_> =
            scopes.unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        scopes.sort();
        format!("scopes {scopes:?}")
    }

    fn step(&mut self, name: &str, outcome: &Outcome) {
        let result = self.result(name, outcome);
        self.note(name, &result);
    }

    fn note(&mut self, name: &str, result: &str) {
        writeln!(self.table, "  {name}: {result}").expect("a string can be written");
    }
}

/// Names of the tools, or the status of the response.
fn tools(url: &str, token: &str) -> String {
    let response = send(url, token, "tools/list", &json!({}));
    match result(&response) {
        Some(result) => result["tools"].as_array().map_or(0, Vec::len).to_string() + " tool",
        None => response.status.to_string(),
    }
}

fn call(url: &str, token: &str, method: &str, parameters: &Value) -> Option<Value> {
    result(&send(url, token, method, parameters))
}

/// Sends one message of revision 2025-11-25 without a session, which all these servers take.
fn send(url: &str, token: &str, method: &str, parameters: &Value) -> Response {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    visitor::post_json(url, &headers, &message)
}

fn result(response: &Response) -> Option<Value> {
    let message: Value = serde_json::from_str(&response.body).ok()?;
    message.get("result").cloned()
}
