//! Full syncs: what PeopleSoft sends between a header and a trailer, and the rows that it does not send.

use crate::harness::http;
use crate::harness::pipeline::{Collect, Parse, headers, project, project_key};
use crate::harness::topics::{self, Record};
use crate::harness::{eventually, kafka, unique, workspace};

const NAME: &str = "PROJECT_FULLSYNC";

/// A `collect` that spreads projects over four partitions, each by its key.
struct Source {
    collect: Collect,
    rules: String,
}

impl Source {
    fn start() -> Self {
        let (prefix, rules) = (unique("t"), workspace().join("transforms/mapper/keys.toml").display().to_string());
        topics::create(kafka::shared(), &format!("{prefix}.transactions"), 4, &[]);
        let collect = Collect::start_on(kafka::shared(), &[], &prefix, &["--transform-config", &rules]);
        Source { collect, rules }
    }

    fn parse(&self, options: &[&str]) -> Parse {
        Parse::start_for(&self.collect.prefix, &[&["--transform-config", &self.rules], options].concat())
    }

    fn reconciling(&self, options: &[&str]) -> Parse {
        self.parse(&[&["--full-sync", "reconcile"], options].concat())
    }

    fn post(&self, name: &str, content: &str) {
        self.post_from("PSFT_EP", name, content);
    }

    fn post_from(&self, from: &str, name: &str, content: &str) {
        let body = format!(
            "<{name}><FieldTypes><PROJECT class='R'/><PROJ_ACTIVITY class='R'/><PSCAMA class='R'/></FieldTypes>\
             <MsgData>{content}</MsgData></{name}>"
        );
        let id = unique("m");
        let mut headers = headers(&id, name);
        headers.iter_mut().filter(|(header, _)| *header == "From").for_each(|header| header.1 = from);
        let reply = http::post(&self.collect.address, &headers, body.as_bytes());
        assert_eq!(reply.status, 200, "{reply:?}");
    }

    fn mark(&self, flag: &str) {
        self.post(NAME, &mark(flag));
    }

    fn rows(&self, name: &str, numbers: impl IntoIterator<Item = u32>) {
        self.post(name, &rows(numbers));
    }

    /// A whole full sync.
    fn sync(&self, numbers: impl IntoIterator<Item = u32>) {
        self.mark("H");
        self.rows(NAME, numbers);
        self.mark("T");
    }
}

fn mark(flag: &str) -> String {
    let control = format!("<PSCAMA class='R'><AUDIT_ACTN/><MSG_SEQ_FLG>{flag}</MSG_SEQ_FLG></PSCAMA>");
    format!("<Transaction><PROJECT class='R'><PROJECT_ID></PROJECT_ID></PROJECT>{control}</Transaction>")
}

fn rows(numbers: impl IntoIterator<Item = u32>) -> String {
    numbers.into_iter().map(|number| project(&format!("P{number}"), "", "")).collect()
}

fn keys(parse: &Parse) -> Vec<String> {
    parse.table("PROJECT").into_keys().collect()
}

fn keys_of(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut keys: Vec<String> = numbers.into_iter().map(|number| project_key(&format!("P{number}"))).collect();
    keys.sort();
    keys
}

fn tombstones(parse: &Parse) -> Vec<Record> {
    parse.records("PROJECT").into_iter().filter(|record| record.value.is_none()).collect()
}

#[test]
fn both_marks_are_in_every_partition_and_rows_only_in_their_own() {
    let source = Source::start();
    source.sync(0..8);
    let stored = source.collect.transactions();
    for flag in ["header", "trailer"] {
        let marks = stored.iter().filter(|record| record.header("ps-full-sync") == Some(flag));
        let mut partitions: Vec<i32> = marks.clone().map(|record| record.partition).collect();
        partitions.sort_unstable();
        assert_eq!(partitions, [0, 1, 2, 3], "{flag}");
        marks.for_each(|mark| assert_eq!(mark.header("ps-record-types"), Some("PROJECT,PROJ_ACTIVITY")));
    }
    assert_eq!(stored.iter().filter(|record| record.header("ps-full-sync").is_none()).count(), 8);
}

#[test]
fn by_default_a_full_sync_is_recognised_and_deletes_nothing() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..4);
    source.sync(0..2);
    let parse = source.parse(&[]);
    parse.settle();
    assert_eq!(keys(&parse), keys_of(0..4));
    assert!(parse.dead_letters().is_empty());
    parse.process.line_with(&format!("full sync {NAME} of PSFT_EP begins at"));
    parse.process.line_with("rows it leaves out stay");
}

#[test]
fn rows_that_a_full_sync_leaves_out_are_deleted_once_and_say_why() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..40);
    source.sync((0..40).filter(|number| number % 10 != 3));
    let parse = source.reconciling(&["--full-sync-max-delete", "60%"]);
    parse.settle();
    assert_eq!(keys(&parse), keys_of((0..40).filter(|number| number % 10 != 3)));
    let gone = tombstones(&parse);
    assert_eq!(gone.len(), 4);
    for row in &gone {
        assert_eq!(row.header("ps-full-sync"), Some("PROJECT_FULLSYNC of PSFT_EP"));
        assert_eq!(row.header("ps-source-topic"), Some(source.collect.topic().as_str()));
    }
    assert!(!topics::exists(kafka::shared(), &format!("{}.PROJ_ACTIVITY", parse.prefix)), "no row, no table");
}

#[test]
fn beyond_the_guard_nothing_is_deleted_and_an_error_names_the_figures() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..40);
    source.sync(0..10);
    let parse = source.reconciling(&[]);
    parse.settle();
    assert_eq!(keys(&parse), keys_of(0..40));
    let line = parse.process.line_with("--full-sync-max-delete 20%");
    assert!(line.contains("ERROR") && line.contains(&format!("rows of topic \"{}.PROJECT\"", parse.prefix)), "{line}");
}

#[test]
fn what_changes_meanwhile_and_what_another_sender_sent_stays() {
    let source = Source::start();
    source.post_from("OTHER", "PROJECT_SYNC", &rows(100..110));
    source.rows("PROJECT_SYNC", 0..10);
    source.mark("H");
    source.rows(NAME, 0..4);
    source.rows("PROJECT_SYNC", [8, 50]);
    source.mark("T");
    let parse = source.reconciling(&["--full-sync-max-delete", "100%"]);
    parse.settle();
    assert_eq!(keys(&parse), keys_of((0..4).chain([8, 50]).chain(100..110)));
}

#[test]
fn a_full_sync_of_which_a_transaction_is_a_dead_letter_deletes_nothing() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..1);
    source.mark("H");
    source.post(NAME, &project("P0", "X", ""));
    source.mark("T");
    let parse = source.reconciling(&["--full-sync-max-delete", "100%"]);
    parse.settle();
    assert_eq!(parse.dead_letters().len(), 1);
    assert_eq!(keys(&parse), keys_of(0..1));
    parse.process.line_with("1 of its transactions are dead letters");
}

#[test]
fn a_trailer_without_its_header_deletes_nothing() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..3);
    source.mark("T");
    let parse = source.reconciling(&["--full-sync-max-delete", "100%"]);
    parse.settle();
    assert_eq!(keys(&parse), keys_of(0..3));
    parse.process.line_with("its header is not known, so nothing is deleted");
}

#[test]
fn a_header_is_remembered_by_a_parser_that_takes_over() {
    let source = Source::start();
    source.rows("PROJECT_SYNC", 0..10);
    source.mark("H");
    source.rows(NAME, 0..4);
    let options = ["--full-sync-max-delete", "100%", "--instance", "one"];
    let first = source.reconciling(&options);
    first.settle();
    first.process.kill();
    source.rows("PROJECT_SYNC", [20]);
    let second = source.reconciling(&options);
    second.settle();
    assert_eq!(keys(&second), keys_of((0..10).chain([20])), "not before the trailer");
    let ended = second.process.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    source.mark("T");
    let third = source.reconciling(&options);
    third.settle();
    assert_eq!(keys(&third), keys_of((0..4).chain([20])));
    assert_eq!(tombstones(&third).len(), 6);
}

#[test]
fn killed_while_it_deletes_each_row_is_deleted_once() {
    let source = Source::start();
    for thousands in 0..6 {
        source.rows("PROJECT_SYNC", thousands * 5000..(thousands + 1) * 5000);
    }
    let options = ["--full-sync-max-delete", "100%", "--instance", "one"];
    let first = source.reconciling(&options);
    first.settle();
    let topic = format!("{}.PROJECT", first.prefix);
    let before = topics::written(kafka::shared(), &topic);
    source.sync(0..4);
    eventually("rows are being deleted", || (topics::written(kafka::shared(), &topic) > before + 1000).then_some(()));
    first.process.kill();
    let second = source.reconciling(&options);
    second.settle();
    assert_eq!(keys(&second), keys_of(0..4));
    let mut keys: Vec<String> = tombstones(&second).iter().map(Record::key_text).collect();
    assert_eq!(keys.len(), 29_996);
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 29_996, "deleted twice");
}

#[test]
fn one_topic_for_all_rows_cannot_be_reconciled() {
    let ended = crate::harness::process::run(&[
        "--kafka",
        "127.0.0.1:1",
        "parse",
        "--full-sync",
        "reconcile",
        "--target-topic",
        "all",
    ]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.join("\n").contains("needs a topic for each record type"), "{ended:?}");
}
