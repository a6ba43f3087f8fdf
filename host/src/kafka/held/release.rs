//! Making a complete message appear: its transactions in their topics, and a marker beside its segments, in one Kafka
//! transaction.
//!
//! Once, by this order. The producer's `transactional.id` is the message's own, so that connecting ends what another has
//! begun for the same message and stops it, and stops nobody else. Only then the topic is looked at for a marker, up to what
//! is there and decided; where there is none nobody can write one any more but this, or who stops this.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{BaseProducer, Producer};
use tokio::runtime::Handle;

use super::Shared;
use super::entry::{self, Entry, Says};
use super::numbering::Numbering;
use super::plan::{Plan, Run};
use crate::kafka::past::{self, PastConsumer, Spans};
use crate::kafka::producer::Largest;
use crate::kafka::record::{OutputRecord, Spread};
use crate::kafka::source::SourceRecord;
use crate::kafka::topics::TopicError;
use crate::kafka::{DeliveryError, partition, transact};
use crate::telemetry;

pub struct Release {
    shared: Arc<Shared>,
    runtime: Handle,
    plan: Plan,
    /// When what is asked of Kafka before the first record must be answered.
    until: Instant,
}

/// The transactions on their way.
struct Writing<'r> {
    release: &'r Release,
    producer: &'r BaseProducer,
    numbering: Numbering,
    /// The message's own key, as its records have it.
    key: Option<Vec<u8>>,
    largest: Largest,
    partitions: HashMap<String, i32>,
}

impl Release {
    pub fn new(shared: Arc<Shared>, plan: Plan) -> Self {
        let until = Instant::now() + shared.timeout;
        Release { shared, runtime: Handle::current(), plan, until }
    }

    /// Blocks until the message is there, by this or by another, or is not.
    pub fn run(&self) -> Result<(), DeliveryError> {
        let released = self.try_run();
        self.shared.note(self.plan.message, &released);
        released
    }

    fn try_run(&self) -> Result<(), DeliveryError> {
        let producer = self.connect()?;
        let consumer = past::consumer(&self.shared.settings)?;
        if self.is_marked(&consumer)? {
            return Ok(());
        }
        self.write(&producer, &consumer).map_err(|error| {
            transact::abort(&producer);
            if transact::is_fenced(&producer) { DeliveryError::Overtaken } else { error }
        })
    }

    fn connect(&self) -> Result<BaseProducer, DeliveryError> {
        let Shared { settings, topic, life, timeout, .. } = &*self.shared;
        let id = format!("ps-stream-release-{topic}-{}", self.plan.message);
        let connected = transact::connect(&transact::bounded(settings, &id, *life, *timeout), self.until);
        connected.map_err(|error| match transact::code(&error) {
            Some(code) if transact::means_fenced(code) => DeliveryError::Overtaken,
            _ => error.into(),
        })
    }

    fn is_marked(&self, consumer: &PastConsumer) -> Result<bool, DeliveryError> {
        let Shared { settings, topic, .. } = &*self.shared;
        let partitions: Vec<i32> = self.plan.after.keys().copied().collect();
        let ends = past::decided(settings, consumer, topic, &partitions, self.until)?;
        if Instant::now() >= self.until {
            return Err(DeliveryError::NotReleased);
        }
        let spans = ends.into_iter().filter_map(|(p, end)| Some((p, (*self.plan.after.get(&p)?, end)))).collect();
        let mut marked = false;
        past::read(consumer, topic, &spans, |message| {
            let entry = Entry::of(message).filter(|entry| entry.message == self.plan.message);
            marked |= entry.is_some_and(|entry| entry.says == Says::Released);
        })?;
        Ok(marked)
    }

    fn write(&self, producer: &BaseProducer, consumer: &PastConsumer) -> Result<(), DeliveryError> {
        producer.begin_transaction()?;
        let mut writing = Writing::new(self, producer);
        let written = writing.write_all(consumer);
        let committed = written.and_then(|()| Ok(transact::commit(producer, Instant::now() + self.shared.timeout)?));
        committed.map_err(|error| error.naming(writing.largest))
    }
}

impl<'r> Writing<'r> {
    fn new(release: &'r Release, producer: &'r BaseProducer) -> Self {
        let numbering = Numbering::new(release.plan.sizes.clone());
        Writing { release, producer, numbering, key: None, largest: Largest::default(), partitions: HashMap::new() }
    }

    /// Segment after segment, and the marker.
    fn write_all(&mut self, consumer: &PastConsumer) -> Result<(), DeliveryError> {
        for Run { partition, start, end } in &self.release.plan.runs {
            let spans = Spans::from([(*partition, (*start, end + 1))]);
            past::try_read(consumer, &self.release.shared.topic, &spans, |message| self.see(message))?;
        }
        self.mark()
    }

    fn see(&mut self, message: &BorrowedMessage<'_>) -> Result<(), DeliveryError> {
        match Entry::of(message).filter(|entry| entry.message == self.release.plan.message).map(|entry| entry.says) {
            Some(Says::Transaction { segment, index }) => match self.numbering.place(segment, index) {
                Some(place) => self.send(&SourceRecord::of(message), place),
                None => Ok(()),
            },
            Some(Says::End { .. }) => {
                self.key = self.key.take().or_else(|| SourceRecord::of(message).key);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn send(&mut self, held: &SourceRecord, place: u32) -> Result<(), DeliveryError> {
        let (record, spread) = entry::released(held, place).map_err(|_| self.lost())?;
        self.largest = self.largest.max(Largest { bytes: record.size(), index: place });
        let partitions = self.partitions(&record.topic)?;
        match spread {
            Spread::One(key) => self.write(&record, partition::of(key.as_bytes(), partitions)),
            Spread::All => (0..partitions).try_for_each(|partition| self.write(&record, partition)),
        }
    }

    /// The last record, so that the segments' own partition is held up for a moment only.
    fn mark(&mut self) -> Result<(), DeliveryError> {
        if !self.numbering.is_whole() {
            return Err(self.lost());
        }
        let Plan { sizes, last, .. } = &self.release.plan;
        let count = u32::try_from(sizes.len()).unwrap_or(u32::MAX);
        let marker = entry::marker(&self.release.shared.topic, self.key.take(), count, &telemetry::now());
        self.write(&marker, *last)
    }

    fn write(&self, record: &OutputRecord, partition: i32) -> Result<(), DeliveryError> {
        Ok(transact::send(self.producer, transact::addressed(record).partition(partition))?)
    }

    fn partitions(&mut self, topic: &str) -> Result<i32, TopicError> {
        if let Some(known) = self.partitions.get(topic) {
            return Ok(*known);
        }
        let partitions = self.release.runtime.block_on(self.release.shared.topics.partitions(topic))?;
        self.partitions.insert(topic.to_owned(), partitions);
        Ok(partitions)
    }

    fn lost(&self) -> DeliveryError {
        DeliveryError::Lost(self.release.shared.topic.clone())
    }
}
