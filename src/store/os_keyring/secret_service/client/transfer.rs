//! Sessions that transfer secrets (Secret Service API, "Transfer of Secrets").

use std::collections::HashMap;

use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::unmarshal::traits::Variant;
use zeroize::Zeroizing;

use super::super::connection::CallError;
use super::super::crypto::{self, KeyAgreement, TransferKey};
use super::service::{
    Attributes, COLLECTION, ITEM, Path, Property, ROOT, SERVICE, ServiceConnection, invalid_response, is_gone,
};
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// Type of JSON text. libsecret, and so `secret-tool`, shows exactly this type as readable text.
const CONTENT_TYPE: &str = "text/plain";

/// Item to store.
pub(super) struct NewItem<'a> {
    pub(super) attributes: &'a Attributes,
    pub(super) label: &'a str,
    pub(super) secret: &'a [u8],
}

/// Session that transfers secrets.
pub(super) struct TransferSession {
    path: Path,
    cipher: Cipher,
}

enum Cipher {
    Plain,
    /// Both sides of the key agreement.
    Negotiated {
        key_agreement: KeyAgreement,
        peer_public: Vec<u8>,
    },
    Encrypted(TransferKey),
}

impl Cipher {
    /// Key of the session; `None` in a plain session. The key is derived on first use, so that the service can work in
    /// the meantime.
    fn key(&mut self) -> Result<Option<&TransferKey>, CallError> {
        if let Self::Negotiated { key_agreement, peer_public } = self {
            let key = key_agreement.agree(peer_public).ok_or_else(|| {
                KeyringError::new(StoreErrorKind::Failed, "keyring sent an invalid Diffie-Hellman public key")
            })?;
            if key.is_ambiguous {
                return Err(CallError::AmbiguousKey);
            }
            *self = Self::Encrypted(key);
        }
        match self {
            Self::Encrypted(key) => Ok(Some(key)),
            Self::Plain | Self::Negotiated { .. } => Ok(None),
        }
    }
}

impl TransferSession {
    /// Opens a session, encrypted unless the service says that it cannot. Any other failure is an error: whoever reads
    /// the bus would learn the secrets of a keyring that was encrypted before.
    pub(super) fn open(service: &mut ServiceConnection, key_agreement: Option<KeyAgreement>) -> Result<Self> {
        let key_agreement = key_agreement.or_else(KeyAgreement::new).ok_or_else(random_error)?;
        let reply = service.call(ROOT, SERVICE, "OpenSession", |body| {
            body.push_param(crypto::ALGORITHM_DH_AES)?;
            body.push_variant(key_agreement.public())
        });
        let error = match reply {
            Ok(message) => return Self::encrypted(&message, key_agreement),
            Err(error) => error,
        };
        let lacks_cipher = lacks_cipher(&error);
        let failed = error.into_keyring_error("could not open an encrypted session with the keyring");
        if !lacks_cipher {
            return Err(failed);
        }
        match Self::open_plain(service) {
            Ok(_) if service.settings.require_encryption => Err(KeyringError::new(
                StoreErrorKind::Failed,
                format!("{}, and `keyring_encryption` is `always`", failed.message),
            )),
            Ok(session) => Ok(session),
            Err(_) => Err(failed),
        }
    }

    /// Returns true if secrets pass the bus unencrypted.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.cipher, Cipher::Plain)
    }

    fn open_plain(service: &mut ServiceConnection) -> Result<Self, CallError> {
        let message = service.call(ROOT, SERVICE, "OpenSession", |body| {
            body.push_param(crypto::ALGORITHM_PLAIN)?;
            body.push_variant("")
        })?;
        let (_, path) = message.body.parser().get2::<Variant<'_, '_>, Path>().map_err(invalid_response)?;
        Ok(Self { path, cipher: Cipher::Plain })
    }

    fn encrypted(message: &MarshalledMessage, key_agreement: KeyAgreement) -> Result<Self> {
        let (peer_public, path) = message.body.parser().get2::<Variant<'_, '_>, Path>().map_err(invalid_response)?;
        let peer_public = peer_public.get::<&[u8]>().map_err(invalid_response)?.to_vec();
        Ok(Self { path, cipher: Cipher::Negotiated { key_agreement, peer_public } })
    }

    /// Derives the session key now instead of at the first secret.
    pub(super) fn make_key(&mut self) -> Result<(), CallError> {
        self.cipher.key().map(drop)
    }

    /// Reads the secret of an item; `None` if the item was deleted since the search.
    pub(super) fn get_secret(
        &mut self,
        service: &mut ServiceConnection,
        item: &Path,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, CallError> {
        let pending = service.start_call(item.as_ref(), ITEM, "GetSecret", |body| body.push_param(&self.path))?;
        let key = self.cipher.key()?;
        let message = match service.bus.wait_reply(pending) {
            Err(CallError::Remote { name, .. }) if is_gone(&name) => return Ok(None),
            reply => reply?,
        };
        let (_, iv, value, _) =
            message.body.parser().get::<(Path, Vec<u8>, Vec<u8>, String)>().map_err(invalid_response)?;
        let value = Zeroizing::new(value);
        match key {
            Some(key) => match key.decrypt(&iv, &value) {
                Some(secret) => Ok(Some(secret)),
                None => {
                    Err(KeyringError::new(StoreErrorKind::Failed, "could not decrypt the secret with the session key")
                        .into())
                }
            },
            None => Ok(Some(value)),
        }
    }

    /// Creates the item, or replaces the item with the same attributes.
    pub(super) fn create_item(
        &mut self,
        service: &mut ServiceConnection,
        collection: &Path,
        item: &NewItem<'_>,
    ) -> Result<Path, CallError> {
        let (iv, value) = self.encrypt(item.secret)?;
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Property::Text(item.label.to_owned())),
            ("org.freedesktop.Secret.Item.Attributes", Property::Map(item.attributes.clone())),
        ]);
        let message = service.call(collection.as_ref(), COLLECTION, "CreateItem", |body| {
            body.push_param(&properties)?;
            body.push_param((&self.path, iv.as_slice(), value.as_slice(), CONTENT_TYPE))?;
            body.push_param(true)
        })?;
        Ok(service.created_object(&message)?)
    }

    /// Replaces the secret of an item; false if the item was deleted since the search.
    pub(super) fn set_secret(
        &mut self,
        service: &mut ServiceConnection,
        item: &Path,
        secret: &[u8],
    ) -> Result<bool, CallError> {
        let (iv, value) = self.encrypt(secret)?;
        let reply = service.call(item.as_ref(), ITEM, "SetSecret", |body| {
            body.push_param((&self.path, iv.as_slice(), value.as_slice(), CONTENT_TYPE))
        });
        match reply {
            Err(CallError::Remote { name, .. }) if is_gone(&name) => Ok(false),
            reply => reply.map(|_| true),
        }
    }

    /// Initialization vector and encrypted secret; the secret itself in a plain session.
    fn encrypt(&mut self, secret: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), CallError> {
        let (iv, value) = match self.cipher.key()? {
            Some(key) => key.encrypt(secret).ok_or_else(random_error)?,
            None => (vec![], secret.to_vec()),
        };
        Ok((iv, Zeroizing::new(value)))
    }
}

/// Returns true if the service does not know the cipher (Secret Service API, "Transfer of Secrets"). KWallet without its
/// cipher plugin (`libqca-ossl`) answers with `InvalidArgs`.
fn lacks_cipher(error: &CallError) -> bool {
    const NAMES: [&str; 2] = ["org.freedesktop.DBus.Error.NotSupported", "org.freedesktop.DBus.Error.InvalidArgs"];
    matches!(error, CallError::Remote { name, .. } if NAMES.contains(&name.as_str()))
}

fn random_error() -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "the system random number generator failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_cipher_leads_to_a_plain_session() {
        for (name, expected) in [
            ("org.freedesktop.DBus.Error.NotSupported", true),
            ("org.freedesktop.DBus.Error.InvalidArgs", true),
            ("org.freedesktop.DBus.Error.Failed", false),
            ("org.freedesktop.DBus.Error.NoReply", false),
            ("org.freedesktop.DBus.Error.AccessDenied", false),
            ("org.freedesktop.DBus.Error.LimitsExceeded", false),
            ("org.freedesktop.Secret.Error.IsLocked", false),
        ] {
            let error = CallError::Remote { name: name.to_owned(), text: String::new() };
            assert_eq!(lacks_cipher(&error), expected, "{name}");
        }
        assert!(!lacks_cipher(&CallError::AmbiguousKey));
        assert!(!lacks_cipher(&random_error().into()));
    }
}
