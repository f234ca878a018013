//! D-Bus calls to the Secret Service: names, paths and single calls (Secret Service API 0.2).

use std::collections::HashMap;

use rustbus::message_builder::{MarshalledMessage, MarshalledMessageBody};
use rustbus::wire::errors::{MarshalError, UnmarshalError};
use rustbus::wire::unmarshal::traits::Variant;
use rustbus::{dbus_variant_sig, wire};

use super::super::connection::{BusConnection, CallError, MethodCall, PendingCall};
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::{KeyringTimeouts, SessionBus};

/// Object path of the service.
pub(super) type Path = wire::ObjectPath<String>;

/// Attributes that identify an item.
pub type Attributes = HashMap<String, String>;

pub(super) const PEER: &str = "org.freedesktop.secrets";
pub(super) const ROOT: &str = "/org/freedesktop/secrets";
pub(super) const SERVICE: &str = "org.freedesktop.Secret.Service";
pub(super) const COLLECTION: &str = "org.freedesktop.Secret.Collection";
pub(super) const ITEM: &str = "org.freedesktop.Secret.Item";

/// Path that means "no such object" or "no prompt needed".
pub(super) const NO_OBJECT: &str = "/";

dbus_variant_sig!(Property, Text => String; Map => Attributes);

/// Connection to the service, with the timeouts of its calls.
pub(super) struct ServiceConnection {
    pub(super) bus: BusConnection,
    pub(super) timeouts: KeyringTimeouts,
}

impl ServiceConnection {
    /// Connects to the bus; the first call reaches the service.
    pub(super) fn connect(bus: &SessionBus, timeouts: KeyringTimeouts) -> Result<Self> {
        Ok(Self { bus: BusConnection::connect(bus, timeouts.step)?, timeouts })
    }

    pub(super) fn property<T: for<'b, 'f> rustbus::Unmarshal<'b, 'f>>(
        &mut self,
        object: &Path,
        interface: &str,
        name: &str,
    ) -> Result<T> {
        let message = self
            .call(object.as_ref(), "org.freedesktop.DBus.Properties", "Get", |body| {
                body.push_param(interface)?;
                body.push_param(name)
            })
            .map_err(|error| error.into_keyring_error("could not read a property from the keyring"))?;
        let value = message.body.parser().get::<Variant<'_, '_>>().map_err(invalid_response)?;
        value.get().map_err(invalid_response)
    }

    pub(super) fn call(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<MarshalledMessage, CallError> {
        self.bus.call(MethodCall { peer: PEER, object, interface, member }, arguments, self.timeouts.step)
    }

    /// Sends a call whose reply [`BusConnection::wait_reply`] returns later.
    pub(super) fn start_call(
        &mut self,
        object: &str,
        interface: &str,
        member: &str,
        arguments: impl FnOnce(&mut MarshalledMessageBody) -> Result<(), MarshalError>,
    ) -> Result<PendingCall> {
        self.bus.start_call(MethodCall { peer: PEER, object, interface, member }, arguments, self.timeouts.step)
    }
}

pub(super) fn is_locked(error_name: &str) -> bool {
    error_name == "org.freedesktop.Secret.Error.IsLocked"
}

pub(super) fn is_gone(error_name: &str) -> bool {
    matches!(error_name, "org.freedesktop.Secret.Error.NoSuchObject" | "org.freedesktop.DBus.Error.UnknownObject")
}

pub(super) fn invalid_response(_: UnmarshalError) -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "keyring sent a response of the wrong type")
}
