//! Tokens in encrypted files: by a key file or a passphrase, in the format of the `age` tool, which reads and writes
//! them here too.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use rustix::process::{Signal, kill_process};

use crate::cli::look::on_a_terminal;
use crate::support::Running;
use crate::support::require_real;
use crate::support::tmux::Tmux;
use crate::support::world::World;

const PASSPHRASE: &str = "correct horse battery staple";

/// Writes an owner-only file, and sets `variable` to its path.
fn set_to_file(world: &mut World, variable: &str, text: &str) -> PathBuf {
    let file = world.sandbox.path(variable.to_lowercase());
    fs::write(&file, text).expect("a test file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a test file");
    world.sandbox.set(variable, &file);
    file
}

/// New key, as `age-keygen` makes it, and its recipient.
fn key(world: &World) -> (String, String) {
    require_real("age");
    let output = world.sandbox.command_of("age-keygen").output().expect("age is installed");
    let text = String::from_utf8(output.stdout).expect("text");
    let recipient = text.lines().find_map(|line| line.strip_prefix("# public key: ")).expect("a line").to_owned();
    (text, recipient)
}

/// `ada` is signed in, with a key file.
fn with_a_key() -> (World, PathBuf, String) {
    let mut world = World::new();
    let (text, recipient) = key(&world);
    let file = set_to_file(&mut world, "MYCLI_IDENTITY_FILE", &text);
    world.sign_in(&[]).success();
    (world, file, recipient)
}

/// `ada` is signed in, with a passphrase.
fn with_a_passphrase() -> World {
    let mut world = World::new();
    set_to_file(&mut world, "MYCLI_PASSPHRASE_FILE", &format!("{PASSPHRASE}\n"));
    world.sign_in(&[]).success();
    world
}

fn secrets(world: &World) -> PathBuf {
    world.sandbox.path("home/.local/share/mycli/secrets")
}

/// File with the secret of the only session.
fn secret_file(world: &World) -> PathBuf {
    secrets(world).join(world.state_file().file_name().expect("a name"))
}

/// Runs the age tool on a terminal and types `typed`.
fn age(world: &World, arguments: &str, typed: &str) {
    require_real("age");
    let mut script = world.sandbox.command_of("sh");
    let line = format!("age {arguments}");
    script.args(["-c", "exec script --quiet --return --command \"$1\" /dev/null", "sh", &line]).stdin(Stdio::piped());
    let mut running = Running::spawn(script);
    running.write_stdin(typed);
    running.outcome().success();
}

/// Access token in a stored session.
fn access_token(stored: &str) -> String {
    let document: Value = serde_json::from_str(stored).unwrap_or_else(|error| panic!("{error}: {stored}"));
    let session: Value = serde_json::from_str(document["secret"].as_str().expect("text")).expect("a session");
    session["tokens"]["access_token"].as_str().expect("text").to_owned()
}

/// All files of the program with their bytes.
fn bytes(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = [secrets(world), world.sandbox.state()].iter().flat_map(|folder| walk(folder)).collect::<Vec<_>>();
    let read = files.into_iter().map(|file| (file.clone(), fs::read(file).expect("a test file")));
    // A lock is an empty file.
    read.filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// Everything that is stored; each use of a token adds a line to the log.
fn stored(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    bytes(world).into_iter().filter(|(file, _)| !file.ends_with("log.jsonl")).collect()
}

/// Fails if a file of the program contains a token.
fn assert_nothing_in_the_clear(world: &World, token: &str) {
    for (file, bytes) in bytes(world) {
        let found = bytes.windows(token.trim().len()).any(|part| part == token.trim().as_bytes());
        assert!(!found, "{}", file.display());
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a test file").map(|entry| entry.expect("a test file").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn key_file_encryption_interoperates_with_age() {
    let (world, key, recipient) = with_a_key();
    let token = world.token();
    assert_nothing_in_the_clear(&world, &token);
    let file = secret_file(&world);
    let mut age = world.sandbox.command_of("age");
    let output = age.arg("-d").arg("-i").arg(&key).arg(&file).output().expect("age is installed");
    let plain = String::from_utf8(output.stdout).expect("text");
    assert_eq!(access_token(&plain), token.trim());

    let other = world.sandbox.path("plain");
    fs::write(&other, plain.replace(token.trim(), "written-by-age")).expect("a test file");
    let mut age = world.sandbox.command_of("age");
    assert!(age.args(["-r", &recipient, "-o"]).arg(&file).arg(&other).status().expect("the command runs").success());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("a test file");
    assert_eq!(world.token(), "written-by-age\n");
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn passphrase_encryption_interoperates_with_age() {
    let world = with_a_passphrase();
    let token = world.token();
    assert_nothing_in_the_clear(&world, &token);
    let own = secrets(&world).join("identity.age");
    let (own, file) = (own.display(), secret_file(&world).display().to_string());
    let plain = world.sandbox.path("plain");
    age(&world, &format!("-d -i {own} -o {} {file}", plain.display()), &format!("{PASSPHRASE}\n"));
    assert_eq!(access_token(&fs::read_to_string(plain).expect("age wrote it")), token.trim());

    // A new passphrase is a new `identity.age` and nothing else.
    let identity = world.sandbox.path("identity");
    age(&world, &format!("-d -o {} {own}", identity.display()), &format!("{PASSPHRASE}\n"));
    age(&world, &format!("-p -o {own} {}", identity.display()), "another\nanother\n");
    world.run(&["token", "acme"]).fails(7, "the passphrase does not decrypt");
    fs::write(world.sandbox.path("mycli_passphrase_file"), "another").expect("a test file");
    fs::set_permissions(secrets(&world).join("identity.age"), fs::Permissions::from_mode(0o600)).expect("a test file");
    assert_eq!(world.token(), token);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn wrong_keys_are_reported_and_change_nothing() {
    let (mut world, _, _) = with_a_key();
    let before = stored(&world);
    let (other, _) = key(&world);
    let is_other = |world: &mut World, text: &str| set_to_file(world, "MYCLI_IDENTITY_FILE", text);
    let file = is_other(&mut world, &other);
    let commands = [&["token", "acme"][..], &["token", "acme", "--force-refresh"], &["exec", "acme", "--", "true"]];
    for command in commands {
        world.run(command).fails(7, "is encrypted with a key that neither `MYCLI_IDENTITY_FILE` nor");
    }
    is_other(&mut world, "not a key");
    world.run(&["token", "acme"]).fails(2, "`MYCLI_IDENTITY_FILE`: `");
    is_other(&mut world, &other);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a test file");
    world
        .run(&["token", "acme"])
        .fails(2, "can be read by other users (mode 0640); if none has read it, run: chmod 600");
    fs::remove_file(&file).expect("a test file");
    world.run(&["token", "acme"]).fails(2, "does not exist");
    world.run(&["signin", "acme", "--force"]).fails(2, "does not exist");
    world.sandbox.unset("MYCLI_IDENTITY_FILE");
    world.run(&["token", "acme"]).fails(7, "is encrypted with a key");
    world.run(&["status", "acme"]).success();
    assert!(stored(&world) == before);
    assert_eq!(world.provider.refreshes(), 0);
}

/// Files from before the passphrase are readable, until the first one is encrypted.
#[test]
fn plain_file_in_place_of_an_encrypted_one_is_rejected() {
    let mut world = World::signed_in();
    let file = secret_file(&world);
    let plain = fs::read(&file).expect("a test file");
    set_to_file(&mut world, "MYCLI_PASSPHRASE_FILE", PASSPHRASE);
    let old = world.token();
    world.run(&["token", "acme", "--force-refresh"]).success();
    let (encrypted, token) = (fs::read(&file).expect("a test file"), world.token());
    assert_ne!(token, old);

    let recovery = world.sandbox.path("home/.local/share/mycli/recovery").join(file.file_name().expect("a name"));
    fs::create_dir_all(recovery.parent().expect("a parent")).expect("a test folder");
    fs::set_permissions(recovery.parent().expect("a parent"), fs::Permissions::from_mode(0o700))
        .expect("a test folder");
    for planted in [&file, &recovery] {
        fs::write(planted, &plain).expect("a test file");
        fs::set_permissions(planted, fs::Permissions::from_mode(0o600)).expect("a test file");
        let said = format!("`{}` was encrypted and is not any more", planted.display());
        for command in [&["token", "acme"][..], &["token", "acme", "--force-refresh"], &["exec", "acme", "--", "true"]]
        {
            world.run(command).fails(7, &said);
        }
        assert_eq!(fs::read(planted).expect("a test file"), plain, "nothing is written");
        fs::write(&file, &encrypted).expect("a test file");
    }
    assert_eq!(world.provider.refreshes(), 1);
    fs::remove_file(&recovery).expect("a test file");
    assert_eq!(world.token(), token);
    // A new sign-in replaces the file.
    fs::write(&file, &plain).expect("a test file");
    world.sign_in(&[]).success();
    assert_ne!(world.token(), old);
    assert_nothing_in_the_clear(&world, &world.token());
}

#[test]
fn rebuilt_state_still_insists_on_encryption() {
    let mut world = World::signed_in();
    let file = secret_file(&world);
    let plain = fs::read(&file).expect("a test file");
    set_to_file(&mut world, "MYCLI_PASSPHRASE_FILE", PASSPHRASE);
    world.run(&["token", "acme", "--force-refresh"]).success();
    let encrypted = fs::read(&file).expect("a test file");
    for is_whole in [false, true] {
        match is_whole {
            false => fs::write(world.state_file(), "damaged").expect("a test file"),
            true => fs::remove_dir_all(world.sandbox.state()).expect("a test folder"),
        }
        world.run(&["status"]).success();
        fs::write(&file, &plain).expect("a test file");
        world.run(&["token", "acme"]).fails(7, "was encrypted and is not any more");
        fs::write(&file, &encrypted).expect("a test file");
        world.run(&["token", "acme"]).success();
    }
}

#[test]
fn missing_passphrase_reads_and_writes_nothing() {
    let mut world = with_a_passphrase();
    let (token, before) = (world.token(), stored(&world));
    let file = world.sandbox.path("mycli_passphrase_file");
    for (text, code, said) in [
        ("wrong", 7, "the passphrase does not decrypt"),
        ("", 2, "has an empty first line"),
        ("\nx", 2, "has an empty first line"),
    ] {
        fs::write(&file, text).expect("a test file");
        world.run(&["token", "acme"]).fails(code, said);
        world.run(&["signin", "acme", "--force"]).fails(code, said);
    }
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    world.run(&["token", "acme"]).fails(7, "are encrypted, and `MYCLI_PASSPHRASE_FILE` is not set");
    world.run(&["signin", "acme", "--force"]).fails(7, "are encrypted");
    assert!(stored(&world) == before);
    assert_eq!(world.provider.refreshes(), 0);
    assert!(world.opened.is_empty());
    world.sandbox.set("MYCLI_PASSPHRASE_FILE", &file);
    fs::write(&file, PASSPHRASE).expect("a test file");
    assert_eq!(world.token(), token);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn missing_key_file_writes_nothing_in_the_clear() {
    let (mut world, file, _) = with_a_key();
    let before = stored(&world);
    world.sandbox.unset("MYCLI_IDENTITY_FILE");
    let add =
        &["providers", "add", "other", "--issuer", "https://id.example", "--client-id", "x", "--client-secret-stdin"];
    world.sandbox.run_with(add, "s3cret\n").fails(7, "is encrypted with a key");
    let signin = ["signin", "acme", "--force", "--client-id", "another"];
    world.run(&signin).fails(7, "is encrypted with a key");
    // No command that would start a sign-in prompts, and no message claims that a file is readable by its owner only.
    world.sandbox.unset("MYCLI_STORE");
    let asked = world.provider.requests().len();
    let tables = world.table("acme", "") + &world.table("other", "");
    world.sandbox.configure(&tables);
    for signin in [&["signin", "other"][..], &["signin", "other", "--device"], &["signin"]] {
        let stderr = world.run(signin).fails(7, "`MYCLI_IDENTITY_FILE` nor `MYCLI_PASSPHRASE_FILE`").stderr;
        assert!(!stderr.contains("only you can read") && !stderr.contains("WDJB-MJHT"), "{stderr}");
    }
    let menu = world.sandbox.start_on_terminal("signin --device").outcome();
    assert!(!menu.ends_with(7).stderr.contains("Sign in with"));
    let questions = world.sandbox.start_on_terminal("signin gitlab").outcome();
    assert!(!questions.ends_with(7).stderr.contains("Client ID"));
    assert!(world.provider.requests()[asked..].iter().all(|one| one.path.contains("/.well-known/")));
    world.sandbox.set("MYCLI_STORE", "file");
    world.sandbox.configure(&world.table("acme", ""));
    assert!(stored(&world) == before);
    assert!(world.opened.is_empty());
    // Without encrypted files, new ones are written in the clear again.
    world.sandbox.set("MYCLI_IDENTITY_FILE", &file);
    world.run(&["signout", "acme"]).success();
    world.sandbox.unset("MYCLI_IDENTITY_FILE");
    world.sign_in(&[]).success();
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn plaintext_session_is_encrypted_by_the_next_save() {
    let mut world = World::signed_in();
    let (text, _) = key(&world);
    set_to_file(&mut world, "MYCLI_IDENTITY_FILE", &text);
    let before = world.token();
    assert!(fs::read_to_string(secret_file(&world)).is_ok_and(|stored| stored.contains(before.trim())));
    let after = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    assert_ne!(after, before);
    assert_nothing_in_the_clear(&world, &before);
    assert_nothing_in_the_clear(&world, &after);
    assert_eq!(world.token(), after);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs age: --features real")]
fn key_file_replaces_passphrase_and_both_decrypt() {
    let mut world = with_a_passphrase();
    let token = world.token();
    let (text, _) = key(&world);
    set_to_file(&mut world, "MYCLI_IDENTITY_FILE", &text);
    assert_eq!(world.token(), token);
    let renewed = world.run(&["token", "acme", "--force-refresh"]).success().stdout;
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    assert_eq!(world.token(), renewed);
}

#[test]
#[cfg_attr(not(feature = "real"), ignore = "needs tmux: --features real")]
fn terminal_prompts_for_the_passphrase_hidden() {
    let mut world = with_a_passphrase();
    let token = world.token();
    world.sandbox.unset("MYCLI_PASSPHRASE_FILE");
    let mut running = world.sandbox.start_on_terminal("token acme");
    running.line(|line| line.contains("Passphrase of the file store"));
    running.write_stdin(&format!("{PASSPHRASE}\n"));
    let said = running.outcome().success().stderr;
    assert!(said.contains(token.trim()) && !said.contains(PASSPHRASE), "{said}");
    for (name, end, code) in [
        ("Ctrl-C", (|terminal| terminal.press("C-c")) as fn(&Tmux), "ends with 130"),
        (
            "SIGTERM",
            |terminal| kill_process(terminal.child(), Signal::TERM).expect("the command runs"),
            "ends with 143",
        ),
        ("SIGHUP", |terminal| kill_process(terminal.child(), Signal::HUP).expect("the command runs"), "ends with 129"),
        ("Ctrl-D", |terminal| terminal.press("C-d"), "the input is empty"),
        ("a wrong one", |terminal| terminal.type_text("wrong\n"), "ends with 7"),
    ] {
        let terminal = on_a_terminal(&mut world, "C.UTF-8", (80, 10), "token acme");
        terminal.wait_for("Passphrase of the file store");
        assert!(!terminal.is_sane(), "what is typed would be shown");
        end(&terminal);
        terminal.wait_for(code);
        terminal.wait_for("ends with");
        assert!(terminal.is_sane(), "{name}");
    }
    let asked = world.sandbox.start_on_terminal("token acme --no-input").outcome().ends_with(7);
    assert!(!asked.stderr.contains("Passphrase of the file store"), "{}", asked.stderr);
}

#[test]
fn demo_state_is_encrypted_with_one_passphrase_prompt() {
    let mut world = World::new();
    set_to_file(&mut world, "MYCLI_PASSPHRASE_FILE", PASSPHRASE);
    world.run(&["signin", "demo", "--no-input"]).success();
    let token = world.run(&["token", "demo", "--force-refresh"]).success().stdout;
    assert_nothing_in_the_clear(&world, &token);
    // Lock files are empty.
    let files = walk(&secrets(&world)).into_iter().map(|file| fs::read(file).expect("a test file"));
    let written: Vec<_> = files.filter(|bytes| !bytes.is_empty()).collect();
    assert!(written.len() == 3 && written.iter().all(|bytes| bytes.starts_with(b"age-encryption.org/v1\n")));
}
