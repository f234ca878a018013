//! Unlocking, and the prompts of the service (Secret Service API, "Prompts").

use rustbus::MessageType;
use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::unmarshal::traits::Variant;

use super::super::connection::{self, MethodCall};
use super::super::deadline::Deadline;
use super::service::{NO_OBJECT, PEER, Path, ROOT, SERVICE, ServiceConnection, invalid_response};
use crate::duration;
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

const PROMPT: &str = "org.freedesktop.Secret.Prompt";

impl ServiceConnection {
    /// Unlocks collections or items, with a prompt if the service requires one.
    pub(super) fn unlock(&mut self, objects: Vec<Path>) -> Result<()> {
        let message = self
            .call(ROOT, SERVICE, "Unlock", |body| body.push_param(&objects))
            .map_err(|error| error.into_keyring_error("could not unlock the keyring"))?;
        let (_, prompt) = message.body.parser().get2::<Vec<Path>, Path>().map_err(invalid_response)?;
        match prompt.as_ref() {
            NO_OBJECT => Ok(()),
            prompt => self.prompt(prompt).map(drop),
        }
    }

    /// Shows the prompt and waits; returns the object that the service created, if any. After a dismissed or ignored
    /// prompt there is no other one: the user has answered, or is not there.
    pub(super) fn prompt(&mut self, prompt: &str) -> Result<Option<Path>> {
        let limit = self.settings.timeouts.prompt;
        let refusal = match limit.is_zero() {
            true => Some("keyring is locked, and prompts are disabled".to_owned()),
            false => self.failed_prompt.clone(),
        };
        if let Some(refusal) = refusal {
            self.dismiss(prompt);
            return Err(KeyringError::new(StoreErrorKind::Locked, refusal));
        }
        let outcome = self.show_prompt(prompt, Deadline::after(limit));
        if let Err(KeyringError { kind: StoreErrorKind::Locked, message }) = &outcome {
            self.failed_prompt = Some(message.clone());
        }
        outcome
    }

    fn show_prompt(&mut self, prompt: &str, deadline: Deadline) -> Result<Option<Path>> {
        let limit = deadline.remaining()?;
        self.subscribe()?;
        let method = MethodCall { peer: PEER, object: prompt, interface: PROMPT, member: "Prompt" };
        self.bus
            .call(method, |body| body.push_param(""), limit)
            .map_err(|error| error.into_keyring_error("keyring is locked and could not prompt"))?;
        while let Some(signal) = self.bus.next_signal(deadline)? {
            if is_service_exit(&signal) {
                return Err(KeyringError::new(StoreErrorKind::Failed, "keyring exited during its prompt"));
            }
            if is_completion(&signal, prompt) {
                return completion_result(&signal);
            }
        }
        self.dismiss(prompt);
        let reason = match self.bus.is_interrupted() {
            true => "interrupted".to_owned(),
            false => format!("not answered within {}", duration::show(self.settings.timeouts.prompt)),
        };
        Err(KeyringError::new(StoreErrorKind::Locked, format!("keyring is locked, and its prompt was {reason}")))
    }

    /// Path of the created object from a reply with an object and a prompt, one of which is set.
    pub(super) fn created_object(&mut self, message: &MarshalledMessage) -> Result<Path> {
        let (made, prompt) = message.body.parser().get2::<Path, Path>().map_err(invalid_response)?;
        match prompt.as_ref() {
            NO_OBJECT => Ok(made),
            prompt => self
                .prompt(prompt)?
                .ok_or_else(|| KeyringError::new(StoreErrorKind::Failed, "keyring created no object after its prompt")),
        }
    }

    /// Subscribes to the two signals that end a prompt: its completion, and the exit of the service.
    fn subscribe(&mut self) -> Result<()> {
        if self.is_subscribed {
            return Ok(());
        }
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
                .call(method, |body| body.push_param(rule), self.settings.timeouts.step)
                .map_err(|error| error.into_keyring_error("could not subscribe to signals of the session bus"))?;
        }
        self.is_subscribed = true;
        Ok(())
    }

    /// An abandoned prompt would stay on the screen. A failure here cannot be handled any further.
    fn dismiss(&mut self, prompt: &str) {
        let _ = self.start_call(prompt, PROMPT, "Dismiss", |_| Ok(()));
    }
}

fn is_completion(signal: &MarshalledMessage, prompt: &str) -> bool {
    let header = &signal.dynheader;
    signal.typ == MessageType::Signal
        && header.member.as_deref() == Some("Completed")
        && header.interface.as_deref() == Some(PROMPT)
        && header.object.as_deref() == Some(prompt)
}

/// Returns true for `NameOwnerChanged` without a new owner.
fn is_service_exit(signal: &MarshalledMessage) -> bool {
    signal.dynheader.member.as_deref() == Some("NameOwnerChanged")
        && matches!(signal.body.parser().get3::<&str, &str, &str>(), Ok((PEER, _, "")))
}

fn completion_result(signal: &MarshalledMessage) -> Result<Option<Path>> {
    let (dismissed, result) = signal.body.parser().get2::<bool, Variant<'_, '_>>().map_err(invalid_response)?;
    match dismissed {
        true => Err(KeyringError::new(StoreErrorKind::Locked, "keyring is locked, and its prompt was dismissed")),
        false => Ok(result.get::<Path>().ok()),
    }
}
