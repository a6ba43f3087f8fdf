//! Told to stop, `collect` takes nothing in any more, finishes what it holds and ends well; told twice, it ends at once.

use std::time::{Duration, Instant};

use crate::harness::http::{self, Upload};
use crate::harness::pipeline::{Collect, Parse, headers, project};
use crate::harness::{eventually, kafka, message, unique};

#[test]
fn a_message_under_way_is_finished_and_whoever_comes_meanwhile_is_told_to_come_again() {
    let collect = Collect::start(&[]);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    let body = message("project_added_with_activities.xml");
    let mut upload = Upload::begin(&collect.address, &headers("underway", "PROJECT_SYNC"));
    upload.send(&body[..body.len() / 2]);
    std::thread::sleep(Duration::from_millis(200));
    collect.process.signal("TERM");
    collect.process.line_with("SIGTERM");
    for _ in 0..3 {
        let reply = collect.post("late", "PROJECT_SYNC", &body);
        assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{reply:?}");
        assert_eq!(http::get(&collect.address).status, 503);
        assert_eq!(http::get_path(&collect.address, "/readyz").status, 503);
    }
    upload.send(&body[body.len() / 2..]);
    assert_eq!(upload.finish().status, 200);
    let Collect { process, kafka, prefix, .. } = collect;
    assert_eq!(process.wait().code, Some(0));
    let stored = crate::harness::topics::read(&kafka, &format!("{prefix}.transactions"));
    assert!(stored.iter().any(|record| record.key_text() == "underway"));
    assert!(stored.iter().all(|record| record.key_text() != "late"));
}

#[test]
fn a_message_that_does_not_end_is_given_up_at_the_deadline() {
    let collect = Collect::start(&["--shutdown-timeout", "1s"]);
    let mut upload = Upload::begin(&collect.address, &headers("endless", "PROJECT_SYNC"));
    upload.send(b"<PROJECT_SYNC><MsgData>");
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let ended = collect.process.terminate();
    assert_eq!(ended.code, Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(ended.stderr_text().contains("their senders will try again"), "{}", ended.stderr_text());
}

#[test]
fn told_twice_it_ends_at_once() {
    let collect = Collect::start(&[]);
    let mut upload = Upload::begin(&collect.address, &headers("endless", "PROJECT_SYNC"));
    upload.send(b"<PROJECT_SYNC><MsgData>");
    std::thread::sleep(Duration::from_millis(200));
    collect.process.signal("TERM");
    collect.process.line_with("SIGTERM");
    collect.process.signal("TERM");
    assert_ne!(collect.process.wait().code, Some(0));
}

#[test]
fn it_is_ready_once_what_kafka_holds_is_read_back() {
    let collect = Collect::start(&[]);
    eventually("it is ready", || (http::get_path(&collect.address, "/readyz").status == 200).then_some(()));
    let nobody = format!("127.0.0.1:{}", kafka::free_port());
    let without = Collect::start_on(&nobody, &[], "ps", &["--delivery-timeout", "1s"]);
    assert_eq!(http::get_path(&without.address, "/readyz").status, 503);
    assert_eq!(http::get(&without.address).status, 200);
}

#[test]
fn a_named_parser_keeps_its_partitions_through_a_restart() {
    let prefix = unique("t");
    let parse = Parse::start_for(&prefix, &["--instance", "one"]);
    parse.feed("a", &project("P1", "A", ""));
    assert_eq!(parse.process.terminate().code, Some(0));
    // No leave and no waiting for its session (45 s) to end: the group gives it back what it had.
    let began = Instant::now();
    let again = Parse::start_for(&prefix, &["--instance", "one"]);
    again.feed("b", &project("P2", "A", ""));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(again.records("PROJECT").len(), 2);
}

#[test]
fn of_two_parsers_with_one_name_the_first_ends_and_says_why() {
    let prefix = unique("t");
    let first = Parse::start_for(&prefix, &["--instance", "same"]);
    first.feed("a", &project("P1", "A", ""));
    let second = Parse::start_for(&prefix, &["--instance", "same"]);
    let ended = first.process.wait();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr_text());
    assert!(ended.stderr_text().contains("\"same\" has taken over"), "{}", ended.stderr_text());
    second.feed("b", &project("P2", "A", ""));
    assert_eq!(second.records("PROJECT").len(), 2);
}
