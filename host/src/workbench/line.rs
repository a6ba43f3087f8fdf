//! What came of an input, a JSON line each.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::layout::compact;
use super::made_up;
use crate::contract::{Change, Purpose, Rejection, Transaction, types::RejectionKind};
use crate::json;
use crate::message::{Head, UnwrappingError};
use crate::transform::{Crash, Found, SplitError};

#[derive(Debug, Clone)]
pub enum Line {
    /// Of a splitter.
    Transaction(CutTransaction),
    /// Of a mapper.
    Row(Change),
    /// Of either, where nothing came of an input.
    Trouble(Trouble),
}

/// A transaction in the words of the transactions topic, so that a value of that topic is one, too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CutTransaction {
    #[serde(rename = "TransactionID", skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orig_time_stamp: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub record_types: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordering_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Of a mark of a full sync: which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_sync: Option<String>,
    pub transaction: String,
}

/// An input of which nothing came, and why.
#[derive(Debug, Clone)]
pub struct Trouble {
    what: What,
    at: At,
    reason: String,
    position: Option<u64>,
    backtrace: String,
}

/// What was wrong.
#[derive(Debug, Clone, Copy)]
enum What {
    /// The input.
    Rejected(Option<RejectionKind>),
    /// The module.
    Crashed,
    /// It never came to a module.
    Unreadable,
}

/// Which input it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Message,
    /// By its place in the message, or among the inputs.
    Transaction(u32),
    /// Of the input, from 1.
    Line(u32),
}

impl Line {
    /// On one line, members in their order.
    pub fn json(&self) -> String {
        match self {
            Line::Transaction(transaction) => transaction.json(),
            Line::Row(Change::Upsert(row)) => row_json(&row.record_type, &row.key, &row.value),
            Line::Row(Change::Tombstone(gone)) => row_json(&gone.record_type, &gone.key, "null"),
            Line::Trouble(trouble) => trouble.json(),
        }
    }
}

/// Key and value are JSON already.
fn row_json(record_type: &str, key: &str, value: &str) -> String {
    let mut name = Vec::new();
    json::push_string(&mut name, record_type);
    let name = String::from_utf8_lossy(&name);
    format!(r#"{{"record_type":{name},"key":{},"value":{}}}"#, compact(key), compact(value))
}

impl CutTransaction {
    pub(super) fn new(found: Found, index: u32, message_name: Option<&str>, head: &Head) -> Self {
        CutTransaction {
            transaction_id: head.transaction_id.clone(),
            transaction_index: Some(index),
            message_name: message_name.map(str::to_owned),
            from: head.from.clone(),
            to: head.to.clone(),
            orig_time_stamp: head.orig_time_stamp.clone(),
            record_types: found.record_types,
            ordering_key: Some(found.ordering_key),
            topic: found.topic,
            full_sync: mark(found.purpose).map(str::to_owned),
            transaction: found.document,
        }
    }

    /// As a mapper is given it.
    pub(super) fn of(transaction: &Transaction) -> Self {
        CutTransaction {
            transaction_id: Some(transaction.transaction_id.clone()),
            transaction_index: Some(transaction.transaction_index),
            message_name: transaction.message_name.clone(),
            from: transaction.from.clone(),
            to: transaction.to.clone(),
            orig_time_stamp: transaction.orig_time_stamp.clone(),
            transaction: transaction.document.clone(),
            ..CutTransaction::default()
        }
    }

    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Marks are given to no mapper.
    pub(super) fn is_mark(&self) -> bool {
        self.full_sync.is_some()
    }

    /// As a mapper is to see it; `place` stands for an index that it does not have.
    pub(super) fn into_transaction(self, place: u32) -> Transaction {
        Transaction {
            document: self.transaction,
            transaction_id: self.transaction_id.unwrap_or_else(made_up),
            transaction_index: self.transaction_index.unwrap_or(place),
            message_name: self.message_name,
            from: self.from,
            to: self.to,
            orig_time_stamp: self.orig_time_stamp,
        }
    }

    /// A line that is not one is told why.
    pub(super) fn read(json: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(json).map_err(|error| format!("not a transaction: {error}"))?;
        match read.transaction.is_empty() {
            true => Err("not a transaction: it has no \"Transaction\"".into()),
            false => Ok(read),
        }
    }
}

fn mark(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Rows => None,
        Purpose::FullSyncHeader => Some("header"),
        Purpose::FullSyncTrailer => Some("trailer"),
    }
}

impl Trouble {
    pub(super) fn of_message(error: SplitError) -> Self {
        match error {
            SplitError::Rejected(rejection) => Self::rejected(At::Message, rejection),
            SplitError::Crashed(crash) => Self::crashed(At::Message, crash),
            too_large @ SplitError::TooLarge(_) => {
                Trouble { reason: too_large.to_string(), ..Self::at(At::Message, What::Rejected(None)) }
            }
        }
    }

    pub(super) fn of_body(error: &UnwrappingError) -> Self {
        let (reason, position) = (error.to_string(), error.position());
        Trouble { reason, position, ..Self::at(At::Message, What::Rejected(None)) }
    }

    pub(super) fn of_transaction(place: u32, rejection: Rejection) -> Self {
        Self::rejected(At::Transaction(place), rejection)
    }

    pub(super) fn of_module(place: u32, crash: Crash) -> Self {
        Self::crashed(At::Transaction(place), crash)
    }

    pub(super) fn of_line(number: u32, reason: String) -> Self {
        Trouble { reason, ..Self::at(At::Line(number), What::Unreadable) }
    }

    fn rejected(at: At, rejection: Rejection) -> Self {
        let Rejection { kind, reason, position } = rejection;
        Trouble { reason, position, ..Self::at(at, What::Rejected(Some(kind))) }
    }

    fn crashed(at: At, crash: Crash) -> Self {
        Trouble { reason: crash.cause, backtrace: crash.backtrace, ..Self::at(at, What::Crashed) }
    }

    fn at(at: At, what: What) -> Self {
        Trouble { what, at, reason: String::new(), position: None, backtrace: String::new() }
    }

    /// Without the backtrace, which every change of the module changes.
    fn json(&self) -> String {
        let (name, kind) = match self.what {
            What::Rejected(kind) => ("rejected", kind.map(kind_name)),
            What::Crashed => ("crashed", None),
            What::Unreadable => ("unreadable", None),
        };
        let place = match self.at {
            At::Message => None,
            At::Transaction(place) => Some(("transaction", place.into())),
            At::Line(number) => Some(("line", number.into())),
        };
        let position = self.position.map(|position| ("position", position.into()));
        let first = [(name, self.reason.as_str().into())];
        let rest = [kind.map(|kind| ("kind", kind.into())), position, place];
        let members = first.into_iter().chain(rest.into_iter().flatten());
        let members: Vec<String> = members.map(|(name, value): (_, Value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

fn kind_name(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::Malformed => "malformed",
        RejectionKind::Unexpected => "unexpected",
        RejectionKind::TooLarge => "too-large",
        RejectionKind::Invalid => "invalid",
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Rejected(_) => write!(out, "{} is rejected: {}", self.at, self.reason)?,
            What::Crashed => write!(out, "the module failed on {}: {}", self.at, self.reason)?,
            What::Unreadable => write!(out, "{} cannot be read: {}", self.at, self.reason)?,
        }
        if let Some(position) = self.position {
            write!(out, " (at byte {position} of it)")?;
        }
        if !self.backtrace.is_empty() {
            write!(out, "\n{}", self.backtrace.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Message => out.write_str("the message"),
            At::Transaction(place) => write!(out, "transaction {place}"),
            At::Line(number) => write!(out, "line {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::contract::{PrimaryKey, Row};

    #[test]
    fn a_row_is_one_line_with_its_members_in_their_order() {
        let row = Row { record_type: "P".into(), key: "\"1\"".into(), value: "{\"B\": 1.0,\n \"A\": \"x y\"}".into() };
        let line = Line::Row(Change::Upsert(row)).json();
        assert_eq!(line, r#"{"record_type":"P","key":"1","value":{"B":1.0,"A":"x y"}}"#);
        let gone = Line::Row(Change::Tombstone(PrimaryKey { record_type: "P".into(), key: "\"1\"".into() }));
        assert_eq!(gone.json(), r#"{"record_type":"P","key":"1","value":null}"#);
    }

    #[test]
    fn a_value_of_the_transactions_topic_is_a_transaction() {
        let value = r#"{"TransactionID":"a","TransactionIndex":3,"OrigTimeStamp":null,"CollectTimeStamp":"x","Transaction":"<T/>"}"#;
        let transaction = CutTransaction::read(value).unwrap().into_transaction(1);
        assert_eq!((transaction.transaction_id.as_str(), transaction.transaction_index), ("a", 3));
    }

    #[test]
    fn a_line_that_is_no_transaction_is_told_why() {
        assert!(CutTransaction::read("{}").unwrap_err().contains("\"Transaction\""));
        assert!(CutTransaction::read("[").unwrap_err().starts_with("not a transaction: "));
    }
}
