//! One connection to the session bus on which nothing waits for ever (D-Bus Specification 0.43).
//!
//! `rustbus` writes and reads the messages. Its own connection is not used: connecting and authenticating have no
//! deadline there, a bus that closes while it authenticates leaves it spinning, and its socket is inherited by the
//! programs we start.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustbus::message_builder::{MarshalledMessage, MarshalledMessageBody};
use rustbus::wire::errors::MarshalError;
use rustbus::wire::marshal;
use rustbus::{MessageBuilder, MessageType};

use super::bus_address;
use super::deadline::{Deadline, timed_out};
use super::frame::{self, invalid_message};
use crate::error::StoreErrorKind;
use crate::sanitize::sanitize_untrusted;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::SessionBus;

/// The bus itself, as a peer.
pub const BUS_NAME: &str = "org.freedesktop.DBus";

/// The longest line the bus may answer an authentication with, in bytes; the specification's are under 100.
const MAX_AUTH_LINE_BYTES: usize = 4096;

/// How many signals are kept while a reply is waited for; we listen to two.
const MAX_QUEUED_SIGNALS: usize = 64;

/// Why a call brought no reply of use.
#[derive(Debug)]
pub enum CallError {
    /// The peer, or the bus in its place, answered with an error.
    Remote {
        /// The error's name, such as `org.freedesktop.Secret.Error.IsLocked`.
        name: String,
        /// Its text, fit to be shown.
        text: String,
    },
    /// There was no answer at all.
    Keyring(KeyringError),
}

impl From<KeyringError> for CallError {
    fn from(error: KeyringError) -> Self {
        Self::Keyring(error)
    }
}

/// What a method is called on.
#[derive(Debug, Clone, Copy)]
pub struct MethodCall<'a> {
    /// The bus name.
    pub peer: &'a str,
    /// The object path.
    pub object: &'a str,
    /// The interface.
    pub interface: &'a str,
    /// The method itself.
    pub member: &'a str,
}

/// A call whose reply is still to come.
pub struct PendingCall {
    serial: u32,
    deadline: Deadline,
}

/// A connection that has introduced itself.
pub struct BusConnection {
    stream: UnixStream,
    serial: u32,
    received: Vec<u8>,
    signals: VecDeque<MarshalledMessage>,
}

impl BusConnection {
    /// Connects, authenticates and says hello, all within `limit`.
    ///
    /// # Errors
    /// Absent where no address leads to a socket that anyone listens on, hung where the bus does not answer in time,
    /// failed where it refuses us.
    pub fn connect(bus: &SessionBus, limit: Duration) -> Result<Self> {
        let deadline = Deadline::after(limit);
        let mut last = KeyringError::new(StoreErrorKind::NotFound, "there is no session bus");
        for socket in bus_address::socket_addresses(bus) {
            match bus_address::connect(&socket, deadline) {
                Ok(stream) => {
                    return Self { stream, serial: 0, received: vec![], signals: VecDeque::new() }.handshake(deadline);
                }
                Err(error) if error.kind == StoreErrorKind::NotFound => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Calls a method and waits for its reply.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn call(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
        limit: Duration,
    ) -> Result<MarshalledMessage, CallError> {
        let pending = self.start_call(method, arguments, limit)?;
        self.wait_reply(pending)
    }

    /// Calls a method; whoever has something to do meanwhile waits for the reply later.
    ///
    /// # Errors
    /// As [`Bus::connect`].
    pub fn start_call(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
        limit: Duration,
    ) -> Result<PendingCall> {
        let deadline = Deadline::after(limit);
        let serial = self.send(method, arguments, deadline)?;
        Ok(PendingCall { serial, deadline })
    }

    /// Waits for the reply.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn wait_reply(
        &mut self,
        PendingCall { serial, deadline }: PendingCall,
    ) -> Result<MarshalledMessage, CallError> {
        loop {
            let message = self.receive(deadline)?;
            match message.typ {
                MessageType::Signal => self.queue_signal(message),
                _ if message.dynheader.response_serial != Some(serial) => {}
                MessageType::Reply => return Ok(message),
                MessageType::Error => return Err(remote_error(message)),
                MessageType::Call | MessageType::Invalid => {}
            }
        }
    }

    /// Calls a method whose answer nobody waits for.
    ///
    /// # Errors
    /// As [`Bus::connect`].
    pub fn call_without_reply(&mut self, method: MethodCall<'_>, limit: Duration) -> Result<()> {
        self.send(method, |_| Ok(()), Deadline::after(limit)).map(drop)
    }

    /// The next signal, `None` where none comes before the deadline.
    ///
    /// # Errors
    /// Failed where the connection breaks.
    pub fn next_signal(&mut self, deadline: Deadline) -> Result<Option<MarshalledMessage>> {
        loop {
            if let Some(signal) = self.signals.pop_front() {
                return Ok(Some(signal));
            }
            match self.receive(deadline) {
                Ok(message) if message.typ == MessageType::Signal => self.queue_signal(message),
                Ok(_) => {}
                Err(error) if error.kind == StoreErrorKind::TimedOut => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// EXTERNAL is what every bus on a socket of the same machine offers ("Authentication Mechanisms"). Its lines and
    /// the hello go out together, as other clients do: each wait less is a third of a millisecond.
    fn handshake(mut self, deadline: Deadline) -> Result<Self> {
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        let mut greeting = format!("\0AUTH EXTERNAL {user}\r\nBEGIN\r\n").into_bytes();
        let method =
            MethodCall { peer: BUS_NAME, object: "/org/freedesktop/DBus", interface: BUS_NAME, member: "Hello" };
        let (serial, hello) = self.marshal_call(method, |_| Ok(()))?;
        greeting.extend(hello);
        self.write(&greeting, deadline)?;
        self.read_auth_reply(deadline)?;
        loop {
            let message = self.receive(deadline)?;
            match (message.typ, message.dynheader.response_serial == Some(serial)) {
                (MessageType::Reply, true) => return Ok(self),
                (MessageType::Error, true) => {
                    return Err(remote_error(message).into_keyring_error("the session bus refuses us"));
                }
                _ => {}
            }
        }
    }

    fn read_auth_reply(&mut self, deadline: Deadline) -> Result<()> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return match line.starts_with(b"OK") {
                    true => Ok(()),
                    false => Err(KeyringError::new(StoreErrorKind::Failed, "the session bus is another user's")),
                };
            }
            if self.received.len() > MAX_AUTH_LINE_BYTES {
                return Err(KeyringError::new(StoreErrorKind::Failed, "the session bus does not speak D-Bus"));
            }
            self.read(deadline)?;
        }
    }

    fn send(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
        deadline: Deadline,
    ) -> Result<u32> {
        let (serial, bytes) = self.marshal_call(method, arguments)?;
        self.write(&bytes, deadline)?;
        Ok(serial)
    }

    fn marshal_call(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<(u32, Vec<u8>)> {
        self.serial += 1;
        let mut message = MessageBuilder::new()
            .call(method.member)
            .with_interface(method.interface)
            .on(method.object)
            .at(method.peer)
            .build();
        let mut bytes = vec![];
        arguments(&mut message.body).and_then(|()| marshal::marshal(&message, self.serial, &mut bytes)).map_err(
            |_| KeyringError::new(StoreErrorKind::Failed, format!("`{}` cannot be put into a message", method.member)),
        )?;
        bytes.extend_from_slice(message.get_buf());
        Ok((self.serial, bytes))
    }

    fn write(&mut self, mut bytes: &[u8], deadline: Deadline) -> Result<()> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(deadline.remaining()?)).map_err(io_error)?;
            match self.stream.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error(error)),
            }
        }
        Ok(())
    }

    fn receive(&mut self, deadline: Deadline) -> Result<MarshalledMessage> {
        loop {
            if let Some(length) = frame::message_length(&self.received)?
                && self.received.len() >= length
            {
                let rest = self.received.split_off(length);
                let message = std::mem::replace(&mut self.received, rest);
                return frame::parse(&message).map_err(|_| invalid_message());
            }
            self.read(deadline)?;
        }
    }

    fn read(&mut self, deadline: Deadline) -> Result<()> {
        let mut chunk = [0; 16 << 10];
        self.stream.set_read_timeout(Some(deadline.remaining()?)).map_err(io_error)?;
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(KeyringError::new(StoreErrorKind::Failed, "the session bus closed the connection")),
            Ok(length) => {
                self.received.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(io_error(error)),
        }
    }

    fn queue_signal(&mut self, signal: MarshalledMessage) {
        if self.signals.len() == MAX_QUEUED_SIGNALS {
            self.signals.pop_front();
        }
        self.signals.push_back(signal);
    }
}

impl CallError {
    /// The refusal as a fault of the store; `what` says what was tried.
    ///
    /// Only names decide, never texts: these come in the language of the desktop.
    pub fn into_keyring_error(self, what: &str) -> KeyringError {
        let (name, text) = match self {
            Self::Keyring(error) => return KeyringError::new(error.kind, format!("{what}: {}", error.message)),
            Self::Remote { name, text } => (name, text),
        };
        let kind = match name.as_str() {
            "org.freedesktop.Secret.Error.IsLocked" => StoreErrorKind::Locked,
            "org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner" => {
                StoreErrorKind::NotFound
            }
            name if name.starts_with("org.freedesktop.DBus.Error.Spawn.") => StoreErrorKind::NotFound,
            "org.freedesktop.DBus.Error.TimedOut" | "org.freedesktop.DBus.Error.Timeout" => StoreErrorKind::TimedOut,
            _ => StoreErrorKind::Failed,
        };
        KeyringError::new(kind, format!("{what}: {text} ({})", sanitize_untrusted(&name)))
    }
}

fn remote_error(message: MarshalledMessage) -> CallError {
    let text = message.body.parser().get::<&str>().map(sanitize_untrusted).unwrap_or_default();
    CallError::Remote { name: message.dynheader.error_name.unwrap_or_default(), text }
}

fn io_error(error: io::Error) -> KeyringError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => timed_out(),
        _ => KeyringError::new(StoreErrorKind::Failed, format!("the connection to the session bus broke: {error}")),
    }
}
