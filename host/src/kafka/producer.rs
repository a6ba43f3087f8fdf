//! Delivering the transactions of messages: idempotent, acknowledged by all in-sync replicas, bounded in memory.
//!
//! A [`Delivery`] stands for one message. Each of its records counts as in flight until the broker's word is in; what is in
//! flight over all messages is bounded, and who would pass the bound waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, NoCustomPartitioner, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::{Notify, Semaphore};

use super::ClientError;
use super::headers;
use super::partition;
use super::record::TransactionRecord;
use super::settings::Settings;
use super::topics::{TopicError, Topics};
use crate::fault::{Fault, Faulty};

/// Most bytes on their way to Kafka at one time, over all messages.
const IN_FLIGHT: u32 = 64 << 20;
/// What a record costs besides its value.
const OVERHEAD: usize = 1024;

pub struct Producer {
    inner: ThreadedProducer<Reports>,
    topics: Topics,
    room: Arc<Semaphore>,
}

/// One message on its way to Kafka.
pub struct Delivery<'p> {
    producer: &'p Producer,
    tally: Arc<Tally>,
}

#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    #[error("transaction {index} is too large for Kafka ({bytes} bytes; the limit is message.max.bytes)")]
    TooLarge { index: u32, bytes: usize },
    #[error("topic \"{topic}\" did not take the message")]
    NotTaken { topic: String, source: KafkaError },
    #[error(transparent)]
    Topic(#[from] TopicError),
}

impl Faulty for DeliveryError {
    fn fault(&self) -> Fault {
        match self {
            DeliveryError::TooLarge { .. } => Fault::Sender,
            DeliveryError::NotTaken { .. } => Fault::Broker,
            DeliveryError::Topic(error) => error.fault(),
        }
    }
}

impl Producer {
    /// `timeout` bounds how long a record may take to be acknowledged.
    pub fn new(settings: &Settings, timeout: Duration) -> Result<Self, ClientError> {
        let mut config = settings.client();
        config.set("enable.idempotence", "true").set("acks", "all");
        config.set("message.timeout.ms", timeout.as_millis().to_string());
        config.set("queue.buffering.max.kbytes", (2 * IN_FLIGHT / 1024).to_string());
        config.set("queue.buffering.max.messages", "1000000");
        if settings.property("compression.type").or(settings.property("compression.codec")).is_none() {
            config.set("compression.type", "lz4");
        }
        Ok(Producer {
            inner: config.create_with_context(Reports)?,
            topics: Topics::new(settings, timeout)?,
            room: Arc::new(Semaphore::new(IN_FLIGHT as usize)),
        })
    }

    pub fn delivery(&self) -> Delivery<'_> {
        Delivery { producer: self, tally: Arc::new(Tally::new(self.room.clone())) }
    }

    /// Sees to it that a topic is there, so that a wrong address shows at the start and not at the first message.
    pub async fn prepare(&self, topic: &str) -> Result<(), TopicError> {
        self.topics.partitions(topic).await.map(drop)
    }

    /// Waits for what is still on its way.
    pub fn close(&self, timeout: Duration) {
        if self.inner.flush(timeout).is_err() {
            tracing::warn!(records = self.inner.in_flight_count(), "stopped before Kafka had taken everything");
        }
    }
}

impl Delivery<'_> {
    /// Hands one record over; returns as soon as there is room for it, not when it is stored.
    pub async fn send(&self, record: TransactionRecord) -> Result<(), DeliveryError> {
        let partitions = self.producer.topics.partitions(&record.topic).await?;
        let cost = cost(record.value.len());
        if let Ok(room) = self.producer.room.acquire_many(cost).await {
            room.forget();
        }
        self.tally.pending.fetch_add(1, Ordering::AcqRel);
        let headers = headers::to_owned(&record.headers);
        let base = BaseRecord::with_opaque_to(&record.topic, self.tally.clone())
            .partition(partition::of(record.ordering_key.as_bytes(), partitions))
            .key(&record.key)
            .payload(&record.value)
            .headers(headers);
        self.producer.inner.send(base).map_err(|(source, _)| {
            self.tally.settle(record.value.len(), None);
            refused(&record, source)
        })
    }

    /// Waits until Kafka has said yes to every record, or no to one.
    pub async fn confirmed(self, topic: &str) -> Result<(), DeliveryError> {
        self.tally.settled().await;
        match self.tally.take_failure() {
            None => Ok(()),
            Some(source) => Err(DeliveryError::NotTaken { topic: topic.into(), source }),
        }
    }
}

fn refused(record: &TransactionRecord, source: KafkaError) -> DeliveryError {
    match source.rdkafka_error_code() {
        Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
            DeliveryError::TooLarge { index: record.index, bytes: record.value.len() }
        }
        _ => DeliveryError::NotTaken { topic: record.topic.clone(), source },
    }
}

fn cost(bytes: usize) -> u32 {
    u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX).min(IN_FLIGHT)
}

/// What of one message is still on its way, and the first failure.
struct Tally {
    pending: AtomicUsize,
    failure: Mutex<Option<KafkaError>>,
    changed: Notify,
    room: Arc<Semaphore>,
}

impl Tally {
    fn new(room: Arc<Semaphore>) -> Self {
        Tally { pending: AtomicUsize::new(0), failure: Mutex::default(), changed: Notify::new(), room }
    }

    fn settle(&self, bytes: usize, failure: Option<KafkaError>) {
        if let Some(error) = failure {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        self.room.add_permits(cost(bytes) as usize);
        if self.pending.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.changed.notify_waiters();
        }
    }

    async fn settled(&self) {
        loop {
            let changed = self.changed.notified();
            if self.pending.load(Ordering::Acquire) == 0 {
                return;
            }
            changed.await;
        }
    }

    fn take_failure(&self) -> Option<KafkaError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Where librdkafka reports each record's fate.
struct Reports;

impl ClientContext for Reports {}

impl ProducerContext<NoCustomPartitioner> for Reports {
    type DeliveryOpaque = Arc<Tally>;

    fn delivery(&self, result: &DeliveryResult<'_>, tally: Arc<Tally>) {
        match result {
            Ok(message) => tally.settle(message.payload_len(), None),
            Err((error, message)) => tally.settle(message.payload_len(), Some(error.clone())),
        }
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Producer").field("topics", &self.topics).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delivery").finish_non_exhaustive()
    }
}
