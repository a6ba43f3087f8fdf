//! What goes into a Kafka record, and what comes out of one: pure functions.
//!
//! The value of a transaction is the JSON the original Python collector wrote, so that either's records can be read; what
//! it had no place for travels in record headers.

pub mod header;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

pub use super::headers::Pair;
use super::source::SourceRecord;
use crate::contract::Purpose;
use crate::json;

/// A transaction on its way into Kafka.
#[derive(Debug, Clone)]
pub struct TransactionRecord {
    pub topic: String,
    /// The message's TransactionID.
    pub key: String,
    /// Nothing in a record that is no transaction and only says something of a message.
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Pair>,
    pub spread: Spread,
    /// Its place in the message, from 1.
    pub index: u32,
}

/// Which partitions of its topic a record goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spread {
    /// The one of this ordering key.
    One(String),
    /// All, for what has to come before or after everything else.
    All,
}

/// The value of a transaction's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTransaction {
    #[serde(rename = "TransactionID", default)]
    pub transaction_id: Option<String>,
    #[serde(rename = "TransactionIndex", default)]
    pub transaction_index: Option<u32>,
    #[serde(rename = "OrigTimeStamp", default)]
    pub orig_time_stamp: Option<String>,
    #[serde(rename = "CollectTimeStamp", default)]
    pub collect_time_stamp: Option<String>,
    /// Nearly all of it, so written by itself.
    #[serde(rename = "Transaction", skip_serializing)]
    pub transaction: String,
}

impl StoredTransaction {
    pub fn to_json(&self) -> Vec<u8> {
        // Strings and numbers only: writing them into memory cannot fail.
        let mut json = serde_json::to_vec(self).unwrap_or_default();
        json.pop();
        json.reserve(self.transaction.len() + self.transaction.len() / 16 + 32);
        json.extend(b",\"Transaction\":");
        json::push_string(&mut json, &self.transaction);
        json.push(b'}');
        json
    }

    pub fn from_json(value: Option<&[u8]>) -> Result<Self, String> {
        let value = value.ok_or("the record has no value")?;
        serde_json::from_slice(value).map_err(|e| format!("the record's value is not a stored transaction: {e}"))
    }
}

/// A row, its absence, or a dead letter, on its way into Kafka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputRecord {
    pub topic: String,
    pub key: Option<Vec<u8>>,
    /// `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Pair>,
}

impl TransactionRecord {
    pub fn size(&self) -> usize {
        size(self.key.len() + self.value.as_ref().map_or(0, Vec::len), &self.headers)
    }
}

impl OutputRecord {
    pub fn size(&self) -> usize {
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        size(length(&self.key) + length(&self.value), &self.headers)
    }
}

/// About what Kafka counts against its record limit, and no less.
fn size(key_and_value: usize, headers: &[Pair]) -> usize {
    let header = |(name, value): &Pair| name.len() + value.as_ref().map_or(0, Bytes::len) + 10;
    key_and_value + headers.iter().map(header).sum::<usize>() + 100
}

/// Why a transaction becomes a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeadKind {
    /// A module refused it for what it is.
    Rejected,
    /// No module has seen it: the record is not a stored transaction.
    Unreadable,
    /// The module failed on it.
    Trapped,
}

/// What a dead letter says besides the original record.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub kind: DeadKind,
    pub reason: String,
    pub position: Option<u64>,
    pub backtrace: String,
    /// The module's name and hash; absent when none was asked.
    pub module: Option<(String, String)>,
    pub time: String,
    /// The consumer group that read it.
    pub group: String,
}

/// The original record, to the byte, with headers that say what happened to it. [`header::DEAD_KIND`] is the first of them.
pub fn dead_letter(topic: &str, source: &SourceRecord, letter: &DeadLetter) -> OutputRecord {
    const LONGEST: usize = 4096;
    let mut headers = source.headers.clone();
    headers.extend([
        pair(header::DEAD_KIND, letter.kind.name()),
        pair(header::DEAD_REASON, cut(&letter.reason, LONGEST)),
        pair(header::DEAD_SOURCE_TOPIC, &source.topic),
        pair(header::DEAD_SOURCE_PARTITION, &source.partition.to_string()),
        pair(header::DEAD_SOURCE_OFFSET, &source.offset.to_string()),
        pair(header::DEAD_TIME, &letter.time),
        pair(header::DEAD_GROUP, &letter.group),
    ]);
    headers.extend(letter.position.map(|position| pair(header::DEAD_POSITION, &position.to_string())));
    if !letter.backtrace.is_empty() {
        headers.push(pair(header::DEAD_BACKTRACE, cut(&letter.backtrace, LONGEST)));
    }
    if let Some((name, hash)) = &letter.module {
        headers.extend([pair(header::DEAD_MODULE, name), pair(header::DEAD_MODULE_HASH, hash)]);
    }
    OutputRecord { topic: topic.to_owned(), key: source.key.clone(), value: source.value.clone(), headers }
}

/// A message of one stored transaction, for a splitter to read.
pub fn message_of(document: &str) -> String {
    format!("<Stored><MsgData>{document}</MsgData></Stored>")
}

/// What [`header::FULL_SYNC`] says of a mark.
pub fn full_sync(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Rows => None,
        Purpose::FullSyncHeader => Some("header"),
        Purpose::FullSyncTrailer => Some("trailer"),
    }
}

pub fn pair(name: &'static str, value: &str) -> Pair {
    (name.into(), Some(Bytes::copy_from_slice(value.as_bytes())))
}

impl DeadKind {
    pub const ALL: [Self; 3] = [DeadKind::Rejected, DeadKind::Trapped, DeadKind::Unreadable];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            DeadKind::Rejected => "rejected",
            DeadKind::Unreadable => "unreadable",
            DeadKind::Trapped => "trapped",
        }
    }
}

fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stored_transaction_has_the_fields_of_the_original_in_their_order() {
        let stored = StoredTransaction {
            transaction_id: Some("a-1".into()),
            transaction_index: Some(1),
            orig_time_stamp: None,
            collect_time_stamp: Some("2026-11-23T00:00:00Z".into()),
            transaction: "<Transaction/>".into(),
        };
        let json = stored.to_json();
        assert_eq!(
            String::from_utf8(json.clone()).unwrap(),
            r#"{"TransactionID":"a-1","TransactionIndex":1,"OrigTimeStamp":null,"CollectTimeStamp":"2026-11-23T00:00:00Z","Transaction":"<Transaction/>"}"#
        );
        assert_eq!(StoredTransaction::from_json(Some(&json)).unwrap(), stored);
    }

    #[test]
    fn what_is_not_a_stored_transaction_is_refused_with_a_reason() {
        assert!(StoredTransaction::from_json(None).unwrap_err().contains("no value"));
        assert!(StoredTransaction::from_json(Some(b"<xml/>")).is_err());
        assert!(StoredTransaction::from_json(Some(b"{}")).unwrap_err().contains("Transaction"));
    }

    #[test]
    fn a_dead_letter_keeps_key_value_and_headers_to_the_byte() {
        let source = SourceRecord {
            topic: "ps.transactions".into(),
            partition: 3,
            offset: 42,
            timestamp: None,
            key: Some(b"id".to_vec()),
            value: Some(vec![0xff, 0x00]),
            headers: vec![pair("x", "y")],
        };
        let letter = DeadLetter {
            kind: DeadKind::Rejected,
            reason: "ä".repeat(9000),
            position: Some(7),
            backtrace: String::new(),
            module: Some(("stock-mapper 0.1.0".into(), "ab".into())),
            time: "2026-11-23T00:00:00Z".into(),
            group: "g".into(),
        };
        let record = dead_letter("ps.dead-letters", &source, &letter);
        assert_eq!((record.key, record.value), (source.key, source.value));
        assert_eq!(record.headers[0], pair("x", "y"));
        assert!(record.headers.contains(&pair("ps-dead-source-offset", "42")));
        assert!(record.headers.contains(&pair("ps-dead-position", "7")));
        assert!(record.headers.iter().all(|(_, value)| value.as_ref().unwrap().len() <= 4096));
    }
}
