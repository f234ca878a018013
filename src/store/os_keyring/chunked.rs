//! Store without a size limit on top of a store with one: Windows Credential Manager takes 2,560 bytes.
//!
//! A secret within the limit is one unchanged item. A longer secret is cut into parts, which are items named after the
//! head item; the head holds the number of parts, one of two generations, and the SHA-256 of the secret. A new value is
//! written to the unused generation, then the head is switched, which the store does atomically, then the old parts are
//! removed. So after an interruption the head always names a complete value, old or new, and the next write removes
//! leftover parts.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, CredentialStore, Entry, Error, Result};
use zeroize::Zeroizing;

/// Prefix of a head. A secret with this prefix is cut into parts whatever its length.
const HEAD_PREFIX: &str = "parts/1 ";

/// Limit on the number of parts, so that a damaged head is not followed for long.
const MAX_PARTS: usize = 4096;

/// Reads of a value that changes while it is read.
const MAX_READS: usize = 3;

/// Store without a size limit.
pub struct ChunkedStore {
    /// Store with a size limit.
    pub store: Arc<CredentialStore>,
    /// Limit in bytes.
    pub limit: usize,
    /// Modifiers of every item in the underlying store.
    pub modifiers: HashMap<&'static str, &'static str>,
}

impl CredentialStoreApi for ChunkedStore {
    fn vendor(&self) -> String {
        format!("{}, chunked", self.store.vendor())
    }

    fn id(&self) -> String {
        self.store.id()
    }

    /// Modifiers belong to the underlying store; those of the entry are ignored.
    fn build(&self, service: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
        let (store, modifiers) = (self.store.clone(), self.modifiers.clone());
        let (service, user, limit) = (service.to_owned(), user.to_owned(), self.limit);
        Ok(Entry::new_with_credential(Arc::new(ChunkedEntry { store, modifiers, service, user, limit })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChunkedStore({:?}, {})", self.store, self.limit)
    }
}

/// One secret, in as many items as needed.
#[derive(Debug)]
struct ChunkedEntry {
    store: Arc<CredentialStore>,
    modifiers: HashMap<&'static str, &'static str>,
    service: String,
    user: String,
    limit: usize,
}

impl CredentialApi for ChunkedEntry {
    fn set_secret(&self, secret: &[u8]) -> Result<()> {
        let old = optional(self.head()?.get_secret())?.map(Zeroizing::new).and_then(|value| Head::parse(&value));
        if secret.len() <= self.limit && !secret.starts_with(HEAD_PREFIX.as_bytes()) {
            self.head()?.set_secret(secret)?;
            return self.remove_all_parts();
        }
        let generation = old.map_or(Generation::A, |head| head.generation.other());
        let parts = secret.chunks(self.limit);
        let head = Head { generation, parts: parts.len(), digest: digest(secret) };
        for (number, part) in parts.enumerate() {
            self.part(generation, number)?.set_secret(part)?;
        }
        self.head()?.set_secret(head.to_string().as_bytes())?;
        self.remove_parts(generation, head.parts)?;
        self.remove_parts(generation.other(), 0)
    }

    fn get_secret(&self) -> Result<Vec<u8>> {
        for _ in 0..MAX_READS {
            let value = Zeroizing::new(self.head()?.get_secret()?);
            if !value.starts_with(HEAD_PREFIX.as_bytes()) {
                return Ok(value.to_vec());
            }
            let Some(head) = Head::parse(&value) else { break };
            if let Some(secret) = self.read_parts(&head)? {
                return Ok(secret);
            }
        }
        Err(Error::BadStoreFormat("parts of the secret are missing or do not match its head".to_owned()))
    }

    /// The head is deleted first: without a head the parts are no session, and the next call removes the parts.
    fn delete_credential(&self) -> Result<()> {
        let deleted = optional(self.head()?.delete_credential())?;
        self.remove_all_parts()?;
        deleted.ok_or(Error::NoEntry)
    }

    fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
        self.get_secret().map(|_| None)
    }

    fn get_specifiers(&self) -> Option<(String, String)> {
        Some((self.service.clone(), self.user.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn debug_fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl ChunkedEntry {
    fn head(&self) -> Result<Entry> {
        self.store.build(&self.service, &self.user, Some(&self.modifiers))
    }

    fn part(&self, generation: Generation, number: usize) -> Result<Entry> {
        let user = format!("{}.{}.{number}", self.user, generation.letter());
        self.store.build(&self.service, &user, Some(&self.modifiers))
    }

    /// Returns `None` if a part is missing, or if the digest does not match the head.
    fn read_parts(&self, head: &Head) -> Result<Option<Vec<u8>>> {
        let mut parts = vec![];
        for number in 0..head.parts {
            match optional(self.part(head.generation, number)?.get_secret())? {
                Some(part) => parts.push(Zeroizing::new(part)),
                None => return Ok(None),
            }
        }
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_slice()).collect();
        let secret = Zeroizing::new(parts.concat());
        match digest(&secret) == head.digest {
            true => Ok(Some(secret.to_vec())),
            false => Ok(None),
        }
    }

    fn remove_all_parts(&self) -> Result<()> {
        self.remove_parts(Generation::A, 0)?;
        self.remove_parts(Generation::B, 0)
    }

    /// Removes the parts from number `first` on. Parts are written in ascending and removed in descending order, so
    /// that an interruption leaves no gap that would hide later parts.
    fn remove_parts(&self, generation: Generation, first: usize) -> Result<()> {
        let mut end = first;
        while let Some(value) = optional(self.part(generation, end)?.get_secret())? {
            drop(Zeroizing::new(value));
            end += 1;
        }
        for number in (first..end).rev() {
            optional(self.part(generation, number)?.delete_credential())?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generation {
    A,
    B,
}

impl Generation {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
        }
    }
}

struct Head {
    generation: Generation,
    parts: usize,
    digest: String,
}

impl Head {
    fn parse(value: &[u8]) -> Option<Self> {
        let mut words = std::str::from_utf8(value).ok()?.strip_prefix(HEAD_PREFIX)?.split(' ');
        let generation = match words.next()? {
            "a" => Generation::A,
            "b" => Generation::B,
            _ => return None,
        };
        let parts = words.next()?.parse().ok().filter(|parts| *parts <= MAX_PARTS)?;
        Some(Self { generation, parts, digest: words.next()?.to_owned() })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEAD_PREFIX}{} {} {}", self.generation.letter(), self.parts, self.digest)
    }
}

fn digest(secret: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, secret);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn optional<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    const LIMIT: usize = 2560;

    /// In-memory store with the Windows limit of 2,560 bytes; fails after a given number of calls.
    #[derive(Debug, Clone)]
    struct LimitedStore(Arc<Mutex<(Items, usize)>>);

    type Items = BTreeMap<String, Vec<u8>>;

    impl LimitedStore {
        fn new() -> Self {
            Self(Arc::new(Mutex::new((BTreeMap::new(), usize::MAX))))
        }

        fn fail_after(&self, remaining_calls: usize) {
            self.0.lock().expect("lock").1 = remaining_calls;
        }

        fn names(&self) -> Vec<String> {
            self.0.lock().expect("lock").0.keys().cloned().collect()
        }

        fn entry(&self) -> Entry {
            let split = ChunkedStore { store: Arc::new(self.clone()), limit: LIMIT, modifiers: HashMap::new() };
            split.build("app", "id", None).expect("an entry")
        }
    }

    impl CredentialStoreApi for LimitedStore {
        fn vendor(&self) -> String {
            "test".into()
        }

        fn id(&self) -> String {
            "test".into()
        }

        fn build(&self, _: &str, user: &str, _: Option<&HashMap<&str, &str>>) -> Result<Entry> {
            Ok(Entry::new_with_credential(Arc::new(LimitedEntry(self.clone(), user.to_owned()))))
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    #[derive(Debug)]
    struct LimitedEntry(LimitedStore, String);

    impl LimitedEntry {
        fn with<T>(&self, work: impl FnOnce(&mut Items) -> T) -> Result<T> {
            let (items, remaining_calls) = &mut *self.0.0.lock().expect("lock");
            *remaining_calls =
                remaining_calls.checked_sub(1).ok_or(Error::NotSupportedByStore("interrupted".into()))?;
            Ok(work(items))
        }
    }

    impl CredentialApi for LimitedEntry {
        fn set_secret(&self, secret: &[u8]) -> Result<()> {
            if secret.len() > LIMIT {
                return Err(Error::TooLong("secret".into(), LIMIT as u32));
            }
            self.with(|items| items.insert(self.1.clone(), secret.to_vec())).map(drop)
        }

        fn get_secret(&self) -> Result<Vec<u8>> {
            self.with(|items| items.get(&self.1).cloned())?.ok_or(Error::NoEntry)
        }

        fn delete_credential(&self) -> Result<()> {
            self.with(|items| items.remove(&self.1))?.map(drop).ok_or(Error::NoEntry)
        }

        fn get_credential(&self) -> Result<Option<Arc<Credential>>> {
            Ok(None)
        }

        fn get_specifiers(&self) -> Option<(String, String)> {
            None
        }

        fn as_any(&self) -> &dyn Any {
            self
        }
    }

    fn value(length: usize, letter: u8) -> Vec<u8> {
        vec![letter; length]
    }

    #[test]
    fn secrets_around_the_size_limit_round_trip() {
        for length in [0, 1, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1, 100_000] {
            let store = LimitedStore::new();
            store.entry().set_secret(&value(length, b'x')).expect("a stored secret");
            assert_eq!(store.entry().get_secret().expect("a secret"), value(length, b'x'), "{length}");
            let parts = if length > LIMIT { length.div_ceil(LIMIT) } else { 0 };
            assert_eq!(store.names().len(), 1 + parts, "{length}");
        }
    }

    #[test]
    fn secret_that_looks_like_a_head_round_trips() {
        let store = LimitedStore::new();
        for secret in ["parts/1 ", "parts/1 a 2 0000", "parts/1"] {
            store.entry().set_secret(secret.as_bytes()).expect("a stored secret");
            assert_eq!(store.entry().get_secret().expect("a secret"), secret.as_bytes());
        }
    }

    #[test]
    fn interrupted_write_leaves_the_old_or_the_new_value() {
        let lengths = [10, 2 * LIMIT, 5 * LIMIT];
        for (before, after) in lengths.into_iter().flat_map(|before| lengths.map(|after| (before, after))) {
            let (mut remaining_calls, mut finished) = (0, false);
            while !finished {
                let store = LimitedStore::new();
                store.entry().set_secret(&value(before, b'o')).expect("the old value");
                store.fail_after(remaining_calls);
                finished = store.entry().set_secret(&value(after, b'n')).is_ok();
                store.fail_after(usize::MAX);
                let read = store.entry().get_secret().expect("a complete value");
                let new = read == value(after, b'n');
                assert!(new || read == value(before, b'o'), "{before} to {after}, interrupted at {remaining_calls}");
                assert!(new || !finished);
                assert_no_leftovers(&store);
                remaining_calls += 1;
            }
        }
    }

    fn assert_no_leftovers(store: &LimitedStore) {
        store.entry().set_secret(&value(2 * LIMIT, b'z')).expect("the next value");
        assert_eq!(store.entry().get_secret().expect("a secret"), value(2 * LIMIT, b'z'));
        assert_eq!(store.names().len(), 3, "{:?}", store.names());
    }

    #[test]
    fn interrupted_removal_can_be_repeated() {
        for remaining_calls in 0..20 {
            let store = LimitedStore::new();
            store.entry().set_secret(&value(3 * LIMIT, b'x')).expect("a stored secret");
            store.fail_after(remaining_calls);
            let _ = store.entry().delete_credential();
            store.fail_after(usize::MAX);
            let _ = store.entry().delete_credential();
            assert_eq!(store.names(), [""; 0], "interrupted at {remaining_calls}");
            assert!(matches!(store.entry().get_secret(), Err(Error::NoEntry)));
        }
    }

    #[test]
    fn missing_or_wrong_part_is_an_error() {
        for damage in [None, Some(value(LIMIT, b'y'))] {
            let store = LimitedStore::new();
            store.entry().set_secret(&value(3 * LIMIT, b'x')).expect("a stored secret");
            {
                let items = &mut store.0.lock().expect("lock").0;
                match damage {
                    None => items.remove("id.a.1"),
                    Some(other) => items.insert("id.a.1".into(), other),
                };
            }
            assert!(matches!(store.entry().get_secret(), Err(Error::BadStoreFormat(_))));
        }
    }
}
