//! The same message again: PeopleSoft sends it until it has an answer. It is stored once, and has its effect once.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::harness::http::{self, Reply, Upload};
use crate::harness::kafka::{self, Broker};
use crate::harness::pipeline::{Collect, Parse, by_message, headers, project, projects};
use crate::harness::topics;
use crate::harness::{eventually, scratch_file, unique};

/// A message of one transaction, a small one, and one that streams.
const SIZES: [usize; 3] = [1, 5, 3000];

#[test]
fn posted_again_it_is_answered_200_and_not_stored_again() {
    let collect = Collect::start(&[]);
    for size in SIZES {
        for _ in 0..3 {
            assert_eq!(collect.post(&format!("m{size}"), "PROJECT_SYNC", projects(size).as_bytes()).status, 200);
        }
    }
    assert_eq!(by_message(&collect.transactions()), expected());
}

#[test]
fn a_restart_forgets_nothing() {
    let collect = Collect::start(&[]);
    SIZES.iter().for_each(|size| take(&collect, *size));
    let Collect { process, prefix, .. } = collect;
    process.kill();
    let again = Collect::start_on(kafka::shared(), &[], &prefix, &[]);
    SIZES.iter().for_each(|size| take(&again, *size));
    assert_eq!(by_message(&again.transactions()), expected());
    again.process.line_with("read back what is stored");
}

#[test]
fn another_collector_of_the_topic_knows_it_too() {
    let one = Collect::start(&[]);
    let other = Collect::start_on(kafka::shared(), &[], &one.prefix, &[]);
    other.take("before", "PROJECT_SYNC", "no_field_types.xml"); // it follows the topic from now on
    SIZES.iter().for_each(|size| take(&one, *size));
    std::thread::sleep(Duration::from_secs(1));
    SIZES.iter().for_each(|size| take(&other, *size));
    let mut stored = by_message(&one.transactions());
    stored.remove("before");
    assert_eq!(stored, expected());
}

#[test]
fn while_the_first_copy_is_still_coming_the_second_waits_for_it() {
    let collect = Collect::start(&[]);
    collect.await_ready();
    let body = projects(3000).into_bytes();
    let mut first = begin_first(&collect, &body);
    let second = post_aside(&collect, "m3000", &body);
    std::thread::sleep(Duration::from_millis(500));
    assert!(!second.is_finished(), "the second copy was answered before the first");
    first.send(&body[body.len() / 2..]);
    assert_eq!(first.finish().status, 200);
    assert_eq!(second.join().unwrap().status, 200);
    assert_eq!(by_message(&collect.transactions()), BTreeMap::from([("m3000".to_owned(), 3000)]));
}

#[test]
fn where_the_first_copy_comes_to_nothing_the_second_is_stored() {
    let collect = Collect::start(&[]);
    collect.await_ready();
    let body = projects(3000).into_bytes();
    let first = begin_first(&collect, &body);
    let second = post_aside(&collect, "m3000", &body);
    std::thread::sleep(Duration::from_millis(500));
    first.hang_up();
    assert_eq!(second.join().unwrap().status, 200);
    assert_eq!(by_message(&collect.transactions()), BTreeMap::from([("m3000".to_owned(), 3000)]));
}

#[test]
fn a_second_copy_waits_no_longer_than_it_may() {
    let collect = Collect::start(&["--delivery-timeout", "2s"]);
    collect.await_ready();
    let body = projects(3000).into_bytes();
    let first = begin_first(&collect, &body);
    let reply = post_aside(&collect, "m3000", &body).join().unwrap();
    assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{reply:?}");
    first.hang_up();
}

#[test]
fn what_was_answered_503_although_it_was_stored_is_found_in_the_topic() {
    let broker = Broker::start();
    let collect = Collect::start_on(&broker.address, &[], &unique("t"), &["--delivery-timeout", "3s"]);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    for number in 0..3 {
        // Frozen at some moment while it is being stored, or not at all.
        let id = format!("doubtful-{number}");
        let posted = post_aside(&collect, &id, projects(200).as_bytes());
        std::thread::sleep(Duration::from_millis(2 + 3 * number));
        broker.freeze();
        let reply = posted.join().unwrap();
        broker.thaw();
        eventually("the message is taken", || {
            (collect.post(&id, "PROJECT_SYNC", projects(200).as_bytes()).status == 200).then_some(())
        });
        let stored = by_message(&collect.transactions());
        assert_eq!(stored.get(&id), Some(&200), "first answered {}", reply.status);
    }
}

#[test]
fn each_segment_of_a_message_is_stored_once() {
    let collect = Collect::start(&[]);
    for chunk in ["1", "2", "1", "2"] {
        let mut headers = headers("segments", "PROJECT_SYNC");
        headers.retain(|(name, _)| !name.starts_with("DataChunk"));
        headers.extend([("DataChunk", chunk), ("DataChunkCount", "2")]);
        assert_eq!(http::post(&collect.address, &headers, projects(5).as_bytes()).status, 200);
    }
    assert_eq!(collect.transactions().len(), 10);
}

#[test]
fn without_a_transaction_id_it_is_stored_as_often_as_it_comes() {
    let collect = Collect::start(&[]);
    for _ in 0..2 {
        assert_eq!(
            http::post(&collect.address, &[("MessageName", "PROJECT_SYNC")], projects(5).as_bytes()).status,
            200
        );
    }
    assert_eq!(collect.transactions().len(), 10);
}

#[test]
fn what_was_refused_may_come_again_mended() {
    let collect = Collect::start(&[]);
    let good = projects(5).into_bytes();
    assert_eq!(collect.post("mended", "PROJECT_SYNC", &good[..good.len() - 3]).status, 400);
    assert_eq!(collect.post("mended", "PROJECT_SYNC", &good).status, 200);
    assert_eq!(by_message(&collect.transactions()), BTreeMap::from([("mended".to_owned(), 5)]));
}

#[test]
fn recognition_can_be_switched_off() {
    let collect = Collect::start(&["--repeats-within", "0s"]);
    (0..2).for_each(|_| take(&collect, 5));
    assert_eq!(collect.transactions().len(), 10);
}

#[test]
fn what_is_in_the_topic_twice_has_its_effect_once() {
    let twice = Collect::start(&["--repeats-within", "0s"]);
    (0..2).for_each(|_| take(&twice, 5));
    let parse = Parse::start_for(&twice.prefix, &[]);
    parse.settle();
    parse.insist_each_project_once(5);
    // The third copy comes when the first is known from reading back alone.
    let Parse { process, prefix, .. } = parse;
    assert_eq!(process.terminate().code, Some(0));
    take(&twice, 5);
    take(&twice, 1);
    let again = Parse::start_for(&prefix, &[]);
    again.settle();
    again.process.line_with("repeats=5");
    assert_eq!(again.records("PROJECT").len(), 6);
}

#[test]
fn what_another_parser_has_dealt_with_meanwhile_is_known_when_its_partitions_come_back() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 2, &[]);
    let rules = scratch_file("keys.toml", "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n");
    let options = ["--repeats-within", "0s", "--transform-config", rules.to_str().unwrap()];
    let twice = Collect::start_on(kafka::shared(), &[], &prefix, &options);
    let stays = Parse::start_for(&prefix, &[]);
    take(&twice, 20);
    stays.settle();
    let goes = Parse::start_for(&prefix, &[]);
    stays.process.line_with("giving up");
    std::thread::sleep(Duration::from_secs(1)); // in which nothing comes
    take(&twice, 21);
    stays.settle();
    assert_eq!(goes.process.terminate().code, Some(0));
    take(&twice, 21);
    stays.settle();
    assert_eq!(stays.records("PROJECT").len(), 41);
}

#[test]
fn transactions_of_other_programs_are_never_taken_for_repeats() {
    let parse = Parse::start(&[]);
    let document = project("P1", "A", "");
    parse.store(&[("same", &document), ("same", &document)]);
    parse.settle();
    assert_eq!(parse.records("PROJECT").len(), 2);
}

#[test]
fn a_parser_that_stood_still_too_long_does_no_harm_when_it_goes_on() {
    let prefix = unique("t");
    let source = format!("{prefix}.transactions");
    topics::create(kafka::shared(), &source, 1, &[]);
    let documents: Vec<String> = (0..30_000).map(|row| project(&format!("P{row}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("still", document.as_str())).collect();
    crate::harness::pipeline::store(kafka::shared(), &source, &transactions);
    let short_session = ["--kafka-config", "session.timeout.ms=6000"];
    let zombie = Parse::start_on(kafka::shared(), &short_session, &prefix, &prefix, &[]);
    zombie.process.line_with("taking over");
    std::thread::sleep(Duration::from_millis(300));
    zombie.process.signal("STOP");
    let other = Parse::start_on(kafka::shared(), &short_session, &prefix, &prefix, &[]);
    other.process.line_with(&format!("taking over {source}/0"));
    zombie.process.signal("CONT");
    other.settle();
    other.insist_each_project_once(documents.len());
}

fn take(collect: &Collect, size: usize) {
    let reply = collect.post(&format!("m{size}"), "PROJECT_SYNC", projects(size).as_bytes());
    assert_eq!(reply.status, 200, "{reply:?}");
}

/// Half of a message that streams, once that is under way: what comes after it is the second.
fn begin_first(collect: &Collect, body: &[u8]) -> Upload {
    let mut first = Upload::begin(&collect.address, &headers("m3000", "PROJECT_SYNC"));
    first.send(&body[..body.len() / 2]);
    eventually("the first copy is under way", || {
        (topics::written(kafka::shared(), &collect.topic()) > 0).then_some(())
    });
    first
}

fn post_aside(collect: &Collect, id: &str, body: &[u8]) -> std::thread::JoinHandle<Reply> {
    let (address, id, body) = (collect.address.clone(), id.to_owned(), body.to_vec());
    std::thread::spawn(move || http::post(&address, &headers(&id, "PROJECT_SYNC"), &body))
}

fn expected() -> BTreeMap<String, usize> {
    SIZES.iter().map(|size| (format!("m{size}"), *size)).collect()
}
