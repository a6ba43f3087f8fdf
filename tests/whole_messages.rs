//! A message is stored whole or not at all, however it fails and however large it is.

use std::collections::BTreeMap;

use crate::harness::http::Upload;
use crate::harness::pipeline::{Collect, by_message, headers, project, projects};
use crate::harness::topics;
use crate::harness::{kafka, unique};

/// More than is held until a message's end: it streams into a Kafka transaction of its own.
const LARGE: usize = 3_000;
const SMALL: usize = 5;

#[test]
fn malformed_at_its_last_byte_a_message_of_any_size_leaves_nothing() {
    let collect = Collect::start(&[]);
    for (id, size) in [("one", 1), ("small", SMALL), ("large", LARGE)] {
        let reply = collect.post(id, "PROJECT_SYNC", projects(size).trim_end_matches('>').as_bytes());
        assert_eq!(reply.status, 400, "{id}: {reply:?}");
    }
    collect.take("good", "PROJECT_SYNC", "no_field_types.xml");
    assert_eq!(by_message(&collect.transactions()), BTreeMap::from([("good".into(), 1)]));
}

#[test]
fn cut_off_by_its_sender_a_large_message_leaves_nothing_and_does_not_hold_up_readers() {
    let collect = Collect::start(&[]);
    let mut upload = Upload::begin(&collect.address, &headers("gone", "PROJECT_SYNC"));
    upload.send(&projects(LARGE).as_bytes()[..1_000_000]);
    // It is under way: its records are in the topic, undecided.
    std::thread::sleep(std::time::Duration::from_millis(500));
    upload.hang_up();
    collect.take("good", "PROJECT_SYNC", "no_field_types.xml");
    assert_eq!(by_message(&collect.transactions()), BTreeMap::from([("good".into(), 1)]));
}

#[test]
fn killed_in_the_middle_of_a_large_message_collect_leaves_nothing_of_it_and_started_again_frees_its_readers() {
    let named = ["--instance", &unique("collector")];
    let collect = Collect::start(&named);
    let (prefix, topic) = (collect.prefix.clone(), collect.topic());
    let mut upload = Upload::begin(&collect.address, &headers("lost", "PROJECT_SYNC"));
    upload.send(&projects(LARGE).as_bytes()[..1_000_000]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    collect.process.kill();
    drop(upload);

    let again = Collect::start_on(kafka::shared(), &[], &prefix, &named);
    again.take("good", "PROJECT_SYNC", "no_field_types.xml");
    // Without its name, what the dead one left undecided would be aborted by Kafka only after five minutes and a half.
    let seen = by_message(&topics::read(kafka::shared(), &topic));
    assert_eq!(seen, BTreeMap::from([("good".into(), 1)]));
}

#[test]
fn messages_posted_at_the_same_moment_are_each_whole_and_one_that_is_refused_harms_none() {
    let collect = Collect::start(&[]);
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let collect = &collect;
            scope.spawn(move || {
                for number in 0..10 {
                    let id = format!("good-{sender}-{number}");
                    let reply = collect.post(&id, "PROJECT_SYNC", projects(SMALL).as_bytes());
                    assert_eq!(reply.status, 200, "{id}: {reply:?}");
                    let bad = projects(SMALL).replace("</PROJECT_SYNC>", "</OTHER>");
                    assert_eq!(collect.post("bad", "PROJECT_SYNC", bad.as_bytes()).status, 400);
                }
            });
        }
    });
    let seen = by_message(&collect.transactions());
    assert_eq!(seen.len(), 80, "{seen:?}");
    assert!(seen.values().all(|&transactions| transactions == SMALL), "{seen:?}");
}

#[test]
fn a_transaction_too_large_for_kafka_takes_its_whole_message_with_it() {
    let collect = Collect::start(&[]);
    for (id, size) in [("small", SMALL), ("large", LARGE)] {
        let too_large = format!("<DESCR>{}</DESCR>", "x".repeat(1_100_000));
        let last = format!("{}</MsgData>", project("HUGE", "A", &too_large));
        let reply = collect.post(id, "PROJECT_SYNC", projects(size).replace("</MsgData>", &last).as_bytes());
        assert_eq!(reply.status, 413, "{reply:?}");
        assert!(reply.body.contains(&format!("transaction {} is too large", size + 1)), "{reply:?}");
    }
    assert_eq!(collect.transactions(), []);
}

#[test]
fn a_message_too_large_for_its_topic_alone_is_refused_and_those_beside_it_are_not() {
    let prefix = unique("t");
    let topic = format!("{prefix}.transactions");
    topics::create(kafka::shared(), &topic, 1, &[("max.message.bytes", "20000")]);
    let collect = Collect::start_on(kafka::shared(), &["--kafka-config", "compression.type=none"], &prefix, &[]);
    let large = format!("<DESCR>{}</DESCR>", "x".repeat(40_000));
    let bad = projects(SMALL).replace("</MsgData>", &format!("{}</MsgData>", project("HUGE", "A", &large)));
    std::thread::scope(|scope| {
        for sender in 0..4 {
            let (collect, bad) = (&collect, &bad);
            scope.spawn(move || {
                for number in 0..3 {
                    let refused = collect.post("bad", "PROJECT_SYNC", bad.as_bytes());
                    assert_eq!(refused.status, 413);
                    assert!(refused.body.contains(&format!("transaction {}", SMALL + 1)), "{refused:?}");
                    let id = format!("good-{sender}-{number}");
                    assert_eq!(collect.post(&id, "PROJECT_SYNC", projects(SMALL).as_bytes()).status, 200);
                }
            });
        }
    });
    let seen = by_message(&collect.transactions());
    assert_eq!(seen.len(), 12, "{seen:?}");
    assert!(seen.values().all(|&transactions| transactions == SMALL), "{seen:?}");
}
