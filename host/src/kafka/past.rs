//! Reading again what a topic holds: outside of any consumer group, and only what is committed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::settings::Settings;
use super::source::Place;

/// Nobody is a member of it: Kafka's client takes no partitions without a group.
pub const GROUP: &str = "ps-stream-reading";
/// How long Kafka may take over one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long to wait before it is asked again whether a Kafka transaction is decided.
const UNDECIDED: Duration = Duration::from_millis(20);
/// How much is fetched ahead, in kilobytes.
const AHEAD: &str = "2048";
/// Most bytes of an answer, and of a partition in it, as they are stored: all of an answer is unpacked at once, to thirty
/// times as much where rows are much alike.
const ANSWER_BYTES: &str = "1000000";
const PARTITION_BYTES: &str = "65536";
/// How long a broker waits for more, in milliseconds, before it says that this is the end.
const END: &str = "50";

/// How long to wait, in milliseconds, before more is fetched when as much is here as may be. (Librdkafka's default is a second,
/// in which nothing would be done.)
pub const FULL: &str = "5";

pub type PastConsumer = BaseConsumer<Quiet>;

/// An offset of each partition.
pub type Places = BTreeMap<i32, i64>;

/// Where to begin and where to end in each partition: up to that offset, without it.
pub type Spans = BTreeMap<i32, (i64, i64)>;

/// Reaching a partition's end is what this is for, not an error to be logged.
pub struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        if !matches!(error, KafkaError::Global(RDKafkaErrorCode::PartitionEOF)) {
            super::said(&error, reason);
        }
    }
}

impl ConsumerContext for Quiet {}

/// One that sees only what is committed.
pub fn consumer(settings: &Settings) -> Result<PastConsumer, KafkaError> {
    consumer_of(settings, "read_committed")
}

/// One that is asked where a group is, without being a member of it.
pub fn onlooker(settings: &Settings, group: &str) -> Result<PastConsumer, KafkaError> {
    let mut config = settings.client();
    config.set("group.id", group).set("isolation.level", "read_uncommitted").set("enable.auto.commit", "false");
    config.create_with_context(Quiet)
}

fn consumer_of(settings: &Settings, isolation: &str) -> Result<PastConsumer, KafkaError> {
    let mut config = settings.client();
    config.set("group.id", GROUP).set("enable.auto.commit", "false");
    config.set("isolation.level", isolation).set("auto.offset.reset", "earliest").set("enable.partition.eof", "true");
    config.set("queued.max.messages.kbytes", AHEAD).set("fetch.wait.max.ms", END);
    config.set("fetch.queue.backoff.ms", FULL);
    config.set("fetch.max.bytes", ANSWER_BYTES).set("fetch.message.max.bytes", PARTITION_BYTES);
    config.create_with_context(Quiet)
}

/// None when there is no such topic.
pub fn partitions(consumer: &PastConsumer, topic: &str) -> Result<Vec<i32>, KafkaError> {
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER)?;
    let found = metadata.topics().first();
    match found.and_then(MetadataTopic::error).map(RDKafkaErrorCode::from) {
        None | Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {}
        Some(code) => return Err(KafkaError::MetadataFetch(code)),
    }
    let partitions = found.map(MetadataTopic::partitions).unwrap_or_default();
    Ok(partitions.iter().map(MetadataPartition::id).collect())
}

/// Waits until everything that is in the topic now is decided, committed or aborted, but not longer than that. Answers
/// with the ends of what is decided.
pub fn decided(
    settings: &Settings,
    consumer: &PastConsumer,
    topic: &str,
    partitions: &[i32],
    until: Instant,
) -> Result<Places, KafkaError> {
    let everything = consumer_of(settings, "read_uncommitted")?;
    let mut ends = Places::new();
    for &partition in partitions {
        let present = end(&everything, topic, partition)?;
        let mut decided = end(consumer, topic, partition)?;
        while decided < present && Instant::now() < until {
            std::thread::sleep(UNDECIDED);
            decided = end(consumer, topic, partition)?;
        }
        ends.insert(partition, decided);
    }
    Ok(ends)
}

/// The offset after the last record that the consumer may see.
fn end(consumer: &PastConsumer, topic: &str, partition: i32) -> Result<i64, KafkaError> {
    Ok(consumer.fetch_watermarks(topic, partition, ANSWER)?.1)
}

/// The offset of the first record that each partition still holds.
pub fn starts(consumer: &PastConsumer, topic: &str, partitions: &[i32]) -> Result<Places, KafkaError> {
    partitions.iter().map(|&p| Ok((p, consumer.fetch_watermarks(topic, p, ANSWER)?.0))).collect()
}

/// The first offset of each partition whose record is not older than that (milliseconds since 1970); none where there is no
/// such record.
pub fn since(consumer: &PastConsumer, topic: &str, partitions: &[i32], time: i64) -> Result<Places, KafkaError> {
    let mut times = TopicPartitionList::new();
    for &partition in partitions {
        times.add_partition_offset(topic, partition, Offset::Offset(time.max(0)))?;
    }
    let found = consumer.offsets_for_times(times, ANSWER)?;
    found.elements().iter().try_for_each(TopicPartitionListElem::error)?;
    let offset = |offset| match offset {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    };
    Ok(found.elements().iter().filter_map(|e| Some((e.partition(), offset(e.offset())?))).collect())
}

/// Reads these spans, each to its end or to the partition's. Answers with where reading would go on.
pub fn read(
    consumer: &PastConsumer,
    topic: &str,
    spans: &Spans,
    mut see: impl FnMut(&BorrowedMessage<'_>),
) -> Result<Places, KafkaError> {
    try_read(consumer, topic, spans, |message| {
        see(message);
        Ok(())
    })
}

/// As [`read`], until seeing fails.
pub fn try_read<E: From<KafkaError>>(
    consumer: &PastConsumer,
    topic: &str,
    spans: &Spans,
    mut see: impl FnMut(&BorrowedMessage<'_>) -> Result<(), E>,
) -> Result<Places, E> {
    let mut places: Places = spans.iter().map(|(&partition, &(start, _))| (partition, start)).collect();
    let mut open: Places = spans.iter().map(|(&partition, &(_, end))| (partition, end)).collect();
    open.retain(|partition, end| places.get(partition).is_some_and(|start| start < end));
    let reading = open.keys().filter_map(|partition| Some((*partition, *places.get(partition)?))).collect();
    consumer.assign(&list(topic, &reading)?)?;
    while !open.is_empty() {
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let (partition, offset) = (message.partition(), message.offset());
                let end = open.get(&partition).copied().unwrap_or_default();
                if offset < end {
                    see(&message)?;
                    places.insert(partition, offset + 1);
                }
                if offset + 1 >= end {
                    open.remove(&partition);
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => _ = open.remove(&partition),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
    }
    consumer.unassign()?;
    Ok(places)
}

/// Of partitions that something is to be asked about.
pub fn asked<'p>(places: impl Iterator<Item = &'p Place>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    places.for_each(|(topic, partition)| _ = list.add_partition(topic, *partition));
    list
}

pub fn list(topic: &str, places: &Places) -> Result<TopicPartitionList, KafkaError> {
    let mut list = TopicPartitionList::new();
    for (&partition, &offset) in places {
        list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    }
    Ok(list)
}

/// The present moment as Kafka writes it: milliseconds since 1970.
pub fn now() -> i64 {
    i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

/// A duration in milliseconds, to be subtracted from such a moment.
pub fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
