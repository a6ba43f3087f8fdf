//! Asking another process at its admin address, for who has nothing else to ask with.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// With what it says.
    Yes(String),
    /// With what it says instead.
    No(String),
}

/// Blocks its thread.
pub fn ask(address: SocketAddr, path: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&reachable(address), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    Ok(read(&String::from_utf8_lossy(&reply)))
}

/// Who listens at every address is asked at this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

fn read(reply: &str) -> Answer {
    let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((reply, ""));
    match head.split_whitespace().nth(1) {
        Some("200") => Answer::Yes(body.to_owned()),
        _ if body.is_empty() => Answer::No(head.lines().next().unwrap_or("nothing").to_owned()),
        _ => Answer::No(body.trim().to_owned()),
    }
}
