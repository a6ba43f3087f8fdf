//! Writing what came of a batch: rows, dead letters and the batch's offsets in one Kafka transaction.
//!
//! Either all of it is there for `read_committed` readers, or nothing and the batch is read again.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::headers;
use super::reader::{Batch, Reader};
use super::record::OutputRecord;
use super::settings::Settings;
use super::transact;
use crate::fault::{Fault, Faulty};

/// How long Kafka may take over a batch before it is given up and tried again.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a dead letter's headers may add to a record that was as large as records may be.
const DEAD_LETTER_MARGIN: usize = 32_000;

pub struct Writer {
    /// Its `transactional.id`: making a producer with it ends what an earlier one left open.
    id: String,
    settings: Settings,
    producer: Option<BaseProducer>,
    record_limit: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("Kafka did not take the batch ({step})")]
    NotTaken { step: &'static str, source: KafkaError },
    #[error("this member has left its consumer group")]
    NoMember,
}

impl Faulty for WriteError {
    fn fault(&self) -> Fault {
        Fault::Broker
    }
}

impl Writer {
    pub fn new(settings: &Settings) -> Self {
        let id = format!("ps-stream-parse-{}", uuid::Uuid::new_v4());
        Writer { id, settings: settings.clone(), producer: None, record_limit: settings.record_limit() }
    }

    /// Largest record that may be written as a row.
    pub fn record_limit(&self) -> usize {
        self.record_limit
    }

    /// Stores the records and, with them, that the batch is dealt with. After an error nothing of it is visible.
    pub fn commit(&mut self, reader: &Reader, batch: &Batch, records: &[OutputRecord]) -> Result<(), WriteError> {
        let result = self.try_commit(reader, batch, records);
        if result.is_err() {
            self.abort();
        }
        result
    }

    fn try_commit(&mut self, reader: &Reader, batch: &Batch, records: &[OutputRecord]) -> Result<(), WriteError> {
        let until = Instant::now() + PATIENCE;
        let producer = self.producer(until)?;
        producer.begin_transaction().map_err(step("begin"))?;
        for record in records {
            produce(producer, record).map_err(step("write"))?;
        }
        let ends = batch.ends().map_err(step("offsets"))?;
        let membership = reader.membership().ok_or(WriteError::NoMember)?;
        transact::until_done(until, |left| producer.send_offsets_to_transaction(&ends, &membership, left))
            .map_err(step("offsets"))?;
        transact::commit(producer, until).map_err(step("commit"))
    }

    /// Made when it is first needed, and again after every failure.
    fn producer(&mut self, until: Instant) -> Result<&BaseProducer, WriteError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => transact::connect(&self.config(), until).map_err(step("connect"))?,
        };
        Ok(self.producer.insert(producer))
    }

    fn config(&self) -> ClientConfig {
        let mut config = self.settings.producer();
        config.set("transactional.id", &self.id);
        config.set("message.max.bytes", (self.record_limit + DEAD_LETTER_MARGIN).to_string());
        config.set("transaction.timeout.ms", "60000").set("partitioner", "murmur2_random").set("linger.ms", "5");
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

fn produce(producer: &BaseProducer, record: &OutputRecord) -> Result<(), KafkaError> {
    let mut base = BaseRecord::<[u8], [u8]>::to(&record.topic).headers(headers::to_owned(&record.headers));
    if let Some(key) = &record.key {
        base = base.key(key);
    }
    if let Some(value) = &record.value {
        base = base.payload(value);
    }
    transact::send(producer, base)
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Writer").field("record_limit", &self.record_limit).finish_non_exhaustive()
    }
}
