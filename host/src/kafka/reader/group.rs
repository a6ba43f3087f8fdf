//! Membership of a consumer group: what librdkafka tells of it while it is polled.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use rdkafka::bindings as native;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata, Rebalance};
use rdkafka::error::KafkaError;
use rdkafka::{Statistics, TopicPartitionList};

use super::batch::Notes;
use crate::kafka::source::Place;
use crate::kafka::{lock, said};

#[derive(Default)]
pub struct Group {
    lost: Mutex<HashSet<Place>>,
    doubted: Mutex<HashSet<Place>>,
    /// What was told of doubted partitions, besides their offsets.
    believed: Mutex<Notes>,
    lag: Mutex<Option<i64>>,
    membership: Mutex<Option<Arc<ConsumerGroupMetadata>>>,
}

impl Group {
    /// The partitions that were taken away since this was last asked.
    pub fn take_lost(&self) -> HashSet<Place> {
        std::mem::take(&mut *lock(&self.lost))
    }

    /// What is read there next may have been dealt with already.
    pub fn doubt(&self, places: impl Iterator<Item = Place>) {
        lock(&self.doubted).extend(places);
    }

    pub fn doubts(&self, place: &Place) -> bool {
        lock(&self.doubted).contains(place)
    }

    pub fn trust<'a>(&self, places: impl Iterator<Item = &'a Place>) {
        let trusted: HashSet<&Place> = places.collect();
        lock(&self.doubted).retain(|place| !trusted.contains(place));
        lock(&self.believed).retain(|place, _| !trusted.contains(place));
    }

    pub fn believe(&self, notes: Notes) {
        lock(&self.believed).extend(notes);
    }

    pub fn believed(&self) -> Notes {
        lock(&self.believed).clone()
    }

    /// Records that are stored and not yet read, over this member's partitions, as last heard.
    pub fn lag(&self) -> Option<i64> {
        *lock(&self.lag)
    }

    /// Membership as it was when partitions were last given out. What is read until they are given out again is committed
    /// under it: a member that was away too long is refused, whatever it has become since.
    pub fn membership(&self) -> Option<Arc<ConsumerGroupMetadata>> {
        lock(&self.membership).clone()
    }
}

impl ClientContext for Group {
    fn error(&self, error: KafkaError, reason: &str) {
        said(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        let ours = partitions.filter(|partition| partition.app_offset >= 0 && partition.ls_offset >= 0);
        *lock(&self.lag) = Some(ours.map(|partition| (partition.ls_offset - partition.app_offset).max(0)).sum());
    }
}

impl ConsumerContext for Group {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => {
                tracing::info!("taking over {}", told(list));
                self.doubt(places(list).into_iter());
            }
            Rebalance::Revoke(list) => {
                tracing::info!("giving up {}", told(list));
                lock(&self.lost).extend(places(list));
            }
            Rebalance::Error(error) => tracing::warn!("the consumer group could not be joined: {error}"),
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(_) = rebalance {
            *lock(&self.membership) = present_membership(consumer).map(Arc::new);
        }
    }
}

/// Nothing where the member is none any more: offsets that come without a member's name Kafka takes from anyone.
fn present_membership(consumer: &BaseConsumer<Group>) -> Option<ConsumerGroupMetadata> {
    let membership = consumer.group_metadata()?;
    // Asked afterwards: who is expelled stays so until its partitions are given out again, which is after this.
    (generation(consumer)? >= 0).then_some(membership)
}

/// The group's generation that the consumer belongs to; below zero for none. The crate rdkafka does not say it.
#[allow(unsafe_code, reason = "librdkafka's own accessors, called as its documentation says")]
fn generation(consumer: &BaseConsumer<Group>) -> Option<i32> {
    // SAFETY: the client outlives the call, and what it answers with is ours until it is destroyed, once, here.
    unsafe {
        let metadata = native::rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if metadata.is_null() {
            return None;
        }
        let generation = native::rd_kafka_consumer_group_metadata_generation_id(metadata);
        native::rd_kafka_consumer_group_metadata_destroy(metadata);
        Some(generation)
    }
}

fn places(list: &TopicPartitionList) -> Vec<Place> {
    list.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect()
}

fn told(list: &TopicPartitionList) -> String {
    let places: Vec<String> = places(list).iter().map(|(topic, partition)| format!("{topic}/{partition}")).collect();
    if places.is_empty() { "no partition".into() } else { places.join(", ") }
}
