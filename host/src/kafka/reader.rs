//! Taking stored transactions in, in batches, as a member of a consumer group.
//!
//! A batch holds only records of partitions that are this member's when it is handed out: what was read before a rebalance
//! took its partition away is forgotten, for the new owner will read it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, Statistics, TopicPartitionList};

use super::ClientError;
use super::headers::{self, Pair};
use super::lock;
use super::settings::Settings;

/// Most records of a batch.
const MOST_RECORDS: usize = 2000;
/// Most bytes of a batch, to the last record that passes it.
const MOST_BYTES: usize = 4 << 20;
/// Longest time a batch waits to be filled once it has a record.
const LINGER: Duration = Duration::from_millis(20);
/// Longest time to wait for a first record, and so for anything else to be noticed.
const IDLE: Duration = Duration::from_millis(250);

type Place = (String, i32);

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970, as its producer or its broker set it.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Pair>,
}

/// Records in the order of their partitions, to be dealt with as one.
#[derive(Debug, Default)]
pub struct Batch {
    pub records: Vec<SourceRecord>,
}

pub struct Reader {
    consumer: BaseConsumer<Group>,
}

impl Reader {
    pub fn new(settings: &Settings, group: &str, topics: &[String]) -> Result<Self, ClientError> {
        let mut config = settings.client();
        config.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        config.set("isolation.level", "read_committed").set("statistics.interval.ms", "2000");
        if settings.property("partition.assignment.strategy").is_none() {
            config.set("partition.assignment.strategy", "cooperative-sticky");
        }
        let consumer: BaseConsumer<Group> = config.create_with_context(Group::default())?;
        consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Reader { consumer })
    }

    /// The next records; none when nothing came for a while.
    pub fn next_batch(&self) -> Batch {
        let mut batch = Batch::default();
        let (mut bytes, mut until) = (0, Instant::now() + IDLE);
        while batch.records.len() < MOST_RECORDS && bytes < MOST_BYTES {
            let wait = until.saturating_duration_since(Instant::now());
            match self.consumer.poll(wait) {
                Some(Ok(message)) => {
                    if batch.records.is_empty() {
                        until = Instant::now() + LINGER;
                    }
                    bytes += message.payload_len();
                    batch.records.push(SourceRecord::of(&message));
                }
                Some(Err(error)) => tracing::warn!("reading from Kafka: {error}; trying on"),
                None if wait.is_zero() => break,
                None => {}
            }
        }
        let lost = self.consumer.context().take_lost();
        batch.records.retain(|record| !lost.contains(&record.place()));
        batch
    }

    /// Goes back to the start of a batch that came to nothing. Partitions lost meanwhile are left to their new owner.
    pub fn rewind(&self, batch: &Batch) {
        for ((topic, partition), offset) in batch.starts() {
            if let Err(error) = self.consumer.seek(&topic, partition, Offset::Offset(offset), Duration::from_secs(10)) {
                tracing::debug!(topic, partition, "not gone back: {error}");
            }
        }
    }

    /// Membership as it is now: with it, Kafka refuses offsets from a member that is no longer one.
    pub(super) fn membership(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    /// Records that are stored and not yet read, over this member's partitions, as last heard.
    pub fn lag(&self) -> Option<i64> {
        *lock(&self.consumer.context().lag)
    }
}

impl SourceRecord {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Self {
        SourceRecord {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers::of(message),
        }
    }

    fn place(&self) -> Place {
        (self.topic.clone(), self.partition)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The first offset of each partition.
    fn starts(&self) -> BTreeMap<Place, i64> {
        self.records.iter().rev().map(|record| (record.place(), record.offset)).collect()
    }

    /// Where to go on in each partition, once all of the batch is dealt with.
    pub(super) fn ends(&self) -> Result<TopicPartitionList, KafkaError> {
        let ends: HashMap<Place, i64> = self.records.iter().map(|record| (record.place(), record.offset + 1)).collect();
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in ends {
            list.add_partition_offset(&topic, partition, Offset::Offset(offset))?;
        }
        Ok(list)
    }
}

/// What librdkafka tells while it is polled.
#[derive(Default)]
struct Group {
    lost: Mutex<HashSet<Place>>,
    lag: Mutex<Option<i64>>,
}

impl Group {
    fn take_lost(&self) -> HashSet<Place> {
        std::mem::take(&mut *lock(&self.lost))
    }
}

impl ClientContext for Group {
    fn error(&self, error: KafkaError, reason: &str) {
        super::said(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        let ours = partitions.filter(|partition| partition.app_offset >= 0 && partition.ls_offset >= 0);
        *lock(&self.lag) = Some(ours.map(|partition| (partition.ls_offset - partition.app_offset).max(0)).sum());
    }
}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => tracing::info!("taking over {}", places(list)),
            Rebalance::Revoke(list) => {
                tracing::info!("giving up {}", places(list));
                let places = list.elements().into_iter().map(|e| (e.topic().to_owned(), e.partition()));
                lock(&self.lost).extend(places);
            }
            Rebalance::Error(error) => tracing::warn!("the consumer group could not be joined: {error}"),
        }
    }
}

fn places(list: &TopicPartitionList) -> String {
    let places: Vec<_> = list.elements().iter().map(|e| format!("{}/{}", e.topic(), e.partition())).collect();
    if places.is_empty() { "no partition".into() } else { places.join(", ") }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reader").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(partition: i32, offset: i64) -> SourceRecord {
        SourceRecord {
            topic: "t".into(),
            partition,
            offset,
            timestamp: None,
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }

    #[test]
    fn a_batch_starts_at_its_first_and_ends_after_its_last_record_of_each_partition() {
        let batch = Batch { records: vec![at(0, 7), at(1, 3), at(0, 9), at(1, 4)] };
        assert_eq!(batch.starts(), BTreeMap::from([(("t".into(), 0), 7), (("t".into(), 1), 3)]));
        let ends = batch.ends().unwrap();
        assert_eq!(ends.find_partition("t", 0).unwrap().offset(), Offset::Offset(10));
        assert_eq!(ends.find_partition("t", 1).unwrap().offset(), Offset::Offset(5));
    }
}
