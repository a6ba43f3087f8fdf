//! Which topic is the table of a record type.

use crate::contract::Change;
use crate::kafka::topic_name;

/// Where rows go.
#[derive(Debug, Clone)]
pub enum Tables {
    /// Each record type to its own topic, under this prefix.
    Each { prefix: String },
    /// All to this one.
    One { topic: String },
    /// Those of one record type to this topic; the others are left out.
    Only { record_type: String, topic: String },
}

impl Tables {
    /// None where its rows are left out.
    pub fn topic(&self, record_type: &str) -> Option<String> {
        match self {
            Tables::Each { prefix } => Some(topic_name(prefix, record_type)),
            Tables::One { topic } => Some(topic.clone()),
            Tables::Only { record_type: only, topic } => only.eq_ignore_ascii_case(record_type).then(|| topic.clone()),
        }
    }

    /// Whether the module decides by a record type's name which topic it is.
    pub fn are_named_by_modules(&self) -> bool {
        matches!(self, Tables::Each { .. })
    }
}

/// The topic a change goes to, and its key there.
pub fn key_of<'c>(change: &'c Change, tables: &Tables) -> Option<(String, &'c str)> {
    let (record_type, key) = match change {
        Change::Upsert(row) => (&row.record_type, &row.key),
        Change::Tombstone(gone) => (&gone.record_type, &gone.key),
    };
    Some((tables.topic(record_type)?, key))
}
