//! Writing what came of a batch: rows, dead letters and the batch's offsets in one Kafka transaction.
//!
//! Either all of it is there for `read_committed` readers, or nothing and the batch is read again.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::headers;
use super::reader::{Batch, Reader};
use super::record::OutputRecord;
use super::settings::Settings;
use crate::fault::{Fault, Faulty};

/// Longest wait for one answer from Kafka before the batch is given up and tried again.
const PATIENCE: Duration = Duration::from_secs(30);
/// librdkafka's own limit, unless `message.max.bytes` says otherwise.
const RECORD_LIMIT: usize = 1_000_000;
/// What a dead letter's headers may add to a record that was as large as records may be.
const DEAD_LETTER_MARGIN: usize = 32_000;

pub struct Writer {
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
        let limit = settings.property("message.max.bytes").and_then(|limit| limit.parse().ok());
        Writer { settings: settings.clone(), producer: None, record_limit: limit.unwrap_or(RECORD_LIMIT) }
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
        let producer = self.producer()?;
        producer.begin_transaction().map_err(step("begin"))?;
        for record in records {
            produce(producer, record).map_err(step("write"))?;
        }
        let ends = batch.ends().map_err(step("offsets"))?;
        let membership = reader.membership().ok_or(WriteError::NoMember)?;
        until_done(|| producer.send_offsets_to_transaction(&ends, &membership, PATIENCE)).map_err(step("offsets"))?;
        until_done(|| producer.commit_transaction(PATIENCE)).map_err(step("commit"))
    }

    /// A producer that failed for good is replaced: its identity is its own, so nothing else can be fenced by a new one.
    fn producer(&mut self) -> Result<&BaseProducer, WriteError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => self.connect().map_err(step("connect"))?,
        };
        Ok(self.producer.insert(producer))
    }

    fn connect(&self) -> Result<BaseProducer, KafkaError> {
        let mut config = self.settings.client();
        config.set("transactional.id", format!("ps-stream-parse-{}", uuid::Uuid::new_v4()));
        config.set("message.max.bytes", (self.record_limit + DEAD_LETTER_MARGIN).to_string());
        config.set("transaction.timeout.ms", "60000").set("partitioner", "murmur2_random").set("linger.ms", "5");
        if self.settings.property("compression.type").or(self.settings.property("compression.codec")).is_none() {
            config.set("compression.type", "lz4");
        }
        let producer: BaseProducer = config.create()?;
        producer.init_transactions(PATIENCE)?;
        Ok(producer)
    }

    fn abort(&mut self) {
        if let Some(producer) = &self.producer
            && let Err(error) = producer.abort_transaction(PATIENCE)
        {
            tracing::debug!("the Kafka transaction could not be aborted ({error}); Kafka will do so in time");
            self.producer = None;
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
    loop {
        match producer.send(base) {
            Ok(()) => {
                producer.poll(Duration::ZERO);
                return Ok(());
            }
            Err((error, back)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                producer.poll(Duration::from_millis(100));
                base = back;
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// Asks again as long as Kafka's client says that asking again is right, within a bound.
fn until_done(ask: impl Fn() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    let mut left = 3;
    loop {
        match ask() {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && left > 0 => left -= 1,
            other => return other,
        }
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Writer").field("record_limit", &self.record_limit).finish_non_exhaustive()
    }
}
