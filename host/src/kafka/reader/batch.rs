//! What is read, in batches.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use crate::kafka::source::{Place, SourceRecord};

/// What is kept beside the group's offset in a partition: a few words, lost when the offset is.
pub type Notes = HashMap<Place, String>;

/// The first offset of each partition.
pub type Starts = BTreeMap<Place, i64>;

/// How far a batch is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dealt {
    /// Part of what it brings is to be stored before the rest of it.
    Partly,
    Wholly,
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

    pub fn starts(&self) -> Starts {
        let first = |run: &[SourceRecord]| run.first().map(|record| (record.place(), record.offset));
        self.runs().rev().filter_map(first).collect()
    }

    /// The offset after the last of each partition.
    fn ends(&self) -> BTreeMap<Place, i64> {
        let end = |run: &[SourceRecord]| run.last().map(|record| (record.place(), record.offset + 1));
        self.runs().filter_map(end).collect()
    }

    /// Where to go on in each partition, and what to note there.
    pub(in crate::kafka) fn offsets(&self, dealt: Dealt, notes: &Notes) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::new();
        let offsets = match dealt {
            Dealt::Partly => self.starts(),
            Dealt::Wholly => self.ends(),
        };
        for (place, offset) in offsets {
            let mut element = list.add_partition(&place.0, place.1);
            element.set_offset(Offset::Offset(offset))?;
            if let Some(note) = notes.get(&place) {
                element.set_metadata(note);
            }
        }
        Ok(list)
    }

    /// Cuts before and after each of these records.
    pub fn cut_at(mut self, is_alone: impl Fn(&SourceRecord) -> bool) -> Vec<Batch> {
        if !self.records.iter().any(&is_alone) {
            return vec![self];
        }
        let mut parts: Vec<Vec<SourceRecord>> = Vec::new();
        let mut after_one = true;
        for record in std::mem::take(&mut self.records) {
            let is_one = is_alone(&record);
            match parts.last_mut().filter(|_| !is_one && !after_one) {
                Some(part) => part.push(record),
                None => parts.push(vec![record]),
            }
            after_one = is_one;
        }
        let part = |records| Batch { records, lost: HashSet::new(), membership: self.membership.clone() };
        parts.into_iter().map(part).collect()
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
        let notes = Notes::from([(("t".into(), 1), "noted".to_owned())]);
        let ends = batch.offsets(Dealt::Wholly, &notes).unwrap();
        assert_eq!(ends.find_partition("t", 0).unwrap().offset(), Offset::Offset(10));
        let (one, other) = (ends.find_partition("t", 1).unwrap(), ends.find_partition("t", 0).unwrap());
        assert_eq!((one.offset(), one.metadata(), other.metadata()), (Offset::Offset(5), "noted", ""));
        let starts = batch.offsets(Dealt::Partly, &notes).unwrap();
        assert_eq!(starts.find_partition("t", 1).unwrap().offset(), Offset::Offset(3));
    }

    #[test]
    fn a_batch_is_cut_around_what_stands_alone() {
        let offsets = |records: &[i64], alone: &[i64]| -> Vec<Vec<i64>> {
            let batch = batch(&records.iter().map(|&offset| (0, offset)).collect::<Vec<_>>());
            let parts = batch.cut_at(|record| alone.contains(&record.offset));
            parts.iter().map(|part| part.records.iter().map(|record| record.offset).collect()).collect()
        };
        assert_eq!(offsets(&[1, 2, 3], &[]), [vec![1, 2, 3]]);
        assert_eq!(offsets(&[1, 2, 3, 4, 5], &[3]), [vec![1, 2], vec![3], vec![4, 5]]);
        assert_eq!(offsets(&[1, 2, 3], &[1, 2]), [vec![1], vec![2], vec![3]]);
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
