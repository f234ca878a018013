//! Display check: finds the configured display and tests if it responds.
//!
//! A terminal multiplexer outlives the connection it was started over, and `DISPLAY` with it; a browser started with
//! such a display fails late or not at all. The test costs one local connection; a display of another machine is not
//! tested.

use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Display {
    None,
    /// A browser can probably show a window.
    Reachable,
    /// A display is configured but does not respond.
    Unreachable(String),
}

impl Display {
    /// Tests the configured displays; one reachable display is enough.
    pub fn probe(x: Option<&str>, wayland: Option<&Path>) -> Self {
        if x.is_some_and(probe::is_x_reachable) || wayland.is_some_and(probe::is_socket_reachable) {
            return Self::Reachable;
        }
        match (x, wayland) {
            (Some(name), _) => Self::Unreachable(name.to_owned()),
            (None, Some(socket)) => Self::Unreachable(socket.display().to_string()),
            (None, None) => Self::None,
        }
    }
}

#[cfg(unix)]
mod probe {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::time::Duration;

    const X11_BASE_PORT: u16 = 6000;

    /// Local connections succeed or fail at once; only a full queue delays them.
    const TIMEOUT: Duration = Duration::from_millis(250);

    /// Parses `HOST:NUMBER.SCREEN` (X(7)). An unknown form counts as reachable and is left to the browser.
    pub fn is_x_reachable(name: &str) -> bool {
        let Some((host, number)) = name.rsplit_once(':') else { return true };
        let number = number.split('.').next().unwrap_or_default();
        let Ok(number) = number.parse::<u16>() else { return true };
        match host {
            "" | "unix" => is_local_reachable(number),
            "localhost" | "127.0.0.1" | "::1" | "[::1]" => is_port_reachable(number),
            path if path.starts_with('/') => is_socket_reachable(Path::new(name)),
            _ => true,
        }
    }

    pub fn is_socket_reachable(socket: &Path) -> bool {
        UnixStream::connect(socket).is_ok()
    }

    fn is_local_reachable(number: u16) -> bool {
        let socket = format!("/tmp/.X11-unix/X{number}");
        is_socket_reachable(Path::new(&socket)) || is_abstract_reachable(&socket)
    }

    /// The X server listens on an abstract socket, too, which still works if `/tmp` is another directory.
    #[cfg(target_os = "linux")]
    fn is_abstract_reachable(socket: &str) -> bool {
        use std::os::linux::net::SocketAddrExt;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(socket);
        address.is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn is_abstract_reachable(_: &str) -> bool {
        false
    }

    /// `sshd` forwards a display to this port.
    fn is_port_reachable(number: u16) -> bool {
        let Some(port) = X11_BASE_PORT.checked_add(number) else { return false };
        let hosts = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
        hosts.iter().any(|host| TcpStream::connect_timeout(host, TIMEOUT).is_ok())
    }
}

/// Windows has no such displays.
#[cfg(not(unix))]
mod probe {
    use std::path::Path;

    pub fn is_x_reachable(_: &str) -> bool {
        false
    }

    pub fn is_socket_reachable(_: &Path) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn display_is_reachable_or_not() {
        let directory = tempfile::tempdir().unwrap();
        let wayland = directory.path().join("wayland-1");
        assert_eq!(Display::probe(None, None), Display::None);
        assert_eq!(Display::probe(None, Some(&wayland)), Display::Unreachable(wayland.display().to_string()));
        let socket = UnixListener::bind(&wayland).unwrap();
        assert_eq!(Display::probe(None, Some(&wayland)), Display::Reachable);
        assert_eq!(
            Display::probe(Some("localhost:59534.0"), Some(&wayland)),
            Display::Reachable,
            "one display is enough"
        );
        drop(socket);
        for dead in ["localhost:59535", "127.0.0.1:59534.0", ":59534", "unix:59534.1", "localhost:60000"] {
            assert_eq!(Display::probe(Some(dead), Some(&wayland)), Display::Unreachable(dead.to_owned()));
        }
    }

    #[test]
    fn forwarded_display_is_checked_at_its_port() {
        let listener = (6010..6100).find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).expect("a free port");
        let number = listener.local_addr().unwrap().port() - 6000;
        assert_eq!(Display::probe(Some(&format!("localhost:{number}.0")), None), Display::Reachable);
    }

    #[test]
    fn remote_or_unknown_display_counts_as_reachable() {
        for name in ["desk.example:0", "192.0.2.1:0.0", "strange", "localhost:x"] {
            assert_eq!(Display::probe(Some(name), None), Display::Reachable, "{name}");
        }
    }
}
