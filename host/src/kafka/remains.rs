//! What a table holds still of the time before a full sync: rows that were written last from one source partition, before
//! the sync's header came there, and from the same sender. Read from the table itself; nothing is kept beside it.

use std::collections::HashMap;

use rdkafka::message::BorrowedMessage;

use super::headers;
use super::parts::Parts;
use super::record::header;
use super::settings::Settings;
use super::source::Place;
use super::standing::{Key, StandingError, Written};

/// Which rows are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub source: Place,
    /// The header's offset there.
    pub offset: i64,
    /// The sending node, where it is known.
    pub from: Option<String>,
}

/// A table that was looked at.
#[derive(Debug)]
pub struct Remains {
    table: Parts,
    before: Before,
    /// Rows that came from that partition and sender, at any time.
    pub rows: u64,
    /// Those of them that came before.
    pub old: u64,
    /// The old ones of the last part that was read.
    keys: Vec<Key>,
}

impl Remains {
    /// Counts what is in the table now; nothing where there is no such topic.
    pub fn read(settings: &Settings, topic: &str, before: &Before) -> Result<Self, StandingError> {
        let table = Parts::open(settings, topic)?;
        let parts = table.count;
        let mut remains = Remains { table, before: before.clone(), rows: 0, old: 0, keys: Vec::new() };
        for part in 0..parts {
            let found = remains.read_part(part)?;
            remains.rows += found.len() as u64;
            remains.keys = old(found);
            remains.old += remains.keys.len() as u64;
        }
        Ok(remains)
    }

    /// Hands out the keys of the old rows, part by part.
    pub fn each<E: From<StandingError>>(mut self, mut see: impl FnMut(&[Key]) -> Result<(), E>) -> Result<(), E> {
        see(&std::mem::take(&mut self.keys))?;
        for part in 0..self.table.count - 1 {
            see(&old(self.read_part(part)?))?;
        }
        Ok(())
    }

    pub fn topic(&self) -> &str {
        self.table.topic()
    }

    /// The rows of that partition and sender, and of each whether it is old.
    fn read_part(&self, part: u64) -> Result<HashMap<Key, bool>, StandingError> {
        self.table.read(part, self.table.count, |message| self.before.is_about(message))
    }
}

impl Before {
    /// Whether a row is an old one; nothing where it came from elsewhere.
    fn is_about(&self, message: &BorrowedMessage<'_>) -> Option<bool> {
        let written = Written::of(message);
        let is_ours = written.source.as_ref() == Some(&self.source)
            && headers::text(message, header::FROM) == self.from.as_deref();
        is_ours.then_some(written.offset < self.offset)
    }
}

fn old(rows: HashMap<Key, bool>) -> Vec<Key> {
    rows.into_iter().filter(|(_, is_old)| *is_old).map(|(key, _)| key).collect()
}
