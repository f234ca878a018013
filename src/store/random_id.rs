//! Names that nobody can guess, for files of one run.

use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};

/// Makes an ID of 128 bits.
///
/// # Errors
/// [`Error::Other`] if the system has no random numbers.
pub fn new() -> Result<String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(Error::no_random_numbers)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns true for a text that [`new`] may have made; another one could be a path.
pub fn is_valid(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
