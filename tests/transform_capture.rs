//! `transform capture`: stored transactions and dead letters as golden cases, with what nobody is to see masked.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::process::{self, Ended};
use crate::harness::{kafka, unique};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("captured"))
}

fn capture(topic: &str, folder: &Path, options: &[&str]) -> Ended {
    let arguments = ["--kafka", kafka::shared(), "transform", "capture", topic, "--to", folder.to_str().unwrap()];
    process::run(&[&arguments[..], options].concat())
}

fn lines(ended: &Ended) -> Vec<Value> {
    let file = |case: &str| std::fs::read_to_string(Path::new(case).join("transactions.jsonl")).unwrap();
    ended.stdout.lines().map(|case| serde_json::from_str(&file(case)).unwrap()).collect()
}

#[test]
fn the_newest_transactions_of_a_record_type_become_cases_with_fields_masked() {
    let collect = Collect::start(&[]);
    collect.take("a", "PROJECT_SYNC", "every_audit_action.xml");
    collect.take("b", "CURRENCY_SYNC", "currencies.xml");
    let cases = folder();
    let options = ["--record-type", "project", "--most", "2", "--mask", "DESCR", "--mask", "project_id"];
    let ended = capture(&collect.topic(), &cases, &options);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 2), "{ended:?}");
    for line in lines(&ended) {
        let document = line["Transaction"].as_str().unwrap();
        assert!(document.contains("<PROJECT_ID>xxxxx") && document.contains("<BUSINESS_UNIT>US004<"), "{document}");
        assert_eq!(line["MessageName"], "PROJECT_SYNC");
    }
    let directory = cases.to_str().unwrap();
    let updated = process::run(&["transform", "test", directory, "--kind", "mapper", "--update"]);
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert_eq!(process::run(&["transform", "test", directory, "--kind", "mapper"]).code, Some(0));
}

#[test]
fn a_dead_letter_becomes_a_case_that_is_rejected_again() {
    let parse = Parse::start(&[]);
    parse.feed("a", &project("P1", "X", ""));
    let cases = folder();
    let ended = capture(&format!("{}.dead-letters", parse.prefix), &cases, &[]);
    assert_eq!(lines(&ended)[0]["TransactionID"], "a", "{ended:?}");
    let case = ended.stdout.lines().next().unwrap();
    let input = std::fs::read(Path::new(case).join("transactions.jsonl")).unwrap();
    let run = process::run_on(&input, &["transform", "run", "--kind", "mapper"]);
    assert!(run.stderr_text().contains("audit action \"X\""), "{run:?}");
}

#[test]
fn what_cannot_be_masked_is_left_out() {
    let parse = Parse::start(&[]);
    parse.store(&[("broken", "<Transaction><PROJECT><DESCR>Secret"), ("whole", &project("P1", "A", ""))]);
    let cases = folder();
    let ended = capture(&parse.source(), &cases, &["--mask", "DESCR"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 1), "{ended:?}");
    assert_eq!(lines(&ended)[0]["TransactionID"], "whole");
    assert!(ended.stderr_text().contains("is left out: it cannot be masked"), "{ended:?}");
    assert!(!ended.stderr_text().contains("Secret"), "{ended:?}");
}

#[test]
fn a_topic_that_is_not_there_has_nothing() {
    let ended = capture(&unique("none"), &folder(), &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains("holds no such transaction"), "{ended:?}");
    assert_eq!(capture("no topic", &folder(), &[]).code, Some(2));
}
