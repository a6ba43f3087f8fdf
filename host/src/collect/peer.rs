//! Who is at the other end of a connection.

use std::net::IpAddr;

use super::subject::Subject;

#[derive(Debug, Clone)]
pub struct Peer {
    /// Of the one who connected: behind a proxy, that is the proxy.
    pub address: IpAddr,
    /// What it speaks: `http` or `https`.
    pub scheme: &'static str,
    /// Of its certificate, where it has shown one that is good.
    pub subject: Option<Subject>,
}
