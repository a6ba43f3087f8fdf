//! Posting messages over connections that are kept open, for a while, and what came of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a while of posting came to.
pub struct Posted {
    pub messages: usize,
    pub seconds: f64,
    /// Milliseconds from the first byte sent to the answer, sorted.
    pub latencies: Vec<f64>,
}

impl Posted {
    pub fn rate(&self) -> f64 {
        self.messages as f64 / self.seconds
    }
}

/// So many senders, each posting its next message when the one before is answered, as PeopleSoft's queues do.
pub fn post_for(address: &str, senders: usize, body: &[u8], time: Duration) -> Posted {
    let began = Instant::now();
    let mut latencies: Vec<f64> = std::thread::scope(|scope| {
        let senders: Vec<_> =
            (0..senders).map(|_| scope.spawn(|| Sender::connect(address).post_until(body, began + time))).collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    });
    latencies.sort_by(f64::total_cmp);
    Posted { messages: latencies.len(), seconds: began.elapsed().as_secs_f64(), latencies }
}

struct Sender<'a> {
    address: &'a str,
    stream: BufReader<TcpStream>,
}

impl<'a> Sender<'a> {
    fn connect(address: &'a str) -> Self {
        let stream = TcpStream::connect(address).expect("the collector listens");
        stream.set_nodelay(true).unwrap();
        Sender { address, stream: BufReader::new(stream) }
    }

    fn post_until(&mut self, body: &[u8], end: Instant) -> Vec<f64> {
        let mut latencies = Vec::new();
        while Instant::now() < end {
            let began = Instant::now();
            self.post(body);
            latencies.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        latencies
    }

    fn post(&mut self, body: &[u8]) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nTransactionID: bench-{id}\r\nMessageName: PROJECT_SYNC\r\n\
             Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request).expect("the collector reads");
        self.read_reply();
    }

    fn read_reply(&mut self) {
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        while line != "\r\n" {
            line.clear();
            self.stream.read_line(&mut line).expect("an answer");
            if status.is_empty() {
                status.clone_from(&line);
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().expect("a length");
            }
        }
        let mut rest = vec![0; length];
        self.stream.read_exact(&mut rest).expect("the whole answer");
        assert!(status.contains(" 200 "), "{status}{}", String::from_utf8_lossy(&rest));
    }
}
