//! HTTPS: the certificate and key of this server, whose certificates clients may show, and how a connection is secured.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::kept::Kept;
use super::secrets::warn_if_open;

/// What a client may choose to speak, by ALPN. One that says nothing speaks HTTP/1.1.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// PEM files.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, and those between it and its root.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The roots that clients' certificates come from; clients are not asked for one when there is none.
    pub client_ca: Option<PathBuf>,
}

/// Secures connections, with what the files hold at that time.
#[derive(Debug, Clone)]
pub struct Tls(pub Kept<ServerConfig>);

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("certificate file \"{file}\" cannot be read as PEM")]
    Certificate { file: String, source: pem::Error },
    #[error("file \"{0}\" holds no certificate in PEM")]
    NoCertificate(String),
    // What was read instead of a key is not shown.
    #[error("key file \"{0}\" cannot be read, or holds no private key in PEM that is not encrypted")]
    Key(String),
    #[error("certificate \"{certificate}\" and key \"{key}\" cannot be used together")]
    Pair { certificate: String, key: String, source: rustls::Error },
    #[error("a certificate in \"{file}\" cannot be used")]
    Root { file: String, source: rustls::Error },
    #[error("the certificates in \"{file}\" cannot be used to check those of clients")]
    Roots { file: String, source: VerifierBuilderError },
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    #[error("the TLS handshake failed")]
    Failed(#[source] std::io::Error),
    #[error("the TLS handshake was not over in {}", humantime::format_duration(*.0))]
    TooSlow(Duration),
}

impl Tls {
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let TlsFiles { certificate, key, client_ca } = &files;
        let watched = [Some(certificate), Some(key), client_ca.as_ref()].into_iter().flatten().cloned().collect();
        Kept::read("TLS certificate", watched, move || files.configuration()).map(Tls)
    }

    pub async fn secure(&self, stream: TcpStream, within: Duration) -> Result<TlsStream<TcpStream>, HandshakeError> {
        let handshake = TlsAcceptor::from(self.0.get()).accept(stream);
        let secured = tokio::time::timeout(within, handshake).await.map_err(|_| HandshakeError::TooSlow(within))?;
        secured.map_err(HandshakeError::Failed)
    }
}

impl HandshakeError {
    /// Whether the other end spoke TLS, and not as wanted: whoever only looks whether the port is open does not.
    pub fn is_telling(&self) -> bool {
        matches!(self, HandshakeError::Failed(error) if error.kind() == std::io::ErrorKind::InvalidData)
    }
}

impl TlsFiles {
    /// Of TLS 1.2 and 1.3.
    fn configuration(&self) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone());
        let builder = builder.with_safe_default_protocol_versions().map_err(TlsError::Setup)?;
        let builder = match &self.client_ca {
            Some(file) => builder.with_client_cert_verifier(verifier(file, provider)?),
            None => builder.with_no_client_auth(),
        };
        let (certificate, key) = (certificates(&self.certificate)?, key(&self.key)?);
        let mut configuration = builder.with_single_cert(certificate, key).map_err(|source| TlsError::Pair {
            certificate: name(&self.certificate),
            key: name(&self.key),
            source,
        })?;
        configuration.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(configuration)
    }
}

/// A client without a certificate may connect, since health checks do. Whether it may post is decided later.
fn verifier(file: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in certificates(file)? {
        roots.add(root).map_err(|source| TlsError::Root { file: name(file), source })?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated();
    verifier.build().map_err(|source| TlsError::Roots { file: name(file), source })
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let unreadable = |source| TlsError::Certificate { file: name(file), source };
    let found = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    if found.is_empty() { Err(TlsError::NoCertificate(name(file))) } else { Ok(found) }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = PrivateKeyDer::from_pem_file(file).map_err(|_| TlsError::Key(name(file)))?;
    warn_if_open(file);
    Ok(key)
}

fn name(file: &Path) -> String {
    file.display().to_string()
}
