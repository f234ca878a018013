//! Connection check for `doctor`, and reading of CA files.

use std::io::ErrorKind;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem};

use super::connect::{interleave, race};

/// Checks if a port accepts connections within `timeout`, including the name lookup.
pub fn check_connection(host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let (sender, receiver) = channel();
    let host = host.trim_matches(['[', ']']).to_owned();
    // The system's name lookup cannot be canceled; its thread ends with the program at the latest.
    std::thread::spawn(move || {
        let _ = sender.send(try_connect(&host, port, timeout));
    });
    receiver.recv_timeout(timeout).unwrap_or_else(|_| Err("timed out".to_owned()))
}

fn try_connect(host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let addresses = (host, port).to_socket_addrs().map_err(|_| "host not found".to_owned())?.collect::<Vec<_>>();
    match race(&interleave(&addresses), timeout) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Err("connection refused".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads the certificates of a PEM file, at least one.
///
/// # Errors
/// The problem, worded to follow the file name.
pub fn read_certificates(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    parse_certificates(&std::fs::read(file).map_err(|source| format!("cannot be read: {source}"))?)
}

/// Certificates in PEM, at least one.
///
/// # Errors
/// See [`read_certificates`].
pub fn parse_certificates(text: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let certificates: Vec<_> = ureq::tls::parse_pem(text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    match certificates.is_empty() {
        true => Err("contains no PEM certificate".to_owned()),
        false => Ok(certificates),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_check_succeeds_or_is_refused() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let timeout = Duration::from_secs(60);
        check_connection("127.0.0.1", port, timeout).unwrap();
        drop(listener);
        assert_eq!(check_connection("127.0.0.1", port, timeout), Err("connection refused".to_owned()));
    }
}
