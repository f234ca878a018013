//! The way out as the environment lays it: for telling what is wrong with it, not for sending.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem};

/// Whether anything answers at a host and port within `limit`, its name looked up included.
///
/// # Errors
/// Why not, in a few words.
pub fn check_connection(host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let (sender, receiver) = channel();
    let host = host.trim_matches(['[', ']']).to_owned();
    // The system's resolver cannot be called off; its thread ends with the program at the latest.
    std::thread::spawn(move || {
        let _ = sender.send(try_connect(&host, port, timeout));
    });
    receiver.recv_timeout(timeout).unwrap_or_else(|_| Err("it does not answer in time".to_owned()))
}

fn try_connect(host: &str, port: u16, timeout: Duration) -> Result<(), String> {
    let mut last_error = "its name is not known".to_owned();
    for address in (host, port).to_socket_addrs().into_iter().flatten() {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => last_error = "it refuses".to_owned(),
            Err(error) => last_error = error.to_string(),
        }
    }
    Err(last_error)
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// What is wrong with the file, to be said behind its name.
pub fn read_certificates(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let text = std::fs::read(file).map_err(|source| format!("cannot be read: {source}"))?;
    let certificates: Vec<_> = ureq::tls::parse_pem(&text)
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
    fn a_port_answers_or_refuses() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let timeout = Duration::from_secs(60);
        check_connection("127.0.0.1", port, timeout).unwrap();
        drop(listener);
        assert_eq!(check_connection("127.0.0.1", port, timeout), Err("it refuses".to_owned()));
    }
}
