//! `parse`: every output topic is a table: compacted, keyed, and null where a row is gone.

use crate::harness::guests::unruly_mapper;
use crate::harness::pipeline::{Parse, project, project_key, store};
use crate::harness::{kafka, process, topics, unique};

#[test]
fn an_output_topic_is_created_compacted() {
    let parse = Parse::start(&[]);
    parse.feed("a", &project("P1", "A", ""));
    let topic = format!("{}.PROJECT", parse.prefix);
    assert_eq!(topics::setting(kafka::shared(), &topic, "cleanup.policy").as_deref(), Some("compact"));
}

#[test]
fn an_existing_topic_that_is_not_compacted_is_refused_by_name() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.PROJECT"), 1, &[("cleanup.policy", "delete")]);
    store(kafka::shared(), &format!("{prefix}.transactions"), &[("a", &project("P1", "A", ""))]);
    let ended = process::start(&Parse::arguments(kafka::shared(), &prefix, &prefix, &[])).wait();
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    let refusal = format!("topic \"{prefix}.PROJECT\" exists but is not compacted");
    assert!(ended.stderr_text().contains(&refusal), "{}", ended.stderr_text());
    assert_eq!(topics::read(kafka::shared(), &format!("{prefix}.PROJECT")), []);
    assert!(topics::committed(kafka::shared(), &prefix, &format!("{prefix}.transactions")).is_empty());
}

#[test]
fn an_existing_compacted_topic_is_used_as_it_is() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.PROJECT"), 5, &[("cleanup.policy", "compact")]);
    let parse = Parse::start_for(&prefix, &[]);
    parse.feed("a", &project("P1", "A", ""));
    assert_eq!(parse.records("PROJECT").len(), 1);
}

#[test]
fn a_row_that_is_gone_is_a_null_and_not_an_empty_value() {
    let parse = Parse::start(&[]);
    parse.store(&[("a", &project("P1", "A", "")), ("b", &project("P1", "D", ""))]);
    parse.settle();
    let rows = parse.records("PROJECT");
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[1].key_text(), &rows[1].value), (project_key("P1"), &None));
}

#[test]
fn all_changes_of_a_row_lie_in_one_partition() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.PROJECT"), 8, &[("cleanup.policy", "compact")]);
    let parse = Parse::start_for(&prefix, &[]);
    let documents: Vec<String> = (0..60).map(|number| project(&format!("P{}", number % 20), "C", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("spread", document.as_str())).collect();
    parse.store(&transactions);
    parse.settle();
    let mut places = std::collections::BTreeMap::new();
    for row in parse.records("PROJECT") {
        assert_eq!(*places.entry(row.key_text()).or_insert(row.partition), row.partition, "{}", row.key_text());
    }
    let used: std::collections::BTreeSet<i32> = places.values().copied().collect();
    assert!(used.len() > 2, "20 rows lie in partitions {used:?} only");
}

#[test]
fn a_target_topic_takes_rows_of_every_record_type() {
    let parse = Parse::start(&["--target-topic", "everything"]);
    parse.feed("a", &project("P1", "A", ""));
    assert_eq!(parse.records("everything").len(), 1);
    assert!(!topics::exists(kafka::shared(), &format!("{}.PROJECT", parse.prefix)));
}

#[test]
fn rows_of_a_transaction_appear_together_or_not_at_all() {
    let parse = Parse::start(&[]);
    let half_bad = "<Transaction><PROJECT class=\"R\"><BUSINESS_UNIT>US004</BUSINESS_UNIT><PROJECT_ID>P1</PROJECT_ID>\
        </PROJECT><VENDOR class=\"R\"><VENDOR_ID>0042</VENDOR_ID></VENDOR></Transaction>";
    parse.store(&[("half bad", half_bad), ("good", &project("P2", "A", ""))]);
    parse.settle();
    let keys: Vec<String> = parse.records("PROJECT").iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, [project_key("P2")]);
    assert_eq!(parse.dead_letters().len(), 1);
}

#[test]
fn a_module_that_names_a_table_that_cannot_be_has_failed_on_that_transaction_alone() {
    let parse = Parse::start(&["--transform", unruly_mapper(), "--max-tables", "2"]);
    let document = project("P1", "A", "");
    let ids = ["table-A.B", "table-A_B", "table-C", "table-D", "table-C"];
    parse.store(&ids.map(|id| (id, document.as_str())));
    parse.settle();
    assert_eq!((parse.records("A.B").len(), parse.records("C").len()), (1, 2));
    let letters = parse.dead_letters();
    let why = |id: &str| {
        let letter = letters.iter().find(|letter| letter.key_text() == id).unwrap();
        assert_eq!(letter.header("ps-dead-module"), Some("unruly-mapper 0.0.1"));
        letter.header("ps-dead-reason").unwrap().to_owned()
    };
    assert!(why("table-A_B").contains("differs from it in '.' and '_' only"), "{}", why("table-A_B"));
    assert!(why("table-D").contains("--max-tables"), "{}", why("table-D"));
    assert_eq!(letters.len(), 2);
}
