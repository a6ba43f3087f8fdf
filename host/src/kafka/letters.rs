//! The dead-letter topic as a person works with it: reading it, and resolving letters, each in one Kafka transaction.
//!
//! What is resolved stands in the topic itself, so there is nothing beside it that could disagree. Who resolves begins with
//! [`Resolver::connect`], which ends what another left open and stops it, and reads the topic only then: nothing can come
//! between what is read and what is written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, Producer};

use super::letter::{Entry, Letter, Resolution};
use super::past::{self, PastConsumer, Spans};
use super::position::At;
use super::record::OutputRecord;
use super::settings::Settings;
use super::source::SourceRecord;
use super::writer::DEAD_LETTER_MARGIN;
use super::{ClientError, transact};
use crate::fault::{Fault, Faulty};
use crate::telemetry;

/// How long Kafka may take over one Kafka transaction. While one of a command that was killed is open, readers of the
/// source topic wait.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct LetterLog {
    settings: Settings,
    topic: String,
    consumer: PastConsumer,
}

/// The only one who resolves letters of a topic at a time.
pub struct Resolver {
    topic: String,
    producer: BaseProducer,
}

/// What is to be done with a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// `force`: even where it cannot be told whether the row was deleted since.
    Replay {
        force: bool,
    },
    Discard,
}

/// Whether everything that is in a topic was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Everything,
    /// The end of a Kafka transaction that is still open is yet to come.
    SomeUndecided,
}

#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("topic \"{topic}\" cannot be read")]
    Unread { topic: String, source: KafkaError },
    #[error("topic \"{0}\" holds a Kafka transaction that is undecided; try again in a minute")]
    Undecided(String),
    #[error("dead letter {0} is no longer in its topic")]
    Gone(At),
    #[error("partition {partition} of topic \"{topic}\", where dead letter {at} came from, does not exist")]
    NoSource { at: At, topic: String, partition: i32 },
    #[error("Kafka did not take what was to be written ({step})")]
    NotTaken { step: &'static str, source: KafkaError },
    #[error("another `dead-letters` command for topic \"{0}\" has taken over; `dead-letters list` shows what is left")]
    Fenced(String),
}

impl Faulty for LettersError {
    fn fault(&self) -> Fault {
        match self {
            LettersError::Client(_) | LettersError::Gone(_) | LettersError::NoSource { .. } => Fault::Host,
            _ => Fault::Broker,
        }
    }
}

impl LetterLog {
    pub fn open(settings: &Settings, topic: &str) -> Result<Self, LettersError> {
        let consumer = past::consumer(settings).map_err(ClientError)?;
        Ok(LetterLog { settings: settings.clone(), topic: topic.to_owned(), consumer })
    }

    /// Everything the topic holds; nothing where there is none. `patience`: how long to wait for what is undecided.
    pub fn read_all(&self, patience: Duration, mut see: impl FnMut(Entry)) -> Result<Extent, LettersError> {
        let until = Instant::now() + patience;
        let partitions = past::partitions(&self.consumer, &self.topic).map_err(self.unread())?;
        let ends = past::decided(&self.settings, &self.consumer, &self.topic, &partitions, until);
        let extent = if Instant::now() < until { Extent::Everything } else { Extent::SomeUndecided };
        let spans = ends.map_err(self.unread())?.into_iter().map(|(partition, end)| (partition, (0, end)));
        self.read(&spans.collect(), |record| Entry::of(record).into_iter().for_each(&mut see))?;
        Ok(extent)
    }

    /// The letters there, in that order.
    pub fn fetch(&self, wanted: &[At]) -> Result<Vec<Letter>, LettersError> {
        let mut spans = Spans::new();
        for at in wanted {
            let (start, end) = spans.entry(at.partition).or_insert((at.offset, at.offset + 1));
            (*start, *end) = ((*start).min(at.offset), (*end).max(at.offset + 1));
        }
        let places: BTreeSet<At> = wanted.iter().copied().collect();
        let mut found = BTreeMap::new();
        self.read(&spans, |record| {
            let at = At { partition: record.partition, offset: record.offset };
            if places.contains(&at)
                && let Some(Entry::Letter(letter)) = Entry::of(record)
            {
                found.insert(at, letter);
            }
        })?;
        wanted.iter().map(|at| found.remove(at).ok_or(LettersError::Gone(*at))).collect()
    }

    /// Where these came from must be there still: nothing else would keep the order of the rows.
    pub fn insist_on_sources(&self, letters: &[Letter]) -> Result<(), LettersError> {
        let mut known: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for letter in letters {
            let (topic, partition) = (letter.source.topic.as_str(), letter.source.partition);
            if !known.contains_key(topic) {
                known.insert(topic, past::partitions(&self.consumer, topic).map_err(unread(topic))?);
            }
            if known.get(topic).is_none_or(|partitions| !partitions.contains(&partition)) {
                return Err(LettersError::NoSource { at: letter.at, topic: topic.to_owned(), partition });
            }
        }
        Ok(())
    }

    fn read(&self, spans: &Spans, mut see: impl FnMut(SourceRecord)) -> Result<(), LettersError> {
        let read = past::read(&self.consumer, &self.topic, spans, |message| see(SourceRecord::of(message)));
        read.map(|_| ()).map_err(self.unread())
    }

    fn unread(&self) -> impl Fn(KafkaError) -> LettersError {
        unread(&self.topic)
    }
}

fn unread(topic: &str) -> impl Fn(KafkaError) -> LettersError {
    move |source| LettersError::Unread { topic: topic.to_owned(), source }
}

impl Resolver {
    pub fn connect(settings: &Settings, topic: &str) -> Result<Self, LettersError> {
        let mut config = settings.producer();
        config.set("transactional.id", format!("ps-stream-dead-letters-{topic}"));
        config.set("transaction.timeout.ms", PATIENCE.as_millis().to_string());
        config.set("message.max.bytes", (settings.record_limit() + DEAD_LETTER_MARGIN).to_string());
        let producer = transact::connect(&config, Instant::now() + PATIENCE);
        let producer = producer.map_err(|source| LettersError::NotTaken { step: "connect", source })?;
        Ok(Resolver { topic: topic.to_owned(), producer })
    }

    /// All of them or, after an error, none. Then this one is no good any more.
    pub fn resolve(&self, letters: &[Letter], deed: Deed) -> Result<(), LettersError> {
        self.try_resolve(letters, deed).map_err(|error| {
            transact::abort(&self.producer);
            if transact::is_fenced(&self.producer) { LettersError::Fenced(self.topic.clone()) } else { error }
        })
    }

    fn try_resolve(&self, letters: &[Letter], deed: Deed) -> Result<(), LettersError> {
        let (until, time) = (Instant::now() + PATIENCE, telemetry::now());
        self.producer.begin_transaction().map_err(self.not_taken("begin"))?;
        for letter in letters {
            let resolution = match deed {
                Deed::Replay { force } => {
                    self.send(&letter.replayed(force), letter.source.partition)?;
                    Resolution::Replayed
                }
                Deed::Discard => Resolution::Discarded,
            };
            self.send(&letter.marker(resolution, &time), letter.at.partition)?;
        }
        transact::commit(&self.producer, until).map_err(self.not_taken("commit"))
    }

    fn send(&self, record: &OutputRecord, partition: i32) -> Result<(), LettersError> {
        let addressed = transact::addressed(record).partition(partition);
        transact::send(&self.producer, addressed).map_err(self.not_taken("write"))
    }

    fn not_taken(&self, step: &'static str) -> impl Fn(KafkaError) -> LettersError {
        move |source| LettersError::NotTaken { step, source }
    }
}

impl std::fmt::Debug for LetterLog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("LetterLog").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Resolver").field("topic", &self.topic).finish_non_exhaustive()
    }
}
