//! Secrets and the session they cross in (Secret Service API, "Transfer of Secrets").

use std::collections::HashMap;

use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::unmarshal::traits::Variant;
use zeroize::Zeroizing;

use super::super::connection::CallError;
use super::super::crypto::{self, KeyAgreement, TransferKey};
use super::{Attributes, COLLECTION, ITEM, Path, Property, ROOT, SERVICE, SecretServiceClient, garbled, is_gone};
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// JSON text. libsecret, and `secret-tool` with it, takes exactly this for something a person can read.
const CONTENT_TYPE: &str = "text/plain";

/// How secrets cross the bus.
pub(super) struct TransferSession {
    path: Path,
    cipher: Cipher,
}

enum Cipher {
    Plain,
    /// Both halves of the key agreement.
    Agreed {
        offer: KeyAgreement,
        theirs: Vec<u8>,
    },
    Encrypted(TransferKey),
}

impl Cipher {
    /// The key, `None` in a plain session. It is made when first asked for, so that the service can be at work meanwhile.
    fn key(&mut self) -> Result<Option<&TransferKey>> {
        if let Self::Agreed { offer, theirs } = self {
            let key = offer.agree(theirs).ok_or_else(|| {
                KeyringError::new(
                    StoreErrorKind::Failed,
                    "the keyring's half of the key agreement is one that anyone could know",
                )
            })?;
            *self = Self::Encrypted(key);
        }
        match self {
            Self::Encrypted(key) => Ok(Some(key)),
            Self::Plain | Self::Agreed { .. } => Ok(None),
        }
    }
}

impl SecretServiceClient {
    /// Opens the session that secrets cross in, encrypted unless the service knows no such thing.
    pub(super) fn open_session(&mut self) -> Result<()> {
        if self.session.is_some() {
            return Ok(());
        }
        let no_session = |refusal: CallError| refusal.fault("the keyring opens no session");
        let offer = self.offer.take().or_else(KeyAgreement::new).ok_or_else(no_randomness)?;
        let answer = self.call(ROOT, SERVICE, "OpenSession", |body| {
            body.push_param(crypto::ENCRYPTED)?;
            body.push_variant(offer.public())
        });
        self.session = Some(match answer {
            Ok(message) => encrypted(&message, offer)?,
            Err(CallError::Remote { name, .. }) if name == "org.freedesktop.DBus.Error.NotSupported" => {
                self.plain_session().map_err(no_session)?
            }
            Err(refusal) => return Err(no_session(refusal)),
        });
        Ok(())
    }

    /// Makes the key of the session that is open.
    pub(super) fn session_key(&mut self) -> Result<()> {
        let session = self.session.as_mut().expect("a session is opened before its key is asked for");
        session.cipher.key().map(drop)
    }

    fn plain_session(&mut self) -> Result<TransferSession, CallError> {
        let message = self.call(ROOT, SERVICE, "OpenSession", |body| {
            body.push_param(crypto::PLAIN)?;
            body.push_variant("")
        })?;
        let (_, path) = message.body.parser().get2::<Variant<'_, '_>, Path>().map_err(garbled)?;
        Ok(TransferSession { path, cipher: Cipher::Plain })
    }

    /// `None` where the item is gone since it was found.
    pub(super) fn secret(&mut self, item: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, CallError> {
        let mut session = self.session.take().expect("a session is opened before a secret is asked for");
        let secret = self.secret_in(&mut session, item);
        self.session = Some(session);
        secret
    }

    fn secret_in(
        &mut self,
        session: &mut TransferSession,
        item: &Path,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, CallError> {
        let question = self.ask(item.as_ref(), ITEM, "GetSecret", |body| body.push_param(&session.path))?;
        let key = session.cipher.key()?;
        let message = match self.bus.answer(question) {
            Err(CallError::Remote { name, .. }) if is_gone(&name) => return Ok(None),
            answer => answer?,
        };
        let (_, vector, value, _) = message.body.parser().get::<(Path, Vec<u8>, Vec<u8>, String)>().map_err(garbled)?;
        let value = Zeroizing::new(value);
        match key {
            Some(key) => match key.decrypt(&vector, &value) {
                Some(secret) => Ok(Some(secret)),
                None => {
                    Err(KeyringError::new(StoreErrorKind::Failed, "the secret does not decrypt with the key agreed on")
                        .into())
                }
            },
            None => Ok(Some(value)),
        }
    }

    /// Creates the item, or replaces the one with the same attributes.
    pub(super) fn create(
        &mut self,
        collection: &Path,
        attributes: &Attributes,
        label: &str,
        secret: &[u8],
    ) -> Result<Path, CallError> {
        let session = self.session.as_mut().expect("a session is opened before a secret is sent");
        let (vector, value) = match session.cipher.key()? {
            Some(key) => key.encrypt(secret).ok_or_else(no_randomness)?,
            None => (vec![], secret.to_vec()),
        };
        let (session, value) = (session.path.clone(), Zeroizing::new(value));
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Property::Text(label.to_owned())),
            ("org.freedesktop.Secret.Item.Attributes", Property::Map(attributes.clone())),
        ]);
        let message = self.call(collection.as_ref(), COLLECTION, "CreateItem", |body| {
            body.push_param(&properties)?;
            body.push_param((&session, vector.as_slice(), value.as_slice(), CONTENT_TYPE))?;
            body.push_param(true)
        })?;
        Ok(self.made(&message)?)
    }
}

fn encrypted(message: &MarshalledMessage, offer: KeyAgreement) -> Result<TransferSession> {
    let (theirs, path) = message.body.parser().get2::<Variant<'_, '_>, Path>().map_err(garbled)?;
    let theirs = theirs.get::<&[u8]>().map_err(garbled)?.to_vec();
    Ok(TransferSession { path, cipher: Cipher::Agreed { offer, theirs } })
}

fn no_randomness() -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "the system gives no randomness")
}
