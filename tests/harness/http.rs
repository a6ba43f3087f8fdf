//! HTTP/1.1 over a bare socket: nothing between the test and the bytes on the wire.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use super::PATIENCE;

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A request whose body is still being sent.
pub struct Upload {
    stream: TcpStream,
}

pub fn get(address: &str) -> Reply {
    get_path(address, "/")
}

pub fn get_path(address: &str, path: &str) -> Reply {
    raw(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
}

/// A POST with a Content-Length.
pub fn post(address: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let head = head(address, headers, &format!("Content-Length: {}", body.len()));
    raw(address, &[head.as_bytes(), body].concat())
}

/// A POST whose body comes in these chunks.
pub fn post_chunks<'a>(address: &str, headers: &[(&str, &str)], chunks: impl IntoIterator<Item = &'a [u8]>) -> Reply {
    let mut upload = Upload::begin(address, headers);
    for chunk in chunks {
        upload.send(chunk);
    }
    upload.finish()
}

/// These bytes, and whatever comes back.
pub fn raw(address: &str, request: &[u8]) -> Reply {
    let mut stream = connect(address);
    // The server may answer and close before it has read everything; its answer counts then.
    let _ = stream.write_all(request);
    reply(stream)
}

impl Upload {
    pub fn begin(address: &str, headers: &[(&str, &str)]) -> Self {
        let mut stream = connect(address);
        stream.write_all(head(address, headers, "Transfer-Encoding: chunked").as_bytes()).expect("the server reads");
        Self { stream }
    }

    /// With a Content-Length that may promise more than is ever sent.
    pub fn begin_of_length(address: &str, headers: &[(&str, &str)], length: usize) -> Self {
        let mut stream = connect(address);
        let head = head(address, headers, &format!("Content-Length: {length}"));
        stream.write_all(head.as_bytes()).expect("the server reads");
        Self { stream }
    }

    /// One chunk of a chunked body. False when the server has hung up.
    pub fn send(&mut self, chunk: &[u8]) -> bool {
        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        chunk.is_empty() || self.stream.write_all(&framed).is_ok()
    }

    /// Bytes as they are.
    pub fn send_raw(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The last chunk, and the answer.
    pub fn finish(mut self) -> Reply {
        let _ = self.stream.write_all(b"0\r\n\r\n");
        reply(self.stream)
    }

    /// The answer to what was sent so far.
    pub fn answer(self) -> Reply {
        reply(self.stream)
    }

    /// No end, no reading of any answer.
    pub fn hang_up(self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// The last chunk, and away before the answer.
    pub fn finish_and_hang_up(mut self) {
        let _ = self.stream.write_all(b"0\r\n\r\n");
        self.hang_up();
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("no JSON ({fault}): {self:?}"))
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap_or_else(|fault| panic!("cannot connect to {address}: {fault}"));
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The head of a POST.
pub fn head(address: &str, headers: &[(&str, &str)], framing: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}{framing}\r\n\r\n")
}

fn reply(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A reset after the answer is how a server refuses to read the rest of a body.
    let ended = stream.read_to_end(&mut bytes);
    parse(&bytes).unwrap_or_else(|| panic!("no HTTP answer ({ended:?}): {:?}", String::from_utf8_lossy(&bytes)))
}

/// The answer in these bytes, if there is one.
pub fn parse(bytes: &[u8]) -> Option<Reply> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    // 100 Continue comes before the answer proper.
    if head.starts_with("HTTP/1.1 100") {
        return parse(body.as_bytes());
    }
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    Some(Reply { status, headers, body: body.to_owned() })
}
