//! Two tables, row by row.

use std::collections::HashMap;

use rdkafka::message::{BorrowedMessage, Message};
use sha2::{Digest, Sha256};

use super::goal::Goal;
use super::parts::Parts;
use super::settings::Settings;
use super::standing::{Key, StandingError, Written};

/// Keys that are kept to be shown, of each kind.
const SHOWN: usize = 20;

/// How a new table differs from an old one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    pub same: u64,
    /// Rows of either that come of transactions after those the new one was made of.
    pub newer: u64,
    /// Only in the old one.
    pub missing: Keys,
    /// Only in the new one.
    pub extra: Keys,
    /// In both, with another value.
    pub changed: Keys,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    pub count: u64,
    /// The first that were found.
    pub some: Vec<String>,
}

struct Row {
    value: [u8; 32],
    is_newer: bool,
}

impl Comparison {
    pub fn of(settings: &Settings, old: &str, new: &str, goal: &Goal) -> Result<Self, StandingError> {
        let (old, new) = (Parts::open(settings, old)?, Parts::open(settings, new)?);
        let (mut comparison, parts) = (Comparison::default(), old.count.max(new.count));
        for part in 0..parts {
            let row = |message: &BorrowedMessage<'_>| Some(Row::of(message, goal));
            comparison.add(old.read(part, parts, row)?, new.read(part, parts, row)?);
        }
        Ok(comparison)
    }

    pub fn is_same(&self) -> bool {
        self.missing.count + self.extra.count + self.changed.count == 0
    }

    fn add(&mut self, mut old: HashMap<Key, Row>, new: HashMap<Key, Row>) {
        for (key, row) in new {
            match old.remove(&key) {
                before if row.is_newer || before.as_ref().is_some_and(|before| before.is_newer) => self.newer += 1,
                None => self.extra.add(&key),
                Some(before) if before.value != row.value => self.changed.add(&key),
                Some(_) => self.same += 1,
            }
        }
        for (key, row) in old {
            match row.is_newer {
                true => self.newer += 1,
                false => self.missing.add(&key),
            }
        }
    }
}

impl Keys {
    fn add(&mut self, key: &[u8]) {
        self.count += 1;
        if self.some.len() < SHOWN {
            self.some.push(String::from_utf8_lossy(key).into_owned());
        }
    }
}

impl Row {
    fn of(message: &BorrowedMessage<'_>, goal: &Goal) -> Self {
        let written = Written::of(message);
        let is_newer = written.source.is_some_and(|source| !goal.is_within(&source, written.offset));
        Row { value: Sha256::digest(message.payload().unwrap_or_default()).into(), is_newer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, u8, bool)]) -> HashMap<Key, Row> {
        let row = |&(key, value, is_newer): &(&str, u8, bool)| (key.into(), Row { value: [value; 32], is_newer });
        rows.iter().map(row).collect()
    }

    #[test]
    fn rows_are_the_same_or_missing_or_extra_or_changed_or_newer() {
        let mut comparison = Comparison::default();
        comparison.add(
            rows(&[("same", 1, false), ("gone", 1, false), ("other", 1, false), ("late", 1, true), ("moved", 1, true)]),
            rows(&[("same", 1, false), ("more", 1, false), ("other", 2, false), ("moved", 2, false)]),
        );
        let keys = |keys: &Keys| (keys.count, keys.some.join(" "));
        assert_eq!((comparison.same, comparison.newer, comparison.is_same()), (1, 2, false));
        assert_eq!(keys(&comparison.missing), (1, "gone".into()));
        assert_eq!(keys(&comparison.extra), (1, "more".into()));
        assert_eq!(keys(&comparison.changed), (1, "other".into()));
    }

    #[test]
    fn of_many_keys_some_are_shown_and_all_are_counted() {
        let mut keys = Keys::default();
        (0..100).for_each(|_| keys.add(b"k"));
        assert_eq!((keys.count, keys.some.len()), (100, SHOWN));
    }
}
