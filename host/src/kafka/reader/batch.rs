//! What is read: records, and batches of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::headers::{self, Pair};

/// A partition of a topic.
pub type Place = (String, i32);

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
#[derive(Default)]
pub struct Batch {
    pub records: Vec<SourceRecord>,
    /// The partitions that were taken away since the batch before. Some may have come back.
    pub lost: HashSet<Place>,
    /// Whose records these are: with it, Kafka refuses offsets from a member that is no longer one.
    pub(in crate::kafka) membership: Option<Arc<ConsumerGroupMetadata>>,
}

impl SourceRecord {
    pub(in crate::kafka) fn of(message: &BorrowedMessage<'_>) -> Self {
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

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    pub(in crate::kafka) fn place(&self) -> Place {
        (self.topic.clone(), self.partition)
    }
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Forgets what was read of partitions that are taken away: their new owner reads it. They may be given back, even in
    /// the next moment, and are then read from where the new owner stopped.
    pub(super) fn lose(&mut self, lost: HashSet<Place>) {
        if !lost.is_empty() {
            self.records.retain(|record| !lost.contains(&record.place()));
            self.lost.extend(lost);
        }
    }

    /// The records in runs of one partition each.
    fn runs(&self) -> impl DoubleEndedIterator<Item = &[SourceRecord]> {
        self.records.chunk_by(|one, next| one.partition == next.partition && one.topic == next.topic)
    }

    /// The first offset of each partition.
    pub(super) fn starts(&self) -> BTreeMap<Place, i64> {
        let first = |run: &[SourceRecord]| run.first().map(|record| (record.place(), record.offset));
        self.runs().rev().filter_map(first).collect()
    }

    /// Where to go on in each partition, once all of the batch is dealt with.
    pub(in crate::kafka) fn ends(&self) -> Result<TopicPartitionList, KafkaError> {
        let end = |run: &[SourceRecord]| run.last().map(|record| (record.place(), record.offset + 1));
        let ends: HashMap<Place, i64> = self.runs().filter_map(end).collect();
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in ends {
            list.add_partition_offset(&topic, partition, Offset::Offset(offset))?;
        }
        Ok(list)
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places: BTreeSet<Place> = self.records.iter().map(SourceRecord::place).collect();
        out.debug_struct("Batch").field("records", &self.records.len()).field("places", &places).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(partition: i32, offset: i64) -> SourceRecord {
        let topic = "t".into();
        SourceRecord { topic, partition, offset, timestamp: None, key: None, value: None, headers: Vec::new() }
    }

    fn batch(places: &[(i32, i64)]) -> Batch {
        let records = places.iter().map(|&(partition, offset)| at(partition, offset)).collect();
        Batch { records, ..Batch::default() }
    }

    #[test]
    fn a_batch_starts_at_its_first_and_ends_after_its_last_record_of_each_partition() {
        let batch = batch(&[(0, 7), (1, 3), (0, 9), (1, 4)]);
        assert_eq!(batch.starts(), BTreeMap::from([(("t".into(), 0), 7), (("t".into(), 1), 3)]));
        let ends = batch.ends().unwrap();
        assert_eq!(ends.find_partition("t", 0).unwrap().offset(), Offset::Offset(10));
        assert_eq!(ends.find_partition("t", 1).unwrap().offset(), Offset::Offset(5));
    }

    #[test]
    fn what_is_read_after_a_partition_has_come_back_stays() {
        let mut batch = batch(&[(0, 7), (1, 3)]);
        batch.lose(HashSet::from([("t".to_owned(), 0)]));
        batch.records.push(at(0, 7));
        batch.lose(HashSet::new());
        assert_eq!(batch.records, [at(1, 3), at(0, 7)]);
        assert!(batch.lost.contains(&("t".to_owned(), 0)));
    }
}
