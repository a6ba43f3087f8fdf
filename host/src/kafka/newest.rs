//! Reading what came last into a topic.

use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;

use super::past::{self, Spans};
use super::settings::Settings;
use super::source::SourceRecord;

/// How long to wait for what is undecided; it is only looked at.
const GLANCE: Duration = Duration::from_secs(5);

/// So many of the newest records of each partition that are committed; none where there is no such topic.
pub fn read_newest(
    settings: &Settings,
    topic: &str,
    most: i64,
    mut see: impl FnMut(SourceRecord),
) -> Result<(), KafkaError> {
    let consumer = past::consumer(settings)?;
    let partitions = past::partitions(&consumer, topic)?;
    let ends = past::decided(settings, &consumer, topic, &partitions, Instant::now() + GLANCE)?;
    let spans: Spans = ends.into_iter().map(|(partition, end)| (partition, ((end - most).max(0), end))).collect();
    past::read(&consumer, topic, &spans, |message| see(SourceRecord::of(message)))?;
    Ok(())
}
