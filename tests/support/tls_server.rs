//! Server with a certificate of the test authority, `tests/fixtures/tls/ca.pem`.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates::fixture;

pub type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// Configuration with the certificate for `host`.
pub fn config(host: &str) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(fixture(&format!("{host}.pem"))).expect("there");
    let chain = chain.collect::<Result<_, _>>().expect("a chain");
    of_chain(chain, PrivateKeyDer::from_pem_file(fixture(&format!("{host}.key"))).expect("there"))
}

/// Configuration with a certificate chain and its key.
pub fn of_chain(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Arc<ServerConfig> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().expect("the usual");
    Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).expect("both"))
}

/// Calls `talk` for each connection to `host`, one after the other; returns the port.
pub fn serve(host: &str, talk: impl Fn(TlsStream) + Send + 'static) -> u16 {
    serve_with(config(host), talk)
}

/// Like [`serve`], with any certificate.
pub fn serve_with(config: Arc<ServerConfig>, talk: impl Fn(TlsStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            talk(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).expect("the usual"), stream));
        }
    });
    port
}
