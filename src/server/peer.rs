//! Other end of a loopback connection: which user's it is, as far as the system tells.

use std::net::SocketAddr;

use tokio::net::TcpStream;

/// User at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerUser {
    /// The user of this process.
    Own,
    /// Another user of this machine.
    Other,
    /// Unknown: the system does not tell, the connection comes from elsewhere, or a program of root forwards it.
    Unknown,
}

/// Other end of a connection; by default an unknown one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Peer {
    /// Addresses of the peer and of this end.
    addresses: Option<(SocketAddr, SocketAddr)>,
}

impl Peer {
    pub(super) fn of(stream: &TcpStream) -> Self {
        Self { addresses: stream.peer_addr().ok().zip(stream.local_addr().ok()) }
    }

    /// User whose connection it is; reads the tables of the system, while the connection is open.
    pub fn user(self) -> PeerUser {
        let owner = self.addresses.and_then(|(peer, own)| sockets::owner(peer, own));
        match (owner, sockets::own_user()) {
            (Some(owner), own) if owner == own => PeerUser::Own,
            // Root may see everything anyway, and a closed socket counts as root's. To root, the browser is often that of
            // the user who has called `sudo`.
            (None | Some(0), _) | (_, 0) => PeerUser::Unknown,
            _ => PeerUser::Other,
        }
    }
}

#[cfg(target_os = "linux")]
mod sockets {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    /// Numbers of the fields in a line of the tables (proc(5)).
    const LOCAL: usize = 1;
    const REMOTE: usize = 2;
    const USER: usize = 7;

    /// Id of the user who opened the socket at `peer`, whose other end is `own`.
    pub fn owner(peer: SocketAddr, own: SocketAddr) -> Option<u32> {
        // A socket for IPv6 reaches an IPv4 address, too.
        let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
        tables.iter().find_map(|table| find(&std::fs::read_to_string(table).ok()?, peer, own))
    }

    pub fn own_user() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    pub(super) fn find(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<u32> {
        let is_socket = |fields: &[&str]| {
            let at = |index: usize| fields.get(index).and_then(|field| address(field));
            at(LOCAL) == Some(canonical(peer)) && at(REMOTE) == Some(canonical(own))
        };
        let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.filter(|fields| is_socket(fields)).find_map(|fields| fields.get(USER)?.parse().ok())
    }

    fn canonical(address: SocketAddr) -> SocketAddr {
        SocketAddr::new(address.ip().to_canonical(), address.port())
    }

    /// Reads an address: 32-bit words in the byte order of the machine, a colon, the port.
    fn address(field: &str) -> Option<SocketAddr> {
        let (ip, port) = field.split_once(':')?;
        let word = |at: usize| Some(u32::from_str_radix(ip.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
        let ip = match ip.len() {
            8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
            32 => {
                let words = [word(0)?, word(8)?, word(16)?, word(24)?].concat();
                IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(words).ok()?)).to_canonical()
            }
            _ => return None,
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
mod sockets {
    use std::net::SocketAddr;

    pub fn owner(_: SocketAddr, _: SocketAddr) -> Option<u32> {
        None
    }

    pub fn own_user() -> u32 {
        0
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn own_connections_are_found_in_every_table() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        for target in [format!("127.0.0.1:{port}"), format!("[::ffff:127.0.0.1]:{port}")] {
            let _client = TcpStream::connect(&target).expect("listening");
            let (accepted, peer) = listener.accept().expect("connected");
            let peer = Peer { addresses: Some((peer, accepted.local_addr().expect("bound"))) };
            assert_eq!(peer.user(), PeerUser::Own, "{target}");
        }
        assert_eq!(Peer::default().user(), PeerUser::Unknown);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn owner_of_a_socket_is_read_from_its_line() {
        const TABLE: &str =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     8        0 2 1 0 20 4 30 10 -1
   2: 0100007F:C001 0100007F:1F90 01 00000000:00000000 02:000AB 00000000  1001        0 3 1 0 20 4 30 10 -1
   3: 0000000000000000FFFF00000100007F:C002 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:0 0 1002 0 4
   4: 00000000000000000000000001000000:C003 00000000000000000000000001000000:1F90 01 00000000:00000000 00:0 0 1003 0 5
   5: 0100007F:C004
   6: ZZ:C005 0100007F:1F90 01 0 0 0 7 0 5
";
        let find = |peer: &str, own: &str| {
            sockets::find(TABLE, peer.parse().expect("an address"), own.parse().expect("an address"))
        };
        for (port, expected) in
            [(0xC001, Some(1001)), (0xC002, Some(1002)), (0xC003, None), (0xC004, None), (0xC005, None)]
        {
            assert_eq!(find(&format!("127.0.0.1:{port}"), "127.0.0.1:8080"), expected, "{port:x}");
        }
        assert_eq!(find("[::1]:49155", "[::1]:8080"), Some(1003));
        assert_eq!(find("127.0.0.1:49153", "127.0.0.1:8081"), None, "another server");
    }
}
