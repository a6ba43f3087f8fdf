//! Topics: made when they are missing, refused by name when they are not what they must be.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};

use super::ClientError;
use super::settings::{Settings, TopicCreation};
use super::{is_topic_name, lock};
use crate::fault::{Fault, Faulty};

/// How long a topic's number of partitions is believed.
const BELIEVED: Duration = Duration::from_secs(60);
/// The broker's own default, for the number of partitions and of replicas.
const BROKER_DEFAULT: i32 = -1;
/// How long a table that is made here keeps the tombstones of deleted rows, thirty days in milliseconds: so long can a
/// reader fall behind without missing one, and so old may a dead letter be that is replayed.
const TOMBSTONES_KEPT: &str = "2592000000";
/// The same, of a table that is made without saying so.
const TOMBSTONES_KEPT_BY_KAFKA: Duration = Duration::from_secs(24 * 3600);
/// How long a topic that is made here keeps messages of which segments are missing, thirty days in milliseconds.
const HELD_KEPT: &str = "2592000000";

/// What a topic is for decides how it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Transactions: the broker's defaults.
    Log,
    /// Rows: compacted.
    Table,
    /// Dead letters: kept until someone has seen to them.
    DeadLetters,
    /// Messages of which segments are still to come: kept for so long.
    Held,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// By us, in this moment.
    Now,
    /// It was there.
    Before,
}

pub struct Topics {
    admin: AdminClient<DefaultClientContext>,
    /// Asks, and says in the log what stands in the way of asking: an admin client keeps that to itself.
    asking: ThreadedProducer<Said>,
    creation: TopicCreation,
    timeout: Duration,
    /// How many tables there may be: a module that takes their names from its input shall not fill Kafka with topics.
    most_tables: usize,
    partitions: Mutex<HashMap<String, (i32, Instant)>>,
    checked: Mutex<HashSet<String>>,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum TopicError {
    #[error("topic name \"{}\" is not one Kafka takes (letters, digits, '.', '_', '-', at most 249)", .0.escape_debug())]
    Name(String),
    #[error(
        "topic \"{topic}\" exists but is not compacted (cleanup.policy={policy}); \
         set cleanup.policy=compact on it or choose another --target-prefix"
    )]
    NotCompacted { topic: String, policy: String },
    #[error("topic \"{topic}\" cannot be made: {why}")]
    Refused { topic: String, why: Refusal },
    #[error("topic \"{topic}\" cannot be made or looked up")]
    Unavailable { topic: String, source: KafkaError },
}

/// Why there will be no such topic, however often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("which Kafka refuses: the name of another topic differs from it in '.' and '_' only")]
    Collides,
    #[error("one table more than may be (--max-tables)")]
    TooMany,
}

impl Faulty for TopicError {
    fn fault(&self) -> Fault {
        match self {
            TopicError::Name(_) | TopicError::Refused { .. } => Fault::Sender,
            TopicError::NotCompacted { .. } => Fault::Host,
            TopicError::Unavailable { .. } => Fault::Broker,
        }
    }
}

struct Said;

impl ClientContext for Said {
    fn error(&self, error: KafkaError, reason: &str) {
        super::said(&error, reason);
    }
}

impl ProducerContext for Said {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

impl Topics {
    pub fn new(settings: &Settings, timeout: Duration) -> Result<Self, ClientError> {
        Ok(Topics {
            admin: settings.client().create()?,
            asking: settings.client().create_with_context(Said)?,
            creation: settings.topic_creation,
            timeout,
            most_tables: usize::MAX,
            partitions: Mutex::default(),
            checked: Mutex::default(),
        })
    }

    /// The same, for so many tables at most.
    #[must_use]
    pub fn with_most_tables(self, most_tables: usize) -> Self {
        Topics { most_tables, ..self }
    }

    /// How many partitions a topic of transactions has; it is made when it is missing.
    pub async fn partitions(&self, topic: &str) -> Result<i32, TopicError> {
        let known = lock(&self.partitions).get(topic).copied();
        if let Some((partitions, at)) = known
            && at.elapsed() < BELIEVED
        {
            return Ok(partitions);
        }
        match self.look_up(topic).await {
            Ok(partitions) => {
                lock(&self.partitions).insert(topic.to_owned(), (partitions, Instant::now()));
                Ok(partitions)
            }
            // Known from before: whether Kafka is away is for the delivery to find out.
            Err(error) => known.map(|(partitions, _)| partitions).ok_or(error),
        }
    }

    /// Makes sure that this is a table: a compacted topic.
    pub async fn table(&self, topic: &str) -> Result<(), TopicError> {
        self.once(topic, Purpose::Table).await
    }

    pub async fn dead_letters(&self, topic: &str) -> Result<(), TopicError> {
        self.once(topic, Purpose::DeadLetters).await
    }

    pub async fn held(&self, topic: &str) -> Result<(), TopicError> {
        self.once(topic, Purpose::Held).await
    }

    async fn once(&self, topic: &str, purpose: Purpose) -> Result<(), TopicError> {
        if lock(&self.checked).contains(topic) {
            return Ok(());
        }
        if purpose == Purpose::Table && lock(&self.checked).len() >= self.most_tables {
            return Err(refused(topic, Refusal::TooMany));
        }
        let made = self.create(topic, purpose).await?;
        if made == Made::Before && purpose == Purpose::Table {
            self.check_compacted(topic).await?;
        }
        lock(&self.checked).insert(topic.to_owned());
        Ok(())
    }

    async fn look_up(&self, topic: &str) -> Result<i32, TopicError> {
        self.create(topic, Purpose::Log).await?;
        let give_up = Instant::now() + self.timeout;
        loop {
            let partitions = self.count_partitions(topic);
            match partitions {
                Ok(partitions) if partitions > 0 => return Ok(partitions),
                Ok(_) if Instant::now() >= give_up => return Err(unavailable(topic, unknown_topic())),
                Err(source) if Instant::now() >= give_up => return Err(unavailable(topic, source)),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Blocks on the network; of a known topic it is asked once a minute.
    fn count_partitions(&self, topic: &str) -> Result<i32, KafkaError> {
        let ask = || self.asking.client().fetch_metadata(Some(topic), self.timeout);
        let metadata = tokio::task::block_in_place(ask)?;
        let count = metadata.topics().first().map_or(0, |topic| topic.partitions().len());
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// Made if it is missing. Asking to make it comes first: asking about it would make some brokers create it their way.
    async fn create(&self, topic: &str, purpose: Purpose) -> Result<Made, TopicError> {
        if !is_topic_name(topic) {
            return Err(TopicError::Name(topic.into()));
        }
        if self.creation == TopicCreation::ByBroker {
            return Ok(Made::Before);
        }
        let new = new_topic(topic, purpose);
        let results = self.admin.create_topics([&new], &self.options()).await;
        match results.map_err(|source| unavailable(topic, source))?.into_iter().next() {
            Some(Ok(_)) => {
                tracing::info!(topic, "made topic");
                Ok(Made::Now)
            }
            Some(Err((_, RDKafkaErrorCode::InvalidTopic))) => Err(refused(topic, Refusal::Collides)),
            Some(Err((_, code))) if !not_ours_to_make(code) => Err(unavailable(topic, KafkaError::AdminOp(code))),
            _ => Ok(Made::Before),
        }
    }

    async fn check_compacted(&self, topic: &str) -> Result<(), TopicError> {
        if self.creation == TopicCreation::ByBroker {
            return Ok(());
        }
        let policy = self.setting(topic, "cleanup.policy").await?;
        match policy {
            Some(policy) if policy.split(',').any(|part| part.trim() == "compact") => Ok(()),
            Some(policy) => Err(TopicError::NotCompacted { topic: topic.into(), policy }),
            // A topic so new that this broker has not heard of it.
            None => Err(unavailable(topic, unknown_topic())),
        }
    }

    /// How long the table keeps the tombstones of deleted rows. Who may not ask is told Kafka's own default.
    pub async fn tombstones_kept(&self, topic: &str) -> Result<Duration, TopicError> {
        if self.creation == TopicCreation::ByBroker {
            return Ok(TOMBSTONES_KEPT_BY_KAFKA);
        }
        match self.setting(topic, "delete.retention.ms").await {
            Ok(kept) => Ok(kept.and_then(|ms| ms.parse().ok()).map_or(TOMBSTONES_KEPT_BY_KAFKA, Duration::from_millis)),
            Err(TopicError::Unavailable { source: KafkaError::AdminOp(code), .. }) if unanswered(code) => {
                Ok(TOMBSTONES_KEPT_BY_KAFKA)
            }
            Err(error) => Err(error),
        }
    }

    async fn setting(&self, topic: &str, name: &str) -> Result<Option<String>, TopicError> {
        let wanted = [ResourceSpecifier::Topic(topic)];
        let answer = self.admin.describe_configs(&wanted, &self.options()).await;
        let answer = answer.map_err(|source| unavailable(topic, source))?.into_iter().next();
        let resource = answer.ok_or_else(|| unavailable(topic, unknown_topic()))?;
        let resource = resource.map_err(|code| unavailable(topic, KafkaError::AdminOp(code)))?;
        Ok(resource.get(name).and_then(|entry| entry.value.clone()))
    }

    fn options(&self) -> AdminOptions {
        AdminOptions::new().request_timeout(Some(self.timeout)).operation_timeout(Some(self.timeout))
    }
}

fn new_topic(topic: &str, purpose: Purpose) -> NewTopic<'_> {
    let new = NewTopic::new(topic, BROKER_DEFAULT, TopicReplication::Fixed(BROKER_DEFAULT));
    match purpose {
        Purpose::Log => new,
        Purpose::Table => new.set("cleanup.policy", "compact").set("delete.retention.ms", TOMBSTONES_KEPT),
        Purpose::DeadLetters => new.set("retention.ms", "-1"),
        Purpose::Held => new.set("retention.ms", HELD_KEPT),
    }
}

/// It is there already, or making it is not this user's right: then it must have been made for us.
fn not_ours_to_make(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{ClusterAuthorizationFailed, TopicAlreadyExists, TopicAuthorizationFailed};
    matches!(code, TopicAlreadyExists | TopicAuthorizationFailed | ClusterAuthorizationFailed)
}

/// It is not there yet, or asking is not this user's right.
fn unanswered(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{UnknownTopic, UnknownTopicOrPartition};
    matches!(code, UnknownTopic | UnknownTopicOrPartition) || not_ours_to_make(code)
}

fn unknown_topic() -> KafkaError {
    KafkaError::MetadataFetch(RDKafkaErrorCode::UnknownTopicOrPartition)
}

fn refused(topic: &str, why: Refusal) -> TopicError {
    TopicError::Refused { topic: topic.into(), why }
}

fn unavailable(topic: &str, source: KafkaError) -> TopicError {
    TopicError::Unavailable { topic: topic.into(), source }
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Topics").field("creation", &self.creation).finish_non_exhaustive()
    }
}
