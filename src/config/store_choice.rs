use crate::error::Error;
use crate::sanitize::sanitize_untrusted;

/// Configured store for new sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreChoice {
    /// Keyring, or files if there is no keyring at all.
    Auto,
    /// Keyring only.
    Keyring,
    /// Files.
    File,
}

impl StoreChoice {
    /// Word of each choice.
    pub(crate) const WORDS: [(&str, Self); 3] =
        [("auto", Self::Auto), ("keyring", Self::Keyring), ("file", Self::File)];

    /// Word of the choice.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

impl std::str::FromStr for StoreChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::WORDS.into_iter().find(|(word, _)| *word == text);
        found.map(|(_, choice)| choice).ok_or_else(|| {
            Error::usage(format!("unknown store `{}`; expected auto, keyring or file", sanitize_untrusted(text)))
        })
    }
}
