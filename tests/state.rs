//! Sessions in files: found, saved and removed, by many processes at once and after every kind of damage.
//!
//! The tests pass for root and for an ordinary user alike: permissions are checked by owner and mode, not by what the
//! system lets root do. Tests named `child_…` are parts of other tests, started as separate processes.
//!
//! A program of its own: a process that another test starts has a copy of every lock until it calls exec, and a damaged
//! file whose lock is taken is not repaired.

#![allow(clippy::disallowed_methods, reason = "the rules against clock and environment are for the program")]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use mycli::internals::error::{Error, Result, StoreErrorKind};
use mycli::internals::secret::Secret;
use mycli::internals::session::{Account, Session, SessionId, StoreKind};
use mycli::internals::store::{FileStore, Item, SessionListing, SessionStore, Store, StoreDirectories};
use tempfile::TempDir;

const KEYRING: StoreKind = StoreKind::Keyring;
const FILE: StoreKind = StoreKind::File;

/// Possible content of a damaged state file.
const DAMAGES: [&[u8]; 5] = [b"", b"{\"version\":1,\"id\":\"0", b"{}", b"\xff\xfe", b"[1]"];

// ---- find and switch ----

#[test]
fn session_is_found_by_account_email_or_subject() {
    let fixture = Fixture::with(&["octocat"]);
    for name in [None, Some("octocat"), Some("OctoCat@X.example"), Some("subject of octocat")] {
        let found = fixture.sessions.find("github", name).unwrap().unwrap_or_else(|| panic!("{name:?}"));
        let whole = fixture.sessions.load(&found).unwrap();
        assert!(whole.tokens.access_token.matches("access of octocat"));
        assert_eq!(found, session("github", "octocat").info(KEYRING));
    }
    for name in ["Octocat", "octo", "Subject of octocat", ""] {
        assert!(fixture.sessions.find("github", Some(name)).unwrap().is_none(), "{name}");
    }
}

#[test]
fn lookups_without_sessions_write_nothing() {
    let fixture = Fixture::new();
    assert!(fixture.sessions.find("github", None).unwrap().is_none());
    assert!(fixture.sessions.find("github", Some("octocat")).unwrap().is_none());
    assert!(fixture.sessions.list().unwrap().sessions.is_empty());
    assert!(fixture.sessions.providers(2).unwrap().is_empty());
    assert!(!fixture.sessions.has_used_keyring().unwrap());
    assert_eq!(fs::read_dir(fixture.folder.path()).unwrap().count(), 0);
}

#[test]
fn first_session_is_the_default_until_switched() {
    let fixture = Fixture::with(&["anna", "bert", "carl"]);
    assert_eq!(fixture.default("github"), "anna");
    assert_eq!(fixture.sessions.set_default("github", "BERT@x.example").unwrap().account.name, "bert");
    assert_eq!(fixture.default("github"), "bert");
    fixture.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    assert_eq!(fixture.default("github"), "bert");

    let error = fixture.sessions.set_default("github", "zoe").unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().as_str()), (3, "not signed in to `github` as `zoe`"));
    assert_eq!(fixture.default("github"), "bert");
}

#[test]
fn sessions_are_listed_by_provider_with_default_first() {
    let fixture = Fixture::new();
    for (provider, account) in [("gitlab", "anna"), ("github", "bert"), ("github", "anna"), ("github", "carl")] {
        fixture.sessions.save(&session(provider, account), KEYRING).unwrap();
    }
    fixture.sessions.set_default("github", "carl").unwrap();
    assert_eq!(fixture.listed(), ["github carl default", "github anna", "github bert", "gitlab anna default"]);
}

#[test]
fn same_name_resolves_to_the_default_then_the_first() {
    let fixture = Fixture::new();
    for subject in ["one", "two", "three"] {
        let mut session = session("github", subject);
        session.account.name = "octocat".to_owned();
        session.signed_in_at += TimeDelta::seconds(subject.len() as i64);
        fixture.sessions.save(&session, KEYRING).unwrap();
    }
    let subject = |account| fixture.sessions.find("github", account).unwrap().unwrap().account.subject.unwrap();
    let found = || [subject(None), subject(Some("octocat"))];
    assert_eq!(found(), ["subject of one", "subject of one"]);
    let one = fixture.sessions.find("github", None).unwrap().unwrap();
    fixture.sessions.remove(&one).unwrap();
    assert_eq!(found(), ["subject of two", "subject of two"]);
}

// ---- names ----

#[test]
fn another_client_takes_over_the_name() {
    let fixture = Fixture::with(&["anna", "bert"]);
    fixture.sessions.set_default("github", "bert").unwrap();
    let renamed = fixture.sessions.save(&of_client("two", "anna"), KEYRING).unwrap();
    assert_eq!(renamed.len(), 2);
    let owner = fixture.sessions.find("github", None).unwrap().unwrap();
    assert_eq!((owner.client_id.as_str(), owner.account.name.as_str()), ("two", "anna"));
    let host = "github@github.example";
    let first = format!("{host} anna default");
    assert_eq!(fixture.listed(), ["github anna default", &first, &format!("{host} bert")]);
    // A third client at the same issuer: the second one needs a name that nobody has.
    fixture.sessions.save(&of_client("three", "anna"), KEYRING).unwrap();
    let numbered = fixture.sessions.find(&format!("{host}+2"), None).unwrap().unwrap();
    assert_eq!(numbered.client_id, "two");
    assert_eq!(fixture.sessions.providers(9).unwrap(), ["github"]);
}

#[test]
fn earlier_sessions_return_with_their_client() {
    let fixture = Fixture::with(&["anna", "bert"]);
    fixture.sessions.save(&of_client("two", "anna"), KEYRING).unwrap();
    let renamed = fixture.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    assert_eq!(renamed.iter().map(|info| info.client_id.as_str()).collect::<Vec<_>>(), ["two"]);
    let now = ["github anna default", "github bert", "github@github.example anna default"];
    assert_eq!(fixture.listed(), now);
}

#[test]
fn refresh_survives_the_loss_of_the_name() {
    let fixture = Fixture::with(&["anna"]);
    let before = fixture.sessions.find("github", None).unwrap().unwrap();
    let mut refreshed = fixture.sessions.load(&before).unwrap();
    let lock = fixture.sessions.lock(&before.id, Duration::ZERO).unwrap();
    fixture.sessions.save(&of_client("two", "anna"), KEYRING).unwrap();
    refreshed.tokens.access_token = Secret::new("refreshed");
    fixture.sessions.prepare_update(&refreshed, &lock).unwrap();
    fixture.sessions.update(&refreshed, &lock).unwrap();
    fixture.sessions.mark_refresh_rejected(&before, &lock).unwrap();
    let earlier = fixture.sessions.find("github@github.example", None).unwrap().unwrap();
    assert!(earlier.refresh_rejected && earlier.earlier_of.as_deref() == Some("github"));
    let loaded = fixture.sessions.load(&earlier).unwrap();
    assert!(loaded.tokens.access_token.matches("refreshed") && loaded.provider == earlier.provider);
    assert_eq!(fixture.sessions.find("github", None).unwrap().unwrap().client_id, "two");
    drop(lock);
    fixture.sessions.remove(&before).unwrap();
    assert_eq!(fixture.listed(), ["github anna default"]);
}

#[test]
fn names_survive_the_loss_of_the_state() {
    let fixture = Fixture::with(&["anna"]);
    let mut second = of_client("two", "anna");
    second.signed_in_at += TimeDelta::seconds(1);
    fixture.sessions.save(&second, KEYRING).unwrap();
    let before = fixture.listed();
    let damaged = fixture.state().join("sessions/github%40github.example");
    let damaged = damaged.join(format!("{}.json", session("github", "anna").key.id().as_str()));
    fs::write(damaged, "").unwrap();
    assert_eq!(fixture.listed(), before, "one damaged file");
    fs::remove_dir_all(fixture.state()).unwrap();
    assert_eq!(fixture.listed(), before, "nothing left");
    assert_eq!(fixture.sessions.find("github", None).unwrap().unwrap().client_id, "two");
}

#[test]
fn mixed_name_of_version_0_1_0_keeps_its_default() {
    let fixture = Fixture::with(&["anna"]);
    // That version kept both under one name, without `earlier_of`.
    let mut second = of_client("two", "anna");
    second.provider = "other".to_owned();
    fixture.sessions.save(&second, KEYRING).unwrap();
    let sessions = fixture.state().join("sessions");
    let file = format!("{}.json", second.key.id().as_str());
    let text = fs::read_to_string(sessions.join("other").join(&file)).unwrap();
    assert!(!text.contains("earlier_of"), "{text}");
    let path = sessions.join("github").join(&file);
    fs::write(&path, text.replace("\"other\"", "\"github\"")).unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::remove_dir_all(sessions.join("other")).unwrap();

    assert_eq!(fixture.listed(), ["github anna default", "github anna"]);
    assert_eq!(fixture.sessions.find("github", None).unwrap().unwrap().client_id, "client");
    fixture.sessions.save(&of_client("two", "bert"), KEYRING).unwrap();
    let owner = fixture.sessions.find("github", None).unwrap().unwrap();
    assert_eq!(owner.client_id, "two");
    assert_eq!(fixture.listed().len(), 3);
    assert!(fixture.sessions.find("github@github.example", None).unwrap().is_some());
}

#[test]
fn tenants_of_one_issuer_share_a_name() {
    let fixture = Fixture::new();
    let tenant = |account: &str, tenant: &str, client: &str| {
        let mut session = of_client(client, account);
        let issuer = format!("https://login.example/{tenant}/v2.0");
        session.key.authority.clone_from(&issuer);
        session.issuer = Some(issuer);
        session
    };
    // Version 0.1.0 did not keep the template.
    fixture.sessions.save(&tenant("anna", "a", "one"), KEYRING).unwrap();
    let template = Some("https://login.example/{tenantid}/v2.0".to_owned());
    let second = Session { tenant_template: template, ..tenant("bert", "b", "one") };
    assert!(fixture.sessions.save(&second, KEYRING).unwrap().is_empty());
    assert_eq!(fixture.sessions.save(&tenant("anna", "a/b", "one"), KEYRING).unwrap().len(), 2);
}

#[test]
fn endpoint_names_the_session_without_an_issuer() {
    let fixture = Fixture::new();
    let at = |host: &str, account: &str| {
        let mut session = session("github", account);
        session.issuer = None;
        session.key.authority = format!("https://{host}/token");
        session
    };
    fixture.sessions.save(&at("one.example", "anna"), KEYRING).unwrap();
    // Version 0.1.0 did not keep the endpoint outside the secret.
    fixture.edit_state("github", |info| drop(info.remove("token_endpoint")));
    assert!(fixture.sessions.save(&at("one.example", "bert"), KEYRING).unwrap().is_empty());
    let renamed = fixture.sessions.save(&at("two.example", "anna"), KEYRING).unwrap();
    let names: Vec<&str> = renamed.iter().map(|info| info.provider.as_str()).collect();
    assert_eq!(names, ["github@earlier", "github@one.example"]);
}

#[test]
fn providers_are_listed_up_to_the_limit() {
    let fixture = Fixture::new();
    let long = format!("https://{}.example", "x".repeat(300));
    for provider in ["github", "https://id.acme.example", long.as_str(), "../../outside"] {
        fixture.sessions.save(&session(provider, "anna"), KEYRING).unwrap();
        assert_eq!(fixture.default(provider), "anna");
    }
    let mut all = fixture.sessions.providers(usize::MAX).unwrap();
    all.sort();
    assert_eq!(all, ["../../outside", "github", "https://id.acme.example", long.as_str()]);
    assert_eq!(fixture.sessions.providers(2).unwrap().len(), 2);
    let outside: Vec<_> =
        fs::read_dir(fixture.folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(outside, ["state"]);
}

#[test]
fn state_files_hold_no_secret() {
    let fixture = Fixture::with(&["octocat"]);
    let files = files(fixture.folder.path());
    assert!(files.values().any(|text| text.contains("octocat@x.example")));
    for (file, text) in files {
        for secret in ["access of", "refresh of", "client secret of"] {
            assert!(!text.contains(secret), "{file:?} holds {secret}");
        }
    }
}

// ---- save, update, remove ----

#[test]
fn removed_default_moves_to_the_oldest_session() {
    let fixture = Fixture::with(&["carl", "bert", "anna"]);
    for (gone, next) in [("carl", "anna"), ("anna", "bert")] {
        fixture.remove("github", gone).unwrap();
        assert_eq!(fixture.default("github"), next);
        assert!(fixture.sessions.find("github", Some(gone)).unwrap().is_none());
    }
    fixture.remove("github", "bert").unwrap();
    assert!(fixture.sessions.find("github", None).unwrap().is_none());
    assert!(fixture.keyring.items.lock().unwrap().is_empty());
    assert_eq!(fs::read_dir(fixture.state().join("sessions")).unwrap().count(), 0);
}

#[test]
fn session_in_a_locked_store_stays_listed() {
    let fixture = Fixture::with(&["octocat"]);
    let before = files(fixture.folder.path());
    fixture.keyring.locked.store(true, Ordering::SeqCst);
    assert_eq!(fixture.remove("github", "octocat").unwrap_err().exit_code(), 7);
    assert_eq!(files(fixture.folder.path()), before);
    assert_eq!(fixture.listed(), ["github octocat default"]);
}

#[test]
fn session_without_a_saved_secret_is_not_listed() {
    let fixture = Fixture::new();
    fixture.keyring.locked.store(true, Ordering::SeqCst);
    assert_eq!(fixture.sessions.save(&session("github", "octocat"), KEYRING).unwrap_err().exit_code(), 7);
    assert!(fixture.listed().is_empty());
    assert!(!fixture.sessions.has_used_keyring().unwrap());
}

#[test]
fn secret_without_a_written_state_is_removed() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.state()).unwrap();
    fs::write(fixture.state().join("sessions"), "a file in the way").unwrap();
    fixture.sessions.save(&session("github", "octocat"), KEYRING).unwrap_err();
    assert!(fixture.keyring.items.lock().unwrap().is_empty());
}

#[test]
fn update_keeps_store_and_default_and_clears_expiry() {
    let fixture = Fixture::with(&["anna"]);
    fixture.sessions.save(&session("github", "bert"), FILE).unwrap();
    let bert = fixture.sessions.find("github", Some("bert")).unwrap().unwrap();
    let lock = fixture.sessions.lock(&bert.id, Duration::ZERO).unwrap();

    fixture.sessions.mark_refresh_rejected(&bert, &lock).unwrap();
    assert!(fixture.sessions.find("github", Some("bert")).unwrap().unwrap().refresh_rejected);

    let mut renewed = fixture.sessions.load(&bert).unwrap();
    renewed.tokens.access_token = Secret::new("renewed");
    renewed.account.email = Some("new@x.example".to_owned());
    fixture.sessions.update(&renewed, &lock).unwrap();
    let found = fixture.sessions.find("github", Some("new@x.example")).unwrap().unwrap();
    assert_eq!((found.refresh_rejected, found.store), (false, FILE));
    assert!(fixture.sessions.load(&found).unwrap().tokens.access_token.matches("renewed"));
    assert!(fixture.sessions.find("github", Some("bert@x.example")).unwrap().is_none());
    assert_eq!(fixture.default("github"), "anna");
}

#[test]
fn refresh_does_not_restore_a_signed_out_session() {
    let fixture = Fixture::new();
    let session = session("github", "octocat");
    fixture.sessions.save(&session, KEYRING).unwrap();
    fixture.remove("github", "octocat").unwrap();
    let lock = fixture.sessions.lock(&session.key.id(), Duration::ZERO).unwrap();
    assert_eq!(fixture.sessions.update(&session, &lock).unwrap_err().exit_code(), 3);
    fixture.sessions.mark_refresh_rejected(&session.info(KEYRING), &lock).unwrap();
    assert!(fixture.keyring.items.lock().unwrap().is_empty());
    assert!(fixture.listed().is_empty());
}

#[test]
fn save_to_another_store_removes_the_old_copy() {
    let fixture = Fixture::with(&["octocat"]);
    let before = fixture.sessions.find("github", None).unwrap().unwrap();
    fixture.sessions.save(&session("github", "octocat"), FILE).unwrap();
    assert!(fixture.keyring.items.lock().unwrap().is_empty());
    // A caller with an older summary still finds the session.
    assert!(fixture.sessions.load(&before).unwrap().tokens.access_token.matches("access of octocat"));
}

#[test]
fn same_session_under_another_label_replaces_the_first() {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("work", "anna"), KEYRING).unwrap();
    fixture.sessions.save(&session("work", "bert"), KEYRING).unwrap();
    let mut relabelled = session("work", "anna");
    relabelled.provider = "contoso".to_owned();
    fixture.sessions.save(&relabelled, KEYRING).unwrap();
    assert_eq!(fixture.listed(), ["contoso anna default", "work bert default"]);
    assert_eq!(fixture.keyring.items.lock().unwrap().len(), 2);
}

#[test]
fn keyring_use_is_remembered() {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("github", "anna"), FILE).unwrap();
    assert!(!fixture.sessions.has_used_keyring().unwrap());
    fixture.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    fixture.remove("github", "bert").unwrap();
    assert!(fixture.sessions.has_used_keyring().unwrap());
}

// ---- move ----

#[test]
fn interrupted_move_leaves_one_complete_session() {
    for (from, to) in [(FILE, KEYRING), (KEYRING, FILE)] {
        for then in [After::SignOut, After::MoveAgain] {
            let mut steps = 0;
            while !move_completes(from, to, steps, then) {
                steps += 1;
            }
            assert!(steps > 3, "{steps} steps from {from:?} to {to:?}");
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum After {
    SignOut,
    MoveAgain,
}

/// Returns true if a move that ends after this many steps was completed; checks in any case that the remaining session
/// is complete.
fn move_completes(from: StoreKind, to: StoreKind, steps: usize, then: After) -> bool {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("github", "octocat"), from).unwrap();
    let id = fixture.sessions.find("github", None).unwrap().unwrap().id;
    fixture.remaining_calls.store(steps, Ordering::SeqCst);
    let moving = std::panic::AssertUnwindSafe(|| fixture.sessions.migrate(&item(&id), to));
    let ended = std::panic::catch_unwind(moving).is_ok();
    fixture.remaining_calls.store(usize::MAX, Ordering::SeqCst);

    let found = fixture.sessions.find("github", None).unwrap().expect("it is listed");
    let whole = fixture.sessions.load(&found).unwrap();
    assert!(whole.tokens.refresh_token.unwrap().matches("refresh of octocat"), "after {steps}");
    match then {
        After::SignOut => fixture.sessions.remove(&found).unwrap(),
        After::MoveAgain => {
            fixture.sessions.migrate(&item(&id), to).unwrap();
            let found = fixture.sessions.find("github", None).unwrap().unwrap();
            assert_eq!((found.store, found.also_in), (to, None), "after {steps}");
            assert!(fixture.sessions.load(&found).is_ok());
        }
    }
    let in_file = fixture.data().join(format!("secrets/{}.json", id.as_str())).exists();
    let left = [fixture.keyring.items.lock().unwrap().contains_key(&id), in_file];
    let expected = [KEYRING, FILE].map(|kind| then == After::MoveAgain && kind == to);
    assert_eq!(left, expected, "after {steps} from {from:?}");
    ended
}

// ---- damage ----

#[test]
fn missing_secret_is_not_signed_in_damaged_one_is_an_error() {
    let fixture = Fixture::with(&["octocat"]);
    let found = fixture.sessions.find("github", None).unwrap().unwrap();
    let put = |text: &str| fixture.keyring.items.lock().unwrap().insert(found.id.clone(), Secret::new(text));

    let other = session("github", "another").to_stored();
    for (text, code) in [("{\"version\":1", 7), ("", 7), (other.expose(), 7), ("{\"version\":2,\"new\":true}", 2)] {
        put(text);
        let error = fixture.sessions.load(&found).unwrap_err();
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(error.to_string().contains("`octocat` at `github`"), "{error}");
        assert!(fixture.keyring.items.lock().unwrap()[&found.id].matches(text));
    }
    fixture.keyring.items.lock().unwrap().clear();
    let error = fixture.sessions.load(&found).unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().as_str()), (3, "not signed in to `github` as `octocat`"));
    assert_eq!(fixture.listed(), ["github octocat default"]);
}

#[test]
fn damaged_state_file_is_repaired_from_the_secret() {
    for damage in DAMAGES {
        for account in [None, Some("anna"), Some("subject of anna")] {
            let fixture = Fixture::with(&["anna"]);
            fixture.sessions.save(&session("github", "bert"), FILE).unwrap();
            let whole = files(&fixture.state().join("sessions"));
            fs::write(fixture.file("github", "anna"), damage).unwrap();
            assert_eq!(fixture.sessions.find("github", account).unwrap().unwrap().account.name, "anna");
            assert_eq!(files(&fixture.state().join("sessions")), whole);
            fs::write(fixture.file("github", "bert"), damage).unwrap();
            assert_eq!(fixture.listed(), ["github anna default", "github bert"]);
            assert_eq!(files(&fixture.state().join("sessions")), whole);
        }
    }
}

#[test]
fn missing_state_file_is_rebuilt_from_the_secret() {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("github", "anna"), FILE).unwrap();
    fixture.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    let whole = files(&fixture.state());
    for name in ["anna", "bert"] {
        fs::remove_file(fixture.file("github", name)).unwrap();
        assert_eq!(fixture.sessions.find("github", Some(name)).unwrap().unwrap().account.name, name);
        assert_eq!(files(&fixture.state()), whole);
    }
    // The whole directory: the default is lost too.
    fs::remove_dir_all(fixture.state()).unwrap();
    assert_eq!(fixture.sessions.providers(9).unwrap(), ["github"]);
    assert_eq!(fixture.sessions.find("github", Some("bert")).unwrap().unwrap().store, KEYRING);
    assert_eq!(fixture.sessions.list().unwrap().sessions.len(), 2);
    assert!(fixture.sessions.has_used_keyring().unwrap());
    // A signed-out session does not come back.
    fixture.remove("github", "anna").unwrap();
    fixture.remove("github", "bert").unwrap();
    fs::remove_dir_all(fixture.state()).unwrap();
    assert!(fixture.sessions.find("github", None).unwrap().is_none());
    assert!(!fixture.state().exists());
}

#[test]
fn damaged_state_without_a_secret_is_not_signed_in() {
    for damage in DAMAGES {
        let fixture = Fixture::with(&["anna"]);
        let file = fixture.file("github", "anna");
        fs::write(&file, damage).unwrap();
        fixture.keyring.items.lock().unwrap().clear();
        assert!(fixture.sessions.find("github", None).unwrap().is_none());
        assert!(!file.exists() && !file.parent().unwrap().exists());
    }
}

/// If the secret is damaged too, or its store is locked, the state cannot be repaired.
#[test]
fn damaged_state_is_reported_kept_and_repaired_by_signin() {
    for damage in DAMAGES {
        let fixture = Fixture::with(&["anna", "bert"]);
        fixture.sessions.save(&session("gitlab", "anna"), KEYRING).unwrap();
        let file = fixture.file("github", "anna");
        fs::write(&file, damage).unwrap();
        let id = session("github", "anna").key.id();
        fixture.keyring.items.lock().unwrap().insert(id, Secret::new("damaged"));

        let SessionListing { sessions, damaged } = fixture.sessions.list().unwrap();
        assert_eq!(sessions.len(), 2);
        assert!(sessions.iter().all(|one| one.default == (one.info.provider == "gitlab")));
        assert_eq!(
            damaged.iter().map(|one| (&one.file, one.reason.as_str())).collect::<Vec<_>>(),
            [(&file, "damaged")]
        );

        for account in [None, Some("anna"), Some("subject of anna")] {
            let error = fixture.sessions.find("github", account).unwrap_err();
            assert_eq!(error.exit_code(), 7, "{error}");
            assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
        }
        assert_eq!(fixture.sessions.find("github", Some("bert")).unwrap().unwrap().account.name, "bert");
        assert_eq!(fs::read(&file).unwrap(), damage);

        fixture.sessions.save(&session("github", "anna"), KEYRING).unwrap();
        assert_eq!(fixture.listed(), ["github anna default", "github bert", "gitlab anna default"]);
    }
}

#[test]
fn newer_state_file_is_rejected_and_never_rewritten() {
    let fixture = Fixture::with(&["anna", "bert"]);
    let anna = fixture.sessions.find("github", Some("anna")).unwrap().unwrap();
    let file = fixture.file("github", "anna");
    let newer = "{\"version\":2,\"shape\":\"unknown\"}";
    fs::write(&file, newer).unwrap();
    fixture.keyring.items.lock().unwrap().insert(anna.id.clone(), Secret::new("a newer secret"));

    assert_eq!(fixture.listed(), ["github bert"]);
    let damaged = fixture.sessions.list().unwrap().damaged;
    assert_eq!(damaged[0].reason, "written by a newer version of this program (format 2)");
    assert!(fixture.sessions.find("github", Some("bert")).unwrap().is_some());

    let lock = fixture.sessions.lock(&anna.id, Duration::ZERO).unwrap();
    let refused = [
        fixture.sessions.find("github", None).unwrap_err(),
        fixture.sessions.find("github", Some("anna")).unwrap_err(),
        fixture.sessions.mark_refresh_rejected(&anna, &lock).unwrap_err(),
        fixture.sessions.update(&session("github", "anna"), &lock).unwrap_err(),
    ];
    drop(lock);
    let refused = refused.into_iter().chain([
        fixture.sessions.save(&session("github", "anna"), KEYRING).unwrap_err(),
        fixture.sessions.remove(&anna).unwrap_err(),
    ]);
    for error in refused {
        assert_eq!(error.exit_code(), 2, "{error}");
        assert!(error.to_string().starts_with(file.to_str().unwrap()), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    assert!(fixture.keyring.items.lock().unwrap()[&anna.id].matches("a newer secret"));
}

#[test]
fn newer_index_file_is_rejected_and_never_rewritten() {
    let fixture = Fixture::with(&["anna", "bert"]);
    let pointer = fixture.state().join("sessions/github/default.json");
    fs::write(&pointer, "{\"version\":2}").unwrap();
    for error in [
        fixture.sessions.find("github", None).unwrap_err(),
        fixture.sessions.set_default("github", "bert").unwrap_err(),
        fixture.sessions.save(&session("github", "carl"), KEYRING).unwrap_err(),
    ] {
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    assert_eq!(fs::read_to_string(&pointer).unwrap(), "{\"version\":2}");
    assert_eq!(fixture.keyring.items.lock().unwrap().len(), 2);
    assert_eq!(fixture.sessions.list().unwrap().damaged[0].file, pointer);
}

#[test]
fn missing_or_damaged_index_files_are_repaired() {
    for damage in [None, Some(""), Some("{\"version\":1,\"id\":\"../../etc/passwd\"}"), Some("null")] {
        let fixture = Fixture::with(&["anna", "bert"]);
        let whole = files(&fixture.state().join("sessions"));
        let pointers: Vec<_> = whole.keys().filter(|file| !is_session(file)).collect();
        assert_eq!(pointers.len(), 7);
        for pointer in pointers {
            match damage {
                None => fs::remove_file(pointer).unwrap(),
                Some(text) => fs::write(pointer, text).unwrap(),
            }
        }
        assert_eq!(fixture.listed(), ["github anna default", "github bert"]);
        assert_eq!(fixture.default("github"), "anna");
        for name in ["anna", "bert"] {
            for way in [name.to_owned(), format!("{name}@x.example"), format!("subject of {name}")] {
                assert_eq!(fixture.sessions.find("github", Some(&way)).unwrap().unwrap().account.name, name);
            }
        }
        assert_eq!(files(&fixture.state().join("sessions")), whole);
    }
}

#[test]
fn index_entries_of_missing_sessions_are_ignored() {
    let fixture = Fixture::with(&["anna", "bert"]);
    fixture.keyring.items.lock().unwrap().clear();
    fs::remove_file(fixture.file("github", "anna")).unwrap();
    assert!(fixture.sessions.find("github", Some("anna")).unwrap().is_none());
    assert_eq!(fixture.default("github"), "bert");
    fs::remove_file(fixture.file("github", "bert")).unwrap();
    assert!(fixture.sessions.find("github", None).unwrap().is_none());
    assert!(fixture.sessions.providers(2).unwrap().is_empty());
}

#[test]
fn state_file_under_another_name_is_no_session() {
    let fixture = Fixture::with(&["anna"]);
    let copy = fixture.state().join(format!("sessions/github/{:032x}.json", 1));
    fs::copy(fixture.file("github", "anna"), &copy).unwrap();
    assert_eq!(fixture.listed(), ["github anna default"]);
    assert!(!copy.exists(), "no store has a secret for it");
}

#[test]
fn leftovers_of_crashed_writers_are_removed() {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("github", "anna"), FILE).unwrap();
    let written =
        files(fixture.folder.path()).into_keys().filter(|file| file.extension().is_some_and(|end| end == "json"));
    let left: Vec<_> = written.map(|file| file.with_extension("json.tmp")).collect();
    assert_eq!(left.len(), 6);
    let orphans =
        [fixture.data().join("secrets/orphan.json.tmp"), fixture.state().join("sessions/github/orphan.json.tmp")];
    for file in left.iter().chain(&orphans) {
        fs::write(file, "{\"version\":1,\"half").unwrap();
    }
    assert_eq!(fixture.listed(), ["github anna default"]);
    assert!(fixture.sessions.list().unwrap().damaged.is_empty());
    fixture.sessions.save(&session("github", "bert"), FILE).unwrap();
    fixture.remove("github", "anna").unwrap();
    let left = files(fixture.folder.path()).into_keys().filter(|file| file.extension().is_some_and(|end| end == "tmp"));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

// ---- permissions ----

#[cfg(unix)]
#[test]
fn files_are_owner_only_for_any_umask() {
    for umask in ["000", "022", "077", "0177", "0277", "0777"] {
        let folder = tempfile::tempdir().unwrap();
        run(child("child_saves_and_updates", folder.path(), &format!("umask {umask}")));
        for entry in walk(folder.path()) {
            let expected = if entry.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&entry), expected, "umask {umask}: {}", entry.display());
        }
    }
}

#[test]
#[ignore = "a part of another test"]
fn child_saves_and_updates() {
    let Some(fixture) = Fixture::of_child() else { return };
    let session = session("github", "octocat");
    fixture.sessions.save(&session, FILE).unwrap();
    fixture.sessions.save(&self::session("github", "other"), KEYRING).unwrap();
    let lock = fixture.sessions.lock(&session.key.id(), Duration::ZERO).unwrap();
    fixture.sessions.update(&session, &lock).unwrap();
}

#[cfg(unix)]
#[test]
fn secret_readable_by_others_is_rejected() {
    let fixture = Fixture::new();
    fixture.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let found = fixture.sessions.find("github", None).unwrap().unwrap();
    let file = fixture.data().join(format!("secrets/{}.json", found.id.as_str()));
    set_mode(&file, 0o644);
    let error = fixture.sessions.load(&found).unwrap_err();
    let hint =
        format!("can be read by other users (mode 0644); if none has read it, run: chmod 600 {}", file.display());
    assert!(error.to_string().contains(&hint), "{error}");
    assert_eq!((error.exit_code(), mode(&file)), (7, 0o644));
    fixture.sessions.save(&session("github", "octocat"), FILE).unwrap();
    assert!(fixture.sessions.load(&found).is_ok());
    assert_eq!(mode(&file), 0o600);
}

#[cfg(unix)]
#[test]
fn directories_writable_by_others_are_rejected() {
    for directory in ["state", "data/secrets"] {
        let fixture = Fixture::new();
        let path = fixture.folder.path().join(directory);
        fs::create_dir_all(&path).unwrap();
        set_mode(&path, 0o777);
        let error = fixture.sessions.save(&session("github", "octocat"), FILE).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(&format!("{directory}` ")) && error.contains("run: chmod "), "{error}");
        assert!(fixture.listed().is_empty());
        assert!(files(fixture.folder.path()).values().all(|text| text.is_empty()), "{directory}");
    }
}

// ---- file store ----

#[test]
fn file_store_keeps_secrets_other_than_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().to_owned(), Arc::default());
    let id = SessionId::for_secret("mycli", "client-secret", "acme");
    assert_ne!(id, SessionId::for_secret("mycli", "client-secret", "other"));
    assert!(store.load("mycli", &id).unwrap().is_none());
    store.remove("mycli", &id).unwrap();
    store.save(&item(&id), &Secret::new("a long \"secret\" ü\n")).unwrap();
    store.save(&item(&id), &Secret::new("short")).unwrap();
    assert!(store.load("mycli", &id).unwrap().unwrap().matches("short"));
    assert!(store.load("acme", &id).unwrap().is_none());
    store.remove("mycli", &id).unwrap();
    store.remove("mycli", &id).unwrap();
    assert!(store.load("mycli", &id).unwrap().is_none());
}

#[test]
fn damaged_secret_is_not_quoted_newer_one_not_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().to_owned(), Arc::default());
    let id = SessionId::for_secret("mycli", "client-secret", "acme");
    store.save(&item(&id), &Secret::new("hunter2")).unwrap();
    let file = folder.path().join(format!("secrets/{}.json", id.as_str()));
    let whole = fs::read_to_string(&file).unwrap();
    assert!(whole.contains("hunter2"));

    for damage in [&whole[..whole.len() - 1], "", "\"hunter2\"", "{\"version\":\"hunter2\"}"] {
        fs::write(&file, damage).unwrap();
        let error = store.load("mycli", &id).unwrap_err();
        assert_eq!(error.exit_code(), 7);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
    let newer = "{\"version\":2,\"secret\":[]}";
    fs::write(&file, newer).unwrap();
    assert_eq!(store.load("mycli", &id).unwrap_err().exit_code(), 2);
    assert_eq!(store.save(&item(&id), &Secret::new("x")).unwrap_err().exit_code(), 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
}

#[test]
fn readers_never_see_a_partial_file() {
    let fixture = Fixture::new();
    let save = |length: usize| {
        let mut session = session("github", "octocat");
        session.tokens.access_token = Secret::new("x".repeat(length));
        session.scopes = vec!["scope".to_owned(); length / 100];
        let lock = fixture.sessions.lock(&session.key.id(), Duration::from_secs(60)).unwrap();
        fixture.sessions.update(&session, &lock).unwrap();
    };
    fixture.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut lengths = std::collections::BTreeSet::new();
                while !done.load(Ordering::SeqCst) {
                    let found = fixture.sessions.find("github", Some("octocat")).unwrap().unwrap();
                    lengths.insert(fixture.sessions.load(&found).unwrap().tokens.access_token.expose().len());
                }
                lengths
            })
        });
        for round in 0..200 {
            save([20, 60_000, 3_000][round % 3]);
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            let lengths = reader.join().unwrap();
            let first = "access of octocat".len();
            assert!(lengths.iter().all(|length| [first, 20, 3_000, 60_000].contains(length)), "{lengths:?}");
        }
    });
}

#[cfg(unix)]
#[test]
fn full_disk_keeps_the_old_content() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = Fixture::at(Folder::Given(folder.path().to_owned()));
    fixture.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let before = files(folder.path());
    // No file may grow: writing fails as on a full disk, for root too.
    run(child("child_finds_the_disk_full", folder.path(), "trap '' XFSZ; ulimit -f 0"));
    let after: BTreeMap<_, _> = files(folder.path()).into_iter().filter(|(_, text)| !text.is_empty()).collect();
    assert_eq!(after, before.into_iter().filter(|(_, text)| !text.is_empty()).collect());
}

#[test]
#[ignore = "a part of another test"]
fn child_finds_the_disk_full() {
    let Some(fixture) = Fixture::of_child() else { return };
    let mut session = session("github", "octocat");
    session.tokens.access_token = Secret::new("another");
    let mut elsewhere = session.clone();
    elsewhere.provider = "gitlab".to_owned();
    let errors = [
        fixture.sessions.save(&session, FILE).unwrap_err(),
        fixture.sessions.save(&elsewhere, FILE).unwrap_err(),
        fixture.sessions.save(&self::session("github", "new"), KEYRING).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.exit_code() == 7));
    assert!(fixture.keyring.items.lock().unwrap().is_empty());
    let found = fixture.sessions.find("github", None).unwrap().unwrap();
    assert!(fixture.sessions.load(&found).unwrap().tokens.access_token.matches("access of octocat"));
}

// ---- concurrency ----

#[test]
fn held_lock_is_a_retryable_error() {
    let fixture = Fixture::new();
    let [one, other] = ["one", "other"].map(|name| SessionId::for_secret("mycli", "test", name));
    let held = fixture.sessions.lock(&one, Duration::ZERO).unwrap();
    assert_eq!(fixture.sessions.lock(&one, Duration::from_millis(3)).unwrap_err().exit_code(), 6);
    assert!(fixture.sessions.lock(&other, Duration::ZERO).is_ok());
    drop(held);
    // A child that another test starts holds the file open until it has called exec.
    assert!(fixture.sessions.lock(&one, Duration::from_secs(60)).is_ok());
}

#[cfg(unix)]
#[test]
fn twenty_processes_never_share_a_lock() {
    let folder = tempfile::tempdir().unwrap();
    let counter = folder.path().join("counter");
    fs::write(&counter, "0").unwrap();
    let children = [(); 20].map(|()| child("child_counts_under_the_lock", folder.path(), ":").spawn().unwrap());
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(fs::read_to_string(&counter).unwrap(), "500");
}

/// Reads, increments, writes in place: two concurrent runs lose a count or read an empty file.
#[test]
#[ignore = "a part of another test"]
fn child_counts_under_the_lock() {
    let Some(fixture) = Fixture::of_child() else { return };
    let counter = fixture.folder.path().join("counter");
    for _ in 0..25 {
        let _lock = fixture
            .sessions
            .lock(&SessionId::for_secret("mycli", "test", "counter"), Duration::from_secs(120))
            .unwrap();
        let count: u32 = fs::read_to_string(&counter).unwrap().parse().unwrap();
        fs::write(&counter, (count + 1).to_string()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn concurrent_signins_and_signouts_leave_consistent_state() {
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let mut command = child("child_signs_in_and_out", folder.path(), ":");
            command.env("STATE_TEST_NUMBER", number.to_string()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let fixture = Fixture::at(Folder::Given(folder.path().to_owned()));
    let SessionListing { sessions, damaged } = fixture.sessions.list().unwrap();
    assert_eq!(damaged, []);
    assert_eq!(sessions.iter().filter(|one| one.default).count(), 1);
    let mut names: Vec<_> = sessions.iter().map(|one| one.info.account.name.clone()).collect();
    names.sort();
    assert_eq!(names, ["kept0", "kept1", "kept2", "kept3", "kept4", "kept5", "shared"]);
    for name in &names {
        let found = fixture.sessions.find("github", Some(name)).unwrap().unwrap();
        assert!(fixture.sessions.load(&found).unwrap().tokens.access_token.matches(&format!("access of {name}")));
    }
    assert_eq!(fs::read_dir(fixture.data().join("secrets")).unwrap().count(), names.len() + 1);
    assert_eq!(fs::read_dir(fixture.state().join("sessions/github/names")).unwrap().count(), 3 * names.len());
}

#[test]
#[ignore = "a part of another test"]
fn child_signs_in_and_out() {
    let Some(fixture) = Fixture::of_child() else { return };
    let number = std::env::var("STATE_TEST_NUMBER").unwrap();
    for _ in 0..5 {
        let (kept, gone) = (format!("kept{number}"), format!("gone{number}"));
        for account in [&gone, &kept, "shared"] {
            fixture.sessions.save(&session("github", account), FILE).unwrap();
        }
        fixture.sessions.set_default("github", &gone).unwrap();
        fixture.remove("github", &gone).unwrap();
        assert!(fixture.sessions.find("github", None).unwrap().is_some());
    }
}

// ---- test support ----

/// Sessions of a program in a temporary directory, with a keyring in memory and a file store.
struct Fixture {
    folder: Folder,
    keyring: Memory,
    /// Number of store calls before the process dies.
    remaining_calls: Arc<AtomicUsize>,
    sessions: SessionStore,
}

enum Folder {
    Own(TempDir),
    Given(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Own(folder) => folder.path(),
            Self::Given(folder) => folder,
        }
    }
}

impl Fixture {
    fn new() -> Self {
        Self::at(Folder::Own(tempfile::tempdir().unwrap()))
    }

    fn at(folder: Folder) -> Self {
        let places = StoreDirectories { state: folder.path().join("state"), data: folder.path().join("data") };
        let keyring = Memory::default();
        let remaining_calls = Arc::new(AtomicUsize::new(usize::MAX));
        let mortal = |store| Box::new(DyingStore { store, remaining_calls: remaining_calls.clone() });
        let stores =
            [mortal(Box::new(keyring.clone())), mortal(Box::new(FileStore::new(places.data.clone(), Arc::default())))];
        let [in_memory, in_files] = stores;
        let sessions = SessionStore::new("mycli".to_owned(), places, in_memory, in_files);
        Self { folder, keyring, remaining_calls, sessions }
    }

    /// `None` if a child test runs without its parent test; it then has nothing to do.
    fn of_child() -> Option<Self> {
        std::env::var_os("STATE_TEST_FOLDER").map(|folder| Self::at(Folder::Given(folder.into())))
    }

    /// With these accounts at `github`, in the keyring.
    fn with(accounts: &[&str]) -> Self {
        let fixture = Self::new();
        for account in accounts {
            fixture.sessions.save(&session("github", account), KEYRING).unwrap();
        }
        fixture
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn file(&self, provider: &str, account: &str) -> PathBuf {
        let id = session(provider, account).key.id();
        self.state().join("sessions").join(provider).join(format!("{}.json", id.as_str()))
    }

    /// Edits the state of the only session of `provider`.
    fn edit_state(&self, provider: &str, edit: impl Fn(&mut serde_json::Map<String, serde_json::Value>)) {
        let folder = fs::read_dir(self.state().join("sessions").join(provider)).unwrap();
        let mut files = folder.map(|entry| entry.unwrap().path());
        let file = files.find(|path| path.file_stem().is_some_and(|name| name.len() == 32)).unwrap();
        let mut info = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        edit(&mut info);
        fs::write(file, serde_json::to_vec(&info).unwrap()).unwrap();
    }

    fn default(&self, provider: &str) -> String {
        self.sessions.find(provider, None).unwrap().expect("a session").account.name
    }

    fn remove(&self, provider: &str, account: &str) -> Result<()> {
        let found = self.sessions.find(provider, Some(account))?.expect("a session");
        self.sessions.remove(&found)
    }

    fn listed(&self) -> Vec<String> {
        let sessions = self.sessions.list().unwrap().sessions.into_iter();
        let line =
            |one: &mycli::internals::store::ListedSession| format!("{} {}", one.info.provider, one.info.account.name);
        sessions.map(|one| if one.default { format!("{} default", line(&one)) } else { line(&one) }).collect()
    }
}

/// Keyring in memory that can be locked.
#[derive(Clone, Default)]
struct Memory {
    items: Arc<Mutex<HashMap<SessionId, Secret>>>,
    locked: Arc<AtomicBool>,
}

impl Memory {
    fn open(&self) -> Result<std::sync::MutexGuard<'_, HashMap<SessionId, Secret>>> {
        match self.locked.load(Ordering::SeqCst) {
            true => Err(Error::store(StoreErrorKind::Locked, "the keyring is locked")),
            false => Ok(self.items.lock().unwrap()),
        }
    }
}

impl Store for Memory {
    fn load(&self, _app: &str, id: &SessionId) -> Result<Option<Secret>> {
        Ok(self.open()?.get(id).cloned())
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        let unnamed = |id: &SessionId| Item { app: app.to_owned(), ..item(id) };
        Ok(self.open()?.keys().map(unnamed).collect())
    }

    fn prepare_save(&self, _length: usize) -> Result<()> {
        self.open().map(drop)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        self.open()?.insert(item.id.clone(), secret.clone());
        Ok(())
    }

    fn remove(&self, _app: &str, id: &SessionId) -> Result<()> {
        self.open()?.remove(id);
        Ok(())
    }
}

/// Store whose process dies after a number of calls.
struct DyingStore {
    store: Box<dyn Store>,
    remaining_calls: Arc<AtomicUsize>,
}

impl DyingStore {
    fn count_call(&self) -> &dyn Store {
        let left = self.remaining_calls.load(Ordering::SeqCst);
        assert!(left > 0, "the process dies here");
        self.remaining_calls.store(left - 1, Ordering::SeqCst);
        &*self.store
    }
}

impl Store for DyingStore {
    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.count_call().load(app, id)
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        self.count_call().list(app)
    }

    fn prepare_save(&self, length: usize) -> Result<()> {
        self.count_call().prepare_save(length)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        self.count_call().save(item, secret)
    }

    fn remove(&self, app: &str, id: &SessionId) -> Result<()> {
        self.count_call().remove(app, id)
    }
}

/// Session at `github` of another client.
fn of_client(client: &str, account: &str) -> Session {
    let mut session = session("github", account);
    session.key.client_id = client.to_owned();
    session.client.id = client.to_owned();
    session
}

/// Session; the alphabetical order of accounts is the order of sign-in.
fn session(provider: &str, account: &str) -> Session {
    let mut session = Session::from_stored(&Secret::new(include_str!("../src/oauth/fixtures/session.json"))).unwrap();
    let authority = format!("https://{provider}.example");
    let subject = Some(format!("subject of {account}"));
    let secret = |kind: &str| Secret::new(format!("{kind} of {account}"));
    session.key.authority = authority.clone();
    session.key.subject = subject.clone();
    session.provider = provider.to_owned();
    session.account = Account { subject, name: account.to_owned(), email: Some(format!("{account}@x.example")) };
    session.endpoints.token = format!("{authority}/token");
    session.issuer = Some(authority);
    session.client.secret = Some(secret("client secret"));
    session.tokens.access_token = secret("access");
    session.tokens.refresh_token = Some(secret("refresh"));
    session.signed_in_at += TimeDelta::seconds(account.bytes().next().map_or(0, i64::from));
    session
}

fn item(id: &SessionId) -> Item {
    Item { app: "mycli".to_owned(), id: id.clone(), provider: "acme".to_owned(), account: "client secret".to_owned() }
}

fn is_session(file: &Path) -> bool {
    file.file_stem().is_some_and(|stem| stem.len() == 32)
}

/// All files below `folder` with their content.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let files = walk(folder).into_iter().filter(|path| path.is_file());
    files.map(|path| (path.clone(), String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())).collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], walk(&path)].concat() } else { vec![path] })
        .collect()
}

/// Runs the test `name` of this program as a separate process, after the shell commands of `before`.
fn child(name: &str, folder: &Path, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" \"$@\"")]).arg(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--ignored", "--nocapture"]).env("STATE_TEST_FOLDER", folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(mut child: Command) {
    let output = child.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}
