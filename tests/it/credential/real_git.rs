//! The real git against `git http-backend` behind a check of the token. `HELPER_GITS` names the programs, separated by
//! colons: before 2.46 git takes a password only.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::support::tmux::Tmux;
use crate::support::visitor;
use crate::support::world::World;
use crate::support::{Outcome, Running};

/// Repositories on a server that wants the token of one provider; stops when dropped.
struct GitServer {
    process: Child,
    port: u16,
    /// Below the sandbox: repositories, accepted tokens, log.
    folder: PathBuf,
}

impl GitServer {
    fn start(world: &World, git: &str, name: &str, schemes: &str) -> Self {
        let folder = world.sandbox.path(name);
        fs::create_dir_all(folder.join("root")).expect("owned by the test");
        fs::write(folder.join("tokens"), "").expect("owned by the test");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/git_server.py");
        let mut command = Command::new("python3");
        command.arg(script).args([git]).arg(folder.join("root")).arg(schemes).arg(folder.join("tokens"));
        command.arg(folder.join("log")).stdout(Stdio::piped());
        let mut process = command.spawn().expect("Python is installed");
        let mut line = String::new();
        let stdout = process.stdout.as_mut().expect("piped above");
        BufReader::new(stdout).read_line(&mut line).expect("the server prints its port");
        Self { process, port: line.trim().parse().expect("a port"), folder }
    }

    fn url(&self, repository: &str) -> String {
        format!("http://127.0.0.1:{}/{repository}.git", self.port)
    }

    /// Accepts only the token that `provider` issued last.
    fn accept(&self, world: &World, provider: &str) {
        let token = world.run(&["token", provider, "--no-refresh"]).success().stdout;
        fs::write(self.folder.join("tokens"), token).expect("owned by the test");
    }

    /// Requests since the last call, each its scheme and what became of it.
    fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let _ = fs::remove_file(self.folder.join("log"));
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for GitServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Two providers, each with a git server, and git with the helper.
struct Hosts {
    world: World,
    git: String,
    servers: [GitServer; 2],
}

const PROVIDERS: [&str; 2] = ["acme", "other"];

impl Hosts {
    fn new(git: &str, schemes: &str) -> Self {
        let mut world = World::new();
        let servers = PROVIDERS.map(|name| GitServer::start(&world, git, name, schemes));
        let table = |(name, server): (&str, &GitServer)| {
            world
                .table(name, &format!("hosts = [\"127.0.0.1:{}\"]", server.port))
                .replace("\"native\"", &format!("{name:?}"))
        };
        let config: String = PROVIDERS.into_iter().zip(&servers).map(table).collect();
        world.sandbox.configure(&config);
        world.sandbox.set("GIT_TERMINAL_PROMPT", "0").set("GIT_CONFIG_NOSYSTEM", "1").set("GIT_ALLOW_PROTOCOL", "http");
        let hosts = Self { world, git: git.to_owned(), servers };
        let helper = format!("!{} credential git", hosts.world.sandbox.program().display());
        for (key, value) in [
            ("credential.helper", helper.as_str()),
            ("user.name", "Ada"),
            ("user.email", "ada@example.test"),
            ("init.defaultBranch", "main"),
        ] {
            hosts.run(&["config", "--global", "--add", key, value]).success();
        }
        for (provider, server) in PROVIDERS.into_iter().zip(&hosts.servers) {
            hosts.world.sign_in_at(provider, &[]).success();
            server.accept(&hosts.world, provider);
            for repository in ["project", "part"] {
                let path = server.folder.join("root").join(format!("{repository}.git"));
                let path = path.to_str().expect("UTF-8");
                hosts.run(&["init", "--quiet", "--bare", path]).success();
                hosts.run(&["-C", path, "config", "http.receivepack", "true"]).success();
                hosts.run(&["init", "--quiet", &format!("{provider}-{repository}")]).success();
            }
        }
        hosts
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.world.sandbox.command_of(&self.git);
        command.args(arguments);
        Running::spawn(command).outcome()
    }
}

fn for_each_git(check: impl Fn(&str)) {
    crate::support::require_real("git and Python");
    let programs = std::env::var("HELPER_GITS").unwrap_or_else(|_| "git".to_owned());
    programs.split(':').for_each(check);
}

/// Commits a file in a work tree and pushes it to the server.
fn push(hosts: &Hosts, tree: &str, url: &str, file: &str) -> Outcome {
    fs::write(hosts.world.sandbox.path("home").join(tree).join(file), file).expect("owned by the test");
    hosts.run(&["-C", tree, "add", "."]).success();
    hosts.run(&["-C", tree, "commit", "--quiet", "-m", file]).success();
    hosts.run(&["-C", tree, "push", "--quiet", url, "HEAD:main"])
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn git_clones_fetches_and_pushes_at_two_hosts() {
    for_each_git(|git| {
        for schemes in ["Basic", "Basic,Bearer"] {
            let hosts = Hosts::new(git, schemes);
            let [acme, other] = &hosts.servers;
            push(&hosts, "other-part", &other.url("part"), "a").success();
            push(&hosts, "acme-project", &acme.url("project"), "a").success();
            hosts.run(&["-C", "acme-project", "submodule", "--quiet", "add", &other.url("part"), "part"]).success();
            push(&hosts, "acme-project", &acme.url("project"), "b").success();
            // The submodule is at the other host.
            let clone = ["clone", "--quiet", "--recurse-submodules", &acme.url("project"), "copy"];
            hosts.run(&clone).success();
            assert!(hosts.world.sandbox.path("home/copy/part/a").exists());
            push(&hosts, "acme-project", &acme.url("project"), "c").success();
            hosts.run(&["-C", "copy", "pull", "--quiet"]).success();
            let requests = [acme.requests(), other.requests()].concat();
            assert!(requests.contains(&"Basic allowed".to_owned()), "{requests:?}");
            assert!(!requests.iter().any(|request| request.ends_with("sic rejected")), "{requests:?}");
        }
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn git_refreshes_a_rejected_token_at_its_next_start() {
    for_each_git(|git| {
        let hosts = Hosts::new(git, "Basic");
        let [acme, _] = &hosts.servers;
        push(&hosts, "acme-project", &acme.url("project"), "a").success();
        fs::write(acme.folder.join("tokens"), "withdrawn early").expect("owned by the test");
        let failed = hosts.run(&["ls-remote", &acme.url("project")]).ends_with(128);
        assert!(failed.stderr.contains("Authentication failed"), "{failed:?}");
        assert_eq!(hosts.world.provider.refreshes(), 0);
        // The next start refreshes, whatever the server accepts by then.
        hosts.run(&["ls-remote", &acme.url("project")]).ends_with(128);
        assert_eq!(hosts.world.provider.refreshes(), 1);
        hosts.world.run(&["token", "acme"]).success();
        acme.accept(&hosts.world, "acme");
        hosts.run(&["ls-remote", &acme.url("project")]).success();
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn git_ends_with_the_reason_if_nobody_is_signed_in() {
    for_each_git(|git| {
        let hosts = Hosts::new(git, "Basic");
        hosts.world.run(&["signout", "acme"]).success();
        let failed = hosts.run(&["ls-remote", &hosts.servers[0].url("project")]).ends_with(128);
        assert!(failed.stderr.contains("mycli signin acme") && failed.stderr.contains("told us to quit"), "{failed:?}");
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn earlier_helper_keeps_no_token_of_a_new_git() {
    for_each_git(|git| {
        let hosts = Hosts::new(git, "Basic");
        let stored = hosts.world.sandbox.path("home/stored");
        let store = format!("store --file={}", stored.display());
        hosts.run(&["config", "--global", "--add", "credential.helper", &store]).success();
        push(&hosts, "acme-project", &hosts.servers[0].url("project"), "a").success();
        let version = hosts.run(&["version"]).success().stdout;
        let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("git 2.x");
        // git before 2.46 cannot be told.
        assert_eq!(stored.exists(), minor < 46, "{version}");
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn server_of_bearer_alone_works_with_a_new_git() {
    for_each_git(|git| {
        let hosts = Hosts::new(git, "Bearer");
        let pushed = push(&hosts, "acme-project", &hosts.servers[0].url("project"), "a");
        let version = hosts.run(&["version"]).success().stdout;
        let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("git 2.x");
        assert_eq!(pushed.code == 0, minor >= 46, "{version} {pushed:?}");
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git and Python: --features real")]
fn git_gets_no_token_for_a_host_that_it_may_misread() {
    for_each_git(|git| {
        let hosts = Hosts::new(git, "Basic");
        let world = &hosts.world;
        let known = format!("127.0.0.1:{}", hosts.servers[0].port);
        world.sandbox.configure(&world.table("acme", &format!("hosts = [{known:?}, \"git.example\"]")));
        let fill = |message: &str| {
            let mut command = world.sandbox.command_of(git);
            command.args(["-c", "credential.protectProtocol=false", "credential", "fill"]).stdin(Stdio::piped());
            let mut running = Running::spawn(command);
            running.write_stdin(message).close_stdin();
            running.outcome()
        };
        let known_host = fill(&format!("protocol=http\nhost={known}\n\n")).success();
        assert!(known_host.stdout.contains("password="), "{known_host:?}");
        let scheme = fill(&format!("capability[]=authtype\nprotocol=http\nhost={known}\n\n")).success();
        assert!(scheme.stdout.contains("ephemeral=1") || scheme.stdout.contains("password="), "{scheme:?}");
        for message in [
            format!("protocol=http\nhost=evil.example\rhost={known}\n\n"),
            format!("protocol=http\nhost={known}@evil.example\n\n"),
            format!("url=http://{known}%0d@evil.example/\n\n"),
            "protocol=http\nhost=git.example\n\n".to_owned(),
        ] {
            let outcome = fill(&message);
            assert!(outcome.code == 128, "{message:?} {outcome:?}");
            assert!(!outcome.stdout.contains("password=") && !outcome.stdout.contains("credential="), "{outcome:?}");
        }
    });
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git, Python and tmux: --features real")]
fn two_gits_at_a_terminal_open_one_browser() {
    for_each_git(|git| {
        let mut hosts = Hosts::new(git, "Basic");
        let url = hosts.servers[0].url("project");
        push(&hosts, "acme-project", &url, "a").success();
        let tokens: String = (1..30).map(|number| format!("access-secret-{number}\n")).collect();
        fs::write(hosts.servers[0].folder.join("tokens"), tokens).expect("owned by the test");
        hosts.world.run(&["signout", "acme"]).success();
        hosts.world.sandbox.unset("GIT_TERMINAL_PROMPT");
        let list = format!("{git} ls-remote {url}");
        let start = |script: &str| {
            let command = format!("{script}; echo the; echo end; sleep 60");
            Tmux::start(hosts.world.sandbox.command_of("tmux"), (80, 24), &command)
        };
        // Nobody looks, or nobody may be disturbed.
        for script in [
            format!("CI=1 {list}"),
            format!("GIT_TERMINAL_PROMPT=0 {list}"),
            format!("{list} 2>log; cat log"),
            format!("bash -mc '{list} & wait'"),
        ] {
            let screen = start(&script).wait_for("the\nend");
            // The terminal wraps a line with a long path anywhere.
            let words: String = screen.split_whitespace().collect();
            assert!(words.contains("toldustoquit") && words.contains("myclisigninacme"), "{script}: {screen}");
            assert!(hosts.world.opened.is_empty(), "{script}: a browser was opened");
        }
        let terminal = start(&format!("{list} & {list}; wait"));
        visitor::visit(&hosts.world.opened.next_url());
        let screen = terminal.wait_for("the\nend");
        assert_eq!(screen.matches("refs/heads/main").count(), 2, "{screen}");
        let lines: Vec<&str> = screen.lines().collect();
        assert!(
            lines[0].starts_with("Opening your browser to sign in to ") && lines[1].starts_with("If it"),
            "{screen}"
        );
        assert!(lines[0].ends_with('.') && lines.len() == 8, "{screen}");
        assert!(hosts.world.opened.is_empty(), "a second browser was opened");
    });
}
