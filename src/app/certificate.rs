//! TLS certificate for an `https` callback on this machine, read from the configured files.

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
    /// Returns the certificate for the callback of `provider`; `None` if the callback is `http` or not on this machine.
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
            Ok(None) => return Err(key_error("not found".to_owned())),
            Err(error) => return Err(setting_error(provider, "callback_key", &error.to_string())),
        };
        let certificate = TlsCertificate::new(&chain_bytes, &key_bytes, &host, self.now());
        certificate.map(Some).map_err(|error| match error {
            CertificateError::Chain(why) => chain_error(why),
            CertificateError::Key(why) => key_error(why),
        })
    }
}

/// Maximum size of a chain file in bytes; five certificates take about 10,000.
const MAX_SIZE: u64 = 1 << 20;

/// Zeroized, because one file may hold both chain and key.
fn read(file: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Reading a pipe without a writer would block.
    if !std::fs::metadata(file)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(file)?.take(MAX_SIZE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn file_error(provider: &Provider, setting: &str, file: &Path, why: &str) -> Error {
    setting_error(provider, setting, &format!("`{}` {why}", file.display()))
}

/// For a reason that already names the file.
fn setting_error(provider: &Provider, setting: &str, why: &str) -> Error {
    Error::Usage {
        message: format!("`{setting}` of `{}`: {why}", sanitize_untrusted(&provider.name)),
        hint: Some(format!("fix the file, or sign in without a certificate\n{}", paste_command(provider))),
    }
}

fn certificate_missing(provider: &Provider, callback: &str) -> Error {
    Error::Usage {
        message: format!(
            "the callback `{}` needs a TLS certificate, and none is configured",
            sanitize_untrusted(callback)
        ),
        hint: Some(format!(
            "set `callback_certificate` and `callback_key`, or sign in without a certificate\n{}",
            paste_command(provider)
        )),
    }
}

fn paste_command(provider: &Provider) -> String {
    format!("{{program}} signin {} --paste", shell_quote(&provider.name))
}
