//! Reading a topic from its start to its present end.

use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Offset, TopicPartitionList};

use super::reader::SourceRecord;
use super::settings::Settings;

/// Reaching a partition's end is what this is for, not an error to be logged.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            tracing::warn!("reading from Kafka: {error}: {reason}");
        }
    }
}

impl ConsumerContext for Quiet {}

/// What a topic holds, partition by partition; empty when there is no such topic.
pub fn read_to_end(settings: &Settings, topic: &str, timeout: Duration) -> Result<Vec<SourceRecord>, KafkaError> {
    let mut config = settings.client();
    config.set("group.id", "ps-stream-reading").set("enable.auto.commit", "false");
    config.set("isolation.level", "read_committed").set("enable.partition.eof", "true");
    let consumer: BaseConsumer<Quiet> = config.create_with_context(Quiet)?;
    let mut open = assign_all(&consumer, topic, timeout)?;
    let mut records = Vec::new();
    let until = Instant::now() + timeout;
    while open > 0 && Instant::now() < until {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => records.push(SourceRecord::of(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => open -= 1,
            Some(Err(error)) => return Err(error),
            None => {}
        }
    }
    Ok(records)
}

fn assign_all(consumer: &BaseConsumer<Quiet>, topic: &str, timeout: Duration) -> Result<usize, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), timeout)?;
    let partitions = metadata.topics().first().map(MetadataTopic::partitions).unwrap_or_default();
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition_offset(topic, partition.id(), Offset::Beginning)?;
    }
    consumer.assign(&list)?;
    Ok(partitions.len())
}
