//! Sessions in files: found, kept, removed, by many processes at once and after every kind of damage.
//!
//! The tests hold for root and for an ordinary user alike: rights are judged by owner and mode, not by what the system
//! lets root do. Tests named `child_…` are parts of others, started as processes of their own.
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // a test is a program of its own

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use mycli::error::{Error, Result, StoreErrorKind};
use mycli::secret::Secret;
use mycli::session::{
    Account, Client, ClientAuth, Endpoints, Session, SessionId, SessionKey, SessionQuirks, StoreKind, Tokens,
};
use mycli::store::{FileStore, Item, SessionListing, SessionStore, Store, StoreDirectories};
use tempfile::TempDir;

const KEYRING: StoreKind = StoreKind::Keyring;
const FILE: StoreKind = StoreKind::File;

/// What may be left of a state file.
const DAMAGES: [&[u8]; 5] = [b"", b"{\"version\":1,\"id\":\"0", b"{}", b"\xff\xfe", b"[1]"];

// ---- finding and choosing ----

#[test]
fn a_session_is_found_by_account_e_mail_or_subject_and_loaded_whole() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap();
    for name in [None, Some("octocat"), Some("OctoCat@X.example"), Some("subject of octocat")] {
        let found = desk.sessions.find("github", name).unwrap().unwrap_or_else(|| panic!("{name:?}"));
        let whole = desk.sessions.load(&found).unwrap();
        assert!(whole.tokens.access_token.matches("access of octocat"));
        assert_eq!(found, session("github", "octocat").info(KEYRING));
    }
    for name in ["Octocat", "octo", "Subject of octocat", ""] {
        assert!(desk.sessions.find("github", Some(name)).unwrap().is_none(), "{name}");
    }
}

#[test]
fn a_question_about_nothing_writes_nothing() {
    let desk = Desk::new();
    assert!(desk.sessions.find("github", None).unwrap().is_none());
    assert!(desk.sessions.find("github", Some("octocat")).unwrap().is_none());
    assert!(desk.sessions.list().unwrap().sessions.is_empty());
    assert!(desk.sessions.providers(2).unwrap().is_empty());
    assert!(!desk.sessions.has_used_keyring().unwrap());
    assert_eq!(fs::read_dir(desk.folder.path()).unwrap().count(), 0);
}

#[test]
fn the_first_session_of_a_provider_is_its_default_until_another_is_chosen() {
    let desk = Desk::new();
    for account in ["anna", "bert", "carl"] {
        desk.sessions.save(&session("github", account), KEYRING).unwrap();
    }
    assert_eq!(desk.default("github"), "anna");
    assert_eq!(desk.sessions.set_default("github", "BERT@x.example").unwrap().account.name, "bert");
    assert_eq!(desk.default("github"), "bert");
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    assert_eq!(desk.default("github"), "bert");

    let error = desk.sessions.set_default("github", "zoe").unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().as_str()), (3, "not signed in to `github` as `zoe`"));
    assert_eq!(desk.default("github"), "bert");
}

#[test]
fn sessions_are_listed_by_provider_with_the_default_first() {
    let desk = Desk::new();
    for (provider, account) in [("gitlab", "anna"), ("github", "bert"), ("github", "anna"), ("github", "carl")] {
        desk.sessions.save(&session(provider, account), KEYRING).unwrap();
    }
    desk.sessions.set_default("github", "carl").unwrap();
    assert_eq!(desk.listed(), ["github carl default", "github anna", "github bert", "gitlab anna default"]);
}

#[test]
fn among_sessions_of_one_name_the_default_is_meant_then_the_first() {
    let desk = Desk::new();
    for client in ["one", "two", "three"] {
        let mut session = session("github", "octocat");
        session.key.client_id = client.to_owned();
        session.client.id = client.to_owned();
        session.signed_in_at += TimeDelta::seconds(client.len() as i64);
        desk.sessions.save(&session, KEYRING).unwrap();
    }
    let client = |account| desk.sessions.find("github", account).unwrap().unwrap().client_id;
    assert_eq!([client(None), client(Some("octocat"))], ["one", "one"]);
    let one = desk.sessions.find("github", None).unwrap().unwrap();
    desk.sessions.remove(&one).unwrap();
    assert_eq!([client(None), client(Some("octocat"))], ["two", "two"]);
}

#[test]
fn providers_are_named_up_to_the_limit() {
    let desk = Desk::new();
    let long = format!("https://{}.example", "x".repeat(300));
    for provider in ["github", "https://id.acme.example", long.as_str(), "../../outside"] {
        desk.sessions.save(&session(provider, "anna"), KEYRING).unwrap();
        assert_eq!(desk.default(provider), "anna");
    }
    let mut all = desk.sessions.providers(usize::MAX).unwrap();
    all.sort();
    assert_eq!(all, ["../../outside", "github", "https://id.acme.example", long.as_str()]);
    assert_eq!(desk.sessions.providers(2).unwrap().len(), 2);
    let outside: Vec<_> = fs::read_dir(desk.folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(outside, ["state"]);
}

#[test]
fn state_files_hold_no_secret() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap();
    let files = files(desk.folder.path());
    assert!(files.values().any(|text| text.contains("octocat@x.example")));
    for (file, text) in files {
        for secret in ["access of", "refresh of", "client secret of"] {
            assert!(!text.contains(secret), "{file:?} holds {secret}");
        }
    }
}

// ---- saving, updating, removing ----

#[test]
fn a_default_that_goes_moves_to_the_oldest_left_and_the_last_leaves_no_trace() {
    let desk = Desk::new();
    for account in ["carl", "bert", "anna"] {
        desk.sessions.save(&session("github", account), KEYRING).unwrap();
    }
    for (gone, next) in [("carl", "anna"), ("anna", "bert")] {
        desk.remove("github", gone).unwrap();
        assert_eq!(desk.default("github"), next);
        assert!(desk.sessions.find("github", Some(gone)).unwrap().is_none());
    }
    desk.remove("github", "bert").unwrap();
    assert!(desk.sessions.find("github", None).unwrap().is_none());
    assert!(desk.keyring.items.lock().unwrap().is_empty());
    assert_eq!(fs::read_dir(desk.state().join("sessions")).unwrap().count(), 0);
}

#[test]
fn a_session_whose_store_is_locked_stays_listed() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap();
    let before = files(desk.folder.path());
    desk.keyring.locked.store(true, Ordering::SeqCst);
    assert_eq!(desk.remove("github", "octocat").unwrap_err().exit_code(), 7);
    assert_eq!(files(desk.folder.path()), before);
    assert_eq!(desk.listed(), ["github octocat default"]);
}

#[test]
fn a_session_whose_secret_could_not_be_kept_is_not_listed() {
    let desk = Desk::new();
    desk.keyring.locked.store(true, Ordering::SeqCst);
    assert_eq!(desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap_err().exit_code(), 7);
    assert!(desk.listed().is_empty());
    assert!(!desk.sessions.has_used_keyring().unwrap());
}

#[test]
fn a_secret_whose_state_could_not_be_written_is_not_left_behind() {
    let desk = Desk::new();
    fs::create_dir(desk.state()).unwrap();
    fs::write(desk.state().join("sessions"), "a file in the way").unwrap();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap_err();
    assert!(desk.keyring.items.lock().unwrap().is_empty());
}

#[test]
fn an_update_keeps_the_place_and_the_default_and_brings_a_dead_session_back() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    desk.sessions.save(&session("github", "bert"), FILE).unwrap();
    let bert = desk.sessions.find("github", Some("bert")).unwrap().unwrap();
    let lock = desk.sessions.lock(&bert.id, Duration::ZERO).unwrap();

    desk.sessions.mark_refresh_rejected(&bert, &lock).unwrap();
    assert!(desk.sessions.find("github", Some("bert")).unwrap().unwrap().refresh_rejected);

    let mut renewed = desk.sessions.load(&bert).unwrap();
    renewed.tokens.access_token = Secret::new("renewed");
    renewed.account.email = Some("new@x.example".to_owned());
    desk.sessions.update(&renewed, &lock).unwrap();
    let found = desk.sessions.find("github", Some("new@x.example")).unwrap().unwrap();
    assert_eq!((found.refresh_rejected, found.store), (false, FILE));
    assert!(desk.sessions.load(&found).unwrap().tokens.access_token.matches("renewed"));
    assert!(desk.sessions.find("github", Some("bert@x.example")).unwrap().is_none());
    assert_eq!(desk.default("github"), "anna");
}

#[test]
fn a_refresh_does_not_bring_back_what_was_signed_out_of() {
    let desk = Desk::new();
    let session = session("github", "octocat");
    desk.sessions.save(&session, KEYRING).unwrap();
    desk.remove("github", "octocat").unwrap();
    let lock = desk.sessions.lock(&session.key.id(), Duration::ZERO).unwrap();
    assert_eq!(desk.sessions.update(&session, &lock).unwrap_err().exit_code(), 3);
    desk.sessions.mark_refresh_rejected(&session.info(KEYRING), &lock).unwrap();
    assert!(desk.keyring.items.lock().unwrap().is_empty());
    assert!(desk.listed().is_empty());
}

#[test]
fn a_session_kept_anew_elsewhere_leaves_nothing_in_the_old_store() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap();
    let before = desk.sessions.find("github", None).unwrap().unwrap();
    desk.sessions.save(&session("github", "octocat"), FILE).unwrap();
    assert!(desk.keyring.items.lock().unwrap().is_empty());
    // Who read the summary before finds the session all the same.
    assert!(desk.sessions.load(&before).unwrap().tokens.access_token.matches("access of octocat"));
}

#[test]
fn one_session_under_another_label_replaces_the_first() {
    let desk = Desk::new();
    desk.sessions.save(&session("work", "anna"), KEYRING).unwrap();
    desk.sessions.save(&session("work", "bert"), KEYRING).unwrap();
    let mut relabelled = session("work", "anna");
    relabelled.provider = "contoso".to_owned();
    desk.sessions.save(&relabelled, KEYRING).unwrap();
    assert_eq!(desk.listed(), ["contoso anna default", "work bert default"]);
    assert_eq!(desk.keyring.items.lock().unwrap().len(), 2);
}

#[test]
fn that_a_keyring_was_used_is_remembered() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), FILE).unwrap();
    assert!(!desk.sessions.has_used_keyring().unwrap());
    desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    desk.remove("github", "bert").unwrap();
    assert!(desk.sessions.has_used_keyring().unwrap());
}

// ---- moving ----

#[test]
fn a_move_that_ends_anywhere_leaves_one_whole_session_that_can_be_signed_out_of_or_moved_on() {
    for (from, to) in [(FILE, KEYRING), (KEYRING, FILE)] {
        for then in [After::SignOut, After::MoveAgain] {
            let mut steps = 0;
            while !moved_whole(from, to, steps, then) {
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

/// Whether a move that ends after so many steps got to its end; what it left is whole in any case.
fn moved_whole(from: StoreKind, to: StoreKind, steps: usize, then: After) -> bool {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), from).unwrap();
    let id = desk.sessions.find("github", None).unwrap().unwrap().id;
    desk.fuse.store(steps, Ordering::SeqCst);
    let moving = std::panic::AssertUnwindSafe(|| desk.sessions.migrate(&item(&id), to));
    let ended = std::panic::catch_unwind(moving).is_ok();
    desk.fuse.store(usize::MAX, Ordering::SeqCst);

    let found = desk.sessions.find("github", None).unwrap().expect("it is listed");
    let whole = desk.sessions.load(&found).unwrap();
    assert!(whole.tokens.refresh_token.unwrap().matches("refresh of octocat"), "after {steps}");
    match then {
        After::SignOut => desk.sessions.remove(&found).unwrap(),
        After::MoveAgain => {
            desk.sessions.migrate(&item(&id), to).unwrap();
            let found = desk.sessions.find("github", None).unwrap().unwrap();
            assert_eq!((found.store, found.also_in), (to, None), "after {steps}");
            assert!(desk.sessions.load(&found).is_ok());
        }
    }
    let in_file = desk.data().join(format!("secrets/{}.json", id.as_str())).exists();
    let left = [desk.keyring.items.lock().unwrap().contains_key(&id), in_file];
    let expected = [KEYRING, FILE].map(|kind| then == After::MoveAgain && kind == to);
    assert_eq!(left, expected, "after {steps} from {from:?}");
    ended
}

// ---- damage ----

#[test]
fn a_secret_that_is_gone_is_not_signed_in_and_a_damaged_one_is_said_to_be() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), KEYRING).unwrap();
    let found = desk.sessions.find("github", None).unwrap().unwrap();
    let put = |text: &str| desk.keyring.items.lock().unwrap().insert(found.id.clone(), Secret::new(text));

    let other = session("github", "somebody").to_stored();
    for (text, code) in [("{\"version\":1", 7), ("", 7), (other.expose(), 7), ("{\"version\":2,\"new\":true}", 2)] {
        put(text);
        let error = desk.sessions.load(&found).unwrap_err();
        assert_eq!(error.exit_code(), code, "{error}");
        assert!(error.to_string().contains("`octocat` at `github`"), "{error}");
        assert!(desk.keyring.items.lock().unwrap()[&found.id].matches(text));
    }
    desk.keyring.items.lock().unwrap().clear();
    let error = desk.sessions.load(&found).unwrap_err();
    assert_eq!((error.exit_code(), error.to_string().as_str()), (3, "not signed in to `github` as `octocat`"));
    assert_eq!(desk.listed(), ["github octocat default"]);
}

#[test]
fn a_damaged_state_file_is_mended_from_the_secret() {
    for damage in DAMAGES {
        for account in [None, Some("anna"), Some("subject of anna")] {
            let desk = Desk::new();
            desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
            desk.sessions.save(&session("github", "bert"), FILE).unwrap();
            let whole = files(&desk.state().join("sessions"));
            fs::write(desk.file("github", "anna"), damage).unwrap();
            assert_eq!(desk.sessions.find("github", account).unwrap().unwrap().account.name, "anna");
            assert_eq!(files(&desk.state().join("sessions")), whole);
            fs::write(desk.file("github", "bert"), damage).unwrap();
            assert_eq!(desk.listed(), ["github anna default", "github bert"]);
            assert_eq!(files(&desk.state().join("sessions")), whole);
        }
    }
}

#[test]
fn a_state_file_that_is_gone_is_made_anew_from_the_secret() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), FILE).unwrap();
    desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    let whole = files(&desk.state());
    for name in ["anna", "bert"] {
        fs::remove_file(desk.file("github", name)).unwrap();
        assert_eq!(desk.sessions.find("github", Some(name)).unwrap().unwrap().account.name, name);
        assert_eq!(files(&desk.state()), whole);
    }
    // All of it: who was the default is not known any more.
    fs::remove_dir_all(desk.state()).unwrap();
    assert_eq!(desk.sessions.providers(9).unwrap(), ["github"]);
    assert_eq!(desk.sessions.find("github", Some("bert")).unwrap().unwrap().store, KEYRING);
    assert_eq!(desk.sessions.list().unwrap().sessions.len(), 2);
    assert!(desk.sessions.has_used_keyring().unwrap());
    // What was signed out of does not come back.
    desk.remove("github", "anna").unwrap();
    desk.remove("github", "bert").unwrap();
    fs::remove_dir_all(desk.state()).unwrap();
    assert!(desk.sessions.find("github", None).unwrap().is_none());
    assert!(!desk.state().exists());
}

#[test]
fn a_damaged_state_file_without_a_secret_is_not_signed_in() {
    for damage in DAMAGES {
        let desk = Desk::new();
        desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
        let file = desk.file("github", "anna");
        fs::write(&file, damage).unwrap();
        desk.keyring.items.lock().unwrap().clear();
        assert!(desk.sessions.find("github", None).unwrap().is_none());
        assert!(!file.exists() && !file.parent().unwrap().exists());
    }
}

/// With the secret damaged too, or its store locked, there is nothing to mend it from.
#[test]
fn a_damaged_state_file_is_reported_kept_and_mended_by_signing_in_again() {
    for damage in DAMAGES {
        let desk = Desk::new();
        desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
        desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
        desk.sessions.save(&session("gitlab", "anna"), KEYRING).unwrap();
        let file = desk.file("github", "anna");
        fs::write(&file, damage).unwrap();
        let id = session("github", "anna").key.id();
        desk.keyring.items.lock().unwrap().insert(id, Secret::new("damaged"));

        let SessionListing { sessions, damaged } = desk.sessions.list().unwrap();
        assert_eq!(sessions.len(), 2);
        assert!(sessions.iter().all(|one| one.default == (one.summary.provider == "gitlab")));
        assert_eq!(
            damaged.iter().map(|one| (&one.file, one.reason.as_str())).collect::<Vec<_>>(),
            [(&file, "damaged")]
        );

        for account in [None, Some("anna"), Some("subject of anna")] {
            let error = desk.sessions.find("github", account).unwrap_err();
            assert_eq!(error.exit_code(), 7, "{error}");
            assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
        }
        assert_eq!(desk.sessions.find("github", Some("bert")).unwrap().unwrap().account.name, "bert");
        assert_eq!(fs::read(&file).unwrap(), damage);

        desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
        assert_eq!(desk.listed(), ["github anna default", "github bert", "gitlab anna default"]);
    }
}

#[test]
fn a_newer_state_file_is_refused_only_where_it_is_meant_and_never_rewritten() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    let anna = desk.sessions.find("github", Some("anna")).unwrap().unwrap();
    let file = desk.file("github", "anna");
    let newer = "{\"version\":2,\"shape\":\"unknown\"}";
    fs::write(&file, newer).unwrap();
    desk.keyring.items.lock().unwrap().insert(anna.id.clone(), Secret::new("a newer secret"));

    assert_eq!(desk.listed(), ["github bert"]);
    let damaged = desk.sessions.list().unwrap().damaged;
    assert_eq!(damaged[0].reason, "written by a newer version of this program (format 2)");
    assert!(desk.sessions.find("github", Some("bert")).unwrap().is_some());

    let lock = desk.sessions.lock(&anna.id, Duration::ZERO).unwrap();
    let refused = [
        desk.sessions.find("github", None).unwrap_err(),
        desk.sessions.find("github", Some("anna")).unwrap_err(),
        desk.sessions.mark_refresh_rejected(&anna, &lock).unwrap_err(),
        desk.sessions.update(&session("github", "anna"), &lock).unwrap_err(),
    ];
    drop(lock);
    let refused = refused.into_iter().chain([
        desk.sessions.save(&session("github", "anna"), KEYRING).unwrap_err(),
        desk.sessions.remove(&anna).unwrap_err(),
    ]);
    for error in refused {
        assert_eq!(error.exit_code(), 2, "{error}");
        assert!(error.to_string().starts_with(file.to_str().unwrap()), "{error}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    assert!(desk.keyring.items.lock().unwrap()[&anna.id].matches("a newer secret"));
}

#[test]
fn a_newer_pointer_is_refused_and_never_rewritten() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    let pointer = desk.state().join("sessions/github/default.json");
    fs::write(&pointer, "{\"version\":2}").unwrap();
    for error in [
        desk.sessions.find("github", None).unwrap_err(),
        desk.sessions.set_default("github", "bert").unwrap_err(),
        desk.sessions.save(&session("github", "carl"), KEYRING).unwrap_err(),
    ] {
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    assert_eq!(fs::read_to_string(&pointer).unwrap(), "{\"version\":2}");
    assert_eq!(desk.keyring.items.lock().unwrap().len(), 2);
    assert_eq!(desk.sessions.list().unwrap().damaged[0].file, pointer);
}

#[test]
fn pointers_that_are_missing_or_damaged_heal() {
    for damage in [None, Some(""), Some("{\"version\":1,\"id\":\"../../etc/passwd\"}"), Some("null")] {
        let desk = Desk::new();
        desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
        desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
        let whole = files(&desk.state().join("sessions"));
        let pointers: Vec<_> = whole.keys().filter(|file| !is_session(file)).collect();
        assert_eq!(pointers.len(), 7);
        for pointer in pointers {
            match damage {
                None => fs::remove_file(pointer).unwrap(),
                Some(text) => fs::write(pointer, text).unwrap(),
            }
        }
        assert_eq!(desk.listed(), ["github anna default", "github bert"]);
        assert_eq!(desk.default("github"), "anna");
        for name in ["anna", "bert"] {
            for way in [name.to_owned(), format!("{name}@x.example"), format!("subject of {name}")] {
                assert_eq!(desk.sessions.find("github", Some(&way)).unwrap().unwrap().account.name, name);
            }
        }
        assert_eq!(files(&desk.state().join("sessions")), whole);
    }
}

#[test]
fn pointers_to_a_session_that_is_gone_are_passed_over() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    desk.sessions.save(&session("github", "bert"), KEYRING).unwrap();
    desk.keyring.items.lock().unwrap().clear();
    fs::remove_file(desk.file("github", "anna")).unwrap();
    assert!(desk.sessions.find("github", Some("anna")).unwrap().is_none());
    assert_eq!(desk.default("github"), "bert");
    fs::remove_file(desk.file("github", "bert")).unwrap();
    assert!(desk.sessions.find("github", None).unwrap().is_none());
    assert!(desk.sessions.providers(2).unwrap().is_empty());
}

#[test]
fn a_state_file_under_another_name_is_not_taken_for_a_session() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), KEYRING).unwrap();
    let copy = desk.state().join(format!("sessions/github/{:032x}.json", 1));
    fs::copy(desk.file("github", "anna"), &copy).unwrap();
    assert_eq!(desk.listed(), ["github anna default"]);
    assert!(!copy.exists(), "no store has a secret for it");
}

#[test]
fn what_a_crashed_writer_left_is_harmless_and_cleaned() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "anna"), FILE).unwrap();
    let written =
        files(desk.folder.path()).into_keys().filter(|file| file.extension().is_some_and(|end| end == "json"));
    let left: Vec<_> = written.map(|file| file.with_extension("json.tmp")).collect();
    assert_eq!(left.len(), 6);
    let orphans = [desk.data().join("secrets/orphan.json.tmp"), desk.state().join("sessions/github/orphan.json.tmp")];
    for file in left.iter().chain(&orphans) {
        fs::write(file, "{\"version\":1,\"half").unwrap();
    }
    assert_eq!(desk.listed(), ["github anna default"]);
    assert!(desk.sessions.list().unwrap().damaged.is_empty());
    desk.sessions.save(&session("github", "bert"), FILE).unwrap();
    desk.remove("github", "anna").unwrap();
    let left = files(desk.folder.path()).into_keys().filter(|file| file.extension().is_some_and(|end| end == "tmp"));
    assert_eq!(left.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

// ---- rights ----

#[cfg(unix)]
#[test]
fn files_are_the_owners_alone_whatever_the_umask() {
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
    let Some(folder) = given_folder() else { return };
    let desk = Desk::at(Folder::Given(folder));
    let session = session("github", "octocat");
    desk.sessions.save(&session, FILE).unwrap();
    desk.sessions.save(&self::session("github", "other"), KEYRING).unwrap();
    let lock = desk.sessions.lock(&session.key.id(), Duration::ZERO).unwrap();
    desk.sessions.update(&session, &lock).unwrap();
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_refused_until_mended() {
    let desk = Desk::new();
    desk.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let found = desk.sessions.find("github", None).unwrap().unwrap();
    let file = desk.data().join(format!("secrets/{}.json", found.id.as_str()));
    set_mode(&file, 0o644);
    let error = desk.sessions.load(&found).unwrap_err();
    let hint =
        format!("can be read by other users (mode 0644); if none has read it, run: chmod 600 {}", file.display());
    assert!(error.to_string().contains(&hint), "{error}");
    assert_eq!((error.exit_code(), mode(&file)), (7, 0o644));
    desk.sessions.save(&session("github", "octocat"), FILE).unwrap();
    assert!(desk.sessions.load(&found).is_ok());
    assert_eq!(mode(&file), 0o600);
}

#[cfg(unix)]
#[test]
fn directories_that_others_can_change_are_refused_before_anything_is_kept() {
    for directory in ["state", "data/secrets"] {
        let desk = Desk::new();
        let path = desk.folder.path().join(directory);
        fs::create_dir_all(&path).unwrap();
        set_mode(&path, 0o777);
        let error = desk.sessions.save(&session("github", "octocat"), FILE).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("can be changed by other users (mode 0777); if none has changed it, run: chmod 700"),
            "{error}"
        );
        assert!(desk.listed().is_empty());
        assert!(files(desk.folder.path()).values().all(|text| text.is_empty()), "{directory}");
    }
}

// ---- the file store by itself ----

#[test]
fn the_file_store_keeps_small_secrets_that_are_no_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().to_owned());
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
fn a_damaged_secret_file_is_not_quoted_and_a_newer_one_not_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::new(folder.path().to_owned());
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
fn a_reader_never_sees_half_a_document() {
    let desk = Desk::new();
    let save = |length: usize| {
        let mut session = session("github", "octocat");
        session.tokens.access_token = Secret::new("x".repeat(length));
        session.scopes = vec!["scope".to_owned(); length / 100];
        let lock = desk.sessions.lock(&session.key.id(), Duration::from_secs(60)).unwrap();
        desk.sessions.update(&session, &lock).unwrap();
    };
    desk.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                let mut lengths = std::collections::BTreeSet::new();
                while !done.load(Ordering::SeqCst) {
                    let found = desk.sessions.find("github", Some("octocat")).unwrap().unwrap();
                    lengths.insert(desk.sessions.load(&found).unwrap().tokens.access_token.expose().len());
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
fn on_a_full_disk_the_old_content_stays() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(Folder::Given(folder.path().to_owned()));
    desk.sessions.save(&session("github", "octocat"), FILE).unwrap();
    let before = files(folder.path());
    // No file may grow: writing fails as it does without space, for root too.
    run(child("child_finds_the_disk_full", folder.path(), "trap '' XFSZ; ulimit -f 0"));
    let after: BTreeMap<_, _> = files(folder.path()).into_iter().filter(|(_, text)| !text.is_empty()).collect();
    assert_eq!(after, before.into_iter().filter(|(_, text)| !text.is_empty()).collect());
}

#[test]
#[ignore = "a part of another test"]
fn child_finds_the_disk_full() {
    let Some(folder) = given_folder() else { return };
    let desk = Desk::at(Folder::Given(folder));
    let mut session = session("github", "octocat");
    session.tokens.access_token = Secret::new("another");
    let mut elsewhere = session.clone();
    elsewhere.provider = "gitlab".to_owned();
    let errors = [
        desk.sessions.save(&session, FILE).unwrap_err(),
        desk.sessions.save(&elsewhere, FILE).unwrap_err(),
        desk.sessions.save(&self::session("github", "new"), KEYRING).unwrap_err(),
    ];
    assert!(errors.iter().all(|error| error.exit_code() == 7));
    assert!(desk.keyring.items.lock().unwrap().is_empty());
    let found = desk.sessions.find("github", None).unwrap().unwrap();
    assert!(desk.sessions.load(&found).unwrap().tokens.access_token.matches("access of octocat"));
}

// ---- many at once ----

#[test]
fn a_lock_held_by_another_is_worth_retrying() {
    let desk = Desk::new();
    let [one, other] = ["one", "other"].map(|name| SessionId::for_secret("mycli", "test", name));
    let held = desk.sessions.lock(&one, Duration::ZERO).unwrap();
    assert_eq!(desk.sessions.lock(&one, Duration::from_millis(3)).unwrap_err().exit_code(), 6);
    assert!(desk.sessions.lock(&other, Duration::ZERO).is_ok());
    drop(held);
    assert!(desk.sessions.lock(&one, Duration::ZERO).is_ok());
}

#[cfg(unix)]
#[test]
fn twenty_processes_never_hold_one_lock_together() {
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

/// Reads, adds one, writes in place: any two of these at once lose a count or read an empty file.
#[test]
#[ignore = "a part of another test"]
fn child_counts_under_the_lock() {
    let Some(folder) = given_folder() else { return };
    let counter = folder.join("counter");
    let desk = Desk::at(Folder::Given(folder));
    for _ in 0..25 {
        let _lock =
            desk.sessions.lock(&SessionId::for_secret("mycli", "test", "counter"), Duration::from_secs(120)).unwrap();
        let count: u32 = fs::read_to_string(&counter).unwrap().parse().unwrap();
        fs::write(&counter, (count + 1).to_string()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_lock_goes_with_its_killed_holder() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at(Folder::Given(folder.path().to_owned()));
    let id = SessionId::for_secret("mycli", "test", "killed");
    let mut holder =
        child("child_holds_the_lock_until_killed", folder.path(), ":").stdin(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.map_while(|line| line.ok()).any(|line| line.contains("held")));
    assert_eq!(desk.sessions.lock(&id, Duration::ZERO).unwrap_err().exit_code(), 6);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert!(desk.sessions.lock(&id, Duration::ZERO).is_ok());
}

#[test]
#[ignore = "a part of another test"]
fn child_holds_the_lock_until_killed() {
    let Some(folder) = given_folder() else { return };
    let desk = Desk::at(Folder::Given(folder));
    let _lock = desk.sessions.lock(&SessionId::for_secret("mycli", "test", "killed"), Duration::ZERO).unwrap();
    println!("\nheld");
    // Ends without being killed too, when whoever started it is gone.
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[cfg(unix)]
#[test]
fn processes_that_sign_in_and_out_at_once_leave_everything_in_order() {
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
    let desk = Desk::at(Folder::Given(folder.path().to_owned()));
    let SessionListing { sessions, damaged } = desk.sessions.list().unwrap();
    assert_eq!(damaged, []);
    assert_eq!(sessions.iter().filter(|one| one.default).count(), 1);
    let mut names: Vec<_> = sessions.iter().map(|one| one.summary.account.name.clone()).collect();
    names.sort();
    assert_eq!(names, ["kept0", "kept1", "kept2", "kept3", "kept4", "kept5", "shared"]);
    for name in &names {
        let found = desk.sessions.find("github", Some(name)).unwrap().unwrap();
        assert!(desk.sessions.load(&found).unwrap().tokens.access_token.matches(&format!("access of {name}")));
    }
    assert_eq!(fs::read_dir(desk.data().join("secrets")).unwrap().count(), names.len() + 1);
    assert_eq!(fs::read_dir(desk.state().join("sessions/github/names")).unwrap().count(), 3 * names.len());
}

#[test]
#[ignore = "a part of another test"]
fn child_signs_in_and_out() {
    let Some(folder) = given_folder() else { return };
    let number = std::env::var("STATE_TEST_NUMBER").unwrap();
    let desk = Desk::at(Folder::Given(folder));
    for _ in 0..5 {
        let (kept, gone) = (format!("kept{number}"), format!("gone{number}"));
        for account in [&gone, &kept, "shared"] {
            desk.sessions.save(&session("github", account), FILE).unwrap();
        }
        desk.sessions.set_default("github", &gone).unwrap();
        desk.remove("github", &gone).unwrap();
        assert!(desk.sessions.find("github", None).unwrap().is_some());
    }
}

// ---- what the tests stand on ----

/// A program's sessions in a folder of their own, with a keyring in memory and a file store.
struct Desk {
    folder: Folder,
    keyring: Memory,
    /// How many calls to the stores are answered before the process dies.
    fuse: Arc<AtomicUsize>,
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

impl Desk {
    fn new() -> Self {
        Self::at(Folder::Own(tempfile::tempdir().unwrap()))
    }

    fn at(folder: Folder) -> Self {
        let places = StoreDirectories { state: folder.path().join("state"), data: folder.path().join("data") };
        let keyring = Memory::default();
        let fuse = Arc::new(AtomicUsize::new(usize::MAX));
        let mortal = |store| Box::new(Mortal { store, fuse: fuse.clone() });
        let stores = [mortal(Box::new(keyring.clone())), mortal(Box::new(FileStore::new(places.data.clone())))];
        let [in_memory, in_files] = stores;
        let sessions = SessionStore::new("mycli".to_owned(), places, in_memory, in_files);
        Self { folder, keyring, fuse, sessions }
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

    fn default(&self, provider: &str) -> String {
        self.sessions.find(provider, None).unwrap().expect("a session").account.name
    }

    fn remove(&self, provider: &str, account: &str) -> Result<()> {
        let found = self.sessions.find(provider, Some(account))?.expect("a session");
        self.sessions.remove(&found)
    }

    fn listed(&self) -> Vec<String> {
        let sessions = self.sessions.list().unwrap().sessions.into_iter();
        let line = |one: &mycli::store::ListedSession| format!("{} {}", one.summary.provider, one.summary.account.name);
        sessions.map(|one| if one.default { format!("{} default", line(&one)) } else { line(&one) }).collect()
    }
}

/// A keyring in memory that can be locked.
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
    fn kind(&self) -> StoreKind {
        KEYRING
    }

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

/// A store in a process that dies once its fuse has burnt down.
struct Mortal {
    store: Box<dyn Store>,
    fuse: Arc<AtomicUsize>,
}

impl Mortal {
    fn alive(&self) -> &dyn Store {
        let left = self.fuse.load(Ordering::SeqCst);
        assert!(left > 0, "the process dies here");
        self.fuse.store(left - 1, Ordering::SeqCst);
        &*self.store
    }
}

impl Store for Mortal {
    fn kind(&self) -> StoreKind {
        self.store.kind()
    }

    fn load(&self, app: &str, id: &SessionId) -> Result<Option<Secret>> {
        self.alive().load(app, id)
    }

    fn list(&self, app: &str) -> Result<Vec<Item>> {
        self.alive().list(app)
    }

    fn prepare_save(&self, length: usize) -> Result<()> {
        self.alive().prepare_save(length)
    }

    fn save(&self, item: &Item, secret: &Secret) -> Result<()> {
        self.alive().save(item, secret)
    }

    fn remove(&self, app: &str, id: &SessionId) -> Result<()> {
        self.alive().remove(app, id)
    }
}

/// A session; the alphabet is the order of signing in.
fn session(provider: &str, account: &str) -> Session {
    let authority = format!("https://{provider}.example");
    let token = format!("{authority}/token");
    let secret = |kind: &str| Secret::new(format!("{kind} of {account}"));
    let signed_in_at = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(account.bytes().next().map_or(0, i64::from));
    Session {
        key: SessionKey {
            app: "mycli".to_owned(),
            authority: authority.clone(),
            client_id: "client".to_owned(),
            resource: None,
            subject: Some(format!("subject of {account}")),
        },
        provider: provider.to_owned(),
        account: Account {
            subject: Some(format!("subject of {account}")),
            name: account.to_owned(),
            email: Some(format!("{account}@x.example")),
        },
        issuer: Some(authority),
        endpoints: Endpoints { token, revocation: None, userinfo: None, end_session: None, jwks: None },
        client: Client {
            id: "client".to_owned(),
            secret: Some(secret("client secret")),
            auth: ClientAuth::ClientSecretPost,
        },
        scopes: vec!["openid".to_owned()],
        scopes_requested: vec!["openid".to_owned()],
        scope_separator: " ".to_owned(),
        refresh_params: Vec::new(),
        ca_file: None,
        id_token_hmac: false,
        quirks: SessionQuirks::default(),
        tokens: Tokens {
            access_token: secret("access"),
            token_type: None,
            refresh_token: Some(secret("refresh")),
            id_token: None,
            expires_at: None,
            received_at: signed_in_at,
        },
        signed_in_at,
    }
}

fn item(id: &SessionId) -> Item {
    Item { app: "mycli".to_owned(), id: id.clone(), provider: "acme".to_owned(), account: "client secret".to_owned() }
}

fn is_session(file: &Path) -> bool {
    file.file_stem().is_some_and(|stem| stem.len() == 32)
}

/// Every file below `folder` with its content.
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

/// The test `name` of this program as a process of its own, after the shell commands of `before`.
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

/// `None` where a part is not run by the test it belongs to; it has nothing to do then.
fn given_folder() -> Option<PathBuf> {
    std::env::var_os("STATE_TEST_FOLDER").map(PathBuf::from)
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}
