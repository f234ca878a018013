//! kubectl against an API server that wants the ID token. `HELPER_KUBECTLS` names the programs, separated by colons:
//! 1.20 knows v1beta1 only.

use std::fs;
use std::io::{BufReader, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::id_token;
use crate::support::fake_provider::read_request;
use crate::support::tls_server;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// API server that answers every request with JSON; records the `Authorization` headers.
fn api_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let port = tls_server::serve("localhost", move |mut stream| {
        while let Some(request) = read_request(&mut BufReader::new(&mut stream)) {
            let header = request.header("authorization").unwrap_or_default().to_owned();
            let (status, body) = match header.is_empty() {
                true => (401, json!({"kind": "Status", "apiVersion": "v1", "code": 401, "reason": "Unauthorized"})),
                false => (200, json!({"kind": "Hello"})),
            };
            log.lock().expect("lock").push(header);
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} As Configured\r\ncontent-type: application/json\r\n");
            if write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).is_err() {
                break;
            }
        }
    });
    (port, seen)
}

fn kubectl(world: &World, program: &str, version: &str, port: u16, arguments: &[&str]) -> Outcome {
    let words = [&["credential", "kubectl"], arguments].concat();
    let exec = json!({
        "apiVersion": format!("client.authentication.k8s.io/{version}"),
        "command": world.sandbox.program(),
        "args": words,
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": true,
    });
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": format!("https://localhost:{port}"), "insecure-skip-tls-verify": true}}],
        "users": [{"name": "u", "user": {"exec": exec}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    });
    let file = world.sandbox.path("home/kubeconfig");
    fs::write(&file, config.to_string()).expect("owned by the test");
    let mut command = world.sandbox.command_of(program);
    command.arg("--kubeconfig").arg(&file).args(["get", "--raw", "/hello"]);
    Running::spawn(command).outcome()
}

#[test]
#[ignore = "needs kubectl: .ci/more helpers"]
fn kubectl_sends_the_id_token_of_its_cluster() {
    let programs = std::env::var("HELPER_KUBECTLS").unwrap_or_else(|_| "kubectl".to_owned());
    for program in programs.split(':') {
        let (port, seen) = api_server();
        let world = World::configured(&format!("hosts = [\"localhost:{port}\"]"));
        world.sign_in(&[]).success();
        let knows_v1 = !program.contains("1.20");
        for version in ["v1", "v1beta1"].into_iter().filter(|version| knows_v1 || *version == "v1beta1") {
            for arguments in [&[][..], &["acme"]] {
                let outcome = kubectl(&world, program, version, port, arguments).success();
                assert!(outcome.stdout.contains("Hello"), "{program} {version}: {outcome:?}");
                let last = seen.lock().expect("lock").last().cloned();
                assert_eq!(last, Some(format!("Bearer {}", id_token(&world))), "{program} {version}");
            }
        }
        world.run(&["signout", "acme"]).success();
        let outcome = kubectl(&world, program, "v1beta1", port, &[]);
        assert!(outcome.code != 0 && outcome.stderr.contains("mycli signin acme"), "{program}: {outcome:?}");
    }
}
