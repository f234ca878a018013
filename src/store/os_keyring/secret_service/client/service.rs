//! D-Bus calls to the Secret Service: names, paths and single calls (Secret Service API 0.2).

use std::collections::HashMap;

use rustbus::message_builder::{MarshalledMessage, MarshalledMessageBody};
use rustbus::wire::errors::{MarshalError, UnmarshalError};
use rustbus::wire::unmarshal::traits::Variant;
use rustbus::{dbus_variant_sig, wire};

use super::super::connection::{BusConnection, CallError, MethodCall, PendingCall};
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::{KeyringSettings, SessionBus};

/// Object path of the service.
pub(super) type Path = wire::ObjectPath<String>;

/// Attributes that identify an item.
pub type Attributes = HashMap<String, String>;

pub(super) const PEER: &str = "org.freedesktop.secrets";
pub(super) const ROOT: &str = "/org/freedesktop/secrets";
pub(super) const SERVICE: &str = "org.freedesktop.Secret.Service";
pub(super) const COLLECTION: &str = "org.freedesktop.Secret.Collection";
pub(super) const ITEM: &str = "org.freedesktop.Secret.Item";

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// Path that means "no such object" or "no prompt needed".
pub(super) const NO_OBJECT: &str = "/";

dbus_variant_sig!(Property, Text => String; Map => Attributes);

/// Connection to the service, with the timeouts of its calls.
pub(super) struct ServiceConnection {
    pub(super) bus: BusConnection,
    pub(super) settings: KeyringSettings,
    /// Subscribed to the signals of prompts.
    pub(super) is_subscribed: bool,
    /// Outcome of a prompt that the user dismissed or ignored; the service is not asked for another one.
    pub(super) failed_prompt: Option<String>,
}

impl ServiceConnection {
    /// Connects to the bus; the first call reaches the service.
    pub(super) fn connect(bus: &SessionBus, settings: KeyringSettings) -> Result<Self> {
        let bus = BusConnection::connect(bus, settings.timeouts.step, settings.interrupted)?;
        Ok(Self { bus, settings, is_subscribed: false, failed_prompt: None })
    }

    pub(super) fn property<T: for<'b, 'f> rustbus::Unmarshal<'b, 'f>>(
        &mut self,
        object: &Path,
        interface: &str,
        name: &str,
    ) -> Result<T> {
        let pending = self.start_property(object.as_ref(), interface, name)?;
        let message = self.bus.wait_reply(pending);
        property_value(
            &message.map_err(|error| error.into_keyring_error("could not read a property from the keyring"))?,
        )
    }

    /// Sends the call that reads a property; [`property_value`] reads it from the reply.
    pub(super) fn start_property(&mut self, object: &str, interface: &str, name: &str) -> Result<PendingCall> {
        self.start_call(object, PROPERTIES, "Get", |body| {
            body.push_param(interface)?;
            body.push_param(name)
        })
    }

    pub(super) fn set_property(
        &mut self,
        object: &Path,
        interface: &str,
        name: &str,
        value: Property,
    ) -> Result<(), CallError> {
        self.call(object.as_ref(), PROPERTIES, "Set", |body| {
            body.push_param(interface)?;
            body.push_param(name)?;
            body.push_param(value)
        })
        .map(drop)
    }

    pub(super) fn call(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<MarshalledMessage, CallError> {
        self.bus.call(MethodCall { peer: PEER, object, interface, member }, arguments, self.settings.timeouts.step)
    }

    /// Sends a call whose reply [`BusConnection::wait_reply`] returns later.
    pub(super) fn start_call(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<PendingCall> {
        self.bus.start_call(
            MethodCall { peer: PEER, object, interface, member },
            arguments,
            self.settings.timeouts.step,
        )
    }
}

pub(super) fn is_locked(error_name: &str) -> bool {
    error_name == "org.freedesktop.Secret.Error.IsLocked"
}

pub(super) fn is_gone(error_name: &str) -> bool {
    matches!(error_name, "org.freedesktop.Secret.Error.NoSuchObject" | "org.freedesktop.DBus.Error.UnknownObject")
}

/// Returns true for the errors of a bus peer without such an object, interface, method or property.
pub(super) fn is_unknown(error_name: &str) -> bool {
    is_gone(error_name) || error_name.starts_with("org.freedesktop.DBus.Error.Unknown")
}

pub(super) fn property_value<T: for<'b, 'f> rustbus::Unmarshal<'b, 'f>>(reply: &MarshalledMessage) -> Result<T> {
    let value = reply.body.parser().get::<Variant<'_, '_>>().map_err(invalid_response)?;
    value.get().map_err(invalid_response)
}

pub(super) fn invalid_response(_: UnmarshalError) -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "keyring sent a response of the wrong type")
}
