//! A table as it is now, read in as many parts of its keys as bound the memory.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rdkafka::message::{BorrowedMessage, Message};

use super::past::{self, PastConsumer, Spans};
use super::settings::Settings;
use super::standing::{self, Key, StandingError};

/// Records whose keys are held at one time: some fifty megabytes.
const AT_A_TIME: i64 = 500_000;

/// What was in the topic when it was opened; nothing where there is no such topic.
pub struct Parts {
    topic: String,
    consumer: PastConsumer,
    spans: Spans,
    /// How many parts it should be read in.
    pub count: u64,
}

impl Parts {
    pub fn open(settings: &Settings, topic: &str) -> Result<Self, StandingError> {
        let (consumer, ends) = standing::present(settings, topic)?;
        let count = u64::try_from(ends.values().sum::<i64>() / AT_A_TIME + 1).unwrap_or(1);
        let spans = ends.into_iter().map(|(partition, end)| (partition, (0, end))).collect();
        Ok(Parts { topic: topic.to_owned(), consumer, spans, count })
    }

    /// Whether nothing was ever written to it.
    pub fn is_new(&self) -> bool {
        self.spans.values().all(|(_, end)| *end == 0)
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// One part of so many: what is made of the last record of each key, but nothing where that is a tombstone or nothing is
    /// made of it.
    pub fn read<T>(
        &self,
        part: u64,
        of: u64,
        mut make: impl FnMut(&BorrowedMessage<'_>) -> Option<T>,
    ) -> Result<HashMap<Key, T>, StandingError> {
        let mut rows = HashMap::new();
        let read = past::read(&self.consumer, &self.topic, &self.spans, |message| {
            if let Some(key) = message.key().filter(|key| part_of(key, of) == part) {
                match message.payload().and_then(|_| make(message)) {
                    Some(made) => _ = rows.insert(key.to_vec(), made),
                    None => _ = rows.remove(key),
                }
            }
        });
        read.map_err(|source| StandingError::Unread { topic: self.topic.clone(), source })?;
        Ok(rows)
    }
}

fn part_of(key: &[u8], parts: u64) -> u64 {
    let mut hash = DefaultHasher::new();
    key.hash(&mut hash);
    hash.finish() % parts.max(1)
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Parts").field("topic", &self.topic).field("count", &self.count).finish_non_exhaustive()
    }
}
