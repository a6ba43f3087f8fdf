//! Reading a topic again, up to what is in it now.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::past::{self, PastConsumer, Spans};
use super::settings::Settings;
use super::source::{Place, SourceRecord};
use crate::fault::{Fault, Faulty};

/// How long Kafka may take over one answer, and Kafka transactions to be decided.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many offsets are looked through first for a partition's last record.
const TAIL: i64 = 1000;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    Earliest,
    Offset(i64),
    /// Milliseconds since 1970.
    Time(i64),
}

/// The offsets of the last records there were, of a consumer group that is to read up to them.
pub struct Goal {
    group: PastConsumer,
    last: BTreeMap<Place, i64>,
    begin: BTreeMap<Place, i64>,
    /// The group has never committed anything.
    pub is_new: bool,
}

/// How much of it is done, in offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub done: i64,
    pub all: i64,
}

#[derive(Debug, thiserror::Error)]
#[error("how far the topics are to be read cannot be told")]
pub struct GoalError(#[from] KafkaError);

impl Faulty for GoalError {
    fn fault(&self) -> Fault {
        Fault::Broker
    }
}

impl Goal {
    /// What the topics hold now.
    pub fn set(settings: &Settings, group: &str, topics: &[String], start: StartAt) -> Result<Self, GoalError> {
        let consumer = past::consumer(settings)?;
        let group = past::onlooker(settings, group)?;
        let mut goal = Goal { group, last: BTreeMap::new(), begin: BTreeMap::new(), is_new: true };
        for topic in topics {
            let partitions = past::partitions(&consumer, topic)?;
            let begin = begin(&consumer, topic, &partitions, start)?;
            let ends = past::decided(settings, &consumer, topic, &partitions, Instant::now() + PATIENCE)?;
            for (partition, end) in ends {
                let place = (topic.clone(), partition);
                let first = begin.get(&partition).copied().unwrap_or(end);
                goal.begin.insert(place.clone(), first);
                goal.last.extend(last_record(&consumer, topic, partition, first, end)?.map(|last| (place, last)));
            }
        }
        let committed = goal.group.committed_offsets(past::asked(goal.begin.keys()), PATIENCE)?;
        goal.is_new = !committed.elements().iter().any(|at| matches!(at.offset(), Offset::Offset(_)));
        Ok(goal)
    }

    /// Whether a record was there when the goal was set.
    pub fn wants(&self, record: &SourceRecord) -> bool {
        self.is_within(&record.place(), record.offset)
    }

    pub fn is_within(&self, place: &Place, offset: i64) -> bool {
        self.last.get(place).is_some_and(|last| offset <= *last)
    }

    /// As the group has committed it.
    pub fn reached(&self) -> Result<Reached, GoalError> {
        let committed = self.group.committed_offsets(past::asked(self.begin.keys()), PATIENCE)?;
        let mut reached = Reached { done: 0, all: 0 };
        for (place, last) in &self.last {
            let begin = self.begin.get(place).copied().unwrap_or_default();
            let at = match committed.find_partition(&place.0, place.1).map(|at| at.offset()) {
                Some(Offset::Offset(offset)) => offset,
                _ => begin,
            };
            reached.all += last + 1 - begin;
            reached.done += (at.min(last + 1) - begin).max(0);
        }
        Ok(reached)
    }

    /// Puts the group where it is to begin.
    pub fn begin(&self) -> Result<(), GoalError> {
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in &self.begin {
            list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
        }
        Ok(self.group.commit(&list, CommitMode::Sync)?)
    }
}

impl std::fmt::Display for Reached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = self.done * 100 / self.all.max(1);
        write!(out, "{percent}%, {} of {} offsets", self.done, self.all)
    }
}

impl Reached {
    pub fn is_all(self) -> bool {
        self.done >= self.all
    }
}

/// The first offset to read of each partition; none where it has nothing so new.
fn begin(consumer: &PastConsumer, topic: &str, partitions: &[i32], start: StartAt) -> Result<past::Places, KafkaError> {
    if let StartAt::Time(time) = start {
        return past::since(consumer, topic, partitions, time);
    }
    let mut begin = past::Places::new();
    for &partition in partitions {
        let (first, _) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
        let wanted = if let StartAt::Offset(offset) = start { offset } else { 0 };
        begin.insert(partition, first.max(wanted));
    }
    Ok(begin)
}

/// The last offset with a record: what ends a Kafka transaction takes one as well, and is none.
fn last_record(
    consumer: &PastConsumer,
    topic: &str,
    partition: i32,
    first: i64,
    end: i64,
) -> Result<Option<i64>, KafkaError> {
    let (mut tail, mut last) = (TAIL, None);
    let mut from = end;
    while last.is_none() && from > first {
        from = first.max(end.saturating_sub(tail));
        past::read(consumer, topic, &Spans::from([(partition, (from, end))]), |message| last = Some(message.offset()))?;
        tail = tail.saturating_mul(10);
    }
    Ok(last)
}

impl std::fmt::Debug for Goal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Goal").field("last", &self.last).finish_non_exhaustive()
    }
}
