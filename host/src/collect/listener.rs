//! A port, and the connections that come to it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::StartError;
use super::tls::Tls;

/// How long to wait when the process can open no more connections.
const BACK_OFF: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    pub address: SocketAddr,
    /// None on a port that speaks plain HTTP.
    pub tls: Option<Tls>,
}

impl Listener {
    pub async fn bind(address: SocketAddr, tls: Option<Tls>) -> Result<Self, StartError> {
        let failed = |source| StartError::Listen { address, source };
        let inner = TcpListener::bind(address).await.map_err(failed)?;
        let address = inner.local_addr().map_err(failed)?;
        Ok(Listener { inner, address, tls })
    }

    /// The next connection. A failure is the connection's, or passes.
    pub async fn next(&self) -> (TcpStream, SocketAddr) {
        loop {
            match self.inner.accept().await {
                Ok((stream, from)) => {
                    // Replies are small and whole: none waits for more. An error would mean that it is closed already.
                    _ = stream.set_nodelay(true);
                    return (stream, from);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!("{} takes no connections at the moment: {error}", self.address);
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
        }
    }
}

impl std::fmt::Display for Listener {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}{}", self.address, if self.tls.is_some() { " with TLS" } else { "" })
    }
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
