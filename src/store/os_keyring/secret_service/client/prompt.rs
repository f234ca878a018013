//! Unlocking, and the prompts by which the service asks the person (Secret Service API, "Prompts").

use rustbus::MessageType;
use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::unmarshal::traits::Variant;

use super::super::connection::{self, MethodCall};
use super::super::deadline::Deadline;
use super::service::{NO_OBJECT, PEER, Path, ROOT, SERVICE, ServiceConnection, invalid_response};
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

const PROMPT: &str = "org.freedesktop.Secret.Prompt";

impl ServiceConnection {
    /// Unlocks collections or items, by a prompt where the service wants one.
    pub(super) fn unlock(&mut self, objects: Vec<Path>) -> Result<()> {
        let message = self
            .call(ROOT, SERVICE, "Unlock", |body| body.push_param(&objects))
            .map_err(|error| error.into_keyring_error("the keyring is locked"))?;
        let (_, prompt) = message.body.parser().get2::<Vec<Path>, Path>().map_err(invalid_response)?;
        match prompt.as_ref() {
            NO_OBJECT => Ok(()),
            prompt => self.prompt(prompt).map(drop),
        }
    }

    /// Has the service ask the person, and waits; the object it made, if it made one.
    pub(super) fn prompt(&mut self, prompt: &str) -> Result<Option<Path>> {
        let limit = self.timeouts.prompt;
        if limit.is_zero() {
            self.dismiss(prompt);
            return Err(KeyringError::new(
                StoreErrorKind::Locked,
                "the keyring is locked, and asking is not allowed here",
            ));
        }
        self.subscribe()?;
        let deadline = Deadline::after(limit);
        self.call(prompt, PROMPT, "Prompt", |body| body.push_param(""))
            .map_err(|error| error.into_keyring_error("the keyring is locked and cannot ask"))?;
        while let Some(signal) = self.bus.next_signal(deadline)? {
            if is_service_exit(&signal) {
                return Err(KeyringError::new(StoreErrorKind::Failed, "the keyring ended while it asked"));
            }
            if is_completion(&signal, prompt) {
                return completion_result(&signal);
            }
        }
        self.dismiss(prompt);
        let waited = limit.as_secs();
        Err(KeyringError::new(StoreErrorKind::Locked, format!("nobody answered the keyring's prompt within {waited}s")))
    }

    /// What a reply of an object and a prompt leads to: one of the two is there.
    pub(super) fn created_object(&mut self, message: &MarshalledMessage) -> Result<Path> {
        let (made, prompt) = message.body.parser().get2::<Path, Path>().map_err(invalid_response)?;
        match prompt.as_ref() {
            NO_OBJECT => Ok(made),
            prompt => self
                .prompt(prompt)?
                .ok_or_else(|| KeyringError::new(StoreErrorKind::Failed, "the keyring's prompt made nothing")),
        }
    }

    /// Asks the bus for the two signals that end a prompt: its completion, and the end of the service.
    fn subscribe(&mut self) -> Result<()> {
        let rules = [
            "type='signal',sender='org.freedesktop.secrets',interface='org.freedesktop.Secret.Prompt'",
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.secrets'",
        ];
        let method = MethodCall {
            peer: connection::BUS_NAME,
            object: "/org/freedesktop/DBus",
            interface: connection::BUS_NAME,
            member: "AddMatch",
        };
        for rule in rules {
            self.bus
                .call(method, |body| body.push_param(rule), self.timeouts.step)
                .map_err(|error| error.into_keyring_error("the session bus tells no signals"))?;
        }
        Ok(())
    }

    /// A prompt nobody waits for any more would stay on the screen. There is no more to do where even that fails.
    fn dismiss(&mut self, prompt: &str) {
        let method = MethodCall { peer: PEER, object: prompt, interface: PROMPT, member: "Dismiss" };
        let _ = self.bus.call_without_reply(method, self.timeouts.step);
    }
}

fn is_completion(signal: &MarshalledMessage, prompt: &str) -> bool {
    let header = &signal.dynheader;
    signal.typ == MessageType::Signal
        && header.member.as_deref() == Some("Completed")
        && header.interface.as_deref() == Some(PROMPT)
        && header.object.as_deref() == Some(prompt)
}

/// `NameOwnerChanged` with no new owner.
fn is_service_exit(signal: &MarshalledMessage) -> bool {
    signal.dynheader.member.as_deref() == Some("NameOwnerChanged")
        && matches!(signal.body.parser().get3::<&str, &str, &str>(), Ok((PEER, _, "")))
}

fn completion_result(signal: &MarshalledMessage) -> Result<Option<Path>> {
    let (dismissed, result) = signal.body.parser().get2::<bool, Variant<'_, '_>>().map_err(invalid_response)?;
    match dismissed {
        true => Err(KeyringError::new(StoreErrorKind::Locked, "the keyring is locked, and its prompt was dismissed")),
        false => Ok(result.get::<Path>().ok()),
    }
}
