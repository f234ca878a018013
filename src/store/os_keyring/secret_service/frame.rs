//! Length and parsing of D-Bus messages (D-Bus Specification, "Message Format").

use rustbus::message_builder::MarshalledMessage;
use rustbus::wire::errors::UnmarshalError;
use rustbus::wire::{unmarshal, util};

use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};

/// Longest message that the specification allows, in bytes.
const MAX_MESSAGE_BYTES: usize = 128 << 20;

/// Length of the message at the start of `bytes`; `None` until enough of its header has arrived.
pub fn message_length(bytes: &[u8]) -> Result<Option<usize>> {
    if bytes.len() < 16 {
        return Ok(None);
    }
    let (_, header) = unmarshal::unmarshal_header(bytes, 0).map_err(|_| invalid_message())?;
    let (_, fields) = util::parse_u32(&bytes[12..16], header.byteorder).map_err(|_| invalid_message())?;
    let length = (16 + fields as usize).next_multiple_of(8).saturating_add(header.body_len as usize);
    match length <= MAX_MESSAGE_BYTES {
        true => Ok(Some(length)),
        false => Err(invalid_message()),
    }
}

/// Parses one complete message.
pub fn parse(bytes: &[u8]) -> Result<MarshalledMessage, UnmarshalError> {
    let (head, header) = unmarshal::unmarshal_header(bytes, 0)?;
    let (fields, dynheader) = unmarshal::unmarshal_dynamic_header(&header, bytes, head)?;
    unmarshal::unmarshal_next_message(&header, dynheader, bytes, head + fields).map(|(_, message)| message)
}

/// Error for bytes that are not D-Bus.
pub fn invalid_message() -> KeyringError {
    KeyringError::new(StoreErrorKind::Failed, "the session bus sent an invalid D-Bus message")
}
