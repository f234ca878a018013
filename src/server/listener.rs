//! Binding of the port and the accept loop.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token, Waker};

use super::connection::{self, ConnectionContext};
use super::connection_pool::ConnectionPool;
use super::{LoopbackHosts, Server, ServerLimits};
use crate::error::{Error, Result};

/// Maximum number of 127.0.0.1 ports to try until one is also free on ::1.
const MAX_PORT_ATTEMPTS: usize = 32;

/// Delay after the pool or the system (`EMFILE`, `ENFILE`, `ENOMEM`) had no room for a connection, which stays queued
/// meanwhile. The thread of an evicted connection needs about a millisecond to end.
const RETRY_DELAY: Duration = Duration::from_millis(5);

/// Accept backlog. With the 128 of `std`, a burst of 1,000 connections makes the system drop the next ones, and a
/// browser among them retries only after a second (measured: 5.2 s for the burst, 0.15 s with this value).
#[cfg(unix)]
const BACKLOG: i32 = 4096;

/// Token of the waker; listeners count from 0.
const WAKE_TOKEN: Token = Token(usize::MAX);

/// See [`Server::bind`].
pub(super) fn bind(hosts: LoopbackHosts, port: Option<u16>) -> Result<Server> {
    let (port, listeners) = match hosts {
        LoopbackHosts::Ipv4 => bind_one(Ipv4Addr::LOCALHOST.into(), port),
        LoopbackHosts::Ipv6 => bind_one(Ipv6Addr::LOCALHOST.into(), port),
        LoopbackHosts::Localhost => bind_both(port),
    }?;
    let wrap = |error| os_error("cannot set up the listener", &error);
    let poll = Poll::new().map_err(wrap)?;
    let waker = Waker::new(poll.registry(), WAKE_TOKEN).map_err(wrap)?;
    let listeners = register(&poll, listeners).map_err(wrap)?;
    Ok(Server {
        listeners,
        poll,
        waker,
        hosts,
        authority: None,
        certificate: None,
        port,
        limits: ServerLimits::default(),
    })
}

fn bind_one(address: std::net::IpAddr, port: Option<u16>) -> Result<(u16, Vec<TcpListener>)> {
    let listener = bind_listener(address, port.unwrap_or(0))?;
    let port = listener.local_addr().map_err(|error| os_error("cannot read the port of the listener", &error))?.port();
    Ok((port, vec![listener]))
}

/// Binds one port on both 127.0.0.1 and ::1. If another program held the port on ::1, a browser that resolves
/// `localhost` to ::1 would send the authorization code there. So a port taken on ::1 means another port, or an error
/// if the port is fixed.
fn bind_both(port: Option<u16>) -> Result<(u16, Vec<TcpListener>)> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return bind_one(Ipv4Addr::LOCALHOST.into(), port);
    }
    let mut last = None;
    for _ in 0..MAX_PORT_ATTEMPTS {
        let (taken, mut listeners) = bind_one(Ipv4Addr::LOCALHOST.into(), port)?;
        match bind_listener(Ipv6Addr::LOCALHOST.into(), taken) {
            Ok(listener) => {
                listeners.push(listener);
                return Ok((taken, listeners));
            }
            Err(error) if port.is_some() => return Err(error),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::other("no port is free on both 127.0.0.1 and ::1")))
}

/// `std` sets `SO_REUSEADDR` on Unix, which allows binding a port again while old connections time out, but not on
/// Windows, which would let two listeners share a port. Either way, a second listener cannot take this port.
fn bind_listener(address: std::net::IpAddr, port: u16) -> Result<TcpListener> {
    TcpListener::bind(SocketAddr::new(address, port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Error::PortTaken { port },
        ErrorKind::PermissionDenied if cfg!(unix) => Error::other(format!(
            "port {port} on {address} requires root on this machine: register a redirect URI with a port above 1023, \
             or allow the port (on Linux `sysctl net.ipv4.ip_unprivileged_port_start={port}`)"
        )),
        // On Windows: a port range that the system reserves.
        ErrorKind::PermissionDenied => Error::other(format!("port {port} on {address} is reserved by the system")),
        _ => os_error(&format!("cannot listen on {}", SocketAddr::new(address, port)), &error),
    })
}

fn register(poll: &Poll, listeners: Vec<TcpListener>) -> io::Result<Vec<mio::net::TcpListener>> {
    let register = |(index, listener): (usize, TcpListener)| {
        listener.set_nonblocking(true)?;
        #[cfg(unix)]
        rustix::net::listen(&listener, BACKLOG)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        poll.registry().register(&mut listener, Token(index), Interest::READABLE)?;
        Ok(listener)
    };
    listeners.into_iter().enumerate().map(register).collect()
}

fn os_error(what: &str, error: &io::Error) -> Error {
    Error::other(format!("{what}: {error}"))
}

/// Accepts connections until the pool is closed; the listeners close when this function returns.
pub(super) fn accept(
    mut poll: Poll,
    listeners: &[mio::net::TcpListener],
    pool: &Arc<ConnectionPool>,
    context: &Arc<ConnectionContext>,
) {
    let mut events = Events::with_capacity(8);
    let mut is_saturated = false;
    while !pool.is_closed() {
        // Every listener is tried after every wake-up: the poll reports an arrival once, and accepting may have failed
        // then.
        let _ = poll.poll(&mut events, is_saturated.then_some(RETRY_DELAY));
        is_saturated = false;
        for listener in listeners {
            is_saturated |= accept_pending(listener, pool, context).is_err();
        }
    }
}

/// Accepts all pending connections; an error means that the pool or the system has no room for the next one.
fn accept_pending(
    listener: &mio::net::TcpListener,
    pool: &Arc<ConnectionPool>,
    context: &Arc<ConnectionContext>,
) -> io::Result<()> {
    while !pool.is_closed() {
        if pool.is_saturated() {
            return Err(ErrorKind::WouldBlock.into());
        }
        match listener.accept() {
            Ok((stream, _)) => connection::start(stream.into(), pool, context),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            Err(error) => {
                pool.evict();
                return Err(error);
            }
        }
    }
    Ok(())
}
