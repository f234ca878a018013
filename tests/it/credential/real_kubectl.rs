//! kubectl against an API server that wants the ID token. `HELPER_KUBECTLS` names the programs, separated by colons:
//! 1.20 of Debian 12 knows v1beta1 only.

use std::fs;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{access_token, id_token};
use crate::support::fake_provider::read_request;
use crate::support::tls_server;
use crate::support::tmux::Tmux;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// API server that answers every request of a user with JSON; records the `Authorization` headers.
fn api_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let port = tls_server::serve("localhost", move |mut stream| {
        while let Some(request) = read_request(&mut BufReader::new(&mut stream)) {
            let header = request.header("authorization").unwrap_or_default().to_owned();
            let (status, body) = match (header.as_str(), request.path.as_str()) {
                ("", _) => (401, status_of_401()),
                (_, "/api") => (200, json!({"kind": "APIVersions", "versions": ["v1"]})),
                (_, "/apis") => (200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})),
                _ => (200, json!({"kind": "Hello"})),
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

fn status_of_401() -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 401, "reason": "Unauthorized"})
}

/// A kubectl, an API server, and a session for it.
struct Cluster {
    program: String,
    knows_v1: bool,
    world: World,
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Cluster {
    fn new(program: &str) -> Self {
        let (port, seen) = api_server();
        let world = World::configured(&format!("hosts = [\"localhost:{port}\"]"));
        world.sign_in(&[]).success();
        let version = Running::spawn({
            let mut command = world.sandbox.command_of(program);
            command.args(["version", "--client", "--output=json"]);
            command
        });
        let version = version.outcome().success().json();
        let minor = version["clientVersion"]["minor"].as_str().expect("text").trim_end_matches('+').parse::<u32>();
        Self { program: program.to_owned(), knows_v1: minor.expect("a number") >= 22, world, port, seen }
    }

    fn versions(&self) -> &[&str] {
        if self.knows_v1 { &["v1", "v1beta1"] } else { &["v1beta1"] }
    }

    /// Writes the kubeconfig; `exec` overrides parts of the plugin's table.
    fn configure(&self, version: &str, exec: &Value) -> PathBuf {
        let mut table = json!({
            "apiVersion": format!("client.authentication.k8s.io/{version}"),
            "command": self.world.sandbox.program(),
            "args": ["credential", "kubectl"],
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": true,
        });
        for (key, value) in exec.as_object().expect("an object") {
            table[key] = value.clone();
        }
        let server = format!("https://localhost:{}", self.port);
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
            "users": [{"name": "u", "user": {"exec": table}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        });
        let file = self.world.sandbox.path("home/kubeconfig");
        fs::write(&file, config.to_string()).expect("owned by the test");
        file
    }

    fn run(&self, version: &str, exec: &Value, arguments: &[&str]) -> Outcome {
        let file = self.configure(version, exec);
        let mut command = self.world.sandbox.command_of(&self.program);
        command.arg("--kubeconfig").arg(file).args(arguments);
        Running::spawn(command).outcome()
    }

    fn get(&self, version: &str, exec: &Value) -> Outcome {
        self.run(version, exec, &["get", "--raw", "/hello"])
    }

    fn last_header(&self) -> String {
        self.seen.lock().expect("lock").last().cloned().unwrap_or_default()
    }
}

fn for_each_kubectl(check: impl Fn(&Cluster)) {
    let programs = std::env::var("HELPER_KUBECTLS").expect("HELPER_KUBECTLS names the programs");
    programs.split(':').for_each(|program| check(&Cluster::new(program)));
}

#[test]
#[ignore = "needs kubectl: .ci/more helpers"]
fn installed_user_sends_the_id_token() {
    for_each_kubectl(|cluster| {
        let sandbox = &cluster.world.sandbox;
        let kubeconfig = cluster.configure("v1beta1", &json!({}));
        let before = fs::read_to_string(&kubeconfig).expect("written above");
        let setup = |verb: &str| {
            let mut command = sandbox.command(&["credential", verb, "kubectl", "acme", "--yes"]);
            let place = std::path::Path::new(&cluster.program).parent().expect("a path").display().to_string();
            command.env("PATH", format!("{place}:/usr/bin:/bin")).env("KUBECONFIG", &kubeconfig);
            Running::spawn(command).outcome().success()
        };
        setup("install");
        assert!(setup("install").stderr.contains("nothing to change"));
        let mut kubectl = sandbox.command_of(&cluster.program);
        kubectl.arg("--kubeconfig").arg(&kubeconfig).args(["--user", "mycli-acme", "get", "--raw", "/hello"]);
        Running::spawn(kubectl).outcome().success();
        assert_eq!(cluster.last_header(), format!("Bearer {}", id_token(&cluster.world)));
        setup("uninstall");
        let after = fs::read_to_string(&kubeconfig).expect("kubectl keeps it");
        assert!(before.contains("insecure-skip-tls-verify") && !after.contains("mycli-acme"), "{after}");
    });
}

#[test]
#[ignore = "needs kubectl: .ci/more helpers"]
fn kubectl_sends_the_id_token_of_its_cluster() {
    for_each_kubectl(|cluster| {
        let world = &cluster.world;
        for version in cluster.versions() {
            for exec in [
                json!({}),
                json!({"args": ["credential", "kubectl", "acme"], "provideClusterInfo": false}),
                json!({"interactiveMode": "Never"}),
                // Some programs leave the variable empty (Azure/kubelogin#150).
                json!({"command": "env", "args": ["KUBERNETES_EXEC_INFO=", world.sandbox.program(), "credential",
                    "kubectl", "acme", "--api-version", version]}),
            ] {
                let outcome = cluster.get(version, &exec).success();
                assert!(outcome.stdout.contains("Hello"), "{version} {exec}: {outcome:?}");
                assert_eq!(cluster.last_header(), format!("Bearer {}", id_token(world)), "{version} {exec}");
            }
            let exec = json!({"args": ["credential", "kubectl", "--access-token"]});
            cluster.get(version, &exec).success();
            assert_eq!(cluster.last_header(), format!("Bearer {}", access_token(world)));
        }
        // Several requests of one process, and one run of the plugin: its answer says when it ends.
        let counted = format!("echo run >>runs; exec {} credential kubectl", world.sandbox.program().display());
        let exec = json!({"command": "sh", "args": ["-c", counted]});
        let before = cluster.seen.lock().expect("lock").len();
        let outcome = cluster.run("v1beta1", &exec, &["api-versions"]);
        assert!(cluster.seen.lock().expect("lock").len() >= before + 2, "{outcome:?}");
        assert_eq!(fs::read_to_string(world.sandbox.path("home/runs")).expect("run"), "run\n");
    });
}

#[test]
#[ignore = "needs kubectl: .ci/more helpers"]
fn kubectl_shows_the_reason_if_there_is_no_token() {
    for_each_kubectl(|cluster| {
        for (exec, words) in [
            (json!({"provideClusterInfo": false}), "provideClusterInfo: true"),
            (json!({"args": ["credential", "kubectl", "--account", "eve"]}), "eve"),
        ] {
            let outcome = cluster.get("v1beta1", &exec);
            assert!(outcome.code != 0 && outcome.stderr.contains(words), "{outcome:?}");
        }
        cluster.world.sandbox.configure(&cluster.world.table("acme", ""));
        cluster.world.sign_in(&["--force"]).success();
        let stranger = cluster.get("v1beta1", &json!({}));
        assert!(stranger.stderr.contains("no session is for the cluster"), "{stranger:?}");
        cluster.world.run(&["signout", "acme"]).success();
        let exec = json!({"args": ["credential", "kubectl", "acme"]});
        let signed_out = cluster.get("v1beta1", &exec);
        assert!(signed_out.code != 0 && signed_out.stderr.contains("mycli signin acme"), "{signed_out:?}");
        assert!(cluster.world.opened.is_empty(), "a browser was opened");
    });
}

#[test]
#[ignore = "needs kubectl and tmux: .ci/more helpers"]
fn kubectl_at_a_terminal_gets_the_token_and_no_question() {
    for_each_kubectl(|cluster| {
        let token = format!("Bearer {}", id_token(&cluster.world));
        for (version, mode) in [("v1", "Always"), ("v1", "IfAvailable"), ("v1beta1", "Always"), ("v1beta1", "Never")] {
            if !cluster.versions().contains(&version) {
                continue;
            }
            let file = cluster.configure(version, &json!({"interactiveMode": mode}));
            let command = format!("{} --kubeconfig {} get --raw /hello; sleep 60", cluster.program, file.display());
            let terminal = Tmux::start(cluster.world.sandbox.command_of("tmux"), (80, 24), &command);
            let screen = terminal.wait_for("Hello");
            assert_eq!(screen.trim(), "{\"kind\":\"Hello\"}", "{version} {mode}");
            assert_eq!(cluster.last_header(), token, "{version} {mode}");
        }
        if cluster.knows_v1 {
            let outcome = cluster.get("v1", &json!({"interactiveMode": "Always"}));
            assert!(outcome.stderr.contains("standard input is not a terminal"), "{outcome:?}");
        }
    });
}
