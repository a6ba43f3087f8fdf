//! `collect`: input that is no good, by accident or by intent. It is refused with its reason, leaves nothing
//! behind and stops nobody.

use std::time::Duration;

use crate::harness::http::{self, Reply, Upload};
use crate::harness::pipeline::{Collect, headers, project};
use crate::harness::{eventually, message, topics};

#[test]
fn what_is_no_rowset_message_is_refused_with_reason_and_position() {
    let collect = Collect::start(&[]);
    let files = [
        "malformed_in_the_middle.xml",
        "malformed_at_the_last_byte.xml",
        "cut_off.xml",
        "entity_bomb.xml",
        "external_entity.xml",
        "undeclared_entity.xml",
        "not_a_rowset.html",
        "not_a_rowset.json",
        "not_a_rowset.xml",
    ];
    for file in files {
        let body = message(file);
        let reply = collect.post(file, "PROJECT_SYNC", &body);
        let status = if file.starts_with("not_a_rowset.xml") { 422 } else { 400 };
        assert_eq!(reply.status, status, "{file}: {reply:?}");
        let answer = reply.json();
        assert_eq!(answer["status"], "rejected", "{file}");
        let reason = answer["reason"].as_str().unwrap_or_default();
        assert!(!reason.is_empty() && !reason.contains('\n'), "{file}: {reason:?}");
        assert!(answer["position"].as_u64().is_none_or(|position| position <= body.len() as u64), "{file}: {answer}");
    }
    nothing_is_left(&collect);
}

#[test]
fn the_position_is_where_the_fault_is() {
    let collect = Collect::start(&[]);
    let body = message("malformed_in_the_middle.xml");
    let fault = body.windows(18).position(|bytes| bytes == b"US004</PROJECT_ID>").unwrap() as u64;
    let answer = collect.post("where", "PROJECT_SYNC", &body).json();
    let position = answer["position"].as_u64().expect("a position");
    assert!((fault..fault + 20).contains(&position), "the fault is at {fault}: {answer}");
}

#[test]
fn an_empty_body_with_the_headers_of_a_message_is_refused() {
    let collect = Collect::start(&[]);
    assert_eq!(collect.post("empty", "PROJECT_SYNC", b"").status, 400);
    assert_eq!(collect.post("blank", "PROJECT_SYNC", b"  \r\n ").status, 400);
}

#[test]
fn every_prefix_of_a_message_is_refused_and_leaves_nothing() {
    let collect = Collect::start(&[]);
    let body = message("several_level_0_records_under_one_pscama.xml");
    let end = body.iter().rposition(|byte| *byte == b'>').unwrap();
    for length in (1..=end).step_by(101).chain([end]) {
        let reply = collect.post("prefix", "PROJECT_SYNC", &body[..length]);
        assert_eq!(reply.status, 400, "{length} bytes: {reply:?}");
    }
    nothing_is_left(&collect);
}

#[test]
fn a_long_message_malformed_at_its_last_byte_leaves_nothing() {
    let collect = Collect::start(&[]);
    let rows: String =
        (0..2000).map(|row| project(&format!("P{row}"), "A", &"<DESCR>long</DESCR>".repeat(50))).collect();
    let body = format!("<PROJECT_SYNC><MsgData>{rows}</MsgData></PROJECT_SYNC<");
    let reply = http::post_chunks(&collect.address, &headers("late", "PROJECT_SYNC"), body.as_bytes().chunks(10_000));
    assert_eq!(reply.status, 400, "{reply:?}");
    nothing_is_left(&collect);
}

#[test]
fn nesting_without_end_is_refused() {
    let collect = Collect::start(&[]);
    let depth = 200_000;
    let body = ["<PROJECT_SYNC><MsgData><Transaction>", &"<A>".repeat(depth), &"</A>".repeat(depth)].concat();
    let reply = collect.post("deep", "PROJECT_SYNC", body.as_bytes());
    assert_eq!((reply.status / 100, reply.json()["status"].as_str()), (4, Some("rejected")), "{reply:?}");
    nothing_is_left(&collect);
}

#[test]
fn a_name_a_tag_or_a_comment_without_end_is_refused() {
    let collect = Collect::start(&[]);
    let long = "A".repeat(8 << 20);
    for body in [
        format!("<{long}"),
        format!("<A {long}"),
        format!("<A b=\"{long}"),
        format!("<!--{long}"),
        format!("<A><MsgData><![CDATA[{long}"),
        format!("<A>&{long};</A>"),
    ] {
        let reply = collect.post("long", "PROJECT_SYNC", body.as_bytes());
        assert!(matches!(reply.status, 400 | 413 | 422), "{}…: {reply:?}", &body[..20]);
    }
    nothing_is_left(&collect);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let collect = Collect::start(&[]);
    let bodies: [&[u8]; 6] = [
        b"\x00\x01\x02\x03",
        b"\x1f\x8b\x08\x00 not really gzip",
        b"<A><MsgData><Transaction><R class=\"R\"><F>\xff\xfe\xfd</F></R></Transaction></MsgData></A>",
        b"\xff\xfe<\x00A\x00",
        b"<?xml version=\"1.0\" encoding=\"no-such-encoding\"?><A><MsgData/></A>",
        b"<A><MsgData><Transaction><R class=\"R\"><F>\x00</F></R></Transaction></MsgData></A>",
    ];
    for body in bodies {
        let reply = collect.post("bytes", "PROJECT_SYNC", body);
        let status = if body.starts_with(b"<?xml") { 415 } else { 400 };
        assert_eq!(reply.status, status, "{:?}: {reply:?}", String::from_utf8_lossy(body));
    }
    nothing_is_left(&collect);
}

#[test]
fn a_body_that_breaks_http_is_refused_and_survived() {
    let collect = Collect::start(&[]);
    let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nMessageName: PROJECT_SYNC\r\n";
    let broken = format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n<A>\r\n0\r\n\r\n");
    let reply: Reply = http::raw(&collect.address, broken.as_bytes());
    assert_eq!(reply.status / 100, 4, "{reply:?}");
    nothing_is_left(&collect);
}

#[test]
fn header_values_that_are_no_text_are_survived() {
    let collect = Collect::start(&[]);
    let body = message("no_field_types.xml");
    let mut request =
        format!("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    request.extend(b"TransactionID: odd\r\nFrom: PSFT\xff\xfe\r\n\r\n");
    request.extend(body);
    let reply = http::raw(&collect.address, &request);
    assert!(reply.status == 200 || reply.status == 400, "{reply:?}");
    still_works(&collect);
}

#[test]
fn other_methods_are_refused_and_never_with_404() {
    let collect = Collect::start(&[]);
    for method in ["DELETE", "PUT", "PATCH", "OPTIONS"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let status = http::raw(&collect.address, request.as_bytes()).status;
        assert!((400..500).contains(&status) && status != 404, "{method}: {status}");
    }
}

#[test]
fn a_post_to_any_path_is_taken_since_a_404_would_come_back_for_ever() {
    let collect = Collect::start(&[]);
    let body = message("no_field_types.xml");
    let request = format!(
        "POST /PSIGW/HttpListeningConnector HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransactionID: path\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let reply = http::raw(&collect.address, &[request.as_bytes(), &body].concat());
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn slow_senders_do_not_keep_others_waiting() {
    let collect = Collect::start(&[]);
    let body = message("no_field_types.xml");
    let mut slow: Vec<Upload> = (0..64)
        .map(|number| Upload::begin(&collect.address, &headers(&format!("slow-{number}"), "PROJECT_SYNC")))
        .collect();
    for upload in &mut slow {
        upload.send(&body[..100]);
    }
    still_works(&collect);
    std::thread::sleep(Duration::from_millis(500));
    for mut upload in slow {
        upload.send(&body[100..]);
        assert_eq!(upload.finish().status, 200);
    }
    eventually("all 65 messages are stored", || {
        (topics::read(&collect.kafka, &collect.topic()).len() == 65).then_some(())
    });
}

fn still_works(collect: &Collect) {
    collect.take("afterwards", "PROJECT_SYNC", "no_field_types.xml");
    assert!(collect.transactions().iter().any(|record| record.key_text() == "afterwards"));
}

/// The collector still works, and stored none of what it refused.
fn nothing_is_left(collect: &Collect) {
    collect.take("afterwards", "PROJECT_SYNC", "no_field_types.xml");
    let keys: Vec<String> = collect.transactions().iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["afterwards"]);
}
