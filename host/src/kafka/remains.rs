//! What a table holds still of the time before a full sync: rows that were written last from one source partition, before
//! the sync's header came there, and from the same sender.
//!
//! Read from the table itself, in as many parts of its keys as bound the memory; nothing is kept beside it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use rdkafka::message::{BorrowedMessage, Message};

use super::headers;
use super::past::{self, PastConsumer, Spans};
use super::reader::Place;
use super::record::header;
use super::settings::Settings;
use super::standing::{Key, StandingError, UNDECIDED, Written};

/// Records of the table whose keys are held at one time: some fifty megabytes.
const AT_A_TIME: i64 = 500_000;

/// Which rows are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub source: Place,
    /// The header's offset there.
    pub offset: i64,
    /// The sending node, where it is known.
    pub from: Option<String>,
}

/// A table to be looked at.
pub struct Remains {
    topic: String,
    before: Before,
    consumer: PastConsumer,
    spans: Spans,
    parts: u64,
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
        let unread = |source| StandingError::Unread { topic: topic.to_owned(), source };
        let until = Instant::now() + UNDECIDED;
        let consumer = past::consumer(settings).map_err(unread)?;
        let partitions = past::partitions(&consumer, topic).map_err(unread)?;
        let ends = past::decided(settings, &consumer, topic, &partitions, until).map_err(unread)?;
        if Instant::now() >= until {
            return Err(StandingError::Undecided(topic.to_owned()));
        }
        let parts = ends.values().sum::<i64>() / AT_A_TIME + 1;
        let mut remains = Remains {
            topic: topic.to_owned(),
            before: before.clone(),
            consumer,
            spans: ends.into_iter().map(|(partition, end)| (partition, (0, end))).collect(),
            parts: u64::try_from(parts).unwrap_or(1),
            rows: 0,
            old: 0,
            keys: Vec::new(),
        };
        for part in 0..remains.parts {
            let found = remains.read_part(part)?;
            remains.rows += found.len() as u64;
            remains.keys = old(found);
            remains.old += remains.keys.len() as u64;
        }
        Ok(remains)
    }

    /// Hands out the keys of the old rows, part by part.
    pub fn each<E: From<StandingError>>(mut self, mut see: impl FnMut(&[Key]) -> Result<(), E>) -> Result<(), E> {
        let last = self.parts - 1;
        see(&std::mem::take(&mut self.keys))?;
        for part in 0..last {
            see(&old(self.read_part(part)?))?;
        }
        Ok(())
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The rows of that partition and sender, and of each whether it is old.
    fn read_part(&self, part: u64) -> Result<HashMap<Key, bool>, StandingError> {
        let mut rows = HashMap::new();
        let read = past::read(&self.consumer, &self.topic, &self.spans, |message| {
            if let Some(key) = message.key().filter(|key| part_of(key, self.parts) == part) {
                match self.before.is_about(message) {
                    Some(is_old) => _ = rows.insert(key.to_vec(), is_old),
                    None => _ = rows.remove(key),
                }
            }
        });
        read.map_err(|source| StandingError::Unread { topic: self.topic.clone(), source })?;
        Ok(rows)
    }
}

impl Before {
    /// Whether a row is an old one; nothing where it is gone, or came from elsewhere.
    fn is_about(&self, message: &BorrowedMessage<'_>) -> Option<bool> {
        message.payload()?;
        let written = Written::of(message);
        let is_ours = written.source.as_ref() == Some(&self.source)
            && headers::text(message, header::FROM) == self.from.as_deref();
        is_ours.then_some(written.offset < self.offset)
    }
}

fn old(rows: HashMap<Key, bool>) -> Vec<Key> {
    rows.into_iter().filter(|(_, is_old)| *is_old).map(|(key, _)| key).collect()
}

fn part_of(key: &[u8], parts: u64) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish() % parts
}

impl std::fmt::Debug for Remains {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Remains").field("topic", &self.topic).field("old", &self.old).finish_non_exhaustive()
    }
}
