//! `collect`: what a message may be and what all of them may take. What is too much is refused by the name of its limit;
//! what is too much at a time, or stalls, is told to come again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::http::{self, Upload};
use crate::harness::pipeline::{Collect, headers, project};
use crate::harness::tls::{Authority, curl, posting, text};
use crate::harness::{eventually, message, scratch_file, topics, workspace};

const FILE: &str = "no_field_types.xml";

fn projects(count: usize) -> String {
    let rows: String = (0..count).map(|row| project(&format!("P{row}"), "A", "")).collect();
    format!("<PROJECT_SYNC><MsgData>{rows}</MsgData></PROJECT_SYNC>")
}

fn still_works(collect: &Collect) {
    collect.take("afterwards", "PROJECT_SYNC", FILE);
    let keys: Vec<String> = collect.transactions().iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["afterwards"]);
}

#[test]
fn a_message_past_a_limit_of_its_own_is_refused_by_the_name_of_the_limit() {
    let limits = ["--max-body", "8KiB", "--max-transactions", "10", "--max-head", "2KiB"];
    let collect = Collect::start(&limits);
    let long = format!("<PROJECT_SYNC>{}", " ".repeat(20_000));
    let counted = http::post(&collect.address, &headers("long", "PROJECT_SYNC"), long.as_bytes());
    let chunks = long.as_bytes().chunks(1000);
    let chunked = http::post_chunks(&collect.address, &headers("long", "PROJECT_SYNC"), chunks);
    let many = http::post(&collect.address, &headers("many", "PROJECT_SYNC"), projects(11).as_bytes());
    let header = ("X-Long", "x".repeat(3000));
    let head = http::post(&collect.address, &[("TransactionID", "head"), (header.0, &header.1)], b"<a/>");
    for (reply, status, limit) in [
        (counted, 413, "--max-body"),
        (chunked, 413, "--max-body"),
        (many, 413, "--max-transactions"),
        (head, 431, "--max-head"),
    ] {
        assert_eq!(reply.status, status, "{limit}: {reply:?}");
        assert!(reply.json()["reason"].as_str().unwrap().contains(limit), "{reply:?}");
    }
    let huge = format!("POST / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    assert_eq!(http::raw(&collect.address, huge.as_bytes()).status, 431);
    still_works(&collect);
}

#[test]
fn a_failure_has_an_id_that_its_line_in_the_log_has_too() {
    let collect = Collect::start(&[]);
    let reply = collect.post("bad", "PROJECT_SYNC", b"<a>");
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(reply.header("x-error-id"), Some(id.as_str()));
    let line = collect.process.line_with(&id);
    assert!(line.contains("WARN") && line.contains("bad"), "{line}");
}

#[test]
fn who_asks_for_xml_is_answered_in_xml() {
    let collect = Collect::start(&["--accept-from", "PSFT_*"]);
    let post = |more: &[(&str, &str)], body: &[u8]| {
        let headers = [&[("Accept", "text/xml"), ("TransactionID", "xml")], more].concat();
        http::post(&collect.address, &headers, body)
    };
    let good = post(&[("From", "PSFT_EP")], &message(FILE));
    assert_eq!((good.status, good.header("content-type")), (200, Some("application/xml; charset=utf-8")));
    assert!(good.body.ends_with("<reply><status>POST ok</status></reply>"), "{good:?}");
    let bad = post(&[("From", "PSFT_EP"), ("DataChunk", "2")], b"<a><b></a>");
    assert!(bad.status == 400 && bad.body.contains("<status>rejected</status><reason>"), "{bad:?}");
    assert!(bad.body.contains(&format!("<id>{}</id>", bad.header("x-error-id").unwrap())), "{bad:?}");
    let refused = post(&[("From", "STRANGER")], b"<a/>");
    assert!(refused.status == 403 && refused.body.contains("Message not accepted by collector."), "{refused:?}");
}

#[test]
fn a_sender_that_falls_silent_or_never_ends_is_told_to_come_again() {
    let collect = Collect::start(&["--silence-timeout", "1s", "--receive-timeout", "4s"]);
    let silent = Upload::begin(&collect.address, &headers("silent", "PROJECT_SYNC"));
    let mut slow = Upload::begin(&collect.address, &headers("slow", "PROJECT_SYNC"));
    let dripping = std::thread::spawn(move || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(5) && slow.send(b" ") {
            std::thread::sleep(Duration::from_millis(200));
        }
        slow.finish()
    });
    for (reply, limit) in [(silent.answer(), "--silence-timeout"), (dripping.join().unwrap(), "--receive-timeout")] {
        assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{reply:?}");
        assert!(reply.json()["reason"].as_str().unwrap().contains(limit), "{reply:?}");
    }
    still_works(&collect);
}

#[test]
fn more_messages_at_a_time_than_may_be_are_told_to_come_again() {
    let collect = Collect::start(&["--max-messages", "2"]);
    collect.await_ready();
    let body = message(FILE);
    let mut open: Vec<Upload> =
        (0..2).map(|n| Upload::begin(&collect.address, &headers(&format!("open-{n}"), "PROJECT_SYNC"))).collect();
    open.iter_mut().for_each(|upload| assert!(upload.send(&body[..50])));
    std::thread::sleep(Duration::from_secs(1)); // or a third that comes first would take the place of one of them
    let refused = eventually("both are under way", || {
        let reply = collect.post("third", "PROJECT_SYNC", b"<a>");
        (reply.status == 503).then_some(reply)
    });
    assert!(refused.json()["reason"].as_str().unwrap().contains("--max-messages"), "{refused:?}");
    for mut upload in open {
        upload.send(&body[50..]);
        assert_eq!(upload.finish().status, 200);
    }
    collect.take("afterwards", "PROJECT_SYNC", FILE);
}

#[test]
fn what_all_messages_hold_is_bounded_and_the_one_too_many_is_told_to_come_again() {
    let collect = Collect::start(&["--max-held", "1MiB"]);
    collect.await_ready();
    let begun = format!("<PROJECT_SYNC><MsgData><Transaction><PROJECT class=\"R\"><DESCR>{}", "x".repeat(700_000));
    let mut first = Upload::begin(&collect.address, &headers("first", "PROJECT_SYNC"));
    assert!(first.send(begun.as_bytes()));
    std::thread::sleep(Duration::from_millis(500));
    let mut second = Upload::begin(&collect.address, &headers("second", "PROJECT_SYNC"));
    second.send(begun.as_bytes());
    let reply = second.finish();
    assert_eq!(reply.status, 503, "{reply:?}");
    assert!(reply.json()["reason"].as_str().unwrap().contains("--max-held"), "{reply:?}");
    first.send(b"</DESCR></PROJECT></Transaction></MsgData></PROJECT_SYNC>");
    assert_eq!(first.finish().status, 200);
}

#[test]
fn a_connection_too_many_is_told_to_come_again_and_others_go_on() {
    let collect = Collect::start(&["--max-connections", "3"]);
    let mut open: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(&collect.address).unwrap()).collect();
    for stream in &mut open {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert!(stream.read(&mut [0; 1000]).unwrap() > 0);
    }
    let reply = collect.post("fourth", "PROJECT_SYNC", &message(FILE));
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("30")), "{reply:?}");
    assert!(reply.json()["reason"].as_str().unwrap().contains("--max-connections"), "{reply:?}");
    drop(open);
    eventually("there is room", || (collect.post("fifth", "PROJECT_SYNC", &message(FILE)).status == 200).then_some(()));
}

#[test]
fn connections_that_say_nothing_end_by_themselves_with_tls_and_without() {
    let authority = Authority::new();
    let identity = authority.server();
    let options = [&identity.options()[..], &["--tls-port", "0", "--head-timeout", "1s"]].concat();
    let collect = Collect::start(&options);
    let line = collect.process.line_with(" with TLS");
    let secure = line.split_whitespace().rev().nth(2).unwrap().to_owned();
    let used = |stream: &mut TcpStream| {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    };
    let mut streams: Vec<TcpStream> = [&collect.address, &collect.address, &collect.address, &secure]
        .into_iter()
        .map(|address| TcpStream::connect(address).unwrap())
        .collect();
    streams[1].write_all(b"POST / HTTP/1.1\r\nHost").unwrap();
    used(&mut streams[2]);
    for (place, stream) in streams.iter_mut().enumerate() {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let ended = stream.read_to_end(&mut Vec::new());
        assert!(ended.is_ok() || !is_timeout(&ended), "connection {place} goes on");
    }
    assert_eq!(collect.post("after", "PROJECT_SYNC", &message(FILE)).status, 200);
}

fn is_timeout(ended: &std::io::Result<usize>) -> bool {
    matches!(ended, Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut))
}

#[test]
fn thousands_of_idle_connections_do_not_keep_a_message_waiting() {
    let collect = Collect::start(&["--max-connections", "6000"]);
    let idle: Vec<TcpStream> = (0..5000).map_while(|_| TcpStream::connect(&collect.address).ok()).collect();
    assert_eq!(idle.len(), 5000, "ulimit -n is too low for this test");
    let began = Instant::now();
    collect.take("message", "PROJECT_SYNC", FILE);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let memory = collect.process.peak_memory();
    assert!(memory < 512 << 20, "{memory} bytes");
}

#[test]
fn a_python_program_posts_over_https_with_a_secret() {
    let authority = Authority::new();
    let identity = authority.server();
    let secrets = scratch_file("secrets", "basic psft:open-sesame\n");
    let collect = Collect::start(&[&identity.options()[..], &["--secrets", text(&secrets)]].concat());
    let script = "import base64, ssl, sys, urllib.request\n\
        url, ca, path = sys.argv[1:]\n\
        headers = {'MessageName': 'PROJECT_SYNC', 'TransactionID': 'python', 'Content-Type': 'text/xml',\n\
        \x20   'Authorization': 'Basic ' + base64.b64encode(b'psft:open-sesame').decode()}\n\
        request = urllib.request.Request(url, open(path, 'rb').read(), headers)\n\
        context = ssl.create_default_context(cafile=ca)\n\
        print(urllib.request.urlopen(request, context=context).status)\n";
    let output = Command::new("python3")
        .args(["-c", script, &format!("https://{}/", collect.address), text(&authority.file)])
        .arg(workspace().join("tests/messages").join(FILE))
        .output()
        .unwrap_or_else(|fault| panic!("python3 cannot be run ({fault}): install it"));
    assert_eq!(output.stdout, b"200\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(collect.transactions().len(), 1);
}

#[test]
fn many_messages_on_one_connection_are_each_answered() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    let body = format!("@{}", workspace().join("tests/messages").join(FILE).display());
    for version in ["--http1.1", "--http2"] {
        let options = [&posting(&authority, &body, "OrigTimeStamp: x")[..], &[version, "--parallel"]].concat();
        let url = format!("https://{}/[1-20]", collect.address);
        let replies = curl(&url, &[&options[..], &["--write-out", "status %{http_code}."]].concat()).unwrap();
        assert_eq!(replies.body.matches("status 200.").count(), 20, "{version}: {replies:?}");
    }
    assert_eq!(collect.transactions().len(), 40);
}
