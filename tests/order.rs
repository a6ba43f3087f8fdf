//! Changes of one row arrive in the order they were sent: with several collectors, partitions and parsers, while parsers
//! come and go.

use std::collections::BTreeMap;

use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::topics::{self, Record};
use crate::harness::{kafka, scratch_file, unique};

const WRITERS: usize = 4;
const ROWS: usize = 5;
const MESSAGES: usize = 60;

#[test]
fn changes_of_a_row_stay_in_order_with_several_collectors_partitions_and_parsers() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 6, &[]);
    topics::create(kafka::shared(), &format!("{prefix}.PROJECT"), 3, &[("cleanup.policy", "compact")]);
    let rules = scratch_file("keys.toml", "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n");
    let rules = ["--transform-config", rules.to_str().unwrap()];
    let collectors: Vec<Collect> = (0..3).map(|_| Collect::start_on(kafka::shared(), &[], &prefix, &rules)).collect();
    let mut parsers: Vec<Parse> = (0..2).map(|_| Parse::start_for(&prefix, &[])).collect();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let collectors = &collectors;
            scope.spawn(move || write(writer, collectors));
        }
        // One more comes and one goes while they write.
        parsers.push(Parse::start_for(&prefix, &[]));
        assert_eq!(parsers.remove(0).process.terminate().code, Some(0));
    });
    parsers[0].settle();
    let rows = parsers[0].records("PROJECT");
    assert_eq!(rows.len(), WRITERS * ROWS * MESSAGES);
    assert_eq!(inversions(&rows), Vec::<String>::new());
    let partitions: std::collections::BTreeSet<i32> =
        collectors[0].transactions().iter().map(|record| record.partition).collect();
    assert!(partitions.len() > 1, "all in one partition: this shows nothing");
}

#[test]
fn one_inversion_would_be_seen() {
    let row = |key: &str, version: usize| Record {
        partition: 0,
        offset: 0,
        key: Some(key.as_bytes().to_vec()),
        value: Some(format!(r#"{{"DESCR":"{version}"}}"#).into_bytes()),
        headers: Vec::new(),
    };
    assert_eq!(inversions(&[row("a", 0), row("b", 0), row("a", 1), row("b", 1)]), Vec::<String>::new());
    assert_eq!(inversions(&[row("a", 0), row("b", 1), row("a", 1), row("b", 0)]), ["b: 0 after 1"]);
}

/// Sends each message once the one before is stored, to one collector after the other. It changes each of the writer's rows.
fn write(writer: usize, collectors: &[Collect]) {
    for version in 0..MESSAGES {
        let descr = format!("<DESCR>{version}</DESCR>");
        let rows: String = (0..ROWS).map(|row| project(&format!("W{writer}R{row}"), "C", &descr)).collect();
        let body = format!("<PROJECT_SYNC><MsgData>{rows}</MsgData></PROJECT_SYNC>");
        let collect = &collectors[(writer + version) % collectors.len()];
        let reply = collect.post(&format!("w{writer}-{version}"), "PROJECT_SYNC", body.as_bytes());
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}

fn inversions(rows: &[Record]) -> Vec<String> {
    let mut last: BTreeMap<String, u32> = BTreeMap::new();
    let mut inversions = Vec::new();
    for row in rows {
        let version = row.json()["DESCR"].as_str().unwrap().parse().unwrap();
        if let Some(before) = last.insert(row.key_text(), version)
            && before >= version
        {
            inversions.push(format!("{}: {version} after {before}", row.key_text()));
        }
    }
    inversions
}
