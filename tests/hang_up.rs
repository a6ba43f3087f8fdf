//! `collect`: a sender that goes away, and a collector that does.

use std::time::Duration;

use crate::harness::http::{self, Upload};
use crate::harness::kafka::Broker;
use crate::harness::pipeline::{Collect, headers, project};
use crate::harness::{eventually, message, topics, unique};

#[test]
fn a_sender_that_hangs_up_midway_leaves_nothing() {
    let collect = Collect::start(&[]);
    let body = message("every_audit_action.xml");
    let mut chunked = Upload::begin(&collect.address, &headers("gone", "PROJECT_SYNC"));
    chunked.send(&body[..body.len() / 2]);
    chunked.hang_up();
    let mut counted = Upload::begin_of_length(&collect.address, &headers("gone", "PROJECT_SYNC"), body.len());
    counted.send_raw(&body[..body.len() - 1]);
    counted.hang_up();
    collect.take("later", "PROJECT_SYNC", "no_field_types.xml");
    let stored = collect.transactions();
    assert!(stored.iter().all(|record| record.key_text() == "later"), "{stored:?}");
}

#[test]
fn delivery_does_not_stop_when_the_sender_hangs_up_after_the_last_byte() {
    let broker = Broker::start();
    let collect = Collect::start_on(&broker.address, &[], &unique("t"), &[]);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    broker.freeze();
    let body = message("every_audit_action.xml");
    let mut upload = Upload::begin(&collect.address, &headers("gone", "PROJECT_SYNC"));
    upload.send(&body);
    upload.finish_and_hang_up();
    // The process has the whole message once it answers another request on a connection opened later.
    assert_eq!(http::get(&collect.address).status, 200);
    std::thread::sleep(Duration::from_secs(1));
    broker.thaw();
    eventually("all twelve transactions are stored", || {
        let stored = topics::read(&broker.address, &collect.topic());
        (stored.iter().filter(|record| record.key_text() == "gone").count() == 12).then_some(())
    });
}

#[test]
fn a_sender_that_hangs_up_late_in_a_long_message_leaves_nothing() {
    let collect = Collect::start(&[]);
    let mut upload = begin_long_message(&collect);
    upload.send(b"<Transaction><PROJECT class=\"R\">");
    upload.hang_up();
    collect.take("later", "PROJECT_SYNC", "no_field_types.xml");
    let keys: Vec<String> = collect.transactions().iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["later"]);
}

#[test]
fn a_collector_killed_in_the_middle_of_a_long_message_leaves_nothing_that_is_seen() {
    let collect = Collect::start(&[]);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    let upload = begin_long_message(&collect);
    std::thread::sleep(Duration::from_secs(1));
    let Collect { process, kafka, prefix, .. } = collect;
    process.kill();
    upload.hang_up();
    let stored = topics::read_decided(&kafka, &format!("{prefix}.transactions"));
    let keys: Vec<String> = stored.iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["before"]);
}

/// Several megabytes of whole transactions, and no end.
fn begin_long_message(collect: &Collect) -> Upload {
    let filler = format!("<DESCR>{}</DESCR>", "long ".repeat(500));
    let mut upload = Upload::begin(&collect.address, &headers("long", "PROJECT_SYNC"));
    upload.send(b"<PROJECT_SYNC><MsgData>");
    for row in 0..1500 {
        assert!(upload.send(project(&format!("P{row}"), "A", &filler).as_bytes()));
    }
    upload
}
