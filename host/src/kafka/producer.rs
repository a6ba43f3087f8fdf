//! Delivering messages: all of one or nothing, acknowledged by all in-sync replicas.
//!
//! A message of one transaction is one record, atomic by itself ([`lone`]). The records of a small one of several are
//! held until its end and then written in a Kafka transaction, which it shares with others that wait at the same moment.
//! A large one streams into a Kafka transaction of its own, so that memory does not grow with it ([`unit`]).

mod lone;
mod unit;

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::partition;
use super::record::TransactionRecord;
use super::settings::Settings;
use super::topics::{TopicError, Topics};
use super::{ClientError, transact};
use crate::fault::{Fault, Faulty};

use lone::Lone;
use unit::{Stream, Units};

/// A message larger than this is not held until its end but streamed. Times the messages under way it bounds memory.
const HELD: usize = 256 << 10;

pub struct Producer {
    lone: Lone,
    units: Units,
    topics: Topics,
    record_limit: usize,
}

/// One message on its way to Kafka. Dropped before [`Delivery::confirmed`], it leaves nothing.
pub struct Delivery<'p> {
    producer: &'p Producer,
    /// What is not handed over yet.
    held: Vec<Addressed>,
    bytes: usize,
    stream: Option<Stream>,
}

/// A record and its partition.
#[derive(Debug)]
struct Addressed {
    record: TransactionRecord,
    partition: i32,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum DeliveryError {
    #[error("transaction {index} is too large for Kafka ({bytes} bytes; the limit is {limit}, message.max.bytes)")]
    TooLarge { index: u32, bytes: usize, limit: usize },
    #[error("a transaction of the message is too large for its topic (max.message.bytes)")]
    TooLargeForTopic(#[source] KafkaError),
    #[error("Kafka did not take the message")]
    NotTaken(#[source] KafkaError),
    #[error("no room to begin another large message")]
    NoRoom,
    #[error("the delivery was given up")]
    GivenUp,
    #[error(transparent)]
    Topic(#[from] TopicError),
}

impl Faulty for DeliveryError {
    fn fault(&self) -> Fault {
        match self {
            DeliveryError::TooLarge { .. } | DeliveryError::TooLargeForTopic(_) => Fault::Sender,
            DeliveryError::NotTaken(_) | DeliveryError::NoRoom | DeliveryError::GivenUp => Fault::Broker,
            DeliveryError::Topic(error) => error.fault(),
        }
    }
}

impl From<KafkaError> for DeliveryError {
    fn from(error: KafkaError) -> Self {
        match transact::code(&error) {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => DeliveryError::TooLargeForTopic(error),
            _ => DeliveryError::NotTaken(error),
        }
    }
}

impl Producer {
    /// `timeout` bounds how long a message may take to be stored once it is all there.
    pub fn new(settings: &Settings, timeout: Duration) -> Result<Self, ClientError> {
        Ok(Producer {
            lone: Lone::new(settings, timeout)?,
            units: Units::start(settings, timeout),
            topics: Topics::new(settings, timeout)?,
            record_limit: settings.record_limit(),
        })
    }

    pub fn delivery(&self) -> Delivery<'_> {
        Delivery { producer: self, held: Vec::new(), bytes: 0, stream: None }
    }

    /// Sees to it that a topic is there, so that a wrong address shows at the start and not at the first message.
    pub async fn prepare(&self, topic: &str) -> Result<(), TopicError> {
        self.topics.partitions(topic).await.map(drop)
    }
}

impl Delivery<'_> {
    /// Takes one record in. Nobody sees it before the message is confirmed.
    pub async fn send(&mut self, record: TransactionRecord) -> Result<(), DeliveryError> {
        let (bytes, limit) = (record.size(), self.producer.record_limit);
        if bytes > limit {
            return Err(DeliveryError::TooLarge { index: record.index, bytes, limit });
        }
        let partitions = self.producer.topics.partitions(&record.topic).await?;
        let partition = partition::of(record.ordering_key.as_bytes(), partitions);
        self.held.push(Addressed { record, partition });
        self.bytes += bytes;
        if self.bytes > HELD { self.hand_over().await } else { Ok(()) }
    }

    /// Waits until Kafka has all of the message, for everyone to see.
    pub async fn confirmed(mut self) -> Result<(), DeliveryError> {
        if self.stream.is_some() {
            self.hand_over().await?;
        }
        if let Some(stream) = self.stream {
            return stream.commit().await;
        }
        if self.held.len() > 1 {
            return self.producer.units.deliver(self.held).await;
        }
        match self.held.pop() {
            Some(record) => self.producer.lone.deliver(record).await,
            None => Ok(()),
        }
    }

    async fn hand_over(&mut self) -> Result<(), DeliveryError> {
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.producer.units.stream().await?,
        };
        self.bytes = 0;
        let records = std::mem::take(&mut self.held);
        self.stream.insert(stream).send(records).await
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Producer").field("topics", &self.topics).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delivery").field("held", &self.held.len()).finish_non_exhaustive()
    }
}
