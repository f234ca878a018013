//! Loopback check for `doctor`.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::error::{Error, Result};

/// Time limit for the connection; loopback connects at once unless a firewall drops packets.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Binds a free port of `address` and connects to it.
///
/// # Errors
/// [`Error::Other`] names the step that failed.
pub fn check_loopback(address: IpAddr) -> Result<()> {
    let failed = |what: &str, error: std::io::Error| Error::other(format!("{what} {address}: {error}"));
    let listener = TcpListener::bind(SocketAddr::new(address, 0)).map_err(|error| failed("cannot listen on", error))?;
    let target = listener.local_addr().map_err(|error| failed("cannot listen on", error))?;
    TcpStream::connect_timeout(&target, CONNECT_TIMEOUT).map(drop).map_err(|error| failed("cannot connect to", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_reachable_and_foreign_address_fails() {
        check_loopback(IpAddr::from([127, 0, 0, 1])).unwrap();
        // Address reserved for documentation (RFC 5737), so no interface has it.
        let error = check_loopback(IpAddr::from([192, 0, 2, 1])).unwrap_err();
        assert!(error.to_string().starts_with("cannot listen on 192.0.2.1: "), "{error}");
    }
}
