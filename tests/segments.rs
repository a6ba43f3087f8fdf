//! `--segments hold`: a message that comes in segments appears as one, when all of them are there, and once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::time::Duration;

use crate::harness::http::{self, Reply};
use crate::harness::pipeline::{Collect, Parse, document, headers, project};
use crate::harness::topics::{self, Record, Undecided};
use crate::harness::{eventually, kafka, process, unique};

/// More than is held in memory until a segment's end.
const LARGE: usize = 3_000;

#[test]
fn segments_in_any_order_appear_as_one_and_nothing_of_them_before() {
    let collect = start(&[]);
    for (id, order) in [("a", [1, 2, 3]), ("b", [3, 1, 2]), ("c", [2, 3, 1])] {
        for number in order {
            assert_eq!(of(&collect, id), Vec::<Record>::new(), "before segment {number} of {id}");
            take(&collect, id, number, 3, 5);
        }
        insist_whole(&collect, id, 3, 5);
    }
}

#[test]
fn what_has_appeared_is_as_if_it_had_come_whole() {
    let collect = start(&["--target-topic", "{MessageName}"]);
    let whole = collect.post("whole", "PROJECT_SYNC", rows(1, 2).as_bytes());
    assert_eq!(whole.status, 200, "{whole:?}");
    [2, 1].iter().for_each(|number| take(&collect, "cut", *number, 2, 1));
    let mut stored = topics::read(kafka::shared(), &format!("{}.PROJECT_SYNC", collect.prefix));
    let cut = stored.split_off(2);
    for (whole, cut) in stored.iter().zip(&cut) {
        assert_eq!(cut.key_text(), "cut");
        let (mut expected, mut value) = (whole.json(), cut.json());
        for differs in ["TransactionID", "CollectTimeStamp", "Transaction"] {
            (expected[differs], value[differs]) = ("".into(), "".into());
        }
        assert_eq!(value, expected);
        let expected: Vec<_> = whole.headers.iter().filter(|(name, _)| !name.starts_with("ps-data-chunk")).collect();
        assert_eq!(cut.headers.iter().collect::<Vec<_>>(), expected);
    }
    assert_eq!(cut.len(), 2);
}

#[test]
fn a_segment_without_transactions_counts_and_large_ones_do() {
    let collect = start(&[]);
    for number in [2, 1, 3] {
        take(&collect, "empty", number, 3, if number == 2 { 0 } else { 5 });
    }
    assert_eq!(indexes(&of(&collect, "empty")), (1..=10).collect::<Vec<_>>());
    [2, 1].iter().for_each(|number| take(&collect, "large", *number, 2, LARGE));
    insist_whole(&collect, "large", 2, LARGE);
}

#[test]
fn the_marks_of_a_full_sync_reach_every_partition_from_a_segment_too() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 3, &[]);
    let collect = start_on(&prefix, &[]);
    let mark = project("", "", "").replace("</AUDIT_ACTN>", "</AUDIT_ACTN><MSG_SEQ_FLG>H</MSG_SEQ_FLG>");
    let first = format!("<PROJECT_SYNC><MsgData>{mark}</MsgData></PROJECT_SYNC>");
    take(&collect, "sync", 2, 2, 5);
    assert_eq!(http::post(&collect.address, &chunk("sync", "1", "2"), first.as_bytes()).status, 200);
    let marks: Vec<Record> = of(&collect, "sync").drain(..3).collect();
    let mut partitions: Vec<_> = marks.iter().map(|mark| (mark.partition, mark.header("ps-full-sync"))).collect();
    partitions.sort_unstable();
    assert_eq!(partitions, [0, 1, 2].map(|partition| (partition, Some("header"))));
    assert_eq!(indexes(&of(&collect, "sync")), [1, 1, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_segment_that_comes_again_changes_nothing_before_the_message_appears_and_after() {
    // With 0s, a second copy of each segment lies among what is held.
    for repeats in ["1d", "0s"] {
        let collect = start(&["--repeats-within", repeats]);
        for number in [1, 1, 2, 1, 3, 3, 1, 2] {
            take(&collect, "again", number, 3, 5);
        }
        insist_whole(&collect, "again", 3, 5);
        assert_eq!(of(&collect, "again").len(), 15, "--repeats-within {repeats}");
    }
}

#[test]
fn a_copy_of_a_segment_that_comes_late_opens_nothing() {
    let collect = start(&["--repeats-within", "0s", "--segments-timeout", "1s"]);
    [1, 2, 2].iter().for_each(|number| take(&collect, "whole", *number, 2, 1));
    take(&collect, "open", 1, 2, 1);
    collect.process.line_with("transaction_id=\"open\"");
    assert!(!collect.process.said().iter().any(|line| line.contains("transaction_id=\"whole\"")));
}

#[test]
fn killed_after_each_segment_collect_forgets_none() {
    let prefix = unique("t");
    for number in [2, 3, 1] {
        let collect = start_on(&prefix, &[]);
        take(&collect, "killed", number, 3, 5);
        collect.process.kill();
    }
    let collect = start_on(&prefix, &[]);
    insist_whole(&collect, "killed", 3, 5);
    take(&collect, "killed", 1, 3, 5);
    insist_whole(&collect, "killed", 3, 5);
}

#[test]
fn killed_between_the_last_segment_and_its_message_the_message_appears_when_it_is_started_again() {
    let collect = start(&[]);
    take(&collect, "killed", 1, 2, 5);
    // Behind this nobody sees that the last segment is there.
    let undecided = Undecided::begin(kafka::shared(), &held(&collect));
    let before = topics::written(kafka::shared(), &held(&collect));
    let last = post_aside(&collect, "killed", 2, 2, 5);
    eventually("the last segment is stored", || {
        (topics::written(kafka::shared(), &held(&collect)) >= before + 6).then_some(())
    });
    assert!(!last.is_finished());
    let Collect { process, prefix, .. } = collect;
    process.kill();
    drop(undecided);
    let again = start_on(&prefix, &[]);
    topics::wait(kafka::shared(), &again.topic(), 10);
    insist_whole(&again, "killed", 2, 5);
}

#[test]
fn killed_while_a_message_appears_it_appears_once_when_it_is_started_again() {
    // Where this test is not given the processor in time, the message has appeared before.
    let stopped = (0..5).find_map(|_| kill_while_it_appears()).expect("it was killed too late, five times");
    let again = start_on(&stopped, &[]);
    topics::wait(kafka::shared(), &again.topic(), 10 * LARGE);
    insist_whole(&again, "killed", 2, 5 * LARGE);
}

/// The prefix of its topics, where it was killed in time.
fn kill_while_it_appears() -> Option<String> {
    let collect = start(&[]);
    take(&collect, "killed", 1, 2, 5 * LARGE);
    let last = post_aside(&collect, "killed", 2, 2, 5 * LARGE);
    while topics::written(kafka::shared(), &collect.topic()) == 0 {
        assert!(!last.is_finished(), "it was answered before anything appeared");
    }
    let topic = collect.topic();
    let Collect { process, prefix, .. } = collect;
    process.kill();
    topics::read_decided(kafka::shared(), &topic).is_empty().then_some(prefix)
}

#[test]
fn killed_at_any_moment_of_its_last_segment_a_message_appears_once() {
    let (prefix, named) = (unique("t"), ["--instance", &unique("collector")]);
    for (number, pause) in [50, 100, 150, 250, 350].into_iter().enumerate() {
        let (id, collect) = (format!("killed-{number}"), start_on(&prefix, &named));
        take(&collect, &id, 1, 2, LARGE);
        let last = post_aside(&collect, &id, 2, 2, LARGE);
        std::thread::sleep(Duration::from_millis(pause));
        collect.process.kill();
        drop(last);
        let again = start_on(&prefix, &named);
        take(&again, &id, 2, 2, LARGE);
        insist_whole(&again, &id, 2, LARGE);
    }
}

#[test]
fn two_collectors_that_take_the_last_segments_at_the_same_moment_let_the_message_appear_once() {
    let one = start(&[]);
    let other = start_on(&one.prefix, &[]);
    for number in 0..10 {
        let (id, together) = (format!("both-{number}"), Barrier::new(2));
        take(&one, &id, 1, 3, 50);
        std::thread::scope(|scope| {
            for (collect, segment) in [(&one, 2), (&other, 3)] {
                let (id, together) = (&id, &together);
                scope.spawn(move || {
                    together.wait();
                    take(collect, id, segment, 3, 50);
                });
            }
        });
        insist_whole(&one, &id, 3, 50);
    }
}

#[test]
fn the_same_last_segment_at_two_collectors_lets_the_message_appear_once() {
    let one = start(&[]);
    let other = start_on(&one.prefix, &[]);
    for number in 0..10 {
        let (id, together) = (format!("same-{number}"), Barrier::new(2));
        take(&one, &id, 2, 2, 50);
        std::thread::scope(|scope| {
            for collect in [&one, &other] {
                let (id, together) = (&id, &together);
                scope.spawn(move || {
                    together.wait();
                    take(collect, id, 1, 2, 50);
                });
            }
        });
        insist_whole(&one, &id, 2, 50);
    }
}

#[test]
fn a_segment_that_is_hidden_is_not_answered_200_before_its_message_has_appeared() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.held"), 1, &[]);
    let collect = start_on(&prefix, &["--delivery-timeout", "2s"]);
    take(&collect, "hidden", 1, 2, 5);
    let undecided = Undecided::begin(kafka::shared(), &held(&collect));
    for _ in 0..2 {
        assert_eq!((post(&collect, "hidden", 2, 2, 5).status, of(&collect, "hidden").len()), (503, 0));
    }
    drop(undecided);
    take(&collect, "hidden", 2, 2, 5);
    insist_whole(&collect, "hidden", 2, 5);
}

#[test]
fn what_could_not_appear_appears_when_a_segment_of_it_comes_again() {
    let prefix = unique("t");
    let topic = format!("{prefix}.transactions");
    topics::create(kafka::shared(), &topic, 1, &[("max.message.bytes", "20000")]);
    let uncompressed = ["--kafka-config", "compression.type=none"];
    let collect = Collect::start_on(kafka::shared(), &uncompressed, &prefix, &["--segments", "hold"]);
    let large = format!("<DESCR>{}</DESCR>", "x".repeat(40_000));
    let large = format!("<PROJECT_SYNC><MsgData>{}</MsgData></PROJECT_SYNC>", project("LARGE", "A", &large));
    take(&collect, "stuck", 1, 2, 5);
    let last = || http::post(&collect.address, &chunk("stuck", "2", "2"), large.as_bytes()).status;
    assert_eq!((last(), of(&collect, "stuck").len()), (413, 0));
    topics::set(kafka::shared(), &topic, "max.message.bytes", "1000000");
    assert_eq!((last(), of(&collect, "stuck").len()), (200, 6));
    take(&collect, "stuck", 1, 2, 5);
    assert_eq!(of(&collect, "stuck").len(), 6);
}

#[test]
fn a_missing_segment_is_reported_once_and_again_after_a_restart() {
    let options = ["--segments-timeout", "1s"];
    let collect = Collect::start_on(
        kafka::shared(),
        &["--admin", "127.0.0.1:0"],
        &unique("t"),
        &[&["--segments", "hold"], &options[..]].concat(),
    );
    take(&collect, "gone", 2, 4, 1);
    let line = collect.process.line_with("transaction_id=\"gone\"");
    assert!(line.contains("WARN") && line.contains("segments 1, 3-4 of 4") && line.contains("since=\"20"), "{line}");
    let admin = collect.process.line_with("/healthz and /readyz on ");
    let admin = admin.rsplit(' ').next().unwrap().trim_start_matches("http://").to_owned();
    eventually("the metrics tell it", || {
        let metrics = http::get_path(&admin, "/metrics").body;
        let told = ["ps_stream_held_messages 1", "ps_stream_overdue_messages 1", "outcome=\"held\"} 1"];
        told.iter().all(|line| metrics.contains(line)).then_some(())
    });
    take(&collect, "later", 1, 2, 1);
    collect.process.line_with("transaction_id=\"later\"");
    let told = collect.process.said().iter().filter(|line| line.contains("transaction_id=\"gone\"")).count();
    assert_eq!(told, 1, "{}", collect.process.tail());
    let Collect { process, prefix, .. } = collect;
    process.kill();
    start_on(&prefix, &options).process.line_with("transaction_id=\"gone\"");
}

#[test]
fn a_number_that_is_none_is_answered_400_and_nothing_is_stored() {
    let collect = start(&[]);
    for (number, count) in [("0", "3"), ("4", "3"), ("two", "3"), ("1", "20000"), ("1", "many")] {
        let reply = http::post(&collect.address, &chunk("bad", number, count), rows(1, 1).as_bytes());
        assert_eq!(reply.status, 400, "{number} of {count}: {reply:?}");
        assert!(reply.body.contains("DataChunk"), "{reply:?}");
    }
    let nameless = [("MessageName", "PROJECT_SYNC"), ("DataChunk", "1"), ("DataChunkCount", "2")];
    assert_eq!(http::post(&collect.address, &nameless, rows(1, 1).as_bytes()).status, 400);
    assert_eq!((topics::count(kafka::shared(), &held(&collect)), collect.transactions()), (0, vec![]));
}

#[test]
fn parse_makes_rows_of_a_message_that_came_in_segments() {
    let collect = start(&[]);
    [3, 1, 2].iter().for_each(|number| take(&collect, "rows", *number, 3, 20));
    let parse = Parse::start_for(&collect.prefix, &[]);
    parse.settle();
    parse.insist_each_project_once(60);
}

#[test]
fn the_topic_of_what_is_held_is_made_to_keep_it_and_is_none_that_messages_appear_in() {
    let collect = start(&["--held-topic", "waiting"]);
    take(&collect, "one", 1, 2, 1);
    let topic = format!("{}.waiting", collect.prefix);
    assert_eq!(topics::count(kafka::shared(), &topic), 2);
    assert_eq!(topics::setting(kafka::shared(), &topic, "retention.ms").as_deref(), Some("2592000000"));
    let same = ["--kafka", kafka::shared(), "collect", "--segments", "hold", "--held-topic", "transactions"];
    let ended = process::run(&same);
    assert!(ended.code == Some(2) && ended.stderr_text().contains("ps.transactions"), "{ended:?}");
}

fn start(options: &[&str]) -> Collect {
    start_on(&unique("t"), options)
}

fn start_on(prefix: &str, options: &[&str]) -> Collect {
    let collect = Collect::start_on(kafka::shared(), &[], prefix, &[&["--segments", "hold"], options].concat());
    collect.await_ready();
    collect
}

fn held(collect: &Collect) -> String {
    format!("{}.held", collect.prefix)
}

/// So many rows, which no other segment has.
fn rows(segment: usize, count: usize) -> String {
    let descr = format!("<DESCR>{}</DESCR>", "d".repeat(200));
    let rows: String = (0..count).map(|row| project(&row_name(segment, row), "A", &descr)).collect();
    format!("<PROJECT_SYNC><MsgData>{rows}</MsgData></PROJECT_SYNC>")
}

fn row_name(segment: usize, row: usize) -> String {
    format!("S{segment}R{row}")
}

fn chunk<'a>(id: &'a str, number: &'a str, count: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut headers = headers(id, "PROJECT_SYNC");
    headers.retain(|(name, _)| !name.starts_with("DataChunk"));
    headers.extend([("DataChunk", number), ("DataChunkCount", count)]);
    headers
}

fn post(collect: &Collect, id: &str, number: usize, count: usize, size: usize) -> Reply {
    let (number_text, count) = (number.to_string(), count.to_string());
    http::post(&collect.address, &chunk(id, &number_text, &count), rows(number, size).as_bytes())
}

fn take(collect: &Collect, id: &str, number: usize, count: usize, size: usize) {
    let reply = post(collect, id, number, count, size);
    assert_eq!(reply.status, 200, "segment {number} of {count} of {id}: {reply:?}");
}

/// Without waiting for the answer, which may never come.
fn post_aside(collect: &Collect, id: &str, number: usize, count: usize, size: usize) -> std::thread::JoinHandle<()> {
    let (address, id) = (collect.address.clone(), id.to_owned());
    std::thread::spawn(move || {
        let (number_text, count) = (number.to_string(), count.to_string());
        let mut upload = http::Upload::begin(&address, &chunk(&id, &number_text, &count));
        upload.send(rows(number, size).as_bytes());
        _ = std::panic::catch_unwind(|| upload.finish());
    })
}

/// What is in the topic of a message, in its order.
fn of(collect: &Collect, id: &str) -> Vec<Record> {
    let mut records = collect.transactions();
    records.retain(|record| record.key_text() == id);
    records
}

fn indexes(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.json()["TransactionIndex"].as_u64().unwrap()).collect()
}

/// All rows of all segments, once, in the order of the segments, numbered through.
fn insist_whole(collect: &Collect, id: &str, count: usize, size: usize) {
    let records = of(collect, id);
    assert_eq!(records.len(), count * size, "{id}");
    let (indexes, expected): (_, Vec<u64>) = (indexes(&records), (1..=(count * size) as u64).collect());
    assert!(indexes == expected, "{id} is not numbered through: {:?}…", &indexes[..indexes.len().min(20)]);
    let names = (1..=count).flat_map(|segment| (0..size).map(move |row| row_name(segment, row)));
    for (record, name) in records.iter().zip(names) {
        assert!(document(record).contains(&format!("<PROJECT_ID>{name}<")), "{id}: {name} is not in its place");
        assert_eq!(record.header("ps-data-chunk"), None);
        assert_eq!(record.header("ps-transaction-index"), Some(record.json()["TransactionIndex"].to_string().as_str()));
    }
    let markers = topics::read(kafka::shared(), &held(collect));
    let markers =
        markers.iter().filter(|record| record.key_text() == id && record.header("ps-held-released").is_some());
    let markers: BTreeMap<_, _> = markers.map(|marker| (marker.offset, marker.value.clone())).collect();
    assert_eq!(markers.values().collect::<Vec<_>>(), [&None], "{id} is marked as released, once");
}
