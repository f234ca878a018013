//! Stubs on the test bus: a configurable Secret Service, and the prompter of gnome-keyring.

use std::collections::HashMap;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use num_bigint::BigUint;
use rustbus::connection::{Timeout, ll_conn};
use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::{ObjectPath, marshal, util};
use rustbus::{MessageBuilder, MessageType, RpcConn};

use super::keyring::{self, Bus};

type Path = ObjectPath<String>;

const DEFAULT_ALIAS: &str = "/org/freedesktop/secrets/aliases/default";
const COLLECTION: &str = "/somewhere/of/its/own";
const ITEM: &str = "/somewhere/of/its/own/1";
const STALE: [&str; 2] = ["/somewhere/of/its/own/0", "/somewhere/of/its/own/2"];
const PROMPT: &str = "/org/freedesktop/secrets/prompt/p1";
const OTHER_PROMPT: &str = "/org/freedesktop/secrets/prompt/p2";

/// Result of a prompt after the test releases it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptOutcome {
    Unlocks,
    Dismisses,
    /// No response.
    Ignores,
    /// The service leaves the bus.
    Dies,
}

/// Differences from an unlocked service that supports plain sessions only.
#[derive(Debug, Clone, Copy)]
pub struct StubOptions {
    /// Number of searches that fail with `UnknownMethod` first.
    pub unknown_searches: usize,
    /// Adds two older items.
    pub has_leftovers: bool,
    /// Locks the items.
    pub locked: bool,
    /// Hides locked items from searches.
    pub hides_locked: bool,
    /// Provides a default collection.
    pub has_default: bool,
    /// Result of a prompt.
    pub prompt: PromptOutcome,
}

impl Default for StubOptions {
    fn default() -> Self {
        Self {
            unknown_searches: 0,
            has_leftovers: false,
            locked: false,
            hides_locked: false,
            has_default: true,
            prompt: PromptOutcome::Unlocks,
        }
    }
}

/// Stub on the bus; leaves the bus on drop.
pub struct Stub {
    calls: Arc<Mutex<Vec<String>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    prompted: Receiver<()>,
    release: Sender<()>,
}

impl Stub {
    /// Starts a Secret Service with one item, whose secret is `kept`.
    pub fn service(bus: &Bus, options: StubOptions) -> Self {
        let mut service = Service { options, secret: b"kept".to_vec(), searches: 0, prompt_result: None };
        Self::start(bus, "org.freedesktop.secrets", move |call, turn| service.respond(call, turn))
    }

    /// Starts the desktop's prompter, which enters `password`.
    pub fn prompter(bus: &Bus, password: &'static str) -> Self {
        Self::start(bus, "org.gnome.keyring.SystemPrompter", move |call, turn| prompt(call, turn, password))
    }

    fn start(bus: &Bus, name: &str, mut respond: impl FnMut(&MarshalledMessage, &mut Turn) + Send + 'static) -> Self {
        let mut connection = bus.connection();
        let request = rustbus::standard_messages::request_name(name, 0);
        keyring::call(&mut connection, request);
        let (calls, end) = (Arc::new(Mutex::new(vec![])), Arc::new(AtomicBool::new(false)));
        let ((prompt_sender, prompted), (release, released)) = (channel(), channel());
        let mut turn = Turn { connection, prompt_sender, released, is_finished: false };
        let (log, ending) = (calls.clone(), end.clone());
        let thread = std::thread::spawn(move || {
            while !turn.is_finished && !ending.load(Ordering::Relaxed) {
                let Ok(call) = turn.connection.wait_call(Timeout::Duration(Duration::from_millis(20))) else {
                    continue;
                };
                log.lock().expect("no panic").push(call.dynheader.member.clone().unwrap_or_default());
                respond(&call, &mut turn);
            }
        });
        Self { calls, end, thread: Some(thread), prompted, release }
    }

    /// Methods called so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }

    /// Waits until the stub receives a prompt; the prompt completes after `release`.
    pub fn await_prompt(&self) {
        self.prompted.recv_timeout(Duration::from_secs(20)).expect("a prompt");
    }

    /// Completes the prompt; may be called in advance.
    pub fn release(&self) {
        self.release.send(()).expect("the stub is running");
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        let _ = self.release.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Connection and state of a stub.
struct Turn {
    connection: RpcConn,
    prompt_sender: Sender<()>,
    released: Receiver<()>,
    is_finished: bool,
}

impl Turn {
    fn send(&mut self, mut message: MarshalledMessage) {
        let sending = self.connection.send_message(&mut message).expect("the message is written");
        sending.write_all().map_err(ll_conn::force_finish_on_error).expect("sent");
    }

    /// `rustbus` omits the name from the errors it writes, so this function inserts it.
    fn fail(&mut self, call: &MarshalledMessage, name: &str) {
        let mut reply = call.dynheader.make_error_response(name, Some("localized message".into()));
        reply.typ = MessageType::Error;
        let mut bytes = vec![];
        let serial = self.connection.alloc_serial();
        marshal::marshal(&reply, serial, &mut bytes).expect("the message is written");
        let fields = u32::from_ne_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
        bytes.truncate(16 + fields);
        util::pad_to_align(8, &mut bytes);
        bytes.extend([4, 1, b's', 0]);
        bytes.extend(u32::try_from(name.len()).expect("a short name").to_ne_bytes());
        bytes.extend(name.bytes().chain([0]));
        let fields = u32::try_from(bytes.len() - 16).expect("a short message");
        bytes[12..16].copy_from_slice(&fields.to_ne_bytes());
        util::pad_to_align(8, &mut bytes);
        bytes.extend(reply.get_buf());
        let written = nix::unistd::write(self.connection.conn().send.as_raw_fd(), &bytes);
        assert_eq!(written, Ok(bytes.len()));
    }

    fn reply(&mut self, call: &MarshalledMessage, write: impl FnOnce(&mut MarshalledMessage)) {
        let mut reply = call.dynheader.make_response();
        write(&mut reply);
        self.send(reply);
    }
}

struct Service {
    options: StubOptions,
    secret: Vec<u8>,
    searches: usize,
    prompt_result: Option<&'static str>,
}

impl Service {
    fn respond(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        match call.dynheader.member.as_deref().unwrap_or_default() {
            "SearchItems" => self.search(call, turn),
            "OpenSession" => open_session(call, turn),
            "ReadAlias" => {
                let alias = if self.options.has_default { COLLECTION } else { "/" };
                turn.reply(call, |reply| push_path(reply, alias));
            }
            "Get" if !self.options.has_default && call.dynheader.object.as_deref() == Some(DEFAULT_ALIAS) => {
                turn.fail(call, "org.freedesktop.DBus.Error.UnknownObject");
            }
            "Get" => self.property(call, turn),
            "SetSecret" if self.options.locked => turn.fail(call, "org.freedesktop.Secret.Error.IsLocked"),
            "SetSecret" | "Set" => turn.reply(call, |_| {}),
            "Unlock" | "CreateCollection" if !self.options.locked && self.options.has_default => {
                turn.reply(call, |reply| paths_and_path(reply, &[ITEM], "/"));
            }
            "Unlock" => turn.reply(call, |reply| paths_and_path(reply, &[], PROMPT)),
            "CreateCollection" => {
                self.prompt_result = Some(COLLECTION);
                turn.reply(call, |reply| {
                    push_path(reply, "/");
                    push_path(reply, PROMPT);
                });
            }
            "Prompt" => self.prompt(call, turn),
            "GetSecret" => {
                let secret = match call.dynheader.object.as_deref() == Some(ITEM) {
                    true => self.secret.clone(),
                    false => b"stale".to_vec(),
                };
                turn.reply(call, |reply| {
                    let session = path("/session");
                    let empty: &[u8] = &[];
                    reply.body.push_param((session, empty, secret.as_slice(), "text/plain")).expect("a secret");
                });
            }
            "CreateItem" if self.options.locked => turn.fail(call, "org.freedesktop.Secret.Error.IsLocked"),
            "CreateItem" => turn.reply(call, |reply| {
                push_path(reply, ITEM);
                push_path(reply, "/");
            }),
            "Delete" => turn.reply(call, |reply| push_path(reply, "/")),
            "Dismiss" => turn.reply(call, |_| {}),
            _ => turn.fail(call, "org.freedesktop.DBus.Error.UnknownMethod"),
        }
    }

    fn search(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        self.searches += 1;
        if self.searches <= self.options.unknown_searches {
            return turn.fail(call, "org.freedesktop.DBus.Error.UnknownMethod");
        }
        let (unlocked, locked): (&[&str], &[&str]) = match (self.options.locked, self.options.hides_locked) {
            (false, _) if self.options.has_leftovers => (&[STALE[0], ITEM, STALE[1]], &[]),
            (false, _) => (&[ITEM], &[]),
            (true, false) => (&[], &[ITEM]),
            (true, true) => (&[], &[]),
        };
        turn.reply(call, |reply| {
            reply.body.push_param(paths(unlocked)).expect("paths");
            reply.body.push_param(paths(locked)).expect("paths");
        });
    }

    fn property(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        let (_, name) = call.body.parser().get2::<&str, &str>().expect("interface and name");
        let changed: u64 = if call.dynheader.object.as_deref() == Some(ITEM) { 2 } else { 1 };
        let StubOptions { locked, has_default, .. } = self.options;
        turn.reply(call, |reply| match name {
            "Modified" => reply.body.push_variant(changed).expect("a number"),
            "Attributes" => {
                let attributes: HashMap<String, String> = HashMap::new();
                reply.body.push_variant(attributes).expect("attributes");
            }
            "Collections" => {
                reply.body.push_variant(paths(if has_default { &[COLLECTION] } else { &[] })).expect("paths");
            }
            _ => reply.body.push_variant(locked).expect("a boolean"),
        });
    }

    fn prompt(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        turn.reply(call, |_| {});
        let _ = turn.prompt_sender.send(());
        if self.options.prompt == PromptOutcome::Ignores {
            return;
        }
        let _ = turn.released.recv();
        turn.send(completed(OTHER_PROMPT, true, "/"));
        match self.options.prompt {
            PromptOutcome::Unlocks => {
                (self.options.locked, self.options.has_default) = (false, true);
                turn.send(completed(PROMPT, false, self.prompt_result.unwrap_or("/")));
            }
            PromptOutcome::Dismisses => turn.send(completed(PROMPT, true, "/")),
            PromptOutcome::Dies => turn.is_finished = true,
            PromptOutcome::Ignores => {}
        }
    }
}

fn open_session(call: &MarshalledMessage, turn: &mut Turn) {
    match call.body.parser().get::<&str>().expect("the algorithm") {
        "plain" => turn.reply(call, |reply| {
            reply.body.push_variant("").expect("nothing");
            push_path(reply, "/session");
        }),
        _ => turn.fail(call, "org.freedesktop.DBus.Error.NotSupported"),
    }
}

fn completed(prompt: &str, dismissed: bool, made: &str) -> MarshalledMessage {
    let mut signal = MessageBuilder::new().signal("org.freedesktop.Secret.Prompt", "Completed", prompt).build();
    signal.body.push_param(dismissed).expect("a boolean");
    signal.body.push_variant(path(made)).expect("a path");
    signal
}

fn path(text: &str) -> Path {
    Path::new(text.to_owned()).expect("a path")
}

fn paths(texts: &[&str]) -> Vec<Path> {
    texts.iter().map(|text| path(text)).collect()
}

fn push_path(message: &mut MarshalledMessage, text: &str) {
    message.body.push_param(path(text)).expect("a path");
}

fn paths_and_path(message: &mut MarshalledMessage, first: &[&str], second: &str) {
    message.body.push_param(paths(first)).expect("paths");
    push_path(message, second);
}

/// `org.gnome.keyring.internal.Prompter` in the protocol of gcr 3: a call begins, performs or stops a prompt, and the
/// stub replies with calls to the object that the call names.
fn prompt(call: &MarshalledMessage, turn: &mut Turn, password: &str) {
    let callback = call.body.parser().get::<Path>().expect("the callback");
    turn.reply(call, |_| {});
    let mut ready = |member: &str, arguments: Option<(&str, String)>| {
        let mut message = MessageBuilder::new()
            .call(member)
            .with_interface("org.gnome.keyring.internal.Prompter.Callback")
            .on(callback.as_ref())
            .at(call.dynheader.sender.clone().expect("the bus names the sender"))
            .build();
        if let Some((response, exchange)) = arguments {
            let properties: HashMap<String, rustbus::wire::marshal::traits::Variant<String>> = HashMap::new();
            message.body.push_param3(response, &properties, exchange).expect("marshalable");
        }
        turn.send(message);
    };
    match call.dynheader.member.as_deref() {
        Some("BeginPrompting") => ready("PromptReady", Some(("", String::new()))),
        Some("PerformPrompt") => {
            let (_, kind, _, exchange) = call
                .body
                .parser()
                .get4::<Path, &str, HashMap<&str, rustbus::wire::unmarshal::traits::Variant<'_, '_>>, &str>()
                .expect("a prompt");
            assert_eq!(kind, "password");
            let exchange = encrypt_password(exchange, password);
            ready("PromptReady", Some(("yes", exchange)));
        }
        _ => ready("PromptDone", None),
    }
}

/// Group of gcr's `sx-aes-1` (RFC 3526 2).
const PRIME: &[u8] = b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6\
F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05\
98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804\
F1746C08CA237327FFFFFFFFFFFFFFFF";

/// Encodes the password for `sx-aes-1`: public key, initialization vector, encrypted password.
fn encrypt_password(peer: &str, password: &str) -> String {
    use aes::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD;
    let peer = peer.lines().find_map(|line| line.strip_prefix("public=")).expect("a public value");
    let peer = BigUint::from_bytes_be(&base64.decode(peer).expect("base 64"));
    let prime = BigUint::parse_bytes(PRIME, 16).expect("a number");
    let exponent = BigUint::from_bytes_be(&[0x5a; 32]);
    let public = BigUint::from(2_u8).modpow(&exponent, &prime).to_bytes_be();
    let shared = peer.modpow(&exponent, &prime).to_bytes_be();
    let mut padded = vec![0; 192 - shared.len()];
    padded.extend(shared);
    let mut key = [0; 16];
    let extracted = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, &[]).extract(&padded);
    fill(&extracted, &mut key);
    let vector = [7; 16];
    let cipher = cbc::Encryptor::<aes::Aes128>::new(&key.into(), &vector.into());
    let secret = cipher.encrypt_padded_vec_mut::<Pkcs7>(password.as_bytes());
    let [public, secret, vector] = [public, secret, vector.to_vec()].map(|bytes| base64.encode(bytes));
    format!("[sx-aes-1]\npublic={public}\nsecret={secret}\niv={vector}\n")
}

fn fill(key: &ring::hkdf::Prk, bytes: &mut [u8; 16]) {
    struct Length;
    impl ring::hkdf::KeyType for Length {
        fn len(&self) -> usize {
            16
        }
    }
    key.expand(&[], Length).and_then(|expanded| expanded.fill(bytes)).expect("16 bytes are within what HKDF gives");
}
