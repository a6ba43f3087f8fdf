//! What a raw `read_committed` consumer finds afterwards, brought to what the checker needs.

use super::content::digest;
use super::history::Id;
use crate::harness::topics::{self, Record};

#[derive(Debug, Clone, Default)]
pub struct Found {
    pub transactions: Vec<Stored>,
    pub rows: Vec<Row>,
    /// The message and the index of each.
    pub dead_letters: Vec<(Id, u64)>,
}

/// A transaction in the transactions topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub place: Place,
    pub id: Id,
    /// From 1.
    pub index: u64,
    pub digest: u64,
}

/// A record of the table's topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub place: Place,
    pub key: String,
    /// What the row says of itself; nothing in a tombstone.
    pub value: Option<String>,
    /// Where it says that it comes from.
    pub transaction_id: String,
    pub source: Place,
}

/// Partition and offset.
pub type Place = (i32, i64);

impl Found {
    pub fn read(kafka: &str, prefix: &str) -> Self {
        let read = |name: &str| topics::read(kafka, &format!("{prefix}.{name}"));
        Self {
            transactions: read("transactions").iter().map(Stored::of).collect(),
            rows: read("PROJECT").iter().map(Row::of).collect(),
            dead_letters: read("dead-letters").iter().map(Stored::of).map(|dead| (dead.id, dead.index)).collect(),
        }
    }
}

impl Stored {
    fn of(record: &Record) -> Self {
        let value = record.json();
        // Those of a message that was held back until it was whole have none.
        let number = |name| record.header(name).map_or(1, |text| text.parse().expect("a number of segments"));
        let text = |field: &str| value[field].as_str().unwrap_or_else(|| panic!("no {field}: {value}"));
        Self {
            place: (record.partition, record.offset),
            id: Id {
                transaction_id: text("TransactionID").to_owned(),
                chunk: number("ps-data-chunk"),
                chunks: number("ps-data-chunk-count"),
            },
            index: value["TransactionIndex"].as_u64().expect("an index"),
            digest: digest(text("Transaction")),
        }
    }
}

impl Row {
    fn of(record: &Record) -> Self {
        let header = |name: &str| record.header(name).unwrap_or_else(|| panic!("no {name}: {record:?}")).to_owned();
        let said = |_: &Vec<u8>| record.json()["DESCR"].as_str().expect("every row has a DESCR").to_owned();
        let source = (header("ps-source-partition").parse().unwrap(), header("ps-source-offset").parse().unwrap());
        Self {
            place: (record.partition, record.offset),
            key: record.key_text(),
            value: record.value.as_ref().map(said),
            transaction_id: header("ps-transaction-id"),
            source,
        }
    }
}
