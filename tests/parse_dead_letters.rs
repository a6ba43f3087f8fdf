//! `parse`: what cannot be mapped is set aside with everything needed to understand and replay it, and stops nobody.

use crate::harness::guests::unruly_mapper;
use crate::harness::kafka;
use crate::harness::pipeline::{Collect, Parse, project, project_key, python_value};
use crate::harness::topics::{self, Plain};

#[test]
fn a_rejected_transaction_keeps_its_bytes_its_key_and_its_headers() {
    let collect = Collect::start(&[]);
    collect.take("odd", "PROJECT_SYNC", "unknown_audit_action.xml");
    let parse = Parse::start_for(&collect.prefix, &[]);
    parse.settle();
    let letters = parse.dead_letters();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    let source = collect.transactions().into_iter().find(|record| record.json()["TransactionIndex"] == 2).unwrap();
    assert_eq!((&letter.key, &letter.value), (&source.key, &source.value));
    for (name, value) in &source.headers {
        assert!(letter.headers.contains(&(name.clone(), value.clone())), "header {name} is lost");
    }
    assert_eq!(letter.header("ps-dead-kind"), Some("rejected"));
    assert!(letter.header("ps-dead-reason").unwrap().contains("\"X\""), "{letter:?}");
    assert_eq!(letter.header("ps-dead-source-topic"), Some(parse.source().as_str()));
    assert_eq!(letter.header("ps-dead-source-partition"), Some(source.partition.to_string().as_str()));
    assert_eq!(letter.header("ps-dead-source-offset"), Some(source.offset.to_string().as_str()));
    assert!(letter.header("ps-dead-module").unwrap().starts_with("stock-mapper "));
    assert_eq!(letter.header("ps-dead-module-hash").unwrap().len(), 64);
    assert!(letter.header("ps-dead-time").unwrap().starts_with("20"), "{letter:?}");
}

#[test]
fn what_is_no_transaction_record_is_unreadable() {
    let parse = Parse::start(&[]);
    let unreadable: [&[u8]; 6] = [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        br#"{"TransactionID": "x"}"#,
        br#"{"TransactionID": "x", "TransactionIndex": "one", "Transaction": 5}"#,
    ];
    let good = python_value("good", 1, &project("P1", "A", ""));
    let records: Vec<Plain<'_>> = unreadable
        .iter()
        .copied()
        .chain([good.as_bytes()])
        .map(|value| Plain { value, partition: Some(0), headers: &[("x-own", "kept")], ..Plain::default() })
        .collect();
    topics::produce(kafka::shared(), &parse.source(), &records);
    parse.settle();
    let letters = parse.dead_letters();
    assert_eq!(letters.len(), unreadable.len());
    for letter in &letters {
        assert_eq!(letter.header("ps-dead-kind"), Some("unreadable"));
        assert!(!letter.header("ps-dead-reason").unwrap().is_empty());
        assert_eq!(letter.header("x-own"), Some("kept"));
    }
    let mut values: Vec<&[u8]> = letters.iter().filter_map(|letter| letter.value.as_deref()).collect();
    let mut expected = unreadable.to_vec();
    values.sort_unstable();
    expected.sort_unstable();
    assert_eq!(values, expected);
    assert_eq!(parse.records("PROJECT").len(), 1);
}

#[test]
fn a_transaction_that_is_no_rowset_is_rejected() {
    let parse = Parse::start(&[]);
    let bad = [
        ("text", "just text"),
        ("other", "<Order/>"),
        ("open", "<Transaction><PROJECT class=\"R\">"),
        ("empty", ""),
        ("doctype", "<!DOCTYPE a [<!ENTITY b \"c\">]><Transaction/>"),
    ];
    parse.store(&bad);
    parse.feed("good", &project("P1", "A", ""));
    let letters = parse.dead_letters();
    let kinds: Vec<_> = letters.iter().map(|letter| letter.header("ps-dead-kind")).collect();
    assert_eq!(kinds, [Some("rejected"); 5], "{letters:#?}");
    assert_eq!(parse.table("PROJECT").into_keys().collect::<Vec<_>>(), [project_key("P1")]);
}

#[test]
fn a_trap_is_set_aside_with_the_module_named_and_its_neighbours_do_not_suffer() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    let document = project("P1", "A", "");
    let mut ids: Vec<String> = (0..40).map(|number| format!("good-{number}")).collect();
    ids.insert(7, "panic-1".to_owned());
    ids.insert(30, "panic-2".to_owned());
    let transactions: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), document.as_str())).collect();
    parse.store(&transactions);
    parse.settle();
    assert_eq!(parse.table("UNRULY").len(), 40);
    let letters = parse.dead_letters();
    let keys: Vec<String> = letters.iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["panic-1", "panic-2"]);
    for letter in &letters {
        assert_eq!(letter.header("ps-dead-kind"), Some("trapped"));
        assert_eq!(letter.header("ps-dead-module"), Some("unruly-mapper 0.0.1"));
        assert!(!letter.header("ps-dead-reason").unwrap().is_empty());
    }
    let log = parse.process.said().join("\n");
    assert!(log.contains("unruly-mapper"), "{log}");
}

#[test]
fn dead_letters_may_go_elsewhere() {
    let parse = Parse::start(&["--dead-letter-topic", "set-aside"]);
    parse.feed("bad", "<Order/>");
    assert_eq!(parse.records("set-aside").len(), 1);
    assert!(!topics::exists(kafka::shared(), &format!("{}.dead-letters", parse.prefix)));
}
