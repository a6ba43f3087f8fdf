//! What stands in a table under some keys: when each was written last, and from what.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};

use super::headers;
use super::past::{self, PastConsumer, Spans};
use super::record::header;
use super::settings::Settings;
use crate::fault::{Fault, Faulty};
use crate::telemetry;

/// How long to wait for Kafka transactions that are undecided: another parser's, which is at work.
const UNDECIDED: Duration = Duration::from_secs(20);

pub type Key = Vec<u8>;

/// A change that was made of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Topic and partition of the transaction; none where the record does not say.
    pub source: Option<(String, i32)>,
    /// The highest offset there.
    pub offset: i64,
    /// The latest time, in milliseconds since 1970.
    pub time: i64,
}

/// What a table was found to hold of the keys that were asked for: the last changes of each, one a source.
#[derive(Debug, Default)]
pub struct Standing {
    rows: HashMap<Key, Vec<Written>>,
    /// Nothing was ever written to it.
    pub is_new: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    #[error("what stands in topic \"{topic}\" could not be read")]
    Unread { topic: String, source: KafkaError },
    #[error("what stands in topic \"{0}\" is not decided yet")]
    Undecided(String),
}

impl Faulty for StandingError {
    fn fault(&self) -> Fault {
        Fault::Broker
    }
}

impl Standing {
    /// What was written since that time (milliseconds since 1970), up to what is there now. The topic must exist.
    pub fn read(settings: &Settings, topic: &str, keys: &HashSet<Key>, since: i64) -> Result<Self, StandingError> {
        let unread = |source| StandingError::Unread { topic: topic.to_owned(), source };
        let (mut standing, (consumer, ends)) = (Standing::default(), present(settings, topic)?);
        if ends.is_empty() {
            return Err(StandingError::Undecided(topic.to_owned()));
        }
        let partitions: Vec<i32> = ends.keys().copied().collect();
        standing.is_new = ends.values().all(|&end| end == 0);
        let starts = starts(&consumer, topic, &partitions, since).map_err(unread)?;
        let span = |(partition, end)| Some((partition, (*starts.get(&partition)?, end)));
        let spans: Spans = ends.into_iter().filter_map(span).collect();
        past::read(&consumer, topic, &spans, |message| standing.see(keys, message)).map_err(unread)?;
        Ok(standing)
    }

    pub fn of(&self, key: &[u8]) -> &[Written] {
        self.rows.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn add(&mut self, key: &[u8], written: Written) {
        let Some(known) = self.rows.get_mut(key) else {
            self.rows.insert(key.to_vec(), vec![written]);
            return;
        };
        match known.iter_mut().find(|known| known.source == written.source) {
            Some(known) => {
                known.offset = known.offset.max(written.offset);
                known.time = known.time.max(written.time);
            }
            None => known.push(written),
        }
    }

    fn see(&mut self, keys: &HashSet<Key>, message: &BorrowedMessage<'_>) {
        if let Some(key) = message.key().filter(|key| keys.contains(*key)) {
            self.add(key, Written::of(message));
        }
    }
}

impl Written {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Self {
        let text = |name| headers::text(message, name);
        let number = |name| text(name)?.parse::<i64>().ok();
        let partition = number(header::SOURCE_PARTITION).and_then(|partition| i32::try_from(partition).ok());
        // What was replayed is as old as the time when it was set aside.
        let replayed = text(header::REPLAY_SINCE).and_then(telemetry::milliseconds);
        Written {
            source: text(header::SOURCE_TOPIC).map(str::to_owned).zip(partition),
            offset: number(header::SOURCE_OFFSET).unwrap_or_default(),
            time: replayed.or_else(|| message.timestamp().to_millis()).unwrap_or_default(),
        }
    }
}

/// How far each partition of a table goes now, once that is decided; and who can read it.
pub(super) fn present(settings: &Settings, topic: &str) -> Result<(PastConsumer, past::Places), StandingError> {
    let unread = |source| StandingError::Unread { topic: topic.to_owned(), source };
    let until = Instant::now() + UNDECIDED;
    let consumer = past::consumer(settings).map_err(unread)?;
    let partitions = past::partitions(&consumer, topic).map_err(unread)?;
    let ends = past::decided(settings, &consumer, topic, &partitions, until).map_err(unread)?;
    match Instant::now() < until {
        true => Ok((consumer, ends)),
        false => Err(StandingError::Undecided(topic.to_owned())),
    }
}

fn starts(consumer: &PastConsumer, topic: &str, partitions: &[i32], since: i64) -> Result<past::Places, KafkaError> {
    match since {
        ..=0 => Ok(partitions.iter().map(|&partition| (partition, 0)).collect()),
        since => past::since(consumer, topic, partitions, since),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(topic: &str, offset: i64, time: i64) -> Written {
        Written { source: Some((topic.into(), 0)), offset, time }
    }

    #[test]
    fn of_each_source_the_last_is_remembered() {
        let mut standing = Standing::default();
        for change in [written("a", 5, 50), written("b", 9, 10), written("a", 3, 70)] {
            standing.add(b"k", change);
        }
        assert_eq!(standing.of(b"k"), [written("a", 5, 70), written("b", 9, 10)]);
        assert_eq!(standing.of(b"other"), []);
    }
}
