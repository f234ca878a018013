//! `credential install` and `uninstall` on the settings of other programs, of which nothing else may change.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Outcome;
use crate::support::sandbox::Sandbox;

fn setup(sandbox: &Sandbox, verb: &str, words: &[&str]) -> Outcome {
    sandbox.run(&[&["credential", verb], words, &["--yes"]].concat())
}

fn written(sandbox: &Sandbox, file: &str, text: &str) -> PathBuf {
    let path = sandbox.path("home").join(file);
    fs::create_dir_all(path.parent().expect("below home")).expect("owned by the test");
    fs::write(&path, text).expect("owned by the test");
    path
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("there is a file")
}

const DOCKER: &str = "{\n\t\"auths\": {\n\t\t\"z.example\": { \"auth\": \"c2VjcmV0\" }\n\t},\n\t\"HttpHeaders\": {\"b\": 1.50, \
                      \"a\": null},\n\t\"credHelpers\": {\n\t\t\"gcr.io\": \"gcloud\"\n\t},\n\t\"aliases\": {}\n}\n";

/// An installer replaced the helpers of other registries (GoogleCloudPlatform/docker-credential-gcr#52).
#[test]
fn docker_gets_a_helper_and_keeps_every_other_key() {
    let sandbox = Sandbox::new();
    let file = written(&sandbox, "dotfiles/docker.json", DOCKER);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("owned by the test");
    let link = sandbox.path("home/.docker/config.json");
    fs::create_dir_all(link.parent().expect("a directory")).expect("owned by the test");
    symlink(&file, &link).expect("owned by the test");
    let shown = sandbox.run(&["credential", "install", "docker", "r.example:5000", "--dry-run"]).success();
    assert!(shown.stdout.contains("set credHelpers of r.example:5000 to mycli in "), "{shown:?}");
    assert!(!shown.stdout.contains("c2VjcmV0") && read(&file) == DOCKER);
    sandbox.run(&["credential", "install", "docker", "r.example:5000"]).fails(2, "need a confirmation");
    assert_eq!(read(&file), DOCKER);
    let helper = sandbox.path("home/.local/bin/docker-credential-mycli");
    for _ in 0..2 {
        setup(&sandbox, "install", &["docker", "r.example:5000"]).success();
        assert_eq!(read(&file), DOCKER.replace("\"gcloud\"", "\"gcloud\",\n\t\t\"r.example:5000\": \"mycli\""));
        assert_eq!(fs::read_link(&helper).expect("a link"), sandbox.program());
    }
    let again = setup(&sandbox, "install", &["docker", "r.example:5000"]).success();
    assert!(again.stderr.contains("nothing to change") && !again.stderr.contains("credHelpers"), "{again:?}");
    assert!(fs::read_link(&link).is_ok(), "the link of the dotfiles is gone");
    assert_eq!(file.metadata().expect("there").permissions().mode() & 0o777, 0o640);
    setup(&sandbox, "install", &["docker", "gcr.io"]).fails(1, "another helper for `gcr.io`");
    setup(&sandbox, "uninstall", &["docker"]).success();
    assert_eq!(read(&file), DOCKER);
    assert!(helper.symlink_metadata().is_err());
    assert!(setup(&sandbox, "uninstall", &["docker"]).success().stderr.contains("nothing to change"));
}

/// docker keeps passwords in its file.
#[test]
fn malformed_settings_are_an_error_and_stay() {
    let sandbox = Sandbox::new();
    let docker = sandbox.path("home/.docker/config.json");
    for text in ["{\"auths\": {\"a\": {\"auth\": \"c2Vj", "[]", "{\"credHelpers\": []}", "{} {}", "\u{feff}{}", "null"]
    {
        written(&sandbox, ".docker/config.json", text);
        let failed = setup(&sandbox, "install", &["docker", "r.example"]).fails(1, "is no JSON object");
        assert!(!failed.stderr.contains("c2Vj"), "{failed:?}");
        assert_eq!(read(&docker), text);
    }
    fs::write(&docker, b"{\"a\": \"\xff\"}").expect("owned by the test");
    setup(&sandbox, "install", &["docker", "r.example"]).fails(1, "cannot read");
    for text in ["[registries\n", "registries = 1\n", "registries.a = 1\n"] {
        let cargo = written(&sandbox, ".cargo/config.toml", text);
        setup(&sandbox, "install", &["cargo", "a"]).fails(1, "");
        assert_eq!(read(&cargo), text);
    }
    for host in ["https://r.example", "a/b", "a b", "user@r.example", ""] {
        setup(&sandbox, "install", &["docker", host]).fails(2, "is not a host");
    }
    assert!(!sandbox.path("home/.local/bin").exists(), "a link was made before an error");
}

#[test]
fn empty_or_missing_docker_settings_get_the_helper_alone() {
    let sandbox = Sandbox::new();
    let expected = "{\n\t\"credHelpers\": {\n\t\t\"r.example\": \"mycli\"\n\t}\n}\n";
    let file = sandbox.path("home/.docker/config.json");
    setup(&sandbox, "install", &["docker", "r.example"]).success();
    assert_eq!((read(&file).as_str(), file.metadata().expect("there").permissions().mode() & 0o777), (expected, 0o600));
    written(&sandbox, ".docker/config.json", "\n");
    setup(&sandbox, "install", &["docker", "r.example"]).success();
    assert_eq!(read(&file), expected);
}

#[test]
fn cargo_gets_a_provider_and_keeps_comments() {
    let sandbox = Sandbox::new();
    let before =
        "# mine\n[net]\nretry = 3 # often\n\n[registries.work] # ours\nindex = \"sparse+https://crates.example/\"\n";
    let file = written(&sandbox, ".cargo/config.toml", before);
    let provider = format!("credential-provider = [\"{}\"]\n", sandbox.program().display());
    for _ in 0..2 {
        setup(&sandbox, "install", &["cargo", "work"]).success();
        assert_eq!(read(&file), format!("{before}{provider}"));
    }
    setup(&sandbox, "install", &["cargo", "new"]).success();
    assert_eq!(read(&file), format!("{before}{provider}\n[registries.new]\n{provider}"));
    setup(&sandbox, "uninstall", &["cargo"]).success();
    assert_eq!(read(&file), before);
    let other = written(&sandbox, ".cargo/config.toml", "registries.work.credential-provider = \"cargo:token\"\n");
    setup(&sandbox, "install", &["cargo", "work"]).fails(1, "has another credential-provider");
    setup(&sandbox, "uninstall", &["cargo"]).success();
    assert_eq!(read(&other), "registries.work.credential-provider = \"cargo:token\"\n");
}

/// A program of another vendor has the name `keyring` often.
#[test]
fn keyring_link_replaces_no_other_program() {
    let sandbox = Sandbox::new();
    let link = sandbox.path("home/.local/bin/keyring");
    setup(&sandbox, "install", &["keyring"]).success();
    assert_eq!(fs::read_link(&link).expect("a link"), sandbox.program());
    setup(&sandbox, "uninstall", &["keyring"]).success();
    written(&sandbox, ".local/bin/keyring", "#!/bin/sh\n");
    setup(&sandbox, "install", &["keyring"]).fails(1, "another program is called");
    setup(&sandbox, "uninstall", &["keyring"]).success();
    assert_eq!(read(&link), "#!/bin/sh\n");
}

fn git(sandbox: &Sandbox, words: &[&str]) -> String {
    let mut git: Command = sandbox.command_of("git");
    String::from_utf8(git.args(words).output().expect("git is installed").stdout).expect("UTF-8")
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git: --features real")]
fn real_git_asks_the_installed_helper_alone() {
    let sandbox = Sandbox::new();
    let before = "# mine\n[credential]\n\thelper = store\n[credential \"https://b.example\"]\n\thelper = other\n";
    let file = written(&sandbox, ".gitconfig", before);
    let words = ["credential", "install", "git", "a.example", "--dry-run"];
    assert!(sandbox.run(&words).success().stdout.contains("run: git config --global --add"));
    assert_eq!(read(&file), before);
    let key = "credential.https://a.example.helper";
    let command = format!("!{} credential git", sandbox.program().display());
    for _ in 0..2 {
        setup(&sandbox, "install", &["git", "a.example", "b.example", "127.0.0.1:8080"]).success();
        assert_eq!(git(&sandbox, &["config", "--get-all", key]), format!("\n{command}\n"));
        let helpers = git(&sandbox, &["config", "--get-all", "credential.https://b.example.helper"]);
        assert_eq!(helpers, format!("other\n{command}\n"));
        let loopback = git(&sandbox, &["config", "--get-all", "credential.http://127.0.0.1:8080.helper"]);
        assert_eq!(loopback, format!("\n{command}\n"));
    }
    setup(&sandbox, "uninstall", &["git", "a.example"]).success();
    assert_eq!(git(&sandbox, &["config", "--get-all", key]), "");
    setup(&sandbox, "uninstall", &["git"]).success();
    assert_eq!(read(&file), before);
}

/// The path of an earlier version ended every `git push` (cli/cli#5255).
#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git: --features real")]
fn git_helper_of_an_earlier_place_is_replaced() {
    let mut sandbox = Sandbox::new();
    let key = "credential.https://a.example.helper";
    git(&sandbox, &["config", "--global", "--add", key, ""]);
    git(&sandbox, &["config", "--global", "--add", key, "!/opt/mycli/0.0.1/bin/mycli credential git"]);
    let place = sandbox.path("home/my bin");
    fs::create_dir(&place).expect("owned by the test");
    symlink(sandbox.program(), place.join("mycli")).expect("owned by the test");
    let path = std::env::var("PATH").expect("PATH is set");
    sandbox.set("PATH", format!("{}:{path}", place.display()));
    setup(&sandbox, "install", &["git", "a.example"]).success();
    let command = format!("!'{}/mycli' credential git", place.display());
    assert_eq!(git(&sandbox, &["config", "--get-all", key]), format!("\n{command}\n"));
    setup(&sandbox, "uninstall", &["git"]).success();
    assert_eq!(git(&sandbox, &["config", "--get-all", key]), "");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs git: --features real")]
fn git_hosts_are_those_of_the_sessions() {
    let sandbox = Sandbox::new();
    setup(&sandbox, "install", &["git"]).fails(2, "name the HOST");
    let signin = ["signin", "gitlab", "--with-token", "--no-check", "--store", "file", "--label", "tanuki"];
    sandbox.run_with(&signin, "token").success();
    setup(&sandbox, "install", &["git"]).success();
    let keys = git(&sandbox, &["config", "--name-only", "--get-regexp", "^credential"]);
    assert!(keys.contains("credential.https://gitlab.com.helper"), "{keys}");
}

/// A stand-in records the arguments: `tests/it/credential/real_kubectl.rs` runs the kubectls.
#[test]
fn kubectl_user_is_set_by_kubectl() {
    let mut sandbox = Sandbox::new();
    let log = sandbox.path("arguments");
    let view = sandbox.path("view.json");
    fs::write(&view, "{\"users\": null}").expect("owned by the test");
    let script = format!(
        "#!/bin/sh\n[ \"$2\" = view ] && exec cat '{}'\nprintf '%s ' \"$@\" >> '{}'\n",
        view.display(),
        log.display()
    );
    let stand_in = written(&sandbox, "bin/kubectl", &script);
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).expect("owned by the test");
    let path = std::env::var("PATH").expect("PATH is set");
    sandbox.set("PATH", format!("{}:{path}", stand_in.parent().expect("a directory").display()));
    setup(&sandbox, "install", &["kubectl"]).fails(2, "PROVIDER is missing");
    setup(&sandbox, "install", &["kubectl", "work"]).success();
    let program = sandbox.program().display();
    let expected = format!(
        "config set-credentials mycli-work --exec-api-version=client.authentication.k8s.io/v1beta1 \
         --exec-command={program} --exec-arg=credential --exec-arg=kubectl --exec-arg=work "
    );
    assert_eq!(read(&log), expected);
    let exec = format!("{{\"command\": \"{program}\", \"args\": [\"credential\", \"kubectl\", \"work\"]}}");
    let user = |exec: &str| format!("{{\"users\": [{{\"name\": \"mycli-work\", \"user\": {{\"exec\": {exec}}}}}]}}");
    fs::write(&view, user(&exec)).expect("owned by the test");
    setup(&sandbox, "install", &["kubectl", "work"]).success();
    assert_eq!(read(&log), expected);
    setup(&sandbox, "uninstall", &["kubectl", "work"]).success();
    assert_eq!(read(&log), format!("{expected}config delete-user mycli-work "));
    fs::write(&view, user("null")).expect("owned by the test");
    setup(&sandbox, "install", &["kubectl", "work"]).fails(1, "another user `mycli-work`");
    fs::write(&view, "").expect("owned by the test");
    setup(&sandbox, "install", &["kubectl", "work"]).fails(1, "kubectl failed");
}
