//! Delivering messages: all of one or nothing, once, acknowledged by all in-sync replicas.
//!
//! A message of one transaction is one record, atomic by itself ([`lone`]). The records of a small one of several are
//! held until its end and then written in a Kafka transaction, which it shares with others that wait at the same moment.
//! A large one streams into a Kafka transaction of its own, so that memory does not grow with it ([`unit`]). A message that
//! its topic holds already ([`Recent`]), or that is being delivered at this moment ([`Underway`]), is not delivered again.

mod delivery;
mod error;
mod lone;
mod unit;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ClientError;
use super::identity::MessageIdentity;
use super::recent::Recent;
use super::record::TransactionRecord;
use super::settings::Settings;
use super::topics::Topics;
use super::underway::Underway;
use lone::Lone;
use unit::Units;

pub use delivery::{Delivery, Stored};
pub use error::DeliveryError;
pub(super) use error::Largest;

pub struct Producer {
    lone: Lone,
    units: Units,
    topics: Topics,
    underway: Underway,
    /// Nothing when repeats are not to be recognised.
    recent: Option<Arc<Recent>>,
    record_limit: usize,
    timeout: Duration,
}

/// How to deliver.
#[derive(Debug, Clone)]
pub struct DeliveryConfig {
    /// How long a message may take to be stored once it is all there.
    pub timeout: Duration,
    /// How long it may take to be all there. A Kafka transaction is open as long, with readers waiting before it.
    pub longest: Duration,
    /// A name that no other running collector has and that this one keeps when it is started again.
    pub instance: String,
    /// How far to read back for messages that are stored already; zero for not at all.
    pub repeats_within: Duration,
}

/// A record and its partition.
#[derive(Debug)]
struct Addressed {
    record: TransactionRecord,
    partition: i32,
}

impl Producer {
    pub fn new(settings: &Settings, config: &DeliveryConfig) -> Result<Self, ClientError> {
        let within = config.repeats_within;
        let recent = (!within.is_zero()).then(|| Recent::start(settings, within)).transpose()?;
        Ok(Producer {
            lone: Lone::new(settings, config.timeout)?,
            units: Units::start(settings, config),
            topics: Topics::new(settings, config.timeout)?,
            underway: Underway::default(),
            recent: recent.map(Arc::new),
            record_limit: settings.record_limit(),
            timeout: config.timeout,
        })
    }

    /// Begins a message, once no other copy of it is on its way.
    pub async fn delivery(&self, message: Option<MessageIdentity>) -> Result<Delivery<'_>, DeliveryError> {
        let turn = match message {
            Some(message) => {
                let turn = tokio::time::timeout(self.timeout, self.underway.turn(message));
                Some(turn.await.map_err(|_| DeliveryError::UnderWay)?)
            }
            None => None,
        };
        Ok(Delivery::new(self, turn))
    }

    /// Sees to it that a topic is there and read back, before the first message for it comes.
    pub async fn prepare(&self, topic: &str) -> Result<(), DeliveryError> {
        self.topics.partitions(topic).await?;
        if let Some(recent) = &self.recent {
            // An error would mean that the thread is gone, with the process.
            let _ = recent.read_back(topic).wait_for(|done| *done).await;
        }
        Ok(())
    }

    /// Whether the topic holds the message, once it is read back.
    async fn holds(&self, topic: &str, message: MessageIdentity) -> Result<bool, DeliveryError> {
        let Some(recent) = &self.recent else { return Ok(false) };
        let unknown = || DeliveryError::NotReadBack(topic.to_owned());
        let mut read_back = recent.read_back(topic);
        let done = tokio::time::timeout(self.timeout, read_back.wait_for(|done| *done)).await;
        done.map_err(|_| unknown())?.map_err(|_| unknown())?;
        if recent.is_doubtful(message, topic) {
            let (recent, topic, until) = (recent.clone(), topic.to_owned(), Instant::now() + self.timeout);
            let looking = tokio::task::spawn_blocking(move || recent.look(message, &topic, until));
            looking.await.map_err(|_| unknown())?.map_err(|error| {
                tracing::debug!("whether a message is stored cannot be told yet: {error}");
                unknown()
            })?;
        }
        Ok(recent.holds(message))
    }
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Producer").field("topics", &self.topics).finish_non_exhaustive()
    }
}
