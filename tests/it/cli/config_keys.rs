//! `config`: single keys of the configuration file.

use std::fs;

use serde_json::json;

use crate::support::Sandbox;

fn text(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_file()).expect("the file exists")
}

#[test]
fn config_sets_gets_and_unsets_keys() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| sandbox.run(&[&["config"], arguments].concat());
    run(&["get", "default"]).fails(1, "`default` is not set");
    assert_eq!(run(&["get"]).success().stdout, "");
    sandbox.configure("# mine\n[providers.github] # work\nclient_id = \"a\"\n");
    let set = run(&["set", "providers.github.scopes", "read:user,repo"]).success();
    assert_eq!((set.stdout.as_str(), set.stderr.as_str()), ("", "set `providers.github.scopes`\n"));
    run(&["set", "default", "github"]).success();
    let expected = "default = \"github\"\n\n# mine\n[providers.github] # work\nclient_id = \"a\"\n\
                    scopes = [\"read:user\", \"repo\"]\n";
    assert_eq!(text(&sandbox), expected);
    assert_eq!(run(&["get", "providers.github.scopes"]).success().stdout, "read:user repo\n");
    let all = "default = github\nproviders.github.client_id = a\nproviders.github.scopes = read:user repo\n";
    assert_eq!(run(&["get"]).success().stdout, all);
    assert_eq!(
        run(&["get", "providers.github", "--json"]).success().json(),
        json!({"values": {"providers.github.client_id": "a", "providers.github.scopes": ["read:user", "repo"]}})
    );
    run(&["unset", "default"]).success();
    assert_eq!(run(&["unset", "default"]).success().stderr, "`default` was not set\n");
    assert_eq!(text(&sandbox), expected.replace("default = \"github\"\n", ""));
}

/// Each command reads the file, changes one key and replaces the file.
#[test]
fn concurrent_changes_of_the_configuration_are_all_kept() {
    let sandbox = Sandbox::new();
    let names: Vec<String> = (0..8).map(|number| format!("p{number}")).collect();
    let set = |name: &String| sandbox.start(&["config", "set", &format!("providers.{name}.client_id"), name]);
    let others =
        [["providers", "add", "github", "--client-id", "mine"], ["config", "set", "timeouts.http", "7s", "--quiet"]];
    let running: Vec<_> = names.iter().map(set).chain(others.iter().map(|other| sandbox.start(other))).collect();
    for running in running {
        running.outcome().success();
    }
    let values = sandbox.run(&["config", "get", "--json"]).success().json()["values"].take();
    for name in &names {
        assert_eq!(values[format!("providers.{name}.client_id")], json!(name), "{values:#}");
    }
    assert_eq!((&values["providers.github.client_id"], &values["timeouts.http"]), (&json!("mine"), &json!("7s")));
    let removed = names.iter().map(|name| sandbox.start(&["providers", "remove", name])).collect::<Vec<_>>();
    removed.into_iter().for_each(|running| drop(running.outcome().success()));
    assert!(!text(&sandbox).contains("[providers.p"), "{}", text(&sandbox));
}

#[test]
fn config_rejects_what_reading_rejects() {
    let sandbox = Sandbox::new();
    sandbox.configure("store = \"file\"\n");
    for (key, value, words) in [
        ("stoer", "file", "did you mean `store`?"),
        ("store", "cloud", "must be one of"),
        ("timeouts.http", "5", "`timeouts.http`"),
        ("providers.x.issuer", "http://id.example", "loopback"),
        ("timeouts", "5s", "is a table"),
    ] {
        sandbox.run(&["config", "set", key, value]).fails(2, words);
    }
    let secret = sandbox.run(&["config", "set", "providers.github.client_secret", "hunter2"]);
    assert!(!secret.stderr.contains("hunter2"), "{secret:?}");
    secret.fails(2, "mycli providers add github --client-secret-stdin");
    assert_eq!(text(&sandbox), "store = \"file\"\n");
    sandbox.configure("stoer = 1\n");
    sandbox.run(&["config", "set", "store", "file"]).fails(2, "config.toml:1:1");
}

#[test]
fn config_paths_are_relative_to_the_working_directory() {
    let sandbox = Sandbox::new();
    sandbox.run(&["config", "set", "providers.acme.ca_file", "ca.pem"]).success();
    let written = sandbox.run(&["config", "get", "providers.acme.ca_file"]).success().stdout;
    assert!(written.starts_with('/') && written.ends_with("/ca.pem\n"), "{written}");
}

#[test]
fn config_path_and_editor_use_the_named_file() {
    let mut sandbox = Sandbox::new();
    let file = sandbox.config_file();
    assert_eq!(sandbox.run(&["config", "path"]).success().stdout, format!("{}\n", file.display()));
    assert_eq!(sandbox.run(&["config", "path", "--json"]).success().json()["exists"], false);
    let path = sandbox.path("home/my editor");
    let editor = |script: &str| {
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("ours");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("ours");
        format!("'{}' --wait", path.display())
    };
    let (good, bad) = (r#"printf 'store = "file"\n' > "$2""#, r#"printf 'stoer = 1\n' > "$2""#);
    let command = editor(good);
    sandbox.set("EDITOR", &command);
    sandbox.run(&["config", "edit"]).success();
    assert_eq!(text(&sandbox), "store = \"file\"\n");
    editor("exit 3");
    sandbox.run(&["config", "edit"]).fails(1, "failed");
    editor(bad);
    sandbox.run(&["config", "edit"]).fails(2, "config.toml:1:1");
    sandbox.run(&["config", "edit", "--no-input"]).fails(2, "mycli config set KEY VALUE");
    sandbox.set("EDITOR", "/no/such/editor");
    sandbox.run(&["config", "edit"]).fails(2, "cannot start the editor");
    assert_eq!(copies(&sandbox), [""; 0]);
}

/// Texts of the copies for the editor that are left.
fn copies(sandbox: &Sandbox) -> Vec<String> {
    let folder = sandbox.config_file().parent().expect("it has a folder").to_owned();
    let entries = fs::read_dir(folder).expect("it exists").map(|entry| entry.expect("readable").path());
    let is_copy = |path: &std::path::PathBuf| path.to_string_lossy().contains(".edit-");
    entries.filter(is_copy).map(|path| fs::read_to_string(path).expect("ours")).collect()
}

#[test]
fn edit_keeps_what_others_change_meanwhile() {
    const MINE: &str = "store = \"file\"\n";
    const OTHERS: &str = "default = \"acme\"\n";
    let mut sandbox = Sandbox::new();
    let editor = sandbox.path("home/editor");
    sandbox.set("EDITOR", &editor);
    let (mine, others) =
        ("printf 'store = \"file\"\\n' > \"$1\"", format!("{} config set default acme", sandbox.program().display()));
    for (script, code, words, file, kept) in [
        (format!("{others}; {mine}"), 1, "another process changed", OTHERS, Some(MINE)),
        (others.clone(), 0, "", OTHERS, None),
        // The same change twice.
        (format!("{others}; cp '{}' \"$1\"", sandbox.config_file().display()), 0, "", OTHERS, None),
        (format!("{mine}; exit 3"), 1, "your text is in", "", Some(MINE)),
        // The terminal sends Ctrl-C to the program and to the editor.
        (format!("kill -INT $PPID; sleep 0.1; {mine}"), 0, "", MINE, None),
        (format!("rm \"$1\"; {others}"), 2, ".edit-", OTHERS, None),
    ] {
        sandbox.configure("");
        fs::write(&editor, format!("#!/bin/sh\n{script}\n")).expect("ours");
        fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("ours");
        let outcome = sandbox.run(&["config", "edit"]).ends_with(code);
        assert!(outcome.stderr.contains(words), "{script}: {}", outcome.stderr);
        let kept: Vec<String> = kept.into_iter().map(str::to_owned).collect();
        assert_eq!((text(&sandbox).as_str(), copies(&sandbox)), (file, kept), "{script}");
        for entry in fs::read_dir(sandbox.config_file().parent().expect("a folder")).expect("it exists") {
            fs::remove_file(entry.expect("readable").path()).expect("ours");
        }
    }
}
