//! Whether what is read has been dealt with before: asked again when Kafka cannot be wrong any more.
//!
//! Where the group is, Kafka tells a member that takes a partition over; and while brokers die it was seen to tell that of
//! the past ("no offset", for a partition the group had read a thousand records of). Whoever believed it would do all that
//! again. So the first batch after that is not committed before Kafka has been asked once more, with the batch's own offsets
//! in its Kafka transaction: Kafka has taken those only after everything the group committed earlier, and nobody else can
//! commit for these partitions now, so that what it tells then is the truth.

use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;

use super::ReadError;
use super::batch::{Notes, Starts};
use crate::kafka::past::{self, PastConsumer};
use crate::kafka::settings::Settings;

pub struct Proof {
    /// Of the same group, and no member. Sees what is committed beside what is still in a Kafka transaction.
    consumer: PastConsumer,
}

/// The group has dealt with this already.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "topic \"{topic}\", partition {partition}, was read from offset {read}, but its consumer group is at {committed} already; \
     if that does not pass, the topic has lost records: give the group a place in it, with kafka-consumer-groups.sh \
     --reset-offsets"
)]
pub struct Behind {
    topic: String,
    partition: i32,
    read: i64,
    committed: i64,
}

impl Proof {
    pub fn new(settings: &Settings, group: &str) -> Result<Self, KafkaError> {
        Ok(Proof { consumer: past::onlooker(settings, group)? })
    }

    /// That the group is nowhere beyond these offsets, and has noted there what is believed.
    pub fn insist(&self, starts: &Starts, believed: &Notes, until: Instant) -> Result<(), ReadError> {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let committed =
            self.consumer.committed_offsets(past::asked(starts.keys()), left).map_err(ReadError::Unsettled)?;
        for (place, &read) in starts {
            let (topic, partition) = (place.0.clone(), place.1);
            let Some(at) = committed.find_partition(&topic, partition) else { continue };
            match at.offset() {
                Offset::Offset(committed) if committed > read => {
                    return Err(Behind { topic, partition, read, committed }.into());
                }
                _ if believed.get(place).is_some_and(|note| note != at.metadata()) => {
                    return Err(ReadError::Renoted { topic, partition });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
