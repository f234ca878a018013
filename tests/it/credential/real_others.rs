//! terraform, Google's library for Python, rclone and curl, each with a local server that wants a token.

use std::fs;
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use super::{access_token, id_token};
use crate::support::certificates::Authority;
use crate::support::fake_provider::{Listener, ReceivedRequest, Response, read_request};
use crate::support::tls_server;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// World with a session for `host`.
fn world_for(host: &str) -> World {
    let world = World::configured(&format!("hosts = [{host:?}]"));
    world.set_user("ada");
    world.sign_in(&[]).success();
    world
}

fn outcome(mut command: Command, arguments: &[&str]) -> Outcome {
    command.args(arguments);
    Running::spawn(command).outcome()
}

fn program(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names the program"))
}

/// Server that records every request and answers with `respond`.
fn server(
    respond: impl Fn(&ReceivedRequest) -> Response + Send + Sync + 'static,
) -> (Listener, Arc<Mutex<Vec<ReceivedRequest>>>) {
    let (listener, seen) = (Listener::bind(), Arc::<Mutex<Vec<ReceivedRequest>>>::default());
    let log = Arc::clone(&seen);
    listener.serve(move |request| {
        let response = respond(&request);
        log.lock().expect("lock").push(request);
        response
    });
    (listener, seen)
}

/// Module registry of terraform at 127.0.0.1, because its hosts need a dot; records path and `Authorization` of each
/// request.
fn module_registry(authority: &Authority) -> (u16, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&seen);
    let issued = authority.issue(&["127.0.0.1"]);
    let chain = CertificateDer::pem_slice_iter(issued.chain.as_bytes()).collect::<Result<_, _>>().expect("a chain");
    let key = PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
    let port = tls_server::serve_with(tls_server::of_chain(chain, key), move |mut stream| {
        while let Some(request) = read_request(&mut BufReader::new(&mut stream)) {
            let authorization = request.header("authorization").unwrap_or("none");
            log.lock().expect("lock").push(format!("{} {authorization}", request.path));
            let (status, body) = match request.path.as_str() {
                "/.well-known/terraform.json" => (200, json!({"modules.v1": "/modules/"})),
                path if path.ends_with("/versions") => {
                    (200, json!({"modules": [{"versions": [{"version": "1.0.0"}]}]}))
                }
                // The module itself is not the point.
                _ => (404, json!({})),
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} As Configured\r\ncontent-type: application/json\r\n");
            if write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).is_err() {
                break;
            }
        }
    });
    (port, seen)
}

#[test]
#[ignore = "needs terraform in HELPER_TERRAFORM: .ci/more helpers"]
fn terraform_asks_for_the_token_of_its_registry() {
    let authority = Authority::new();
    let (port, seen) = module_registry(&authority);
    let host = format!("127.0.0.1:{port}");
    let mut world = world_for(&host);
    let (terraform, home) = (program("HELPER_TERRAFORM"), world.sandbox.path("home"));
    let plugins = home.join(".terraform.d/plugins");
    fs::create_dir_all(&plugins).expect("owned by the test");
    std::os::unix::fs::symlink(world.sandbox.program(), plugins.join("terraform-credentials-mycli")).expect("new");
    fs::write(home.join(".terraformrc"), "credentials_helper \"mycli\" {}\n").expect("owned by the test");
    let module = format!("module \"a\" {{\n  source = \"{host}/team/app/local\"\n}}\n");
    fs::write(home.join("main.tf"), module).expect("owned by the test");
    world.sandbox.set("SSL_CERT_FILE", authority.file()).set("CHECKPOINT_DISABLE", "1");
    world.sandbox.set("TF_LOG", "WARN");
    let run = |words: &[&str]| outcome(world.sandbox.command_of(&terraform), words);
    let requests = || std::mem::take(&mut *seen.lock().expect("lock"));

    let init = ["init", "-input=false", "-no-color"];
    let ran = run(&init);
    let versions = |authorization: &str| format!("/modules/team/app/local/versions {authorization}");
    let with_token = versions(&format!("Bearer {}", access_token(&world)));
    let first = requests();
    assert!(
        first.contains(&with_token) && first.iter().all(|request| !request.ends_with(" none")),
        "{first:?} {ran:?}"
    );
    // terraform asks the helper to forget, and the session stays.
    run(&["logout", &host]).success();
    run(&init);
    assert!(requests().contains(&with_token));
    // Signed out, terraform 1.0 goes on without a token and has the reason in its log alone.
    world.run(&["signout", "acme"]).success();
    let refused = run(&init);
    assert!(refused.stderr.contains("mycli signin acme"), "{refused:?}");
    // A registry that is not ours is asked without a token.
    world.sandbox.configure(&world.table("acme", ""));
    requests();
    run(&init);
    assert!(requests().contains(&versions("none")));
}

#[test]
#[ignore = "needs google-auth of PyPI: .ci/more helpers"]
fn google_auth_exchanges_the_id_token() {
    let answer = json!({
        "access_token": "of-google", "expires_in": 3600, "token_type": "Bearer",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    });
    let (sts, seen) = server(move |_| Response::json(200, &answer));
    let mut world = world_for("unused.example");
    let token_type = "urn:ietf:params:oauth:token-type:id_token";
    let command = format!("{} credential google acme", world.sandbox.program().display());
    let config = json!({
        "type": "external_account", "audience": "//iam.googleapis.com/pool", "subject_token_type": token_type,
        "token_url": format!("{}/sts", sts.origin()),
        "credential_source": {"executable": {"command": command, "timeout_millis": 30000}},
    });
    let file = world.sandbox.path("home/google.json");
    fs::write(&file, config.to_string()).expect("owned by the test");
    world.sandbox.set("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1").set("REQUIREMENTS", "helpers");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/python");
    let script = "import sys, google.auth, google.auth.transport.requests as t\n\
                  c, _ = google.auth.load_credentials_from_file(sys.argv[1], scopes=['s'])\n\
                  c.refresh(t.Request()); print(c.token)";
    let run = || outcome(world.sandbox.command_of(&python), &["-c", script, file.to_str().expect("UTF-8")]);
    assert_eq!(run().success().stdout, "of-google\n");
    let request = seen.lock().expect("lock").pop().expect("one request");
    assert_eq!(
        (request.form("subject_token"), request.form("subject_token_type")),
        (Some(&*id_token(&world)), Some(token_type))
    );
    // The library reports the failure in its own words and in ours.
    world.run(&["signout", "acme"]).success();
    let failed = run();
    let words = ["not_signed_in", "not signed in"];
    assert!(failed.code != 0 && words.iter().all(|words| failed.stderr.contains(words)), "{failed:?}");
}

#[test]
#[ignore = "needs rclone: .ci/more helpers"]
fn rclone_runs_token_again_after_a_401() {
    let accepted = Arc::<Mutex<String>>::default();
    let expected = Arc::clone(&accepted);
    let (webdav, seen) = server(move |request| {
        let is_right = request.header("authorization") == Some(&format!("Bearer {}", expected.lock().expect("lock")));
        let body = "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\"><d:response><d:href>/a.txt</d:href>\
                    <d:propstat><d:prop><d:getcontentlength>3</d:getcontentlength></d:prop>\
                    <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>";
        Response::of_type(if is_right { 207 } else { 401 }, "application/xml", if is_right { body } else { "" })
    });
    let world = world_for("unused.example");
    access_token(&world).clone_into(&mut accepted.lock().expect("lock"));
    let command = format!("{} token acme", world.sandbox.program().display());
    let url = webdav.origin();
    let list = ["lsf", ":webdav:", "--webdav-url", &url, "--webdav-bearer-token-command", &command, "--config="];
    let listed = outcome(world.sandbox.command_of("rclone"), &list).success();
    assert_eq!(listed.stdout, "a.txt\n");
    assert!(!seen.lock().expect("lock").is_empty());
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs curl and bash: --features real")]
fn curl_reads_netrc_lines_without_a_file() {
    crate::support::require_real("curl and bash");
    let (listener, seen) = server(|_| Response::json(200, &json!({})));
    let world = world_for("127.0.0.1");
    let script = format!(
        "set -eu; curl -sS --netrc-file <({} credential netrc acme) {}",
        world.sandbox.program().display(),
        listener.origin()
    );
    outcome(world.sandbox.command_of("bash"), &["-c", &script]).success();
    let header = seen.lock().expect("lock")[0].header("authorization").map(str::to_owned);
    let expected = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("ada:{}", access_token(&world)));
    assert_eq!(header, Some(format!("Basic {expected}")));
}
