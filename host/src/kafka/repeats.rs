//! Which transactions of a batch have had their effect already: a message that two collectors stored in the same moment, or
//! whose first copy was stored although the answer was lost, is in the topic twice.
//!
//! Both copies lie in the same partitions, each in the order of the message, so that of every message only the highest
//! index seen needs to be known. What was read before this process began is read back when a partition's first record comes.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;

use super::identity::{MessageIdentity, StoredPlace};
use super::memory::Memory;
use super::past::{self, PastConsumer, Spans};
use super::reader::Batch;
use super::settings::Settings;
use super::source::{Place, SourceRecord};
use crate::fault::{Fault, Faulty};

/// Messages that are remembered, over all partitions: some fifty megabytes at most.
const MOST: usize = 500_000;
/// Records read back of every partition however old they are.
const FEWEST: i64 = 1_000;

/// A message in a partition.
type Seen = (u32, MessageIdentity);

pub struct Repeats {
    settings: Settings,
    /// How far to read back; zero for not at all, and then nothing is a repeat.
    within: Duration,
    consumer: Option<PastConsumer>,
    partitions: HashMap<Place, Known>,
    memory: Memory<Seen>,
}

/// A partition, and whether what came before is known of it.
#[derive(Debug, Clone, Copy)]
struct Known {
    number: u32,
    read_back: bool,
}

/// What is to be remembered of a batch once it is stored.
#[derive(Debug, Default)]
pub struct Judged {
    /// Of each record of the batch, whether it has had its effect.
    pub repeats: Vec<bool>,
    highest: HashMap<Seen, u32>,
}

#[derive(Debug, thiserror::Error)]
#[error("topic \"{topic}\", partition {partition}, cannot be read back to recognise repeated messages")]
pub struct NotReadBack {
    topic: String,
    partition: i32,
    source: KafkaError,
}

impl Faulty for NotReadBack {
    fn fault(&self) -> Fault {
        Fault::Broker
    }
}

impl Judged {
    /// How many of the batch are repeats.
    pub fn count(&self) -> u64 {
        self.repeats.iter().filter(|&&repeat| repeat).count() as u64
    }
}

impl Repeats {
    pub fn new(settings: &Settings, within: Duration) -> Self {
        let memory = Memory::new(MOST);
        Repeats { settings: settings.clone(), within, consumer: None, partitions: HashMap::new(), memory }
    }

    /// Others may deal with these partitions until they come back, if they do.
    pub fn lose(&mut self, places: &HashSet<Place>) {
        for place in places {
            self.partitions.entry(place.clone()).and_modify(|known| known.read_back = false);
        }
    }

    /// Tells which records of a batch are repeats. Nothing of the batch is remembered before it is stored.
    pub fn judge(&mut self, batch: &Batch) -> Result<Judged, NotReadBack> {
        let mut judged = Judged::default();
        let mut last: Option<(&SourceRecord, u32)> = None;
        for record in &batch.records {
            let place = StoredPlace::of_record(record).filter(|place| place.index > 0 && !self.within.is_zero());
            let Some(place) = place else {
                judged.repeats.push(false);
                continue;
            };
            let number = match last {
                Some((other, number)) if other.partition == record.partition && other.topic == record.topic => number,
                _ => self.number(record)?,
            };
            last = Some((record, number));
            let repeat = self.is_repeat(&mut judged.highest, (number, place.message), place.index);
            judged.repeats.push(repeat);
        }
        Ok(judged)
    }

    /// The batch is stored.
    pub fn remember(&mut self, batch: Judged) {
        for (seen, index) in batch.highest {
            self.memory.add(seen, index);
        }
    }

    fn is_repeat(&self, batch: &mut HashMap<Seen, u32>, seen: Seen, index: u32) -> bool {
        let highest = batch.get(&seen).copied().max(self.memory.highest(seen)).unwrap_or_default();
        if index > highest {
            batch.insert(seen, index);
        }
        index <= highest
    }

    /// The number of the record's partition, which is read back up to this record when it is its first.
    fn number(&mut self, record: &SourceRecord) -> Result<u32, NotReadBack> {
        let place = record.place();
        let next = u32::try_from(self.partitions.len()).unwrap_or(u32::MAX);
        let known = *self.partitions.entry(place.clone()).or_insert(Known { number: next, read_back: false });
        if !known.read_back {
            let failed = |source| NotReadBack { topic: place.0.clone(), partition: place.1, source };
            self.read_back(record, known.number).map_err(failed)?;
            self.partitions.insert(place, Known { read_back: true, ..known });
        }
        Ok(known.number)
    }

    fn read_back(&mut self, first: &SourceRecord, number: u32) -> Result<(), KafkaError> {
        let (began, topic, partition, end) = (Instant::now(), first.topic.as_str(), first.partition, first.offset);
        let consumer = match self.consumer.take() {
            Some(consumer) => consumer,
            None => past::consumer(&self.settings)?,
        };
        let time = first.timestamp.unwrap_or_else(past::now).saturating_sub(past::milliseconds(self.within));
        let since = past::since(&consumer, topic, &[partition], time)?.get(&partition).copied().unwrap_or(end);
        let spans = Spans::from([(partition, (since.min(end - FEWEST).max(0), end))]);
        let mut records = 0u64;
        past::read(&consumer, topic, &spans, |message| {
            records += 1;
            if let Some(place) = StoredPlace::of_message(message) {
                self.memory.add((number, place.message), place.index);
            }
        })?;
        tracing::debug!(topic, partition, records, "read back, in {:.1?}", began.elapsed());
        self.consumer = Some(consumer);
        Ok(())
    }
}

impl std::fmt::Debug for Repeats {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Repeats").field("within", &self.within).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::record::{header, pair};

    /// Of messages named by letters, indices by digits: `a1`.
    fn batch(partition: i32, names: &str) -> Batch {
        let record = |name: &str| {
            let (message, index) = name.split_at(1);
            SourceRecord {
                topic: "t".into(),
                partition,
                offset: 0,
                timestamp: None,
                key: Some(message.into()),
                value: None,
                headers: vec![pair(header::MODULE, "m"), pair(header::TRANSACTION_INDEX, index)],
            }
        };
        Batch { records: names.split(' ').map(record).collect(), ..Batch::default() }
    }

    /// Of partitions that are read back already.
    fn repeats() -> Repeats {
        let settings = Settings::new(&["localhost:1".into()], &[]).unwrap();
        let mut repeats = Repeats::new(&settings, Duration::from_secs(60));
        for (number, partition) in [(0, 0), (1, 1)] {
            repeats.partitions.insert(("t".into(), partition), Known { number, read_back: true });
        }
        repeats
    }

    fn judged(repeats: &mut Repeats, partition: i32, names: &str) -> (String, Judged) {
        let judged = repeats.judge(&batch(partition, names)).unwrap();
        (judged.repeats.iter().map(|&repeat| if repeat { 'r' } else { '.' }).collect(), judged)
    }

    #[test]
    fn copies_of_a_message_are_repeats_however_they_interleave() {
        for (names, verdict) in
            [("a1 a2 a1 a2", "..rr"), ("a1 a1 a2 a2", ".r.r"), ("a1 b1 a3 b2 a1 a3 b2", "....rrr"), ("a2 a1", ".r")]
        {
            assert_eq!(judged(&mut repeats(), 0, names).0, verdict, "{names}");
        }
    }

    #[test]
    fn what_is_not_stored_is_no_repeat_when_it_is_read_again() {
        let mut repeats = repeats();
        assert_eq!(judged(&mut repeats, 0, "a1 a2").0, "..");
        let (verdict, batch) = judged(&mut repeats, 0, "a1 a2 a3");
        assert_eq!(verdict, "...");
        repeats.remember(batch);
        assert_eq!(judged(&mut repeats, 0, "a1 a2 a3 a4").0, "rrr.");
    }

    #[test]
    fn another_partition_is_another_part_of_the_message() {
        let mut repeats = repeats();
        let (_, batch) = judged(&mut repeats, 0, "a3");
        repeats.remember(batch);
        assert_eq!(judged(&mut repeats, 1, "a1 a2").0, "..");
    }

    #[test]
    fn a_record_that_does_not_say_its_place_is_never_a_repeat() {
        assert_eq!(judged(&mut repeats(), 0, "a a0 a").0, "...");
    }
}
