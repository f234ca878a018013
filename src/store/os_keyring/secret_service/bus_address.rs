//! Addresses of the session bus (D-Bus Specification, "Server Addresses"), and connecting to one.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};

use super::deadline::Deadline;
use crate::error::StoreErrorKind;
use crate::store::os_keyring::error::{KeyringError, Result};
use crate::store::os_keyring::options::SessionBus;

/// Socket address of a session bus.
#[derive(Debug, PartialEq, Eq)]
pub enum BusAddress {
    /// Socket file.
    Path(PathBuf),
    /// Abstract socket name, on Linux.
    Abstract(Vec<u8>),
}

impl fmt::Display for BusAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "`{}`", path.display()),
            Self::Abstract(name) => write!(f, "`@{}`", name.escape_ascii()),
        }
    }
}

/// Sockets to try, in order. Without an address this is the socket that systemd binds for every user; cron and `su` set
/// neither the address nor the runtime directory, so its usual place is tried then.
///
/// Other transports are ignored: `tcp` has no peer credentials, and `autolaunch` would start a bus without a keyring.
pub fn socket_addresses(bus: &SessionBus) -> Vec<BusAddress> {
    let runtime = bus.runtime_dir.as_deref();
    match bus.address.as_deref() {
        None | Some("") => {
            let usual = || PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw()));
            vec![BusAddress::Path(runtime.map_or_else(usual, Path::to_owned).join("bus"))]
        }
        Some(addresses) => addresses.split(';').filter_map(|address| parse_address(address, runtime)).collect(),
    }
}

fn parse_address(address: &str, runtime: Option<&Path>) -> Option<BusAddress> {
    let pairs = address.strip_prefix("unix:")?;
    pairs.split(',').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| match key {
        "path" => Some(BusAddress::Path(PathBuf::from(OsString::from_vec(unescape(value)?)))),
        "abstract" => Some(BusAddress::Abstract(unescape(value)?)),
        "runtime" if value == "yes" => Some(BusAddress::Path(runtime?.join("bus"))),
        _ => None,
    })
}

/// Decodes `%` followed by two hexadecimal digits.
fn unescape(value: &str) -> Option<Vec<u8>> {
    let mut parts = value.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Some(bytes)
}

/// Connects before the deadline.
///
/// # Errors
/// [`StoreErrorKind::NotFound`] if no process listens on the socket; [`StoreErrorKind::Failed`] for any other failure.
pub fn connect(socket: &BusAddress, deadline: Deadline) -> Result<UnixStream> {
    connect_as(socket, deadline, rustix::process::geteuid().as_raw())
}

fn connect_as(socket: &BusAddress, deadline: Deadline, user: u32) -> Result<UnixStream> {
    let unreachable = |error: rustix::io::Errno| {
        let kind = match error {
            rustix::io::Errno::NOENT | rustix::io::Errno::CONNREFUSED | rustix::io::Errno::NOTDIR => {
                StoreErrorKind::NotFound
            }
            rustix::io::Errno::AGAIN | rustix::io::Errno::TIMEDOUT => StoreErrorKind::TimedOut,
            _ => StoreErrorKind::Failed,
        };
        KeyringError::new(kind, format!("could not reach the session bus at {socket}: {}", io::Error::from(error)))
    };
    let wrong_owner =
        || KeyringError::new(StoreErrorKind::Failed, format!("the session bus at {socket} belongs to another user"));
    if let BusAddress::Path(path) = socket
        && path.metadata().is_ok_and(|metadata| !is_trusted_owner(metadata.uid(), user))
    {
        return Err(wrong_owner());
    }
    let stream = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
        .map_err(unreachable)?;
    // A bus that accepts no more connections blocks `connect` itself; on Linux the send timeout limits that wait.
    sockopt::set_socket_timeout(&stream, sockopt::Timeout::Send, Some(deadline.remaining()?)).map_err(unreachable)?;
    rustix::net::connect(&stream, &to_socket_addr(socket).map_err(unreachable)?).map_err(unreachable)?;
    let stream = UnixStream::from(stream);
    // An abstract socket has no owner to check beforehand, but the system reports the listening user.
    if matches!(socket, BusAddress::Abstract(_))
        && !peer_uid(&stream).is_some_and(|owner| is_trusted_owner(owner, user))
    {
        return Err(wrong_owner());
    }
    Ok(stream)
}

/// User at the other end; `None` if the system does not report one.
#[cfg(target_os = "linux")]
fn peer_uid(stream: &UnixStream) -> Option<u32> {
    sockopt::socket_peercred(stream).ok().map(|peer| peer.uid.as_raw())
}

#[cfg(not(target_os = "linux"))]
fn peer_uid(_: &UnixStream) -> Option<u32> {
    None
}

/// The bus authenticates its clients but never itself. A stale address may be in a directory where any user can create
/// a socket, or be an abstract name that any user can take. A process of root may connect on behalf of another user.
fn is_trusted_owner(owner: u32, user: u32) -> bool {
    owner == user || owner == 0 || user == 0
}

fn to_socket_addr(socket: &BusAddress) -> rustix::io::Result<SocketAddrUnix> {
    match socket {
        BusAddress::Path(path) => SocketAddrUnix::new(path),
        #[cfg(target_os = "linux")]
        BusAddress::Abstract(name) => SocketAddrUnix::new_abstract_name(name),
        #[cfg(not(target_os = "linux"))]
        BusAddress::Abstract(_) => Err(rustix::io::Errno::NOENT),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn found(address: Option<&str>) -> Vec<BusAddress> {
        socket_addresses(&SessionBus { address: address.map(str::to_owned), runtime_dir: Some("/run/user/7".into()) })
    }

    #[test]
    fn sockets_of_an_address_list_are_tried_in_order() {
        let address = "autolaunch:;unix:guid=1,path=/tmp/a%20b;tcp:host=x;unix:abstract=/tmp/c,guid=2;unix:runtime=yes";
        assert_eq!(
            found(Some(address)),
            [
                BusAddress::Path("/tmp/a b".into()),
                BusAddress::Abstract(b"/tmp/c".to_vec()),
                BusAddress::Path("/run/user/7/bus".into())
            ]
        );
    }

    #[test]
    fn runtime_directory_bus_is_tried_without_an_address() {
        for address in [None, Some("")] {
            assert_eq!(found(address), [BusAddress::Path("/run/user/7/bus".into())]);
        }
    }

    #[test]
    fn usual_runtime_directory_is_tried_without_variables() {
        let usual = format!("/run/user/{}/bus", rustix::process::geteuid().as_raw());
        assert_eq!(socket_addresses(&SessionBus::default()), [BusAddress::Path(usual.into())]);
    }

    #[test]
    fn malformed_addresses_yield_no_socket() {
        for address in ["unix:path", "unix:path=/a%2", "unix:path=/a%zz", "unix:", "disabled:", ";;"] {
            assert_eq!(found(Some(address)), [], "{address}");
        }
    }

    #[test]
    fn socket_of_another_user_is_rejected() {
        assert!(is_trusted_owner(1000, 1000) && is_trusted_owner(0, 1000) && is_trusted_owner(1000, 0));
        assert!(!is_trusted_owner(1001, 1000));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn abstract_socket_of_another_user_is_rejected() {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener};
        let name = format!("mycli-test-{}", std::process::id()).into_bytes();
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let (socket, limit) = (BusAddress::Abstract(name), Deadline::after(Duration::from_secs(10)));
        let us = rustix::process::geteuid();
        let listen = || {
            // Sockets of root are trusted, so a test run as root switches to another user, in this thread only.
            if us.is_root() {
                rustix::thread::set_thread_res_uid(None, rustix::process::Uid::from_raw(1234), None).unwrap();
            }
            UnixListener::bind_addr(&address).unwrap()
        };
        let _listening = std::thread::scope(|scope| scope.spawn(listen).join().unwrap());
        connect_as(&socket, limit, us.as_raw()).unwrap();
        let error = connect_as(&socket, limit, 4321).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Failed);
        assert!(error.message.ends_with("belongs to another user"), "{}", error.message);
    }
}
