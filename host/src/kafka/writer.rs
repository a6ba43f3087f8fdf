//! Writing what came of a batch: rows, dead letters and the batch's offsets in one Kafka transaction.
//!
//! Either all of it is there for `read_committed` readers, or nothing and the batch is read again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, TopicPartitionList};

use super::reader::{Batch, Dealt, Member, Notes, ReadError, Reader};
use super::record::OutputRecord;
use super::settings::Settings;
use super::transact;
use crate::broken::{self, Promise};
use crate::fault::{Fault, Faulty};

/// How long Kafka may take over a batch before it is given up and tried again. When this process is killed, readers of
/// committed records wait as long before what it had begun to write.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often offsets are committed where that promise is broken on purpose.
const BROKEN_TIMER: Duration = Duration::from_secs(5);
/// What a dead letter's headers may add to a record that was as large as records may be.
pub(super) const DEAD_LETTER_MARGIN: usize = 32_000;

pub struct Writer {
    /// Its `transactional.id`: making a producer with it ends what an earlier one left open.
    id: String,
    settings: Settings,
    producer: Option<Arc<BaseProducer>>,
    record_limit: usize,
    committed_apart: Instant,
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("Kafka did not take the batch ({step})")]
    NotTaken { step: &'static str, source: KafkaError },
    #[error("this member has left its consumer group")]
    NoMember,
    #[error(transparent)]
    Unproven(#[from] ReadError),
}

impl Faulty for WriteError {
    fn fault(&self) -> Fault {
        Fault::Broker
    }
}

impl Writer {
    /// A named member's producer is known again after a restart, and ends what it had left open at once.
    pub fn new(settings: &Settings, member: &Member) -> Self {
        let name = member.instance.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        Writer {
            id: format!("ps-stream-parse-{}-{name}", member.group),
            settings: settings.clone(),
            producer: None,
            record_limit: settings.record_limit(),
            committed_apart: Instant::now(),
        }
    }

    /// Sees to it that whatever was begun is decided, committed or aborted.
    pub fn settle(&mut self) -> Result<(), WriteError> {
        self.producer(Instant::now() + PATIENCE).map(drop)
    }

    /// Largest record that may be written as a row.
    pub fn record_limit(&self) -> usize {
        self.record_limit
    }

    /// Stores the records and, with them, that the batch is dealt with, and what is noted beside that. After an error all of
    /// it is visible or nothing: [`Writer::settle`] decides it, and then the group's offsets tell.
    pub fn commit(
        &mut self,
        reader: &Reader,
        batch: &Batch,
        records: &[OutputRecord],
        dealt: Dealt,
        notes: &Notes,
    ) -> Result<(), WriteError> {
        let offsets = batch.offsets(dealt, notes).map_err(step("offsets"))?;
        let result = self.try_commit(reader, batch, records, &offsets);
        if result.is_err() {
            self.abort();
        }
        result
    }

    fn try_commit(
        &mut self,
        reader: &Reader,
        batch: &Batch,
        records: &[OutputRecord],
        offsets: &TopicPartitionList,
    ) -> Result<(), WriteError> {
        let until = Instant::now() + PATIENCE;
        let producer = self.producer(until)?;
        producer.begin_transaction().map_err(step("begin"))?;
        transact::send_all(producer, records.iter().map(transact::addressed)).map_err(step("write"))?;
        let membership = batch.membership.as_ref().ok_or(WriteError::NoMember)?;
        if !broken::is(Promise::Offsets) {
            transact::send_offsets(producer, offsets.clone(), membership, until).map_err(step("offsets"))?;
            reader.confirm(batch, until)?;
        }
        transact::commit(producer, until).map_err(step("commit"))?;
        if broken::is(Promise::Offsets) && self.committed_apart.elapsed() > BROKEN_TIMER {
            self.committed_apart = Instant::now();
            reader.commit_apart(offsets).map_err(step("offsets"))?;
        }
        Ok(())
    }

    /// Made when it is first needed, and again after every failure.
    fn producer(&mut self, until: Instant) -> Result<&Arc<BaseProducer>, WriteError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => Arc::new(transact::connect(&self.config(), until).map_err(step("connect"))?),
        };
        Ok(self.producer.insert(producer))
    }

    fn config(&self) -> ClientConfig {
        let mut config = self.settings.producer();
        config.set("transactional.id", &self.id);
        config.set("message.max.bytes", (self.record_limit + DEAD_LETTER_MARGIN).to_string());
        config.set("transaction.timeout.ms", PATIENCE.as_millis().to_string());
        config.set("partitioner", "murmur2_random").set("linger.ms", "5");
        config
    }

    fn abort(&mut self) {
        if let Some(producer) = self.producer.take() {
            transact::abort(&producer);
        }
    }
}

fn step(step: &'static str) -> impl Fn(KafkaError) -> WriteError {
    move |source| WriteError::NotTaken { step, source }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Writer").field("record_limit", &self.record_limit).finish_non_exhaustive()
    }
}
