//! Stand-ins on the test's bus: a Secret Service that behaves as told, and the prompter that gnome-keyring asks through.

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

const COLLECTION: &str = "/somewhere/of/its/own";
const ITEM: &str = "/somewhere/of/its/own/1";
const STALE: [&str; 2] = ["/somewhere/of/its/own/0", "/somewhere/of/its/own/2"];
const PROMPT: &str = "/org/freedesktop/secrets/prompt/p1";
const OTHER_PROMPT: &str = "/org/freedesktop/secrets/prompt/p2";

/// What a prompt of the stub does once the test releases it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Unlocks,
    Dismisses,
    /// Says nothing, ever.
    Ignores,
    /// The service leaves the bus.
    Dies,
}

/// How the stub differs from a service that is open and knows a plain session only.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How many searches are answered with `UnknownMethod` first.
    pub unknown_searches: usize,
    /// Whether there are two older items beside the one.
    pub has_leftovers: bool,
    /// Whether the items are locked.
    pub locked: bool,
    /// Whether locked items are kept out of searches.
    pub hides_locked: bool,
    /// Whether there is a default collection.
    pub has_default: bool,
    /// What a prompt does.
    pub answer: Answer,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            unknown_searches: 0,
            has_leftovers: false,
            locked: false,
            hides_locked: false,
            has_default: true,
            answer: Answer::Unlocks,
        }
    }
}

/// A stub on the bus until it is dropped.
pub struct Stub {
    calls: Arc<Mutex<Vec<String>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    prompted: Receiver<()>,
    release: Sender<()>,
}

impl Stub {
    /// A Secret Service with one item, whose secret is `kept`.
    pub fn service(bus: &Bus, manner: Manner) -> Self {
        let mut service = Service { manner, secret: b"kept".to_vec(), searches: 0, prompt_makes: None };
        Self::start(bus, "org.freedesktop.secrets", move |call, turn| service.answer(call, turn))
    }

    /// The prompter of the desktop, which types `password`.
    pub fn prompter(bus: &Bus, password: &'static str) -> Self {
        Self::start(bus, "org.gnome.keyring.SystemPrompter", move |call, turn| prompt(call, turn, password))
    }

    fn start(bus: &Bus, name: &str, mut answer: impl FnMut(&MarshalledMessage, &mut Turn) + Send + 'static) -> Self {
        let mut connection = bus.connection();
        let request = rustbus::standard_messages::request_name(name, 0);
        keyring::call(&mut connection, request);
        let (calls, end) = (Arc::new(Mutex::new(vec![])), Arc::new(AtomicBool::new(false)));
        let ((tell, prompted), (release, released)) = (channel(), channel());
        let mut turn = Turn { connection, tell, released, over: false };
        let (log, ending) = (calls.clone(), end.clone());
        let thread = std::thread::spawn(move || {
            while !turn.over && !ending.load(Ordering::Relaxed) {
                let Ok(call) = turn.connection.wait_call(Timeout::Duration(Duration::from_millis(20))) else {
                    continue;
                };
                log.lock().expect("no panic").push(call.dynheader.member.clone().unwrap_or_default());
                answer(&call, &mut turn);
            }
        });
        Self { calls, end, thread: Some(thread), prompted, release }
    }

    /// The methods called so far, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }

    /// Waits until the stub was asked to prompt; it goes on when released.
    pub fn await_prompt(&self) {
        self.prompted.recv_timeout(Duration::from_secs(20)).expect("somebody prompts");
    }

    /// Lets the prompt be answered; may be said in advance.
    pub fn release(&self) {
        self.release.send(()).expect("the stub lives");
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

/// What a stub answers through.
struct Turn {
    connection: RpcConn,
    tell: Sender<()>,
    released: Receiver<()>,
    over: bool,
}

impl Turn {
    fn send(&mut self, mut message: MarshalledMessage) {
        let sending = self.connection.send_message(&mut message).expect("the message is written");
        sending.write_all().map_err(ll_conn::force_finish_on_error).expect("the bus takes it");
    }

    /// `rustbus` leaves the name out of the errors it writes, so it is put in here.
    fn fail(&mut self, call: &MarshalledMessage, name: &str) {
        let mut reply = call.dynheader.make_error_response(name, Some("in the language of the desktop".into()));
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
    manner: Manner,
    secret: Vec<u8>,
    searches: usize,
    prompt_makes: Option<&'static str>,
}

impl Service {
    fn answer(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        match call.dynheader.member.as_deref().unwrap_or_default() {
            "SearchItems" => self.search(call, turn),
            "OpenSession" => open_session(call, turn),
            "ReadAlias" => {
                let alias = if self.manner.has_default { COLLECTION } else { "/" };
                turn.reply(call, |reply| push_path(reply, alias));
            }
            "Get" => self.property(call, turn),
            "Unlock" | "CreateCollection" if !self.manner.locked && self.manner.has_default => {
                turn.reply(call, |reply| paths_and_path(reply, &[ITEM], "/"));
            }
            "Unlock" => turn.reply(call, |reply| paths_and_path(reply, &[], PROMPT)),
            "CreateCollection" => {
                self.prompt_makes = Some(COLLECTION);
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
            "CreateItem" if self.manner.locked => turn.fail(call, "org.freedesktop.Secret.Error.IsLocked"),
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
        if self.searches <= self.manner.unknown_searches {
            return turn.fail(call, "org.freedesktop.DBus.Error.UnknownMethod");
        }
        let (unlocked, locked): (&[&str], &[&str]) = match (self.manner.locked, self.manner.hides_locked) {
            (false, _) if self.manner.has_leftovers => (&[STALE[0], ITEM, STALE[1]], &[]),
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
        let locked = self.manner.locked;
        turn.reply(call, |reply| match name {
            "Modified" => reply.body.push_variant(changed).expect("a number"),
            _ => reply.body.push_variant(locked).expect("a boolean"),
        });
    }

    fn prompt(&mut self, call: &MarshalledMessage, turn: &mut Turn) {
        turn.reply(call, |_| {});
        let _ = turn.tell.send(());
        if self.manner.answer == Answer::Ignores {
            return;
        }
        let _ = turn.released.recv();
        turn.send(completed(OTHER_PROMPT, true, "/"));
        match self.manner.answer {
            Answer::Unlocks => {
                (self.manner.locked, self.manner.has_default) = (false, true);
                turn.send(completed(PROMPT, false, self.prompt_makes.unwrap_or("/")));
            }
            Answer::Dismisses => turn.send(completed(PROMPT, true, "/")),
            Answer::Dies => turn.over = true,
            Answer::Ignores => {}
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

/// `org.gnome.keyring.internal.Prompter` as gcr 3 speaks it: a call begins, performs or stops a prompt, and is answered
/// by calls to the object it names.
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
            message.body.push_param3(response, &properties, exchange).expect("they are plain");
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
            let exchange = exchanged(exchange, password);
            ready("PromptReady", Some(("yes", exchange)));
        }
        _ => ready("PromptDone", None),
    }
}

/// RFC 3526 2, the group of gcr's `sx-aes-1`.
const PRIME: &[u8] = b"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74\
020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6\
F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05\
98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804\
F1746C08CA237327FFFFFFFFFFFFFFFF";

/// The password as `sx-aes-1` carries it back: our half of the agreement, the vector, the encrypted password.
fn exchanged(theirs: &str, password: &str) -> String {
    use aes::cipher::{BlockEncryptMut, KeyIvInit, block_padding::Pkcs7};
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD;
    let theirs = theirs.lines().find_map(|line| line.strip_prefix("public=")).expect("a public value");
    let theirs = BigUint::from_bytes_be(&base64.decode(theirs).expect("base 64"));
    let prime = BigUint::parse_bytes(PRIME, 16).expect("a number");
    let exponent = BigUint::from_bytes_be(&[0x5a; 32]);
    let public = BigUint::from(2_u8).modpow(&exponent, &prime).to_bytes_be();
    let shared = theirs.modpow(&exponent, &prime).to_bytes_be();
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
