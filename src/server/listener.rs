//! Binding of the port and the accept loop.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::connection::{ConnectionContext, RequestHandler, handle_connection};
use super::connection_pool::ConnectionPool;
use super::request_head::LoopbackHosts;
use crate::error::{Error, Remedy, Result};

/// Maximum number of 127.0.0.1 ports to try until one is also free on ::1.
const MAX_PORT_ATTEMPTS: usize = 32;

/// Delay after the pool or the system (`EMFILE`, `ENFILE`, `ENOMEM`) had no room for a connection. One that the pool has
/// no room for is already accepted and waits in the accept loop.
pub(super) const RETRY_DELAY: Duration = Duration::from_millis(5);

/// Accept backlog. With the 128 of `std`, a burst of 1,000 connections makes the system drop the next ones, and a
/// browser among them retries only after a second (measured: 5.2 s for the burst, 0.15 s with this value).
#[cfg(unix)]
const BACKLOG: i32 = 4096;

/// Listeners with the runtime that waits for them.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) port: u16,
    pub(super) listeners: Vec<tokio::net::TcpListener>,
    pub(super) runtime: ServerRuntime,
}

/// Runtime that may be dropped inside another runtime.
#[derive(Debug)]
pub(super) struct ServerRuntime(Option<Runtime>);

impl ServerRuntime {
    pub(super) fn get(&self) -> &Runtime {
        self.0.as_ref().expect("taken by drop only")
    }
}

impl Drop for ServerRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// See [`super::Server::bind`].
pub(super) fn bind(hosts: LoopbackHosts, port: Option<u16>) -> Result<Listeners> {
    let (port, listeners) = match hosts {
        LoopbackHosts::Ipv4 => bind_one(Ipv4Addr::LOCALHOST.into(), port),
        LoopbackHosts::Ipv6 => bind_one(Ipv6Addr::LOCALHOST.into(), port),
        LoopbackHosts::Localhost => bind_both(port),
    }?;
    let wrap = |error| os_error("cannot set up the listener", &error);
    let runtime = ServerRuntime(Some(Builder::new_current_thread().enable_all().build().map_err(wrap)?));
    let listeners = {
        let _inside = runtime.get().enter();
        listeners.into_iter().map(register).collect::<io::Result<_>>().map_err(wrap)?
    };
    Ok(Listeners { port, listeners, runtime })
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
    Err(last.unwrap_or_else(|| Error::other_with(Remedy::Port, "no port is free on both 127.0.0.1 and ::1")))
}

/// `std` sets `SO_REUSEADDR` on Unix, which allows binding a port again while old connections time out, but not on
/// Windows, which would let two listeners share a port. Either way, a second listener cannot take this port.
fn bind_listener(address: std::net::IpAddr, port: u16) -> Result<TcpListener> {
    TcpListener::bind(SocketAddr::new(address, port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Error::PortTaken { port },
        ErrorKind::PermissionDenied if cfg!(unix) => Error::other_with(
            Remedy::InMessage,
            format!(
                "port {port} on {address} requires root on this machine: register a redirect URI with a port above \
                 1023, or allow the port (on Linux `sysctl net.ipv4.ip_unprivileged_port_start={port}`)"
            ),
        ),
        // On Windows: a port range that the system reserves.
        ErrorKind::PermissionDenied => {
            Error::other_with(Remedy::Port, format!("port {port} on {address} is reserved by the system"))
        }
        _ => os_error(&format!("cannot listen on {}", SocketAddr::new(address, port)), &error),
    })
}

fn register(listener: TcpListener) -> io::Result<tokio::net::TcpListener> {
    listener.set_nonblocking(true)?;
    #[cfg(unix)]
    rustix::net::listen(&listener, BACKLOG)?;
    tokio::net::TcpListener::from_std(listener)
}

fn os_error(what: &str, error: &io::Error) -> Error {
    Error::other(format!("{what}: {error}"))
}

/// Accepts connections until the task is aborted, which closes the listener.
pub(super) async fn accept<H: RequestHandler>(
    listener: tokio::net::TcpListener,
    pool: Arc<ConnectionPool>,
    context: Arc<ConnectionContext<H>>,
) {
    loop {
        let accepted = listener.accept().await;
        while pool.is_saturated() {
            tokio::time::sleep(RETRY_DELAY).await;
        }
        match accepted {
            Ok((stream, _)) => pool.admit(|slot| handle_connection(stream, slot, Arc::clone(&context))),
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
            Err(_) => {
                pool.evict();
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
