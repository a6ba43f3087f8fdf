//! One attempt to post a message, and what its sender knows afterwards.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::content::Content;
use super::history::Outcome;
use crate::harness::http;
use crate::harness::pipeline::headers;

/// More than a collector takes to give up on Kafka, and less than a round's patience.
const LONGEST_ANSWER: Duration = Duration::from_secs(40);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// All of it, and the answer is awaited.
    Whole,
    /// So many bytes of the body, and away.
    CutOff(usize),
    /// All of it, and away before the answer.
    HangUp,
}

/// Nothing when nobody listens there.
pub fn attempt(address: &str, content: &Content, manner: Manner) -> Option<Outcome> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(LONGEST_ANSWER)).unwrap();
    stream.set_write_timeout(Some(LONGEST_ANSWER)).unwrap();
    let body = content.body.as_bytes();
    let head = head(address, content);
    let sent = match manner {
        Manner::CutOff(bytes) => &body[..bytes],
        Manner::Whole | Manner::HangUp => body,
    };
    // Where the server has answered early or died, what can be read tells.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent));
    if manner == Manner::Whole {
        return Some(answer(&mut stream));
    }
    let _ = stream.shutdown(Shutdown::Both);
    Some(if manner == Manner::HangUp { Outcome::Unknown } else { Outcome::CutOff })
}

fn head(address: &str, content: &Content) -> String {
    let Content { id, name, body, .. } = content;
    let (chunk, chunks) = (id.chunk.to_string(), id.chunks.to_string());
    let mut headers = headers(&id.transaction_id, name);
    headers.retain(|(name, _)| !name.starts_with("DataChunk"));
    headers.extend([("DataChunk", chunk.as_str()), ("DataChunkCount", chunks.as_str())]);
    http::head(address, &headers, &format!("Content-Length: {}", body.len()))
}

fn answer(stream: &mut TcpStream) -> Outcome {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    match http::parse(&bytes).map(|reply| reply.status) {
        Some(200) => Outcome::Stored,
        Some(503) | None => Outcome::Unknown,
        Some(status) => Outcome::Refused(status),
    }
}
