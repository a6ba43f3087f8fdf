//! Reading a topic from its start to its present end.

use rdkafka::error::KafkaError;

use super::past::{self, Spans};
use super::settings::Settings;
use super::source::SourceRecord;

/// What a topic holds, partition by partition; empty when there is no such topic.
pub fn read_to_end(settings: &Settings, topic: &str) -> Result<Vec<SourceRecord>, KafkaError> {
    let consumer = past::consumer(settings)?;
    let everything = past::partitions(&consumer, topic)?.into_iter().map(|partition| (partition, (0, i64::MAX)));
    let mut records = Vec::new();
    past::read(&consumer, topic, &everything.collect::<Spans>(), |message| records.push(SourceRecord::of(message)))?;
    Ok(records)
}
