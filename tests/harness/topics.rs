//! Topics as anyone else sees them: a raw consumer, a raw producer, the admin client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;

use super::{PATIENCE, eventually};

const ANSWER: Duration = Duration::from_secs(20);

/// A Kafka record with nothing interpreted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

/// Every record that a `read_committed` reader sees in the topic once all Kafka transactions in it are decided; none when
/// there is no such topic. (Kafka confirms a commit before it has told every partition.)
pub fn read(kafka: &str, topic: &str) -> Vec<Record> {
    let mut records = Vec::new();
    visit(kafka, topic, |message| records.push(Record::of(message)));
    records
}

/// As `read`, without waiting for what is undecided.
pub fn read_decided(kafka: &str, topic: &str) -> Vec<Record> {
    let mut records = Vec::new();
    visit_now(kafka, topic, |message| records.push(Record::of(message)));
    records
}

fn visit(kafka: &str, topic: &str, see: impl FnMut(&BorrowedMessage<'_>)) {
    let what = format!("all Kafka transactions in topic {topic:?} are decided");
    eventually(&what, || decided(kafka, topic).then_some(()));
    visit_now(kafka, topic, see);
}

/// Whether all Kafka transactions in the topic are decided.
pub fn decided(kafka: &str, topic: &str) -> bool {
    let visible = ends(kafka, topic, "read_committed");
    visible.is_some() && visible == ends(kafka, topic, "read_uncommitted")
}

/// Where a reader of that isolation level has to stop, partition by partition; nothing while the topic is being made.
fn ends(kafka: &str, topic: &str, isolation: &str) -> Option<Vec<i64>> {
    let consumer: BaseConsumer = consumer_settings(kafka, None).set("isolation.level", isolation).create().unwrap();
    let end = |partition| Some(consumer.fetch_watermarks(topic, partition, ANSWER).ok()?.1);
    partitions(&consumer, topic).into_iter().map(end).collect()
}

fn visit_now(kafka: &str, topic: &str, see: impl FnMut(&BorrowedMessage<'_>)) {
    let consumer = consumer(kafka, None);
    let partitions = partitions(&consumer, topic);
    let mut assignment = TopicPartitionList::new();
    for partition in &partitions {
        assignment.add_partition_offset(topic, *partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&assignment).unwrap();
    to_the_end(&consumer, partitions, see);
}

/// How much has been written to the topic, decided or not.
pub fn written(kafka: &str, topic: &str) -> i64 {
    ends(kafka, topic, "read_uncommitted").unwrap_or_default().iter().sum()
}

/// How many records a reader sees, without keeping any.
pub fn count(kafka: &str, topic: &str) -> u64 {
    let mut count = 0;
    visit(kafka, topic, |_| count += 1);
    count
}

/// As `read`, once there are at least `count`.
pub fn wait(kafka: &str, topic: &str, count: usize) -> Vec<Record> {
    let mut seen = 0;
    eventually(&format!("topic {topic:?} holds {count} records"), || {
        let records = read(kafka, topic);
        if records.len() > seen {
            seen = records.len();
            eprintln!("topic {topic:?} holds {seen} records of {count}");
        }
        (records.len() >= count).then_some(records)
    })
}

/// Waits until the group has committed everything the topic holds.
pub fn await_group(kafka: &str, group: &str, topic: &str) {
    let last = last_offsets(&read(kafka, topic));
    eventually(&format!("group {group:?} has read topic {topic:?} to offsets {last:?}"), || {
        has_read(kafka, group, topic, &last).then_some(())
    });
}

/// Whether the group has committed all up to these offsets.
pub fn has_read(kafka: &str, group: &str, topic: &str, last: &BTreeMap<i32, i64>) -> bool {
    let committed = committed(kafka, group, topic);
    last.iter().all(|(partition, last)| committed.get(partition).is_some_and(|next| next > last))
}

/// Of each partition.
pub fn last_offsets(records: &[Record]) -> BTreeMap<i32, i64> {
    let mut last = BTreeMap::new();
    for record in records {
        let offset = last.entry(record.partition).or_insert(0);
        *offset = record.offset.max(*offset);
    }
    last
}

/// The offsets a group has committed, by partition.
pub fn committed(kafka: &str, group: &str, topic: &str) -> BTreeMap<i32, i64> {
    let consumer = consumer(kafka, Some(group));
    let mut asked = TopicPartitionList::new();
    for partition in partitions(&consumer, topic) {
        asked.add_partition(topic, partition);
    }
    let answer = consumer.committed_offsets(asked, ANSWER).expect("the broker knows the group's offsets");
    let known = answer.elements().into_iter().filter_map(|entry| Some((entry.partition(), entry.offset().to_raw()?)));
    known.filter(|(_, offset)| *offset >= 0).collect()
}

/// Commits an offset of partition 0 for the group although it has other members: Kafka takes it from a nameless one in a Kafka
/// transaction.
pub fn commit_for(kafka: &str, group: &str, topic: &str, offset: i64) {
    let mut offsets = TopicPartitionList::new();
    offsets.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    let nobody = consumer(kafka, Some(group)).group_metadata().unwrap();
    let producer: BaseProducer = client(kafka).set("transactional.id", super::unique("nobody")).create().unwrap();
    producer.init_transactions(ANSWER).unwrap();
    producer.begin_transaction().unwrap();
    producer.send_offsets_to_transaction(&offsets, &nobody, ANSWER).unwrap();
    producer.commit_transaction(ANSWER).unwrap();
}

/// What following the topic leaves: the last value of every key.
pub fn table(records: &[Record]) -> BTreeMap<String, Value> {
    let mut table = BTreeMap::new();
    for record in records {
        match &record.value {
            Some(_) => table.insert(record.key_text(), record.json()),
            None => table.remove(&record.key_text()),
        };
    }
    table
}

/// Whether each partition of every topic has all its replicas in sync.
pub fn all_in_sync(kafka: &str) -> bool {
    let Ok(metadata) = consumer(kafka, None).fetch_metadata(None, ANSWER) else { return false };
    let mut partitions = metadata.topics().iter().flat_map(MetadataTopic::partitions);
    partitions.all(|partition| partition.error().is_none() && partition.isr().len() == partition.replicas().len())
}

pub fn exists(kafka: &str, topic: &str) -> bool {
    !partitions(&consumer(kafka, None), topic).is_empty()
}

pub fn create(kafka: &str, topic: &str, partitions: i32, settings: &[(&str, &str)]) {
    create_replicated(kafka, topic, partitions, 1, settings);
}

pub fn create_replicated(kafka: &str, topic: &str, partitions: i32, replicas: i32, settings: &[(&str, &str)]) {
    let mut wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(replicas));
    for (name, value) in settings {
        wanted = wanted.set(name, value);
    }
    let outcome = block_on(admin(kafka).create_topics(&[wanted], &AdminOptions::new())).unwrap();
    assert!(outcome.iter().all(Result::is_ok), "cannot create: {outcome:?}");
    eventually("the new topic is known", || exists(kafka, topic).then_some(()));
}

/// A setting of the topic, such as `cleanup.policy`.
pub fn setting(kafka: &str, topic: &str, name: &str) -> Option<String> {
    let answer = block_on(admin(kafka).describe_configs(&[ResourceSpecifier::Topic(topic)], &AdminOptions::new()));
    let resource = answer.unwrap().remove(0).expect("the broker describes the topic");
    resource.entries.into_iter().find(|entry| entry.name == name)?.value
}

pub fn set(kafka: &str, topic: &str, name: &str, value: &str) {
    let change = AlterConfig::new(ResourceSpecifier::Topic(topic)).set(name, value);
    let outcome = block_on(admin(kafka).alter_configs(&[change], &AdminOptions::new())).unwrap();
    assert!(outcome.iter().all(Result::is_ok), "cannot set {name}: {outcome:?}");
}

/// A Kafka transaction with a record in partition 0 of the topic: until it is dropped, readers of committed records see
/// nothing of what is stored after it.
pub struct Undecided(BaseProducer);

impl Undecided {
    pub fn begin(kafka: &str, topic: &str) -> Self {
        let producer: BaseProducer =
            client(kafka).set("transactional.id", super::unique("undecided")).create().unwrap();
        producer.init_transactions(ANSWER).unwrap();
        producer.begin_transaction().unwrap();
        producer.send(BaseRecord::<str, str>::to(topic).partition(0).key("undecided").payload("")).unwrap();
        producer.flush(ANSWER).unwrap();
        Self(producer)
    }
}

impl Drop for Undecided {
    fn drop(&mut self) {
        self.0.abort_transaction(ANSWER).unwrap();
    }
}

/// Stores records as they are and waits for the broker's word.
pub fn produce(kafka: &str, topic: &str, records: &[Plain<'_>]) {
    let producer: BaseProducer = client(kafka).set("acks", "all").set("linger.ms", "5").create().unwrap();
    for record in records {
        let mut headers = OwnedHeaders::new();
        for (key, value) in record.headers {
            headers = headers.insert(Header { key, value: Some(*value) });
        }
        let mut next: BaseRecord<'_, str, [u8]> = BaseRecord::to(topic).payload(record.value).headers(headers);
        next.key = record.key;
        next.partition = record.partition;
        producer.send(next).map_err(|(fault, _)| fault).expect("the queue takes it");
    }
    producer.flush(PATIENCE).expect("the broker takes it");
}

/// A record to be stored.
#[derive(Clone, Copy, Default)]
pub struct Plain<'a> {
    pub key: Option<&'a str>,
    pub value: &'a [u8],
    pub headers: &'a [(&'a str, &'a str)],
    pub partition: Option<i32>,
}

impl Record {
    pub fn key_text(&self) -> String {
        let key = self.key.clone().expect("no record is without a key");
        assert!(!key.is_empty() && key != b"null", "a key is empty or null");
        String::from_utf8(key).expect("a key is UTF-8")
    }

    /// The value as JSON. A tombstone is no value, and an empty value is a fault.
    pub fn json(&self) -> Value {
        let value = self.value.as_deref().expect("a value, not a tombstone");
        serde_json::from_slice(value).unwrap_or_else(|fault| panic!("{fault}: {:?}", String::from_utf8_lossy(value)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(std::str::from_utf8(value).expect("our headers are UTF-8"))
    }
}

pub fn client(kafka: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka).set("log_level", "0").set("reconnect.backoff.max.ms", "500");
    config
}

fn consumer(kafka: &str, group: Option<&str>) -> BaseConsumer {
    consumer_settings(kafka, group).create().unwrap()
}

fn consumer_settings(kafka: &str, group: Option<&str>) -> ClientConfig {
    let mut config = client(kafka);
    config
        .set("group.id", group.unwrap_or("raw-reader"))
        .set("enable.auto.commit", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", "read_committed")
        .set("allow.auto.create.topics", "false")
        .set("fetch.wait.max.ms", "10");
    config
}

fn admin(kafka: &str) -> AdminClient<DefaultClientContext> {
    client(kafka).create().unwrap()
}

fn partitions(consumer: &BaseConsumer, topic: &str) -> BTreeSet<i32> {
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER).expect("the broker answers");
    let found = metadata.topics().iter().filter(|found| found.name() == topic && found.error().is_none());
    found.flat_map(|found| found.partitions().iter().map(MetadataPartition::id)).collect()
}

fn to_the_end(consumer: &BaseConsumer, mut unfinished: BTreeSet<i32>, mut see: impl FnMut(&BorrowedMessage<'_>)) {
    let deadline = Instant::now() + PATIENCE;
    while !unfinished.is_empty() {
        assert!(Instant::now() < deadline, "partitions {unfinished:?} have no end");
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => see(&message),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                unfinished.remove(&partition);
            }
            Some(Err(fault)) => eprintln!("raw reader: {fault}"),
            None => {}
        }
    }
}

impl Record {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map(|headers| {
            let pairs = headers.iter().map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec()));
            pairs.collect()
        });
        Self {
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.unwrap_or_default(),
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
