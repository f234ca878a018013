//! State files under any damage.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mycli::internals::error::Error;
use mycli::internals::session::{FORMAT_VERSION, SessionInfo, StoreKind};
use mycli::internals::store::{FileStore, SessionStore, StoreDirectories};
use tempfile::TempDir;

use super::assert_fit;
use super::token::session;

/// Stored session and its files.
struct Desk {
    sessions: SessionStore,
    summary: SessionInfo,
    /// The session, the default of its provider, and an alias, each with its valid content.
    files: [(PathBuf, Vec<u8>); 3],
    _folder: TempDir,
}

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

/// The first byte selects the file that gets the rest as its content. A stored session is never "not signed in"; an
/// unreadable one is reported or repaired from its secret; a file of a later version is kept; an index file may contain
/// anything.
pub fn check(input: &[u8]) {
    let Some((which, content)) = input.split_first() else { return };
    DESK.with_borrow_mut(|desk| {
        let desk = desk.get_or_insert_with(Desk::new);
        desk.restore();
        let (damaged, _) = &desk.files[usize::from(*which) % desk.files.len()];
        fs::write(damaged, content).expect("written");
        match which % 3 {
            0 => desk.session_is_reported(content),
            _ => desk.session_is_found(content),
        }
    });
}

impl Desk {
    fn new() -> Self {
        // In memory if possible: nothing needs to outlive the test.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let places = StoreDirectories { state: folder.path().join("state"), data: folder.path().join("data") };
        let store = || Box::new(FileStore::new(places.data.clone(), Arc::default()));
        let sessions = SessionStore::new("mycli".into(), places.clone(), store(), store());
        sessions.save(&session(), StoreKind::File).expect("kept");
        let summary = session().info(StoreKind::File);
        let shelf = places.state.join("sessions/acme");
        let files = [
            shelf.join(format!("{}.json", summary.id.as_str())),
            shelf.join("default.json"),
            shelf.join("names/alice.json"),
        ];
        let files =
            files.map(|file| (file.clone(), fs::read(&file).unwrap_or_else(|error| panic!("{file:?}: {error}"))));
        Self { sessions, summary, files, _folder: folder }
    }

    fn restore(&self) {
        for (file, content) in &self.files {
            if fs::read(file).ok().as_ref() != Some(content) {
                fs::write(file, content).expect("written");
            }
        }
    }

    /// Damages the session's own file, or not.
    fn session_is_reported(&self, content: &[u8]) {
        let file = &self.files[0].0;
        let listing = self.sessions.list().expect("the folder can be read");
        assert_eq!(listing.sessions.len() + listing.damaged.len(), 1, "{listing:?}");
        match self.sessions.find("acme", None) {
            Ok(Some(found)) => {
                assert!(!is_newer(content), "a later program's");
                assert_eq!((&found.id, found.provider.as_str()), (&self.summary.id, "acme"));
            }
            Ok(None) => panic!("it is there"),
            Err(error) => {
                assert_fit(&error, &[]);
                assert_eq!(error.exit_code(), if is_newer(content) { 2 } else { 7 }, "{error}");
            }
        }
        assert_eq!(self.sessions.providers(9).expect("the folder can be read"), ["acme"]);
        if is_newer(content) {
            let error = self.sessions.save(&session(), StoreKind::File).expect_err("a later program's");
            assert!(matches!(error, Error::Configuration { .. }), "{error:?}");
        }
        let is_mended = || !is_newer(content) && self.sessions.list().is_ok_and(|now| now.sessions.len() == 1);
        assert!(fs::read(file).expect("still there") == content || is_mended(), "it is left as it is, or whole again");
    }

    /// Damages a file that only leads to the session, or not.
    fn session_is_found(&self, content: &[u8]) {
        for account in [None, Some("alice")] {
            match self.sessions.find("acme", account) {
                Ok(found) => assert_eq!(found.as_ref(), Some(&self.summary), "{account:?}"),
                Err(error) => {
                    assert!(is_newer(content) && error.exit_code() == 2, "{error}");
                    assert_fit(&error, &[]);
                }
            }
        }
        assert_eq!(self.sessions.list().expect("the folder can be read").sessions.len(), 1);
        assert!(Path::new(&self.files[0].0).exists());
    }
}

/// True if a later version wrote the file, as far as its version shows.
fn is_newer(content: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Claim {
        version: u32,
    }
    serde_json::from_slice::<Claim>(content).is_ok_and(|claim| claim.version > FORMAT_VERSION)
}
