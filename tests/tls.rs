//! HTTPS: what is spoken at which port, certificates that change while `collect` runs, and those of clients.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::http;
use crate::harness::pipeline::{Collect, headers};
use crate::harness::tls::{Authority, curl, posting, text};
use crate::harness::{message, process, scratch_file, workspace};

const FILE: &str = "tests/messages/no_field_types.xml";

/// `@FILE`, as curl takes a body.
fn body() -> String {
    format!("@{}", workspace().join(FILE).display())
}

fn insist_on_post(authority: &Authority, address: &str, more: &[&str]) -> String {
    let body = body();
    let options = [&posting(authority, &body, "TransactionID: tls")[..], more].concat();
    let reply = curl(&format!("https://{address}/"), &[&options[..], &["--write-out", "%{http_version}"]].concat());
    let reply = reply.unwrap_or_else(|why| panic!("{more:?}: {why}"));
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

#[test]
fn with_a_certificate_the_port_speaks_https_alone_over_http_1_and_2() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    assert!(insist_on_post(&authority, &collect.address, &["--http1.1"]).ends_with("}1.1"));
    assert!(insist_on_post(&authority, &collect.address, &["--http2"]).ends_with("}2"));
    assert_eq!(collect.transactions().len(), 1, "the second is a repeat");
    let plain = curl(&format!("http://{}/", collect.address), &["--data-binary", "<a/>"]);
    assert!(plain.is_err(), "{plain:?}");
    let stranger = curl(&format!("https://{}/", collect.address), &[]).unwrap_err();
    assert!(stranger.contains("certificate"), "{stranger}");
}

#[test]
fn with_a_tls_port_both_are_spoken_side_by_side() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&[&identity.options()[..], &["--tls-port", "0"]].concat());
    let line = collect.process.line_with(" with TLS");
    let secure = line.split_whitespace().rev().nth(2).unwrap();
    assert_ne!(secure, collect.address);
    collect.take("plain", "PROJECT_SYNC", "no_field_types.xml");
    insist_on_post(&authority, secure, &[]);
    assert_eq!(collect.transactions().len(), 2);
}

#[test]
fn versions_of_tls_before_1_2_are_refused() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    let url = format!("https://{}/", collect.address);
    let old = ["--cacert", text(&authority.file), "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0"];
    assert!(curl(&url, &old).is_err());
    insist_on_post(&authority, &collect.address, &["--tls-max", "1.2"]);
    insist_on_post(&authority, &collect.address, &["--tlsv1.3"]);
}

#[test]
fn a_new_certificate_is_taken_while_a_connection_goes_on_and_a_bad_one_is_not() {
    let (first, second) = (Authority::new(), Authority::new());
    let identity = first.server();
    let collect = Collect::start(&identity.options());
    let mut open = Session::open(&first, &collect.address);
    assert_eq!(open.get(), 200);

    std::fs::write(&identity.certificate, "-----BEGIN CERTIFICATE-----\nAAAA").unwrap();
    collect.process.line_with("the new TLS certificate is refused, the old one stays in use");
    insist_on_post(&first, &collect.address, &[]);

    second.server().write_over(&identity);
    collect.process.signal("HUP");
    collect.process.line_with("a new TLS certificate is in use");
    insist_on_post(&second, &collect.address, &[]);
    let old = curl(&format!("https://{}/", collect.address), &["--cacert", text(&first.file)]);
    assert!(old.is_err(), "{old:?}");
    assert_eq!(open.get(), 200, "the connection was made under the old one");
    let refused = collect.process.said().iter().filter(|line| line.contains("is refused")).count();
    assert_eq!(refused, 1);
}

#[test]
fn told_to_stop_it_finishes_a_message_that_comes_over_http_2() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    let body = message("no_field_types.xml");
    let mut sending = Command::new("curl")
        .args(["--silent", "--http2", "--cacert", text(&authority.file), "--upload-file", "-", "--request", "POST"])
        .args(["-H", "TransactionID: last", "-H", "MessageName: PROJECT_SYNC", "--write-out", "%{http_code}"])
        .arg(format!("https://{}/", collect.address))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = sending.stdin.take().unwrap();
    pipe.write_all(&body[..100]).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    collect.process.signal("TERM");
    collect.process.line_with("SIGTERM");
    let late = curl(&format!("https://{}/", collect.address), &["--cacert", text(&authority.file), "--http2"]);
    assert_eq!(late.unwrap().status, 503);
    pipe.write_all(&body[100..]).unwrap();
    drop(pipe);
    let output = sending.wait_with_output().unwrap();
    assert!(output.stdout.ends_with(b"200"), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(collect.process.wait().code, Some(0));
}

#[test]
fn an_http_2_connection_that_only_answers_pings_is_ended() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&[&identity.options()[..], &["--head-timeout", "1s"]].concat());
    let began = Instant::now();
    Session::open_with(&authority, &collect.address, &["-alpn", "h2"]).stay_awake();
    assert!(began.elapsed() > Duration::from_secs(1), "it was refused: {}", collect.process.tail());
    insist_on_post(&authority, &collect.address, &["--http2"]);
}

#[test]
fn a_port_scan_and_a_sender_of_plain_http_are_survived() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    drop(TcpStream::connect(&collect.address).unwrap());
    let mut plain = TcpStream::connect(&collect.address).unwrap();
    plain.write_all(http::head("x", &headers("x", "y"), "Content-Length: 1").as_bytes()).unwrap();
    collect.process.line_with("the TLS handshake failed");
    insist_on_post(&authority, &collect.address, &[]);
}

#[test]
fn files_that_cannot_be_used_are_refused_at_the_start_by_name() {
    let authority = Authority::new();
    let (identity, other) = (authority.server(), authority.server());
    let nothing = scratch_file("nothing.pem", "");
    let refusal = |certificate: &str, key: &str| {
        let ended = process::run(&["collect", "--tls-cert", certificate, "--tls-key", key]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        ended.stderr_text()
    };
    assert!(refusal("no/such.pem", text(&identity.key)).contains("no/such.pem"));
    assert!(refusal(text(&nothing), text(&identity.key)).contains(text(&nothing)));
    assert!(refusal(text(&identity.certificate), text(&nothing)).contains(text(&nothing)));
    let pair = refusal(text(&identity.certificate), text(&other.key));
    assert!(pair.contains(text(&identity.certificate)) && pair.contains(text(&other.key)), "{pair}");
    for lonely in [&["--tls-cert", "x"][..], &["--tls-key", "x"], &["--tls-port", "8443"]] {
        assert_eq!(process::run(&[&["collect"], lonely].concat()).code, Some(2), "{lonely:?}");
    }
}

/// A connection of openssl's client that stays open between requests.
struct Session {
    client: std::process::Child,
}

impl Session {
    fn open(authority: &Authority, address: &str) -> Self {
        Self::open_with(authority, address, &[])
    }

    fn open_with(authority: &Authority, address: &str, options: &[&str]) -> Self {
        let client = Command::new("openssl")
            .args(["s_client", "-quiet", "-verify_return_error", "-CAfile", text(&authority.file), "-connect", address])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|fault| panic!("openssl cannot be run ({fault}): install it"));
        Self { client }
    }

    /// Answers settings and pings as HTTP/2 asks for, and nothing else, until the other side ends it.
    fn stay_awake(&mut self) {
        const SETTINGS: u8 = 4;
        const PING: u8 = 6;
        let (input, output) = (self.client.stdin.as_mut().unwrap(), self.client.stdout.as_mut().unwrap());
        input.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
        let mut head = [0; 9];
        while output.read_exact(&mut head).is_ok() {
            let mut body = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            output.read_exact(&mut body).unwrap();
            let (kind, is_answer) = (head[3], head[4] & 1 == 1);
            let answer = match kind {
                SETTINGS if !is_answer => Some(vec![0, 0, 0, SETTINGS, 1, 0, 0, 0, 0]),
                PING if !is_answer => Some([&[0, 0, 8, PING, 1, 0, 0, 0, 0], &body[..]].concat()),
                _ => None,
            };
            // It may have ended meanwhile.
            answer.iter().for_each(|frame| _ = input.write_all(frame));
        }
    }

    /// The status of a GET.
    fn get(&mut self) -> u16 {
        let request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        self.client.stdin.as_mut().unwrap().write_all(request).unwrap();
        let (mut so_far, mut byte) = (Vec::new(), [0]);
        while !so_far.ends_with(b"ok\"}") {
            let read = self.client.stdout.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "the connection ended: {}", String::from_utf8_lossy(&so_far));
            so_far.push(byte[0]);
        }
        http::parse(&so_far).unwrap().status
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
