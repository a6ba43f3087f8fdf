//! A day's worth of small messages: `collect` holds no more after them than after the first.
//!
//! `PSSTREAM_TEST_MESSAGES=100000` posts more of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use crate::harness::pipeline::{Collect, project};
use crate::harness::{PATIENCE, kafka, topics};

const SENDERS: usize = 16;
const MEGABYTE: u64 = 1 << 20;
/// What is remembered of each, to know it when it comes again (docs/memory.md).
const REMEMBERED: u64 = 80;

#[test]
fn many_small_messages_pass_through_flat_memory() {
    let given = std::env::var("PSSTREAM_TEST_MESSAGES").ok().and_then(|given| given.parse().ok());
    let messages: usize = given.unwrap_or(20_000);
    let collect = Collect::start(&[]);
    collect.await_ready();
    post_all(&collect.address, 0..messages / 5);
    let before = collect.process.peak_memory();
    let began = Instant::now();
    post_all(&collect.address, messages / 5..messages);
    let grown = collect.process.peak_memory() - before;
    let rate = (messages - messages / 5) as f64 / began.elapsed().as_secs_f64();
    eprintln!(
        "{messages} messages: {} MiB after a fifth, {} more at the end; {rate:.0} a second",
        before >> 20,
        grown >> 20
    );
    assert_eq!(topics::count(kafka::shared(), &collect.topic()), messages as u64);
    let allowed = 10 * MEGABYTE + messages as u64 * REMEMBERED;
    assert!(grown < allowed, "collect grew by {} MiB, from {} on", grown >> 20, before >> 20);
}

/// By several senders, each over a connection that it keeps.
fn post_all(address: &str, numbers: std::ops::Range<usize>) {
    let body =
        format!("<PROJECT_SYNC><MsgData>{}</MsgData></PROJECT_SYNC>", project("P1", "C", "<DESCR>small</DESCR>"));
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (numbers, body) = (numbers.clone().skip(sender).step_by(SENDERS), &body);
            scope.spawn(move || {
                let mut connection = connect(address);
                numbers.for_each(|number| post(&mut connection, address, number, body));
            });
        }
    });
}

fn connect(address: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    BufReader::new(stream)
}

fn post(connection: &mut BufReader<TcpStream>, address: &str, number: usize, body: &str) {
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nTransactionID: small-{number}\r\nMessageName: PROJECT_SYNC\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let (mut head, mut length) = (String::new(), 0);
    while !head.ends_with("\r\n\r\n") {
        let start = head.len();
        assert!(connection.read_line(&mut head).unwrap() > 0, "no answer to message {number}: {head}");
        if let Some(value) = head[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    connection.read_exact(&mut vec![0; length]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "message {number}: {head}");
}
