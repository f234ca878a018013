//! The encrypted form of the file store: the age format.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mycli::internals::error::{Error, StoreErrorKind};
use mycli::internals::secret::Secret;
use mycli::internals::session::SessionId;
use mycli::internals::store::{EncryptionKeys, FileStore, Item, KeyFileVariable, Store};
use tempfile::TempDir;

use super::{SECRET, assert_fit};

/// Start of every age file.
const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";

/// Key for tests, in the format of `age-keygen`: bech32 of 32 bytes.
const IDENTITY: &str = include_str!("identity.txt");

struct Desk {
    store: FileStore,
    file: PathBuf,
    _folder: TempDir,
}

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

/// A stored secret round-trips and is not readable in the file; a file with one changed bit, a truncated file, or one
/// for another key is rejected.
pub fn check(input: &[u8]) {
    DESK.with_borrow_mut(|desk| {
        let desk = desk.get_or_insert_with(Desk::new);
        desk.secret_round_trips(&String::from_utf8_lossy(input));
        desk.changed_file_is_rejected(input);
        desk.foreign_file_is_rejected(input);
    });
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let identity = folder.path().join("identity");
        fs::write(&identity, IDENTITY).expect("written");
        own(&identity);
        let given = KeyFileVariable { name: "IDENTITY".into(), file: Some(identity) };
        let keys = EncryptionKeys::new(folder.path(), given, KeyFileVariable::default());
        let store = FileStore::new(folder.path().to_owned(), Arc::new(keys));
        let file = folder.path().join(format!("secrets/{}.json", item().id.as_str()));
        Self { store, file, _folder: folder }
    }

    fn secret_round_trips(&self, secret: &str) {
        self.store.save(&item(), &Secret::new(secret)).expect("kept");
        let loaded = self.store.load("mycli", &item().id).expect("read").expect("there");
        assert_eq!(loaded.expose(), secret);
        let file = fs::read(&self.file).expect("there");
        assert!(file.starts_with(FIRST_LINE));
        let is_in_file = |text: &str| file.windows(text.len()).any(|window| window == text.as_bytes());
        // Shorter secrets could be words of the format.
        assert!(secret.len() < 40 || !is_in_file(secret));
        assert!(!is_in_file("an-account"), "labels are sealed too");
    }

    /// The first bytes of the input select the byte and the change.
    fn changed_file_is_rejected(&self, input: &[u8]) {
        let file = fs::read(&self.file).expect("there");
        let number = input.iter().take(4).fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let (at, bit) = (number / 8 % file.len(), number % 8);
        let mut changed = file.clone();
        changed[at] ^= 1 << bit;
        // A change in the first line makes a plain file, which is rejected too.
        self.refuses(&changed);
        self.refuses(&file[..at]);
        self.refuses(&[&file[..], &input[..input.len().min(1)], b"x"].concat());
    }

    fn foreign_file_is_rejected(&self, input: &[u8]) {
        self.refuses(&[FIRST_LINE, input].concat());
    }

    fn refuses(&self, content: &[u8]) {
        fs::write(&self.file, content).expect("written");
        match self.store.load("mycli", &item().id) {
            Err(error @ Error::Store { kind: StoreErrorKind::Failed | StoreErrorKind::CannotDecrypt, .. }) => {
                assert_fit(&error, &[])
            }
            Err(error) => panic!("{error:?}"),
            Ok(loaded) => panic!("{:?} was taken: {loaded:?}", String::from_utf8_lossy(content)),
        }
        assert_eq!(fs::read(&self.file).expect("still there"), content);
    }
}

fn item() -> Item {
    let account = format!("an-account-{SECRET}");
    Item {
        app: "mycli".into(),
        id: SessionId::for_secret("mycli", "client-secret", "acme"),
        provider: "acme".into(),
        account,
    }
}

#[cfg(unix)]
fn own(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("ours");
}

#[cfg(not(unix))]
fn own(_: &Path) {}
