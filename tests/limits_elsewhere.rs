//! `collect`: limits that are drawn before a message is looked at: by connections, by the protocol, by the turns there are.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::harness::http::{self, Upload};
use crate::harness::pipeline::{Collect, headers};
use crate::harness::tls::{Authority, curl, posting, text};
use crate::harness::{eventually, message, scratch_file, workspace};

const FILE: &str = "no_field_types.xml";

#[test]
fn a_connection_too_many_ends_at_a_port_with_tls_and_others_go_on() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&[&identity.options()[..], &["--tls-port", "0", "--max-connections", "1"]].concat());
    let line = collect.process.line_with(" with TLS");
    let url = format!("https://{}/", line.split_whitespace().rev().nth(2).unwrap());
    let mut open = TcpStream::connect(&collect.address).unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(open.read(&mut [0; 1000]).unwrap() > 0);
    let ask = || curl(&url, &["--cacert", text(&authority.file)]);
    let ended = ask().unwrap_err();
    assert!(!ended.contains("timed out"), "{ended}");
    drop(open);
    eventually("there is room", || ask().is_ok_and(|reply| reply.status == 200).then_some(()));
}

#[test]
fn more_than_a_hundred_headers_are_answered_431() {
    let collect = Collect::start(&[]);
    let more: Vec<String> = (0..120).map(|number| format!("X-Number-{number}")).collect();
    let more: Vec<(&str, &str)> = more.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(http::post(&collect.address, &more, &message(FILE)).status, 431);
    assert_eq!(http::post(&collect.address, &more[..80], &message(FILE)).status, 200);
}

#[test]
fn headers_too_large_are_answered_431_over_http_2_too() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&[&identity.options()[..], &["--max-head", "8KiB"]].concat());
    let body = format!("@{}", workspace().join("tests/messages").join(FILE).display());
    let posted = |bytes: usize| {
        let long: String = (0..bytes / 1000).map(|number| format!("X-Long-{number}: {}\n", "x".repeat(1000))).collect();
        let long = format!("@{}", text(&scratch_file("headers", long)));
        let options = [&posting(&authority, &body, "TransactionID: long")[..], &["--http2", "-H", &long]].concat();
        curl(&format!("https://{}/", collect.address), &options).unwrap()
    };
    let larger = posted(20_000);
    assert!(larger.status == 431 && larger.body.contains("--max-head"), "{larger:?}");
    assert_eq!(posted(5_000).status, 200);
}

#[test]
fn a_message_that_waits_for_its_turn_too_long_is_told_to_come_again() {
    let collect = Collect::start(&["--delivery-timeout", "2s"]);
    collect.await_ready();
    let body = message(FILE);
    let ids: Vec<String> = (0..128).map(|number| format!("turn-{number}")).collect();
    let open: Vec<Upload> =
        ids.iter().map(|id| Upload::begin(&collect.address, &headers(id, "PROJECT_SYNC"))).collect();
    let late = eventually("all turns are taken", || {
        let reply = collect.post("late", "PROJECT_SYNC", b"<a>");
        (reply.status == 503).then_some(reply)
    });
    assert!(late.json()["reason"].as_str().unwrap().contains("turn"), "{late:?}");
    for mut upload in open {
        assert!(upload.send(&body));
        assert_eq!(upload.finish().status, 200);
    }
    collect.take("afterwards", "PROJECT_SYNC", FILE);
}
