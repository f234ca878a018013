//! skopeo, and docker if `HELPER_DOCKER` names it, against a registry with token authentication (distribution
//! specification, token authentication).

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::access_token;
use crate::support::fake_provider::{Listener, ReceivedRequest, Response};
use crate::support::world::World;
use crate::support::{Outcome, Running};

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}"#;

/// Registry whose token server takes the token of the session as a password.
struct Registry {
    listener: Listener,
    address: String,
    /// Requests to the token server: user names, and whether the password was right.
    logins: Arc<Mutex<Vec<(String, bool)>>>,
    /// Accepted password.
    password: Arc<Mutex<String>>,
}

impl Registry {
    fn start() -> Self {
        let listener = Listener::bind();
        let origin = listener.origin();
        let address = origin.trim_start_matches("http://").to_owned();
        let (logins, password) = (Arc::default(), Arc::<Mutex<String>>::default());
        let (log, accepted) = (Arc::clone(&logins), Arc::clone(&password));
        listener.serve(move |request| respond(&request, &origin, &log, &accepted));
        Self { listener, address, logins, password }
    }
}

fn respond(
    request: &ReceivedRequest,
    origin: &str,
    logins: &Mutex<Vec<(String, bool)>>,
    accepted: &Mutex<String>,
) -> Response {
    if request.path == "/token" {
        let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
        let decoded = basic.and_then(|value| String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok());
        let Some((user, password)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
            return Response::json(401, &json!({}));
        };
        let is_right = password == *accepted.lock().expect("lock");
        logins.lock().expect("lock").push((user.to_owned(), is_right));
        return match is_right {
            true => Response::json(200, &json!({"token": "for-the-registry", "access_token": "for-the-registry"})),
            false => Response::json(401, &json!({})),
        };
    }
    if request.header("authorization") != Some("Bearer for-the-registry") {
        let challenge = format!("Bearer realm=\"{origin}/token\",service=\"registry\"");
        return Response::json(401, &json!({"errors": []})).with_header("www-authenticate", &challenge);
    }
    match request.path.as_str() {
        "/v2/team/app/manifests/1" => Response::of_type(200, "application/vnd.oci.image.manifest.v1+json", MANIFEST),
        _ => Response::json(200, &json!({})),
    }
}

/// World whose session is for the registry, with the helper on the PATH.
fn world(registry: &Registry) -> World {
    let mut world = World::configured(&format!("hosts = [{:?}]", registry.address));
    world.set_user("ada");
    world.sign_in(&[]).success();
    let bin = world.sandbox.path("bin");
    fs::create_dir(&bin).expect("owned by the test");
    std::os::unix::fs::symlink(world.sandbox.program(), bin.join("docker-credential-mycli"))
        .expect("owned by the test");
    let path = std::env::var("PATH").expect("set");
    world.sandbox.set("PATH", format!("{}:{path}", bin.display()));
    let config = world.sandbox.path("home/.docker/config.json");
    fs::create_dir(config.parent().expect("a folder")).expect("owned by the test");
    fs::write(&config, json!({"credHelpers": {&registry.address: "mycli"}}).to_string()).expect("owned by the test");
    *registry.password.lock().expect("lock") = access_token(&world);
    world
}

fn run(world: &World, program: impl AsRef<Path>, arguments: &[&str]) -> Outcome {
    let mut command = world.sandbox.command_of(program.as_ref());
    command.args(arguments);
    Running::spawn(command).outcome()
}

#[test]
#[ignore = "needs skopeo: .ci/more helpers"]
fn skopeo_reads_an_image_with_the_token_of_the_session() {
    let registry = Registry::start();
    let world = world(&registry);
    let image = format!("docker://{}/team/app:1", registry.address);
    let inspect = ["inspect", "--tls-verify=false", "--raw", &image];
    assert_eq!(run(&world, "skopeo", &inspect).success().stdout, MANIFEST);
    let login = run(&world, "skopeo", &["login", "--get-login", &registry.address]).success();
    assert_eq!(login.stdout, "ada\n");
    // Signed out, skopeo asks without a credential and says what the registry says.
    world.run(&["signout", "acme"]).success();
    let outcome = run(&world, "skopeo", &inspect);
    assert!(outcome.code != 0 && outcome.stderr.contains("mycli signin acme"), "{outcome:?}");
    assert_eq!(*registry.logins.lock().expect("lock"), [("ada".to_owned(), true)]);
    registry.listener.wait_until_idle();
}

#[test]
#[ignore = "needs docker in HELPER_DOCKER: .ci/more helpers"]
fn docker_logs_in_and_out_with_the_token_of_the_session() {
    let registry = Registry::start();
    let world = world(&registry);
    let docker = std::env::var("HELPER_DOCKER").expect("HELPER_DOCKER names the docker CLI");
    let login = ["login", "-u", "ada", "--password-stdin", &registry.address];
    let mut command = world.sandbox.command_of(&docker);
    command.args(login).stdin(std::process::Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin(&access_token(&world)).close_stdin();
    assert!(running.outcome().success().stdout.contains("Login Succeeded"));
    run(&world, &docker, &["logout", &registry.address]).success();
    assert_eq!(world.run(&["status", "acme"]).code, 0);
}
