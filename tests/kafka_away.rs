//! Kafka stopped and started again: `collect` says 503 and then works, `parse` goes on where it was, and nothing is lost
//! or doubled. Each test has a broker of its own to stop.

use std::time::Duration;

use crate::harness::kafka::{Broker, free_port};
use crate::harness::pipeline::{Collect, Parse, project, store};
use crate::harness::{eventually, message, process, topics, unique};

const QUICK: [&str; 2] = ["--delivery-timeout", "2s"];

#[test]
fn collect_answers_503_while_kafka_is_away_and_200_again_afterwards() {
    let mut broker = Broker::start();
    let collect = Collect::start_on(&broker.address, &[], &unique("t"), &QUICK);
    collect.take("before", "PROJECT_SYNC", "every_audit_action.xml");
    broker.stop();
    for number in 0..2 {
        let reply = collect.post(&format!("away-{number}"), "PROJECT_SYNC", &message("every_audit_action.xml"));
        assert_eq!(reply.status, 503, "{reply:?}");
        let seconds = reply.header("retry-after").expect("Retry-After").parse::<u32>();
        assert!(seconds.is_ok(), "{reply:?}");
    }
    broker.start_again();
    eventually("collect works again", || {
        (collect.post("after", "PROJECT_SYNC", &message("no_field_types.xml")).status == 200).then_some(())
    });
    let stored = collect.transactions();
    let of = |id: &str| stored.iter().filter(|record| record.key_text() == id).count();
    assert_eq!(of("before"), 12);
    assert!(of("after") >= 1);
    for id in ["away-0", "away-1"] {
        assert!(of(id) == 0 || of(id) == 12, "{} of the 12 transactions of {id} are stored", of(id));
    }
}

#[test]
fn collect_answers_503_when_kafka_stands_still() {
    let broker = Broker::start();
    let collect = Collect::start_on(&broker.address, &[], &unique("t"), &QUICK);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    broker.freeze();
    let reply = collect.post("still", "PROJECT_SYNC", &message("every_audit_action.xml"));
    broker.thaw();
    assert_eq!(reply.status, 503, "{reply:?}");
    eventually("collect works again", || {
        (collect.post("after", "PROJECT_SYNC", &message("no_field_types.xml")).status == 200).then_some(())
    });
}

#[test]
fn collect_starts_without_kafka_and_says_503() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let collect = Collect::start_on(&nobody, &[], "ps", &["--delivery-timeout", "1s"]);
    assert_eq!(crate::harness::http::get(&collect.address).status, 200);
    let reply = collect.post("early", "PROJECT_SYNC", &message("no_field_types.xml"));
    assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{reply:?}");
    assert_eq!(collect.process.terminate().code, Some(0));
}

#[test]
fn parse_goes_on_where_it_was_and_nothing_is_lost_or_doubled() {
    let mut broker = Broker::start();
    let prefix = unique("t");
    let source = format!("{prefix}.transactions");
    topics::create(&broker.address, &source, 1, &[]);
    let documents: Vec<String> = (0..6000).map(|row| project(&format!("P{row}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("away", document.as_str())).collect();
    store(&broker.address, &source, &transactions[..3000]);
    let parse = Parse::start_on(&broker.address, &[], &prefix, &prefix, &[]);
    std::thread::sleep(Duration::from_millis(400));
    broker.stop();
    std::thread::sleep(Duration::from_secs(2));
    broker.start_again();
    store(&broker.address, &source, &transactions[3000..]);
    parse.settle();
    parse.insist_each_project_once(documents.len());
}

#[test]
fn told_to_stop_while_kafka_is_away_both_end() {
    let mut broker = Broker::start();
    let prefix = unique("t");
    let collect = Collect::start_on(&broker.address, &[], &prefix, &QUICK);
    collect.take("before", "PROJECT_SYNC", "no_field_types.xml");
    let parse = Parse::start_on(&broker.address, &[], &prefix, &prefix, &[]);
    parse.settle();
    broker.stop();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(collect.process.terminate().code, Some(0));
    assert_eq!(parse.process.terminate().code, Some(0));
}

#[test]
fn parse_waits_for_a_kafka_that_is_not_up_yet() {
    let mut broker = Broker::start();
    let prefix = unique("t");
    store(&broker.address, &format!("{prefix}.transactions"), &[("early", &project("P1", "A", ""))]);
    broker.stop();
    let process = process::start(&Parse::arguments(&broker.address, &prefix, &prefix, &[]));
    process.line_with("waiting for Kafka");
    broker.start_again();
    topics::wait(&broker.address, &format!("{prefix}.PROJECT"), 1);
}
