//! The way out as the environment lays it: for telling what is wrong with it, not for sending.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem};

use crate::error::{Error, Result};

/// Where the HTTP library looks for a proxy, in its order.
const PROXY_VARIABLES: &[&str] = &["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];

/// The proxy that requests go through; whoever it asks for a password is not told here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// The proxy that these variables lead to; `None` where none is named.
///
/// # Errors
/// [`Error::Usage`] for a variable that is no address of a proxy, and would be passed over without a word.
pub fn proxy_from_env<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Result<Option<Proxy>> {
    let lookup = |name: &'static str| Some((name, variable(name)?));
    let Some((name, address)) = PROXY_VARIABLES.iter().copied().find_map(lookup) else { return Ok(None) };
    // The value may hold a password, so it is not repeated.
    match ureq::Proxy::new(address) {
        Ok(proxy) => Ok(Some(Proxy { variable: name, host: proxy.host().to_owned(), port: proxy.port() })),
        Err(_) => {
            Err(Error::usage(format!("`{name}` is not the address of a proxy, such as http://proxy.example:3128")))
        }
    }
}

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
        true => Err("has no certificate in PEM".to_owned()),
        false => Ok(certificates),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &'static str)]) -> Result<Option<(&'static str, String, u16)>> {
        let variable = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Ok(proxy_from_env(variable)?.map(|proxy| (proxy.variable, proxy.host, proxy.port)))
    }

    #[test]
    fn the_proxy_is_the_one_that_requests_take() {
        type Case = (&'static [(&'static str, &'static str)], Option<(&'static str, &'static str, u16)>);
        let table: &[Case] = &[
            (&[], None),
            (&[("NO_PROXY", "*")], None),
            (&[("https_proxy", "http://proxy.example:3128")], Some(("https_proxy", "proxy.example", 3128))),
            (
                &[("HTTPS_PROXY", "proxy.example:8080"), ("HTTP_PROXY", "x:1")],
                Some(("HTTPS_PROXY", "proxy.example", 8080)),
            ),
            (
                &[("HTTPS_PROXY", "x:1"), ("ALL_PROXY", "socks5://ada:hush@127.0.0.1:1080")],
                Some(("ALL_PROXY", "127.0.0.1", 1080)),
            ),
        ];
        for (pairs, expected) in table {
            let expected = expected.map(|(name, host, port)| (name, host.to_owned(), port));
            assert_eq!(found(pairs).unwrap(), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_and_its_value_is_not_shown() {
        for value in ["ftp://ada:hush@proxy.example", "http://ada:hush@", "://hush"] {
            let error = found(&[("HTTPS_PROXY", value)]).unwrap_err().to_string();
            assert!(error.contains("HTTPS_PROXY") && !error.contains("hush"), "{error}");
        }
    }

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
