//! `parse`: reading, keeping its place, and giving every transaction its effect exactly once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::harness::pipeline::{Collect, Parse, headers, project, project_key, store};
use crate::harness::process::{self, start_with};
use crate::harness::{eventually, http, kafka, topics, unique};

const SHORT_SESSION: [&str; 2] = ["--kafka-config", "session.timeout.ms=6000"];

#[test]
fn a_posted_message_becomes_rows() {
    let collect = Collect::start(&[]);
    let parse = Parse::start_for(&collect.prefix, &[]);
    collect.take("posted", "PROJECT_SYNC", "project_added_with_activities.xml");
    let rows = topics::wait(kafka::shared(), &format!("{}.PROJECT", parse.prefix), 1);
    assert_eq!(rows[0].key_text(), project_key("000000000012345"));
    assert_eq!(rows[0].json()["DESCR"], "Harbour bridge renewal");
    let reply = http::post(&collect.address, &headers("deleted", "PROJECT_SYNC"), &deletion("000000000012345"));
    assert_eq!(reply.status, 200);
    let rows = topics::wait(kafka::shared(), &format!("{}.PROJECT", parse.prefix), 2);
    assert_eq!((rows[1].key_text(), rows[1].value.as_ref()), (project_key("000000000012345"), None));
}

#[test]
fn publish_is_another_name_for_parse() {
    let prefix = unique("t");
    store(kafka::shared(), &format!("{prefix}.transactions"), &[("a", &project("P1", "A", ""))]);
    let options = ["--source-prefix", &prefix, "--target-prefix", &prefix, "--consumer-group", &prefix];
    let process = process::start(&[&["--kafka", kafka::shared(), "publish"], &options[..]].concat());
    topics::wait(kafka::shared(), &format!("{prefix}.PROJECT"), 1);
    assert_eq!(process.terminate().code, Some(0));
}

#[test]
fn every_option_has_a_name_in_the_environment() {
    let prefix = unique("t");
    store(kafka::shared(), &format!("{prefix}.first"), &[("a", &project("P1", "A", ""))]);
    store(kafka::shared(), &format!("{prefix}.second"), &[("b", &project("P2", "A", ""))]);
    let environment = [
        ("PSSTREAM_KAFKA", kafka::shared()),
        ("PSSTREAM_SOURCE_PREFIX", &prefix),
        ("PSSTREAM_SOURCE_TOPIC", "first,second"),
        ("PSSTREAM_TARGET_PREFIX", &prefix),
        ("PSSTREAM_TARGET_TOPIC", "rows"),
        ("PSSTREAM_CONSUMER_GROUP", &prefix),
    ];
    let _process = start_with(&["parse"], &environment);
    topics::wait(kafka::shared(), &format!("{prefix}.rows"), 2);
}

#[test]
fn a_new_group_starts_at_the_earliest_transaction_and_the_same_group_where_it_stopped() {
    let parse = Parse::start(&[]);
    parse.feed("a", &project("P1", "A", ""));
    let Parse { process, prefix, .. } = parse;
    assert_eq!(process.terminate().code, Some(0));

    let again = Parse::start_for(&prefix, &[]);
    again.feed("b", &project("P2", "A", ""));
    assert_eq!(again.records("PROJECT").len(), 2, "the first transaction had its effect twice");

    let other = Parse::start_on(kafka::shared(), &[], &prefix, &unique("other"), &[]);
    other.settle();
    assert_eq!(other.records("PROJECT").len(), 4, "a new group did not start at the earliest");
}

#[test]
fn progress_shows_in_the_log() {
    let parse = Parse::start(&[]);
    parse.feed("a", &project("P1", "A", ""));
    let line = parse.process.line_with("progress");
    assert!(line.contains("lag"), "{line}");
}

#[test]
fn rows_carry_where_they_came_from() {
    let parse = Parse::start(&[]);
    parse.store(&[("first", &project("P1", "A", "")), ("second", &project("P2", "A", ""))]);
    parse.settle();
    let row = &parse.records("PROJECT").into_iter().find(|row| row.key_text() == project_key("P2")).unwrap();
    assert!(row.header("ps-module").unwrap().starts_with("stock-mapper "), "{row:?}");
    assert_eq!(row.header("ps-module-hash").unwrap().len(), 64);
    assert_eq!(row.header("ps-source-topic"), Some(parse.source().as_str()));
    assert_eq!(row.header("ps-source-partition"), Some("0"));
    assert_eq!(row.header("ps-source-offset"), Some("1"));
    assert_eq!(row.header("ps-transaction-id"), Some("second"));
}

#[test]
fn changes_of_a_row_arrive_in_the_order_they_were_sent() {
    let collect = Collect::start(&[]);
    let changes: String =
        (0..500).map(|number| project(&format!("P{}", number % 7), "C", &format!("<DESCR>{number}</DESCR>"))).collect();
    let body = format!("<PROJECT_SYNC><MsgData>{changes}</MsgData></PROJECT_SYNC>");
    let parsers: Vec<Parse> = (0..2).map(|_| Parse::start_for(&collect.prefix, &[])).collect();
    for number in 0..4 {
        assert_eq!(collect.post(&format!("id-{number}"), "PROJECT_SYNC", body.as_bytes()).status, 200);
    }
    parsers[0].settle();
    let mut seen: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for row in parsers[0].records("PROJECT") {
        let number = row.json()["DESCR"].as_str().unwrap().parse().unwrap();
        seen.entry(row.key_text()).or_default().push(number);
    }
    assert_eq!(seen.values().map(Vec::len).sum::<usize>(), 2000);
    for (key, numbers) in seen {
        let once: Vec<u32> = (0..500).filter(|number| number % 7 == numbers[0] % 7).collect();
        assert_eq!(numbers, once.repeat(4), "{key}");
    }
}

#[test]
fn killed_at_any_moment_every_change_appears_once() {
    let prefix = unique("t");
    let source = format!("{prefix}.transactions");
    topics::create(kafka::shared(), &source, 1, &[]);
    let documents: Vec<String> = (0..20_000).map(|row| project(&format!("P{row}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("kill", document.as_str())).collect();
    store(kafka::shared(), &source, &transactions);
    for pause in [0, 150, 300] {
        // A group's dead member keeps its partitions until its session ends; a short one keeps the test short.
        let parse = Parse::start_on(kafka::shared(), &SHORT_SESSION, &prefix, &prefix, &[]);
        std::thread::sleep(Duration::from_millis(pause));
        parse.process.kill();
    }
    let parse = Parse::start_on(kafka::shared(), &SHORT_SESSION, &prefix, &prefix, &[]);
    parse.settle();
    parse.insist_each_project_once(documents.len());
}

#[test]
fn parsers_of_a_group_share_the_partitions_and_nothing_is_lost_when_one_leaves() {
    let prefix = unique("t");
    let source = format!("{prefix}.transactions");
    topics::create(kafka::shared(), &source, 4, &[]);
    let first = Parse::start_for(&prefix, &[]);
    let second = Parse::start_for(&prefix, &[]);
    for round in 0..3 {
        for partition in 0..4 {
            feed_partition(&source, partition, round);
        }
        if round == 1 {
            assert_eq!(second.process.signal("TERM"), ());
        }
    }
    assert_eq!(second.process.wait().code, Some(0));
    first.settle();
    let rows = first.records("PROJECT");
    assert_eq!(first.table("PROJECT").len(), 3 * 4 * 200);
    assert_eq!(rows.len(), 3 * 4 * 200, "a change appears more than once");
}

#[test]
fn told_to_stop_it_ends_well_and_has_kept_its_place() {
    let parse = Parse::start(&[]);
    parse.feed("a", &project("P1", "A", ""));
    parse.process.signal("INT");
    assert_eq!(parse.process.wait().code, Some(0));
    assert_eq!(topics::committed(kafka::shared(), &parse.group, &format!("{}.transactions", parse.prefix))[&0], 1);
}

#[test]
fn it_waits_for_a_source_topic_that_does_not_exist_yet() {
    let prefix = unique("t");
    let parse = Parse::start_for(&prefix, &[]);
    std::thread::sleep(Duration::from_secs(1));
    store(kafka::shared(), &parse.source(), &[("a", &project("P1", "A", "<DESCR>late</DESCR>"))]);
    let rows = topics::wait(kafka::shared(), &format!("{prefix}.PROJECT"), 1);
    assert_eq!(rows[0].json(), json!({"BUSINESS_UNIT": "US004", "PROJECT_ID": "P1", "DESCR": "late"}));
}

#[test]
fn several_source_topics_are_read() {
    let prefix = unique("t");
    let parse = Parse::start_for(&prefix, &["--source-topic", "one", "--source-topic", "two"]);
    store(kafka::shared(), &format!("{prefix}.one"), &[("a", &project("P1", "A", ""))]);
    store(kafka::shared(), &format!("{prefix}.two"), &[("b", &project("P2", "A", ""))]);
    let project = format!("{prefix}.PROJECT");
    eventually("both rows", || (topics::read(kafka::shared(), &project).len() == 2).then_some(()));
    drop(parse);
}

#[test]
fn what_the_group_has_dealt_with_is_not_dealt_with_again_although_kafka_first_told_an_older_place() {
    let parse = Parse::start(&[]);
    parse.process.line_with("taking over ");
    std::thread::sleep(Duration::from_secs(1)); // it has asked Kafka where to begin
    topics::commit_for(kafka::shared(), &parse.group, &parse.source(), 2);
    let projects = ["P1", "P2", "P3"].map(|id| project(id, "A", ""));
    parse.store(&[("t1", &projects[0]), ("t2", &projects[1]), ("t3", &projects[2])]);
    parse.process.line_with("is at 2 already");
    parse.settle();
    assert_eq!(parse.records("PROJECT").iter().map(topics::Record::key_text).collect::<Vec<_>>(), [project_key("P3")]);
}

fn deletion(project_id: &str) -> Vec<u8> {
    format!("<PROJECT_SYNC><MsgData>{}</MsgData></PROJECT_SYNC>", project(project_id, "D", "")).into_bytes()
}

fn feed_partition(topic: &str, partition: i32, round: u32) {
    let values: Vec<String> = (0..200)
        .map(|row| {
            let document = project(&format!("R{round}P{partition}N{row}"), "A", "");
            crate::harness::pipeline::python_value("share", 1, &document)
        })
        .collect();
    let records: Vec<topics::Plain<'_>> = values
        .iter()
        .map(|value| topics::Plain { value: value.as_bytes(), partition: Some(partition), ..Default::default() })
        .collect();
    topics::produce(kafka::shared(), topic, &records);
}
