//! One message on its way to Kafka.

use std::collections::BTreeSet;

use tokio::sync::oneshot;

use super::error::Largest;
use super::lone::Report;
use super::unit::Stream;
use super::{Addressed, DeliveryError, Producer};
use crate::broken::{self, Promise};
use crate::kafka::record::{Spread, TransactionRecord};
use crate::kafka::underway::Turn;
use crate::kafka::{partition, past};

/// Bytes of a message that are held until its end; a larger one streams.
const HELD: usize = 256 * 1024;

/// One message on its way to Kafka. Dropped before [`Delivery::confirmed`], it leaves nothing.
pub struct Delivery<'p> {
    producer: &'p Producer,
    /// Its turn among copies of the same message. Absent when the sender gave it no name to know it by.
    turn: Option<Turn>,
    /// When it came, in milliseconds since 1970.
    came: i64,
    /// The topics it goes to.
    topics: BTreeSet<String>,
    /// Whether it turned out to be stored already.
    repeat: bool,
    /// What is not handed over yet.
    held: Vec<Addressed>,
    bytes: usize,
    largest: Largest,
    stream: Option<Stream>,
    /// Records that went out alone.
    alone: Vec<oneshot::Receiver<Report>>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    Now,
    /// It came before.
    Before,
}

impl<'p> Delivery<'p> {
    pub(super) fn new(producer: &'p Producer, turn: Option<Turn>) -> Self {
        Delivery {
            producer,
            turn,
            came: past::now(),
            topics: BTreeSet::new(),
            repeat: false,
            held: Vec::new(),
            bytes: 0,
            largest: Largest::default(),
            stream: None,
            alone: Vec::new(),
        }
    }

    /// Takes one record in. Nobody sees it before the message is confirmed. Of a repeat nothing is taken.
    pub async fn send(&mut self, record: TransactionRecord) -> Result<(), DeliveryError> {
        let (bytes, limit) = (record.size(), self.producer.record_limit);
        if bytes > limit {
            return Err(DeliveryError::TooLarge { index: record.index, bytes, limit });
        }
        self.largest = self.largest.max(Largest { bytes, index: record.index });
        let partitions = self.producer.topics.partitions(&record.topic).await?;
        if self.is_repeat_in(&record.topic).await? {
            return Ok(());
        }
        match &record.spread {
            Spread::One(key) => {
                let partition = partition::of(key.as_bytes(), partitions);
                self.hold(record, partition, bytes).await
            }
            Spread::All => {
                for partition in 0..partitions {
                    self.hold(record.clone(), partition, bytes).await?;
                }
                Ok(())
            }
        }
    }

    /// Whether the message has turned out to be stored already. Then the rest of it need not come.
    pub fn is_repeat(&self) -> bool {
        self.repeat
    }

    /// Waits until Kafka has all of the message, for everyone to see.
    pub async fn confirmed(mut self) -> Result<Stored, DeliveryError> {
        if self.repeat {
            return Ok(Stored::Before);
        }
        let delivered = self.deliver().await.map_err(|error| error.naming(self.largest));
        if broken::is(Promise::EarlyReply) {
            return Ok(Stored::Now);
        }
        self.remember(&delivered);
        delivered.map(|()| Stored::Now)
    }

    async fn deliver(&mut self) -> Result<(), DeliveryError> {
        if self.stream.is_some() {
            self.hand_over().await?;
        }
        if let Some(stream) = self.stream.take() {
            return stream.commit().await;
        }
        let held = std::mem::take(&mut self.held);
        if held.len() > 1 {
            return self.producer.units.deliver(held).await;
        }
        self.held = held;
        self.send_alone()?;
        for word in self.alone.drain(..) {
            word.await.map_err(|_| DeliveryError::GivenUp)??;
        }
        Ok(())
    }

    async fn hold(&mut self, record: TransactionRecord, partition: i32, bytes: usize) -> Result<(), DeliveryError> {
        self.held.push(Addressed { record, partition });
        self.bytes += bytes;
        if broken::is(Promise::WholeMessages) {
            return self.send_alone();
        }
        if self.bytes > HELD { self.hand_over().await } else { Ok(()) }
    }

    /// Without a Kafka transaction.
    fn send_alone(&mut self) -> Result<(), DeliveryError> {
        for record in self.held.drain(..) {
            self.alone.push(self.producer.lone.send(&record)?);
        }
        Ok(())
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

    async fn is_repeat_in(&mut self, topic: &str) -> Result<bool, DeliveryError> {
        if let Some(turn) = &self.turn
            && !self.repeat
            && !self.topics.contains(topic)
        {
            self.repeat = self.producer.holds(topic, turn.message()).await?;
            self.topics.insert(topic.to_owned());
        }
        Ok(self.repeat)
    }

    fn remember(&self, delivered: &Result<(), DeliveryError>) {
        let (Some(recent), Some(turn)) = (&self.producer.recent, &self.turn) else { return };
        match delivered {
            Ok(()) => recent.add(turn.message()),
            Err(error) if error.leaves_doubt() => recent.doubt(turn.message(), &self.topics, self.came),
            Err(_) => {}
        }
    }
}

impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Delivery").field("held", &self.held.len()).finish_non_exhaustive()
    }
}
