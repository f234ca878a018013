//! pip, uv and twine against a package index that wants the token as a password.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::access_token;
use crate::support::servers::Server;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Package index; see `tests/servers/index_server.py`.
struct Index {
    port: u64,
    folder: PathBuf,
    _server: Server,
}

impl Index {
    fn start(folder: PathBuf, password: &str) -> Self {
        fs::create_dir(&folder).expect("owned by the test");
        let (tokens, log) = (folder.join("tokens"), folder.join("log"));
        fs::write(&tokens, password).expect("owned by the test");
        let server = Server::start_python_with("helpers", "index_server.py", &json!({"tokens": tokens, "log": log}));
        Self { port: server.greeting["port"].as_u64().expect("a port"), folder, _server: server }
    }

    /// URL of the index, with a user name.
    fn url(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        format!("http://{user}{at}127.0.0.1:{}/simple/", self.port)
    }

    /// User names of the accepted requests since the last call.
    fn users(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let _ = fs::remove_file(self.folder.join("log"));
        let words = |line: &str| line.strip_suffix(" allowed")?.split(' ').nth(2).map(str::to_owned);
        let mut users: Vec<String> = log.lines().filter_map(words).collect();
        users.dedup();
        users
    }
}

/// World with an index of its session and a strange one, and `keyring` on the PATH: the link, then Python's own.
struct Indexes {
    world: World,
    own: Index,
    strange: Index,
}

impl Indexes {
    fn new() -> Self {
        let mut world = World::new();
        let own = Index::start(world.sandbox.path("own"), "");
        let strange = Index::start(world.sandbox.path("strange"), "hunter2");
        world.sandbox.configure(&world.table("acme", &format!("hosts = [\"127.0.0.1:{}\"]", own.port)));
        world.set_user("ada");
        world.sign_in(&[]).success();
        fs::write(own.folder.join("tokens"), access_token(&world)).expect("owned by the test");
        let links = world.sandbox.path("links");
        fs::create_dir(&links).expect("owned by the test");
        symlink(world.sandbox.program(), links.join("keyring")).expect("owned by the test");
        world
            .sandbox
            .set("PATH", format!("{}:{}:/usr/bin:/bin", links.display(), programs().display()))
            .set("PYTHON_KEYRING_BACKEND", "keyrings.alt.file.PlaintextKeyring")
            .set("PIP_KEYRING_PROVIDER", "subprocess")
            .set("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .set("UV_KEYRING_PROVIDER", "subprocess");
        let indexes = Self { world, own, strange };
        let set = ["set", &indexes.strange.url(""), "bob"];
        indexes.run_with(links.join("keyring"), &set, "hunter2\n").success();
        indexes
    }

    fn run(&self, program: impl AsRef<Path>, words: &[&str]) -> Outcome {
        self.run_with(program, words, "")
    }

    fn run_with(&self, program: impl AsRef<Path>, words: &[&str], input: &str) -> Outcome {
        let mut command = self.world.sandbox.command_of(program.as_ref());
        command.args(words).stdin(std::process::Stdio::piped());
        let mut running = Running::spawn(command);
        running.write_stdin(input);
        running.outcome()
    }

    fn pip(&self, url: &str) -> Outcome {
        let install =
            ["install", "--no-input", "--no-cache-dir", "--force-reinstall", "--target=packages", "--index-url"];
        self.run(programs().join("pip"), &[&install[..], &[url, "hello-mycli"]].concat())
    }

    fn uv(&self, url: &str) -> Outcome {
        let python = programs().join("python");
        let install = ["pip", "install", "--no-cache", "--reinstall", "--target=packages", "--python"];
        let words = [&install[..], &[python.to_str().expect("UTF-8"), "--index-url", url, "hello-mycli"]].concat();
        self.run(programs().join("uv"), &words)
    }
}

/// Programs of `tests/servers/requirements-helpers.txt`.
fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/python-helpers/bin")
}

#[test]
#[ignore = "needs pip of PyPI: .ci/more helpers"]
fn pip_installs_with_and_without_a_user_name() {
    let indexes = Indexes::new();
    for (user, sent) in [("", "ada"), ("ada", "ada"), ("__token__", "__token__")] {
        indexes.pip(&indexes.own.url(user)).success();
        assert_eq!(indexes.own.users(), [sent], "{user}");
    }
    // Another keyring has the password of this one.
    indexes.pip(&indexes.strange.url("bob")).success();
    assert_eq!(indexes.strange.users(), ["bob"]);
    indexes.world.run(&["signout", "acme"]).success();
    // pip hides what a keyring says.
    assert!(indexes.pip(&indexes.own.url("")).code != 0);
}

#[test]
#[ignore = "needs uv of PyPI: .ci/more helpers"]
fn uv_installs_with_and_without_a_user_name() {
    let indexes = Indexes::new();
    for user in ["ada", "oauth2accesstoken"] {
        indexes.uv(&indexes.own.url(user)).success();
        assert_eq!(indexes.own.users(), [user]);
    }
    indexes.uv(&indexes.strange.url("bob")).success();
    assert_eq!(indexes.strange.users(), ["bob"]);
    let always = format!("[[index]]\nurl = {:?}\nauthenticate = \"always\"\ndefault = true\n", indexes.own.url(""));
    let file = indexes.world.sandbox.path("home/uv.toml");
    fs::write(&file, always).expect("owned by the test");
    let python = programs().join("python");
    let words = [
        "pip",
        "install",
        "--no-cache",
        "--reinstall",
        "--target=packages",
        "--config-file=uv.toml",
        "hello-mycli",
        "--python",
    ];
    indexes.run(programs().join("uv"), &[&words[..], &[python.to_str().expect("UTF-8")]].concat()).success();
    assert_eq!(indexes.own.users(), ["ada"]);
    indexes.world.run(&["signout", "acme"]).success();
    assert!(indexes.uv(&indexes.own.url("ada")).code != 0);
}

#[test]
#[ignore = "needs twine of PyPI: .ci/more helpers"]
fn twine_uploads_beside_the_link() {
    let indexes = Indexes::new();
    let wheel = "hello_mycli-1.0-py3-none-any.whl";
    let download = ["download", "--no-cache-dir", "--index-url", &indexes.own.url(""), "hello-mycli"];
    indexes.run(programs().join("pip"), &download).success();
    let twine = programs().join("twine");
    // twine asks its own keyring library, which has no part in this program.
    let strange = indexes.strange.url("");
    let upload = ["upload", "--non-interactive", "--repository-url", &strange, "--username", "bob", wheel];
    indexes.run(&twine, &upload).success();
    assert_eq!(indexes.strange.users(), ["bob"]);
    let own = indexes.own.url("");
    let program = twine.to_str().expect("UTF-8");
    let upload = [program, "upload", "--non-interactive", "--repository-url", &own, "--username", "__token__", wheel];
    let exec = ["exec", "acme", "--env", "TWINE_PASSWORD", "--"];
    indexes.own.users();
    indexes.world.run(&[&exec[..], &upload].concat()).success();
    assert_eq!(indexes.own.users(), ["__token__"]);
}
