//! skopeo, and docker if `HELPER_DOCKER` names it, against a registry with token authentication (distribution
//! specification, token authentication).

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::access_token;
use crate::support::fake_provider::{Listener, ReceivedRequest, Response};
use crate::support::world::World;
use crate::support::{Outcome, Running};

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]}"#;

/// Digest of [`MANIFEST`].
const MANIFEST_DIGEST: &str = "sha256:f20c43161d73848408ef247f0ec7111b19fe58ffebc0cbcaa0d2c8bda4967268";

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

    /// Requests to the token server since the last call.
    fn take_logins(&self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.logins.lock().expect("lock"))
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
        "/v2/team/app/manifests/1" => Response::of_type(200, "application/vnd.oci.image.manifest.v1+json", MANIFEST)
            .with_header("docker-content-digest", MANIFEST_DIGEST),
        // The configuration of the image; its digest is in the manifest.
        path if path.starts_with("/v2/team/app/blobs/") => Response::of_type(200, "application/octet-stream", "{}"),
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
    *registry.password.lock().expect("lock") = access_token(&world);
    world
}

fn write(world: &World, file: &str, text: &str) {
    let file = world.sandbox.path("home").join(file);
    fs::create_dir_all(file.parent().expect("a folder")).expect("owned by the test");
    fs::write(file, text).expect("owned by the test");
}

fn run(world: &World, program: impl AsRef<Path>, arguments: &[&str]) -> Outcome {
    run_with(world, program, arguments, "")
}

fn run_with(world: &World, program: impl AsRef<Path>, arguments: &[&str], input: &str) -> Outcome {
    let mut command = world.sandbox.command_of(program.as_ref());
    command.args(arguments).stdin(Stdio::piped());
    let mut running = Running::spawn(command);
    running.write_stdin(input).close_stdin();
    running.outcome()
}

#[test]
#[ignore = "needs skopeo: .ci/more helpers"]
fn skopeo_pulls_an_image_with_the_token_of_the_session() {
    let registry = Registry::start();
    let world = world(&registry);
    let image = format!("docker://{}/team/app:1", registry.address);
    let copy = |target: &str| run(&world, "skopeo", &["copy", "--src-tls-verify=false", &image, target]);
    // The file of docker, and that of podman.
    for (file, text) in [
        (".docker/config.json", json!({"credHelpers": {&registry.address: "mycli"}}).to_string()),
        (".config/containers/registries.conf", "credential-helpers = [\"mycli\"]\n".to_owned()),
    ] {
        write(&world, file, &text);
        write(&world, ".config/containers/policy.json", "{\"default\":[{\"type\":\"insecureAcceptAnything\"}]}");
        copy(&format!("dir:{}", world.sandbox.path("tmp/image").display())).success();
        let manifest = fs::read_to_string(world.sandbox.path("tmp/image/manifest.json")).expect("copied");
        assert_eq!(manifest, MANIFEST);
        let login = run(&world, "skopeo", &["login", "--get-login", &registry.address]).success();
        assert_eq!(login.stdout, "ada\n");
        assert_eq!(registry.take_logins(), [("ada".to_owned(), true)], "{file}");
        fs::remove_file(world.sandbox.path("home").join(file)).expect("written above");
    }
    // With `credHelpers` alone, skopeo 1.9 writes the password to a file.
    write(&world, ".config/containers/registries.conf", "credential-helpers = [\"mycli\"]\n");
    let options = ["-u", "ada", "--password-stdin", "--tls-verify=false", &registry.address];
    let login = run_with(&world, "skopeo", &[&["login"][..], &options].concat(), &access_token(&world));
    assert!(login.success().stdout.contains("Login Succeeded"));
    // Signed out, skopeo asks without a credential and says what the registry says.
    registry.take_logins();
    world.run(&["signout", "acme"]).success();
    let outcome = copy(&format!("dir:{}", world.sandbox.path("tmp/other").display()));
    assert!(outcome.code != 0 && outcome.stderr.contains("mycli signin acme"), "{outcome:?}");
    assert_eq!(registry.take_logins(), []);
    registry.listener.wait_until_idle();
}

#[test]
#[ignore = "needs docker in HELPER_DOCKER: .ci/more helpers"]
fn docker_logs_in_reads_a_manifest_and_logs_out_often() {
    let registry = Registry::start();
    let world = world(&registry);
    let docker = std::env::var("HELPER_DOCKER").expect("HELPER_DOCKER names the docker CLI");
    let login = |password: &str| {
        let words = ["login", "-u", "ada", "--password-stdin", &registry.address];
        run_with(&world, &docker, &words, password)
    };
    let image = format!("{}/team/app:1", registry.address);
    let inspect = || run(&world, &docker, &["manifest", "inspect", "--insecure", "--verbose", &image]);
    let address = &registry.address;
    for config in [json!({"credHelpers": {address: "mycli"}}), json!({"credsStore": "mycli"})] {
        write(&world, ".docker/config.json", &config.to_string());
        for _ in 0..2 {
            assert!(login(&access_token(&world)).success().stdout.contains("Login Succeeded"));
        }
        assert!(inspect().success().stdout.contains("44136fa355b3678a"));
        let logins = registry.take_logins();
        assert!(!logins.is_empty() && logins.iter().all(|login| *login == ("ada".to_owned(), true)), "{logins:?}");
        for _ in 0..3 {
            let outcome = run(&world, &docker, &["logout", &registry.address]).success();
            assert!(!outcome.stderr.contains("WARNING"), "{outcome:?}");
        }
        // Nothing is stored in docker's own file, and the session is still there.
        let file = fs::read_to_string(world.sandbox.path("home/.docker/config.json")).expect("written above");
        assert!(!file.contains("auth\""), "{file}");
        inspect().success();
    }
    // The registry takes the password, and the helper does not keep it.
    "another".clone_into(&mut registry.password.lock().expect("lock"));
    let refused = login("another");
    assert!(refused.code != 0 && refused.stderr.contains("mycli stores no passwords"), "{refused:?}");
    // A registry of nobody is no error of the helper.
    let public = Registry::start();
    write(&world, ".docker/config.json", &json!({"credsStore": "mycli"}).to_string());
    let image = format!("{}/team/app:1", public.address);
    let outcome = run(&world, &docker, &["manifest", "inspect", "--insecure", &image]);
    assert!(!outcome.stderr.contains("credential"), "{outcome:?}");
}
