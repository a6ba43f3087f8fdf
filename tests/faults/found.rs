//! What a raw `read_committed` consumer finds afterwards, brought to what the checker needs.

use super::content::digest;
use super::copier;
use super::history::Id;
use crate::harness::topics::{self, Record};

#[derive(Debug, Clone, Default)]
pub struct Found {
    pub transactions: Vec<Stored>,
    pub rows: Vec<Row>,
    /// The message and the index of each.
    pub dead_letters: Vec<(Id, u64)>,
    /// Transactions of full syncs; marks as they are in one partition.
    pub copied: Vec<Stored>,
    pub followed: Vec<Followed>,
}

/// A record of the topic of rows that have full syncs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    pub place: Place,
    pub key: String,
    pub value: Option<String>,
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
        let is_told = |record: &&Record| record.header("ps-full-sync").is_none() || record.partition == 0;
        let stored = read("transactions");
        let stored = stored.iter().filter(is_told).map(Stored::of);
        let (copied, transactions) = stored.partition(|stored| copier::is_of(&stored.id));
        Self {
            transactions,
            copied,
            followed: read(copier::RECORD_TYPE).iter().map(Followed::of).collect(),
            rows: read("PROJECT").iter().map(Row::of).collect(),
            dead_letters: read("dead-letters").iter().map(Stored::of).map(|dead| (dead.id, dead.index)).collect(),
        }
    }

    /// Their part of the transactions topic alone.
    pub fn of_full_syncs(&self) -> Self {
        Self { transactions: self.copied.clone(), ..Self::default() }
    }
}

impl Followed {
    fn of(record: &Record) -> Self {
        Self { place: (record.partition, record.offset), key: record.key_text(), value: said(record) }
    }
}

/// What a row says of itself.
fn said(record: &Record) -> Option<String> {
    record.value.as_ref()?;
    Some(record.json()["DESCR"].as_str().expect("every row has a DESCR").to_owned())
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
        let source = (header("ps-source-partition").parse().unwrap(), header("ps-source-offset").parse().unwrap());
        Self {
            place: (record.partition, record.offset),
            key: record.key_text(),
            value: said(record),
            transaction_id: header("ps-transaction-id"),
            source,
        }
    }
}
