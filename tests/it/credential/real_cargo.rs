//! cargo against a sparse registry with `auth-required`. `HELPER_CARGO` names the program.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::json;

use super::access_token;
use crate::support::servers::Server;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Registry, see `tests/servers/cargo_registry.py`, and a world whose session is for it.
struct Registry {
    world: World,
    folder: PathBuf,
    port: u64,
    _server: Server,
}

impl Registry {
    /// Registry whose provider is configured with these words.
    fn new(words: &[&str]) -> Self {
        let mut world = World::new();
        let folder = world.sandbox.path("registry");
        fs::create_dir(&folder).expect("owned by the test");
        let settings = json!({"tokens": folder.join("tokens"), "log": folder.join("log")});
        let server = Server::start_python_with("helpers", "cargo_registry.py", &settings);
        let port = server.greeting["port"].as_u64().expect("a port");
        world.sandbox.configure(&world.table("acme", &format!("hosts = [\"127.0.0.1:{port}\"]")));
        world.sign_in(&[]).success();
        let links = world.sandbox.path("links");
        fs::create_dir(&links).expect("owned by the test");
        symlink(world.sandbox.program(), links.join("cargo-credential-mycli")).expect("owned by the test");
        let path = std::env::var("PATH").expect("set");
        world.sandbox.set("PATH", format!("{}:{path}", links.display()));
        let provider = json!([&["cargo-credential-mycli"], words].concat());
        let config = format!(
            "[registries.my]\nindex = \"sparse+http://127.0.0.1:{port}/index/\"\ncredential-provider = {provider}\n"
        );
        let registry = Self { world, folder, port, _server: server };
        registry.write(".cargo/config.toml", &config);
        for (name, more) in
            [("hello", ""), ("user", "[dependencies]\nhello = { version = \"1\", registry = \"my\" }\n")]
        {
            let package = "version = \"1.0.0\"\nedition = \"2021\"\ndescription = \"x\"\nlicense = \"MIT\"";
            registry.write(&format!("{name}/Cargo.toml"), &format!("[package]\nname = {name:?}\n{package}\n{more}"));
            registry.write(&format!("{name}/src/lib.rs"), "");
        }
        registry.accept(&access_token(&registry.world));
        registry
    }

    /// Writes a file below the home directory.
    fn write(&self, file: &str, text: &str) {
        let file = self.world.sandbox.path("home").join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("owned by the test");
        fs::write(file, text).expect("owned by the test");
    }

    /// Accepts this header only.
    fn accept(&self, header: &str) {
        fs::write(self.folder.join("tokens"), header).expect("owned by the test");
    }

    fn cargo(&self, package: &str, words: &[&str], input: &str) -> Outcome {
        let program = std::env::var("HELPER_CARGO").unwrap_or_else(|_| env!("CARGO").to_owned());
        let mut command = self.world.sandbox.command_of(program);
        command.current_dir(self.world.sandbox.path("home").join(package)).args(words);
        command.stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(input);
        running.outcome()
    }

    /// Requests since the last call.
    fn requests(&self) -> String {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let _ = fs::remove_file(self.folder.join("log"));
        log
    }
}

const PUBLISH: &[&str] = &["publish", "--registry", "my", "--no-verify", "--allow-dirty"];
const LOCK: &[&str] = &["generate-lockfile"];

#[test]
#[ignore = "needs cargo: .ci/more helpers"]
fn cargo_publishes_reads_and_yanks_with_the_token() {
    let registry = Registry::new(&[]);
    registry.cargo("hello", PUBLISH, "").success();
    // `fetch` would do, but it needs rustc.
    registry.cargo("user", &["vendor"], "").success();
    registry.cargo("hello", &["owner", "--registry", "my", "--list", "hello"], "").success();
    registry.cargo("hello", &["yank", "--registry", "my", "hello@1.0.0"], "").success();
    let requests = registry.requests();
    for request in
        ["PUT /api/v1/crates/new", "GET /files/hello/1.0.0/download", "DELETE /api/v1/crates/hello/1.0.0/yank"]
    {
        assert!(requests.contains(&format!("{request} allowed")), "{requests}");
    }
    assert!(!requests.contains("rejected"), "{requests}");
    registry.accept("withdrawn early");
    let rejected = registry.cargo("hello", &["owner", "--registry", "my", "--list", "hello"], "").ends_with(101);
    assert!(rejected.stderr.contains("token rejected for `my`"), "{rejected:?}");
    assert!(!rejected.stderr.contains(&access_token(&registry.world)));
}

#[test]
#[ignore = "needs cargo: .ci/more helpers"]
fn registry_that_wants_a_scheme_gets_it() {
    let registry = Registry::new(&["--bearer"]);
    registry.accept(&format!("Bearer {}", access_token(&registry.world)));
    registry.cargo("hello", PUBLISH, "").success();
    registry.cargo("user", LOCK, "").success();
}

#[test]
#[ignore = "needs cargo: .ci/more helpers"]
fn cargo_logs_in_and_says_why_it_does_not_log_out() {
    let registry = Registry::new(&[]);
    let login = ["login", "--registry", "my"];
    registry.cargo("hello", &login, "").success();
    let logout = registry.cargo("hello", &["logout", "--registry", "my"], "").ends_with(101);
    assert!(logout.stderr.contains("mycli signout acme"), "{logout:?}");
    registry.world.run(&["signout", "acme"]).success();
    for words in [&login[..], LOCK] {
        let failed = registry.cargo("user", words, "").ends_with(101);
        assert!(failed.stderr.contains("mycli signin acme"), "{failed:?}");
    }
}

#[test]
#[ignore = "needs cargo: .ci/more helpers"]
fn cargo_asks_its_next_provider_for_a_strange_registry() {
    let registry = Registry::new(&[]);
    // The session is for no host.
    registry.world.run(&["signout", "acme"]).success();
    registry.world.sandbox.configure(&registry.world.table("acme", ""));
    registry.world.sign_in(&[]).success();
    let index = format!("index = \"sparse+http://127.0.0.1:{}/index/\"", registry.port);
    let providers = "global-credential-providers = [\"cargo:token\", \"cargo-credential-mycli\"]";
    registry.write(".cargo/config.toml", &format!("[registries.my]\n{index}\n[registry]\n{providers}\n"));
    registry.write(".cargo/credentials.toml", "[registries.my]\ntoken = \"hunter2\"\n");
    registry.accept("hunter2");
    registry.cargo("hello", PUBLISH, "").success();
    assert!(!registry.requests().contains("rejected"));
}
