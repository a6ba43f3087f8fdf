//! The full syncs that have begun in one partition and not ended there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::mark::{End, Mark, SyncName};

/// Kafka takes 4,096 bytes beside an offset (`offset.metadata.max.bytes`).
const LONGEST_NOTE: usize = 4000;

/// A full sync whose trailer has not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSync {
    #[serde(rename = "n")]
    message: String,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The header's offset.
    #[serde(rename = "o")]
    pub since: i64,
    /// The tables that it is of, by its header or by the rows that have come.
    #[serde(rename = "t")]
    pub tables: BTreeSet<String>,
    /// Its transactions that became dead letters: which rows they had nobody knows.
    #[serde(rename = "d", default)]
    pub set_aside: u64,
}

/// All of a partition, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenSyncs(Vec<OpenSync>);

impl OpenSync {
    fn is(&self, sync: &SyncName) -> bool {
        (&self.message, &self.from) == (&sync.message, &sync.from)
    }

    fn add_tables(&mut self, tables: &[&str]) {
        for &table in tables {
            if !self.tables.contains(table) {
                self.tables.insert(table.to_owned());
            }
        }
    }
}

impl OpenSyncs {
    /// What [`OpenSyncs::take_note`] wrote. Of anything else nothing is known: then a trailer deletes nothing.
    pub fn of_note(note: &str) -> Self {
        if note.is_empty() {
            return Self::default();
        }
        OpenSyncs(serde_json::from_str(note).unwrap_or_else(|error| {
            tracing::warn!("what is noted beside the consumer group's offset is not ps-stream's: {error}");
            Vec::new()
        }))
    }

    /// Empty where nothing is open. What has no room is forgotten, the oldest first, and deletes nothing.
    pub fn take_note(&mut self) -> String {
        while !self.0.is_empty() {
            let note = serde_json::to_string(&self.0).unwrap_or_default();
            if note.len() <= LONGEST_NOTE {
                return note;
            }
            let OpenSync { message, .. } = self.0.remove(0);
            tracing::error!(
                "too much is open to be noted: full sync {message} will not delete the rows that it leaves out"
            );
        }
        String::new()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn find(&self, sync: &SyncName) -> Option<&OpenSync> {
        self.0.iter().find(|open| open.is(sync))
    }

    /// The header of one, or its trailer. A second header begins it anew.
    pub fn pass(&mut self, mark: &Mark, offset: i64, tables: BTreeSet<String>) {
        self.0.retain(|open| !open.is(&mark.sync));
        if mark.end == End::Header {
            let SyncName { message, from } = mark.sync.clone();
            self.0.push(OpenSync { message, from, since: offset, tables, set_aside: 0 });
        }
    }

    /// One of its transactions: the tables that its rows went to, or nothing when it was set aside.
    pub fn add(&mut self, sync: &SyncName, tables: Option<&Vec<&str>>) {
        let Some(open) = self.0.iter_mut().find(|open| open.is(sync)) else { return };
        match tables {
            None => open.set_aside += 1,
            Some(tables) => open.add_tables(tables),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sync(message: &str) -> SyncName {
        SyncName { message: message.into(), from: Some("HR".into()) }
    }

    fn mark(end: End, message: &str) -> Mark {
        Mark { end, sync: sync(message), record_types: Vec::new() }
    }

    fn tables(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_is_open_is_the_same_after_it_was_noted() {
        let mut open = OpenSyncs::default();
        assert_eq!(open.take_note(), "");
        open.pass(&mark(End::Header, "A"), 7, tables(&["ps.A"]));
        open.pass(&mark(End::Header, "B"), 9, tables(&[]));
        open.add(&sync("A"), Some(&vec!["ps.C", "ps.A"]));
        open.add(&sync("A"), None);
        open.add(&sync("nobody"), None);
        let note = open.take_note();
        assert_eq!(OpenSyncs::of_note(&note), open);
        let found = open.find(&sync("A")).unwrap();
        assert_eq!((found.since, &found.tables, found.set_aside), (7, &tables(&["ps.A", "ps.C"]), 1));
        assert_eq!(open.find(&SyncName { from: None, ..sync("A") }), None, "another sender's");
    }

    #[test]
    fn a_trailer_ends_its_own_and_a_second_header_begins_it_anew() {
        let mut open = OpenSyncs::default();
        open.pass(&mark(End::Header, "A"), 1, tables(&["ps.A"]));
        open.add(&sync("A"), None);
        open.pass(&mark(End::Header, "A"), 5, tables(&["ps.A"]));
        assert_eq!(open.find(&sync("A")).map(|open| (open.since, open.set_aside)), Some((5, 0)));
        open.pass(&mark(End::Trailer, "B"), 6, tables(&[]));
        assert!(!open.is_empty());
        open.pass(&mark(End::Trailer, "A"), 7, tables(&[]));
        assert!(open.is_empty());
    }

    #[test]
    fn a_note_is_never_longer_than_kafka_takes_and_the_newest_stays() {
        let mut open = OpenSyncs::default();
        for n in 0..100 {
            open.pass(&mark(End::Header, &format!("{n}{}", "x".repeat(100))), n, tables(&["ps.A"]));
        }
        let note = open.take_note();
        assert!(note.len() <= LONGEST_NOTE && note.len() > LONGEST_NOTE / 2);
        assert_eq!(OpenSyncs::of_note(&note), open);
        assert!(open.find(&sync(&format!("99{}", "x".repeat(100)))).is_some());
    }

    #[test]
    fn what_is_no_note_of_ours_opens_nothing() {
        assert!(OpenSyncs::of_note("somebody else's").is_empty());
    }
}
