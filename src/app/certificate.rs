//! The certificate that an `https` callback on this machine is answered with: the files that the configuration names.

use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::App;
use crate::catalog::{self, CallbackUri, Provider};
use crate::error::{Error, Result};
use crate::sanitize::{sanitize_untrusted, shell_quote};
use crate::server::{CertificateError, TlsCertificate};
use crate::store;

impl App {
    /// What the callback of `provider` is answered with; `None` where that takes no certificate, because it is `http` or
    /// not on this machine.
    ///
    /// # Errors
    /// [`Error::Usage`] where none is named, where a file cannot be read or is not what it should be, and where others can
    /// read the key: which file, and why.
    pub fn callback_certificate(&self, provider: &Provider) -> Result<Option<TlsCertificate>> {
        let Some(callback) = &provider.callback else { return Ok(None) };
        let Ok(CallbackUri::LoopbackTls { host, .. }) = catalog::parse_callback(callback) else { return Ok(None) };
        let (Some(chain), Some(key)) = (&provider.callback_certificate, &provider.callback_key) else {
            return Err(certificate_missing(provider, callback));
        };
        let chain_error = |why: String| file_error(provider, "callback_certificate", chain, &why);
        let key_error = |why: String| file_error(provider, "callback_key", key, &why);
        let chain_bytes = read(chain).map_err(|error| chain_error(format!("cannot be read: {error}")))?;
        let key_bytes = match store::read_secret_file(key) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(key_error("cannot be read: there is no such file".to_owned())),
            Err(error) => return Err(setting_error(provider, "callback_key", &error.to_string())),
        };
        let certificate = TlsCertificate::new(&chain_bytes, &key_bytes, &host, self.now());
        certificate.map(Some).map_err(|error| match error {
            CertificateError::Chain(why) => chain_error(why),
            CertificateError::Key(why) => key_error(why),
        })
    }
}

/// The most that is read of a chain, in bytes: one with five certificates has about 10,000.
const MAX_SIZE: u64 = 1 << 20;

/// Wiped too: one file may hold the chain and the key.
fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // A pipe that nobody writes to would be waited for.
    if !std::fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(file)?.take(MAX_SIZE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn file_error(provider: &Provider, setting: &str, file: &Path, why: &str) -> Error {
    setting_error(provider, setting, &format!("`{}` {why}", file.display()))
}

/// For words that name the file themselves.
fn setting_error(provider: &Provider, setting: &str, why: &str) -> Error {
    Error::Usage {
        message: format!("`{setting}` of `{}`: {why}", sanitize_untrusted(&provider.name)),
        hint: Some(format!("mend it, or do without\n{}", paste_command(provider))),
    }
}

fn certificate_missing(provider: &Provider, callback: &str) -> Error {
    Error::Usage {
        message: format!(
            "the callback `{}` needs a certificate of yours, and none is configured",
            sanitize_untrusted(callback)
        ),
        hint: Some(format!(
            "name one in `callback_certificate` and its key in `callback_key`, or do without\n{}",
            paste_command(provider)
        )),
    }
}

fn paste_command(provider: &Provider) -> String {
    format!("{{program}} signin {} --paste", shell_quote(&provider.name))
}
