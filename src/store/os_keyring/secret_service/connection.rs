//! Connection to the session bus with a deadline on every step (D-Bus Specification 0.43).
//!
//! `rustbus` marshals the messages. Its connection is not used: connecting and authenticating have no deadline there, a
//! bus that closes during authentication leaves it spinning, and child processes inherit its socket.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustbus::message_builder::{MarshalledMessage, MarshalledMessageBody};
use rustbus::wire::errors::MarshalError;
use rustbus::wire::marshal;
use rustbus::{MessageBuilder, MessageType};

use super::bus_address;
use super::deadline::Deadline;
use super::frame::{self, invalid_message};
use crate::error::StoreErrorKind;
use crate::sanitize::sanitize_untrusted;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::SessionBus;

/// Bus name of the bus itself.
pub const BUS_NAME: &str = "org.freedesktop.DBus";

/// Longest accepted reply line during authentication, in bytes; the lines in the specification have less than 100.
const MAX_AUTH_LINE_BYTES: usize = 4096;

/// Wait for a call before a signal to this process ends it: most responses take milliseconds, and a save that is given up
/// goes to a recovery file.
const SIGNAL_GRACE: Duration = Duration::from_secs(1);

/// Pause between two looks at `interrupted` during a wait.
const INTERRUPTION_INTERVAL: Duration = Duration::from_millis(100);

/// Signals queued while a call waits for its reply; this client subscribes to two.
const MAX_QUEUED_SIGNALS: usize = 64;

/// Error of a method call.
#[derive(Debug)]
pub enum CallError {
    /// Error reply of the peer, or of the bus on its behalf.
    Remote {
        /// Name of the error, such as `org.freedesktop.Secret.Error.IsLocked`.
        name: String,
        /// Sanitized text of the error.
        text: String,
    },
    /// No reply.
    Keyring(KeyringError),
    /// The key of the session may not be the key of the service.
    AmbiguousKey,
}

impl From<KeyringError> for CallError {
    fn from(error: KeyringError) -> Self {
        Self::Keyring(error)
    }
}

/// Target of a method call.
#[derive(Debug, Clone, Copy)]
pub struct MethodCall<'a> {
    /// Bus name.
    pub peer: &'a str,
    /// Object path.
    pub object: &'a str,
    pub interface: &'a str,
    /// Method name.
    pub member: &'a str,
}

/// Call whose reply is outstanding.
pub struct PendingCall {
    serial: u32,
    deadline: Deadline,
}

/// Authenticated connection.
pub struct BusConnection {
    stream: UnixStream,
    serial: u32,
    received: Vec<u8>,
    signals: VecDeque<MarshalledMessage>,
    interrupted: fn() -> bool,
    /// Unique bus name of the peer that sent the last reply; another one after the peer restarted.
    last_sender: Option<String>,
}

impl BusConnection {
    /// Connects, authenticates and sends `Hello`, all within `limit`.
    ///
    /// # Errors
    /// [`StoreErrorKind::NotFound`] if no process listens on any address, [`StoreErrorKind::TimedOut`] if the bus does
    /// not respond in time, [`StoreErrorKind::Failed`] if the bus rejects the client.
    pub fn connect(bus: &SessionBus, limit: Duration, interrupted: fn() -> bool) -> Result<Self> {
        let deadline = Deadline::after(limit);
        let mut last = KeyringError::new(StoreErrorKind::NotFound, "no session bus address found");
        for socket in bus_address::socket_addresses(bus) {
            match bus_address::connect(&socket, deadline) {
                Ok(stream) => {
                    let (received, signals) = (vec![], VecDeque::new());
                    return Self { stream, serial: 0, received, signals, interrupted, last_sender: None }
                        .handshake(deadline);
                }
                Err(error) if error.kind == StoreErrorKind::NotFound => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Calls a method and waits for its reply.
    pub fn call(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
        limit: Duration,
    ) -> Result<MarshalledMessage, CallError> {
        let pending = self.start_call(method, arguments, limit)?;
        self.wait_reply(pending)
    }

    /// Sends a method call; [`BusConnection::wait_reply`] returns the reply, so that callers can work in between.
    pub fn start_call(
        &mut self,
        method: MethodCall<'_>,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
        limit: Duration,
    ) -> Result<PendingCall> {
        let deadline = Deadline::after(limit);
        let (serial, bytes) = self.marshal_call(method, arguments)?;
        self.write(&bytes, deadline)?;
        Ok(PendingCall { serial, deadline })
    }

    /// Waits for the reply of a call.
    pub fn wait_reply(
        &mut self,
        PendingCall { serial, deadline }: PendingCall,
    ) -> Result<MarshalledMessage, CallError> {
        loop {
            let message = self.receive(deadline)?;
            match message.typ {
                MessageType::Signal => self.queue_signal(message),
                _ if message.dynheader.response_serial != Some(serial) => {}
                MessageType::Reply => {
                    self.last_sender.clone_from(&message.dynheader.sender);
                    return Ok(message);
                }
                MessageType::Error => return Err(remote_error(message)),
                MessageType::Call | MessageType::Invalid => {}
            }
        }
    }

    /// Unique bus name of the peer that sent the last reply.
    pub fn last_sender(&self) -> Option<&str> {
        self.last_sender.as_deref()
    }

    /// Returns true if a signal asked this process to end.
    pub fn is_interrupted(&self) -> bool {
        (self.interrupted)()
    }

    /// Next signal; `None` if none arrives before the deadline.
    pub fn next_signal(&mut self, deadline: Deadline) -> Result<Option<MarshalledMessage>> {
        loop {
            if let Some(signal) = self.signals.pop_front() {
                return Ok(Some(signal));
            }
            if self.is_interrupted() {
                return Ok(None);
            }
            let pause =
                Deadline::after(deadline.remaining().map_or(Duration::ZERO, |left| left.min(INTERRUPTION_INTERVAL)));
            match self.receive(pause) {
                Ok(message) if message.typ == MessageType::Signal => self.queue_signal(message),
                Ok(_) => {}
                Err(error) if error.kind == StoreErrorKind::TimedOut => {
                    if deadline.remaining().is_err() {
                        return Ok(None);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Every bus on a local socket supports EXTERNAL ("Authentication Mechanisms"). Its lines and `Hello` are sent
    /// together, as other clients do: each saved wait is a third of a millisecond.
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
        match self.wait_reply(PendingCall { serial, deadline }) {
            Ok(_) => Ok(self),
            Err(CallError::Keyring(error)) => Err(error),
            Err(remote) => Err(remote.into_keyring_error("the session bus rejected the connection")),
        }
    }

    fn read_auth_reply(&mut self, deadline: Deadline) -> Result<()> {
        loop {
            if let Some(end) = self.received.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return match line.starts_with(b"OK") {
                    true => Ok(()),
                    false => {
                        Err(KeyringError::new(StoreErrorKind::Failed, "the session bus rejected the authentication"))
                    }
                };
            }
            if self.received.len() > MAX_AUTH_LINE_BYTES {
                return Err(KeyringError::new(
                    StoreErrorKind::Failed,
                    "the session bus sent an invalid authentication reply",
                ));
            }
            self.read(deadline)?;
        }
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
            |_| KeyringError::new(StoreErrorKind::Failed, format!("could not encode the call `{}`", method.member)),
        )?;
        bytes.extend_from_slice(message.get_buf());
        Ok((self.serial, bytes))
    }

    fn write(&mut self, mut bytes: &[u8], deadline: Deadline) -> Result<()> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(deadline.remaining()?)).map_err(|error| io_error(error, deadline))?;
            match self.stream.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(io_error(error, deadline)),
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
        let pause = deadline.remaining()?.min(INTERRUPTION_INTERVAL);
        self.stream.set_read_timeout(Some(pause)).map_err(|error| io_error(error, deadline))?;
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(KeyringError::new(StoreErrorKind::Failed, "the session bus closed the connection")),
            Ok(length) => {
                self.received.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                match self.is_interrupted() && deadline.elapsed() >= SIGNAL_GRACE {
                    true => {
                        Err(KeyringError::new(StoreErrorKind::TimedOut, "stopped waiting for the keyring: interrupted"))
                    }
                    false => deadline.remaining().map(drop),
                }
            }
            Err(error) => Err(io_error(error, deadline)),
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
    /// Converts the error; `what` names the failed step.
    ///
    /// The kind depends on error names only, never on texts, which are in the language of the desktop.
    pub fn into_keyring_error(self, what: &str) -> KeyringError {
        let (name, text) = match self {
            Self::Keyring(error) if error.kind == StoreErrorKind::TimedOut => return error,
            Self::Keyring(error) => return KeyringError::new(error.kind, format!("{what}: {}", error.message)),
            Self::AmbiguousKey => {
                return KeyringError::new(StoreErrorKind::Failed, format!("{what}: no key agreed on"));
            }
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

fn io_error(error: io::Error, deadline: Deadline) -> KeyringError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => deadline.timed_out(),
        _ => KeyringError::new(StoreErrorKind::Failed, format!("lost the connection to the session bus: {error}")),
    }
}
