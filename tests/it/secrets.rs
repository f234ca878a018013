//! The whole life of sessions, errors included, with marked secrets: no secret appears in anything that the program
//! prints, logs, leaves behind or passes to the programs it starts, plain or encoded. The exceptions are documented:
//! `token` prints the token, `exec` passes it to its command, and the store holds all secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use crate::support::fake_provider::{DEVICE, REVOKE, Response, TOKEN};
use crate::support::world::World;
use crate::support::{Outcome, Running, visitor};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

/// Secrets of the environment, of stdin, and of the file store; none appears unencoded in a URL or in JSON.
const CLIENT_SECRET: &str = "hush+client/secret?=&\"1";
const TYPED_CLIENT_SECRET: &str = "hush typed/client+secret";
const PASSPHRASE: &str = "hush passphrase/of+mine";
const PASTED: &str = "http://127.0.0.1:1/callback?code=hush-pasted&state=hush-state";
const WRONG_PASSPHRASE: &str = "hush wrong/passphrase";

/// All observed output, and all secrets so far.
struct Witness {
    world: World,
    /// Output by command.
    outputs: Vec<(String, String)>,
    /// Secrets from the provider.
    issued: Arc<Mutex<BTreeSet<String>>>,
}

impl Witness {
    fn new() -> Self {
        let mut world = World::new();
        let issued = Arc::new(Mutex::new(BTreeSet::new()));
        let noting = Arc::clone(&issued);
        world.provider.change_tokens(move |tokens| collect_tokens(tokens, &noting));
        let witness = world.sandbox.path("browser");
        let browser = fs::read_to_string(&witness).expect("a test file");
        fs::write(&witness, browser.replace("#!/bin/sh\n", &format!("#!/bin/sh\n{}\n", record_start(&world))))
            .expect("a test file");
        world.sandbox.set("AUTH_ACME_SECRET", CLIENT_SECRET).set("MYCLI_LOG", "trace");
        Self { world, outputs: Vec::new(), issued }
    }

    /// Records the output of a run, except for the one secret that it was run for.
    fn keep(&mut self, what: &str, outcome: &Outcome, asked_for: Option<&str>) {
        let without = |text: &str| asked_for.map_or(text.to_owned(), |secret| text.replace(secret, ""));
        self.outputs.push((format!("stdout of {what}"), without(&outcome.stdout)));
        self.outputs.push((format!("stderr of {what}"), outcome.stderr.clone()));
    }

    /// Runs a command that prints no secret.
    fn run(&mut self, code: i32, arguments: &[&str]) -> Outcome {
        let outcome = self.world.run(arguments).ends_with(code);
        self.keep(&arguments.join(" "), &outcome, None);
        outcome
    }

    /// Runs a command that prints a token of the provider.
    fn run_for_a_token(&mut self, arguments: &[&str]) {
        let outcome = self.world.run(arguments).success();
        let issued = self.issued.lock().expect("lock").clone();
        let asked_for = issued.iter().find(|token| outcome.stdout.contains(token.as_str()));
        let asked_for = asked_for.unwrap_or_else(|| panic!("no token in {outcome:?}"));
        self.keep(&arguments.join(" "), &outcome, Some(asked_for));
    }

    /// Signs in, with a browser.
    fn sign_in(&mut self, arguments: &[&str], input: Option<&str>) -> Outcome {
        let mut command = self.world.sandbox.command(arguments);
        command.stdin(Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(input.unwrap_or_default()).close_stdin();
        visitor::visit(&self.world.opened.next_url());
        let outcome = running.outcome();
        self.keep(&arguments.join(" "), &outcome, None);
        outcome
    }

    /// Signs in with `pasted`, else with the URL that the browser ends at. The URL on the screen contains the `state`.
    fn paste(&mut self, code: i32, arguments: &[&str], pasted: Option<&str>) {
        let mut command = self.world.sandbox.command(arguments);
        command.stdin(Stdio::piped());
        let mut running = Running::spawn(command);
        let address = running.wait_for_url("state=");
        let end = visitor::get(&address).header("location").expect("the browser is sent back").to_owned();
        running.write_stdin(&format!("{}\n", pasted.unwrap_or(&end)));
        let mut outcome = running.outcome().ends_with(code);
        outcome.stderr = outcome.stderr.replace(&address, "");
        self.keep(&arguments.join(" "), &outcome, None);
    }

    /// All secrets so far: from the provider, sent to the provider, typed by the user or read from a file.
    fn secrets(&self) -> BTreeMap<String, &'static str> {
        let mut secrets = BTreeMap::new();
        for secret in self.issued.lock().expect("lock").iter() {
            secrets.insert(secret.clone(), "given by the provider");
        }
        for asked in self.world.provider.requests() {
            let sent = ["code", "code_verifier", "device_code", "refresh_token", "token", "client_secret"];
            secrets.extend(sent.iter().filter_map(|name| Some((asked.form(name)?.to_owned(), "sent in a form"))));
            secrets.extend(
                ["state", "nonce"].iter().filter_map(|name| Some((asked.query(name)?.to_owned(), "of a request"))),
            );
        }
        for own in [CLIENT_SECRET, TYPED_CLIENT_SECRET, PASSPHRASE, WRONG_PASSPHRASE, PASTED] {
            secrets.insert(own.to_owned(), "the user's");
        }
        secrets
    }

    /// All remaining files, except for the store and the files of the test itself.
    fn remaining_files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for place in ["home", "run", "tmp"] {
            walk(&self.world.sandbox.path(place), &mut files);
        }
        let store = self.world.sandbox.path("home/.local/share/mycli/secrets");
        files.retain(|file| !file.starts_with(&store));
        assert!(files.iter().any(|file| file.starts_with(self.world.sandbox.state())), "{files:?}");
        files.into_iter().map(|file| (file.display().to_string(), text_of(&file))).collect()
    }

    fn assert_no_secret(mut self) {
        let secrets = self.secrets();
        let kinds: BTreeSet<_> =
            secrets.keys().filter_map(|secret| secret.split_once("-secret-")).map(|one| one.0).collect();
        assert_eq!(Vec::from_iter(kinds), ["access", "code", "device", "refresh"], "a part of the life is missing");
        self.outputs.extend(self.remaining_files());
        let started = text_of(&self.world.sandbox.path("started"));
        assert!(started.contains("/browser"));
        self.outputs.push(("the programs started".to_owned(), started));
        let command = text_of(&self.world.sandbox.path("command"));
        let mut tokens = secrets.keys().filter(|token| command.contains(token.as_str()));
        let token = tokens.next().expect("`exec` hands it over");
        self.outputs.push(("the command of exec".to_owned(), command.replace(token, "")));
        let mut found = Vec::new();
        for (secret, what) in &secrets {
            for form in encodings(secret) {
                let holding = self.outputs.iter().filter(|(_, text)| text.contains(form.as_str()));
                found.extend(holding.map(|(place, text)| format!("{secret} ({what}) as {form} in {place}:\n{text}")));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n\n"));
    }
}

/// Shell line that records how the program was started.
fn record_start(world: &World) -> String {
    format!("cat /proc/$$/cmdline /proc/$$/environ >> '{}'", world.sandbox.path("started").display())
}

/// Collects every token in a response.
fn collect_tokens(tokens: &Value, issued: &Mutex<BTreeSet<String>>) {
    let tokens = ["access_token", "refresh_token", "id_token"].into_iter().filter_map(|name| tokens[name].as_str());
    issued.lock().expect("lock").extend(tokens.map(str::to_owned));
}

/// Encodings of a secret: plain, in a URL, in JSON, hexadecimal, and base64 at every offset in a longer text.
fn encodings(secret: &str) -> BTreeSet<String> {
    let mut encodings = BTreeSet::from([secret.to_owned()]);
    encodings.insert(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    encodings.insert(
        secret
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect(),
    );
    let json = json!(secret).to_string();
    encodings.insert(json[1..json.len() - 1].to_owned());
    encodings.insert(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
    for before in 0..3 {
        let shifted = [vec![0; before], secret.as_bytes().to_vec()].concat();
        for engine in [STANDARD, URL_SAFE] {
            // The characters at both ends depend on the surrounding bytes.
            let coded = engine.encode(&shifted);
            let whole = coded.trim_end_matches('=');
            encodings.insert(whole[(before * 8).div_ceil(6)..whole.len() - 1].to_owned());
        }
    }
    encodings
}

fn text_of(file: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file).expect("a test file")).into_owned()
}

fn walk(place: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(place).expect("a test file") {
        let path = entry.expect("a test file").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

#[test]
fn no_secret_leaks_in_the_life_of_a_session() {
    let mut witness = Witness::new();
    let record_start = format!(
        "{}; cat /proc/$$/cmdline /proc/$$/environ > '{}'",
        "true",
        witness.world.sandbox.path("command").display()
    );

    // Loopback and device, as text and as JSON; `ada`, then `bob` as a second account.
    witness.world.set_user("ada");
    witness.sign_in(&["-vvv", "signin", "acme"], None).success();
    witness.sign_in(&["-vvv", "--json", "signin", "acme", "--force"], None).success();
    witness.world.set_user("bob");
    witness.world.provider.set_device_polls(1);
    for json in [&["-vvv"][..], &["-vvv", "--json"]] {
        witness.run(0, &[json, &["signin", "acme", "--device", "--no-open", "--force"]].concat());
    }
    witness.world.set_user("ada");
    for json in [&["-vvv"][..], &["-vvv", "--json"]] {
        let paste = [json, &["signin", "acme", "--paste", "--force"]].concat();
        witness.paste(2, &paste, Some(PASTED));
        witness.paste(0, &paste, None);
    }

    // Commands of scripts.
    for asked in [
        &["token", "acme"][..],
        &["token", "acme", "--header"],
        &["token", "acme", "--json"],
        &["token", "acme", "--id-token"],
        &["-vvv", "token", "acme", "--force-refresh"],
        &["-vvv", "--json", "token", "acme", "--force-refresh"],
    ] {
        witness.run_for_a_token(asked);
    }
    witness.run(0, &["-vvv", "exec", "acme", "--", "sh", "-c", &record_start]);
    for command in [
        &["-vvv", "status"][..],
        &["-vvv", "status", "--json"],
        &["-vvv", "status", "acme", "--check"],
        &["-vvv", "switch", "acme", "bob"],
        &["-vvv", "switch", "acme", "subject-of-ada"],
        &["-vvv", "providers", "list"],
        &["-vvv", "providers", "show", "acme"],
        &["-vvv", "--json", "providers", "show", "acme"],
        &["-vvv", "store", "move", "file"],
    ] {
        witness.run(0, command);
    }
    let outcome = witness.world.run(&["-vvv", "doctor"]);
    witness.keep("doctor", &outcome, None);

    errors(&mut witness);
    passphrases(&mut witness);

    // A client secret that is typed, and the end.
    let table = witness.world.table("typed", "");
    let both = witness.world.table("acme", "") + &table;
    witness.world.sandbox.configure(&both);
    let typed = ["-vvv", "signin", "typed", "--client-id", "mine", "--client-secret-stdin"];
    witness.sign_in(&typed, Some(&format!("{TYPED_CLIENT_SECRET}\n"))).success();
    witness.run(0, &["-vvv", "signout", "typed", "--revoke"]);
    witness.run(0, &["-vvv", "--json", "signout", "acme", "--all", "--revoke"]);
    witness.assert_no_secret();
}

/// Responses that quote the request, or break off within a secret.
fn errors(witness: &mut Witness) {
    let refresh = ["-vvv", "token", "acme", "--force-refresh"];
    let newest = witness.world.provider.requests_to(TOKEN);
    let newest: Vec<_> = newest.iter().filter_map(|asked| asked.form("refresh_token")).map(str::to_owned).collect();
    let current: Vec<String> = witness.issued.lock().expect("lock").iter().cloned().collect();
    let quoted = newest.into_iter().chain(current).collect::<Vec<_>>().join(" ");
    for (code, answer) in [
        (
            6,
            Response::json(500, &json!({"error": "server_error", "error_description": quoted, "access_token": quoted})),
        ),
        (6, Response::html(502, &quoted)),
        (6, Response::Half(format!("{{\"access_token\":\"{quoted}").into_bytes())),
        (6, Response::of_type(200, "application/json", format!("{{\"access_token\":\"{quoted}\",}}"))),
        (6, Response::html(200, &quoted)),
    ] {
        witness.world.provider.respond_with(TOKEN, answer);
        witness.run(code, &refresh);
        let outcome = witness.world.run(&["-vvv", "--json", "token", "acme", "--force-refresh"]);
        witness.keep("the same with --json", &outcome, None);
    }
    witness.world.provider.respond_normally(TOKEN);
    for (code, status, error) in
        [(6, 503, "server_error"), (2, 401, "invalid_client"), (2, 200, "invalid_scope"), (3, 400, "invalid_grant")]
    {
        witness.world.provider.quote(TOKEN, status, error);
        witness.run(code, &refresh);
        let outcome = witness.world.run(&["-vvv", "--json", "token", "acme", "--force-refresh"]).ends_with(code);
        witness.keep("the same with --json", &outcome, None);
        witness.sign_in(&["-vvv", "signin", "acme", "--force"], None);
        if code != 6 {
            let outcome = witness.world.run(&["-vvv", "signin", "acme", "--device", "--no-open", "--force"]);
            witness.keep("a device's poll that is refused", &outcome, None);
        }
        // After some failed attempts no further one is started.
        witness.world.provider.respond_normally(TOKEN);
        witness.sign_in(&["-vvv", "signin", "acme", "--force"], None).success();
    }
    witness.world.provider.quote(REVOKE, 400, "unsupported_token_type");
    let outcome = witness.world.run(&["-vvv", "signout", "acme", "--account", "bob", "--revoke"]);
    assert_ne!(outcome.code, 0);
    witness.keep("a revocation that is refused", &outcome, None);
    witness.world.provider.respond_normally(REVOKE);
    witness.world.provider.respond_with(DEVICE, Response::json(400, &json!({"error": "invalid_scope"})));
    witness.run(2, &["-vvv", "signin", "acme", "--device", "--force"]);
    witness.world.provider.respond_normally(DEVICE);
    witness.world.provider.respond_normally(TOKEN);
    witness.world.provider.deny("access_denied", "no");
    witness.sign_in(&["-vvv", "signin", "acme", "--force"], None).ends_with(4);
    witness.world.provider.change_callback(|_| {});
}

/// Typed at a terminal: a wrong passphrase, and the right one.
fn passphrases(witness: &mut Witness) {
    let file = witness.world.sandbox.path("passphrase");
    fs::write(&file, format!("{PASSPHRASE}\n")).expect("a test file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a test file");
    witness.world.sandbox.set("MYCLI_PASSPHRASE_FILE", &file);
    witness.run(0, &["-vvv", "store", "move", "file"]);
    assert!(witness.world.sandbox.path("home/.local/share/mycli/secrets/identity.age").exists());
    witness.world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    for (passphrase, code) in [(WRONG_PASSPHRASE, 7), (PASSPHRASE, 0)] {
        let mut running = witness.world.sandbox.start_on_terminal("-vvv status acme --check");
        running.line(|line| line.contains("Passphrase of the file store"));
        running.write_stdin(&format!("{passphrase}\n"));
        let outcome = running.outcome().ends_with(code);
        witness.keep("a passphrase that is typed", &outcome, None);
    }
    witness.world.sandbox.set("MYCLI_PASSPHRASE_FILE", file);
}

#[test]
fn secrets_are_detected_in_every_encoding() {
    let secret = "access-secret-1/+?";
    for text in [
        format!("x{secret}y"),
        format!("https://x.example/?a={}", url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()),
        STANDARD.encode(format!("id:{secret}:")),
        URL_SAFE.encode(format!("i:{secret}")),
        STANDARD.encode(secret),
    ] {
        assert!(encodings(secret).iter().any(|form| text.contains(form.as_str())), "{text}");
    }
}
