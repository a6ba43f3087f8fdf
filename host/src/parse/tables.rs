//! Which topic is the table of a record type.

use crate::contract::Change;
use crate::kafka::topic_name;

/// Where rows go.
#[derive(Debug, Clone)]
pub struct Tables {
    pub prefix: String,
    /// One topic for all record types, instead of one each.
    pub one: Option<String>,
}

impl Tables {
    pub fn topic(&self, record_type: &str) -> String {
        topic_name(&self.prefix, self.one.as_deref().unwrap_or(record_type))
    }

    /// Whether the module decides by a record type's name which topic it is.
    pub fn are_named_by_modules(&self) -> bool {
        self.one.is_none()
    }
}

/// The topic a change goes to, and its key there.
pub fn key_of<'c>(change: &'c Change, tables: &Tables) -> (String, &'c str) {
    let (record_type, key) = match change {
        Change::Upsert(row) => (&row.record_type, &row.key),
        Change::Tombstone(gone) => (&gone.record_type, &gone.key),
    };
    (tables.topic(record_type), key)
}
