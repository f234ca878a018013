//! The two listeners, plain and with TLS, and a client for both.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::Utc;
use mycli::internals::callback_server::{CallbackListener, CallbackServer, RedirectUri};
use mycli::internals::secret::Secret;
use mycli::internals::server::{ServerLimits, TlsCertificate};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

use super::PROVIDER;
use crate::support::certificates::{Authority, Issued};
use crate::support::free_port;
use crate::support::raw_http::{self, read};

/// Opens a listener for callbacks with the state `ours`.
pub type Open = fn(ServerLimits) -> CallbackListener;

/// Runs a case on the plain and on the TLS listener.
#[track_caller]
pub fn on_both(case: impl Fn(Open) + Sync) {
    thread::scope(|scope| {
        for (name, open) in [("http", open_plain as Open), ("https", open_tls)] {
            let case = &case;
            thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, move || case(open)).expect("a thread");
        }
    });
}

fn open_plain(limits: ServerLimits) -> CallbackListener {
    open_at("127.0.0.1", "/callback", limits)
}

/// Opens a plain listener.
pub fn open_at(host: &str, path: &str, limits: ServerLimits) -> CallbackListener {
    let redirect_uri = RedirectUri::new(host, None, path).expect("valid");
    serve(CallbackServer::bind(&redirect_uri).expect("a free port"), limits)
}

pub fn open_tls(limits: ServerLimits) -> CallbackListener {
    serve(bind_tls("127.0.0.1"), limits)
}

fn serve(server: CallbackServer, limits: ServerLimits) -> CallbackListener {
    let has_state = |query: &str| query.split('&').any(|pair| pair == "state=ours");
    server.with_limits(limits).serve(Secret::new(PROVIDER), has_state)
}

pub fn bind_tls(host: &str) -> CallbackServer {
    // Another test may take the free port before it is bound.
    let bound = (0..10).find_map(|_| {
        let uri = format!("https://{host}:{}/callback", free_port());
        CallbackServer::bind(&RedirectUri::parse(&uri, Some(certificate(host))).expect("valid")).ok()
    });
    bound.expect("a free port")
}

/// Shared certificate, issued by an intermediate authority.
pub static ISSUED: LazyLock<(Authority, Issued)> = LazyLock::new(|| {
    let authority = Authority::intermediate();
    let issued = authority.issue(&["localhost", "127.0.0.1", "::1"]);
    (authority, issued)
});

pub fn certificate(host: &str) -> TlsCertificate {
    let (_, Issued { chain, key }) = &*ISSUED;
    TlsCertificate::new(chain.as_bytes(), key.as_bytes(), host, Utc::now()).expect("a valid certificate")
}

/// Port of a listener, with TLS or without.
#[derive(Clone, Copy)]
pub struct Port {
    pub number: u16,
    is_tls: bool,
}

impl From<u16> for Port {
    fn from(number: u16) -> Self {
        Self { number, is_tls: false }
    }
}

impl From<&CallbackListener> for Port {
    fn from(listener: &CallbackListener) -> Self {
        Self { number: listener.port(), is_tls: listener.launch_url().expose().starts_with("https:") }
    }
}

/// Stream of a client, inside TLS if the port has it.
pub trait Wire: Read + Write + Send {
    fn socket(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Wire for Tls {
    fn socket(&self) -> &TcpStream {
        &self.sock
    }
}

pub fn connect(port: impl Into<Port>) -> Box<dyn Wire> {
    let Port { number, is_tls } = port.into();
    if is_tls { Box::new(encrypted(number)) } else { Box::new(connect_tcp(number)) }
}

pub fn connect_tcp(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("a listener");
    // A hanging test fails instead.
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("set");
    stream
}

pub fn request(port: impl Into<Port>, method: &str, target: &str, lines: &str) -> Vec<u8> {
    raw_http::request(port.into().number, method, target, lines)
}

/// Sends bytes and returns the response; empty if there was none.
pub fn send(port: impl Into<Port>, bytes: &[u8]) -> String {
    let mut stream = connect(port);
    // The server may reject and close before it has read everything.
    let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    read(stream)
}

pub fn get(port: impl Into<Port>, target: &str) -> String {
    let port = port.into();
    send(port, &request(port, "GET", target, ""))
}

/// Sends a request and reads the response on another thread.
pub fn get_later(port: impl Into<Port>, target: &'static str) -> JoinHandle<String> {
    let port = port.into();
    thread::spawn(move || get(port, target))
}

pub type Tls = StreamOwned<ClientConnection, TcpStream>;

/// TLS settings of a browser.
pub fn client(versions: &[&'static SupportedProtocolVersion], authority: &Authority) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let root = rustls::pki_types::CertificateDer::from_pem_file(authority.file()).expect("the authority");
    roots.add(root).expect("a valid root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("supported versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

pub static BROWSER: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| Arc::new(client(rustls::ALL_VERSIONS, &ISSUED.0)));

fn hello(config: &Arc<ClientConfig>) -> ClientConnection {
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    ClientConnection::new(Arc::clone(config), name).expect("a client")
}

/// Opens a connection and completes the handshake.
pub fn encrypted(port: u16) -> Tls {
    handshake(port, &BROWSER).expect("the certificate is trusted")
}

pub fn handshake(port: u16, config: &Arc<ClientConfig>) -> io::Result<Tls> {
    let mut stream = StreamOwned::new(hello(config), connect_tcp(port));
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}

/// First flight of a handshake.
pub fn client_hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    hello(&BROWSER).write_tls(&mut bytes).expect("written to a vector");
    bytes
}
