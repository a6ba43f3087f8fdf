//! Taking stored transactions in, in batches, as a member of a consumer group.
//!
//! A batch holds only records of partitions that are this member's when it is handed out: what was read before a rebalance
//! took its partition away is forgotten, for the new owner will read it.

mod batch;
mod group;
mod proof;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::ClientError;
use super::past::{self, FULL};
use super::settings::Settings;
use super::source::{Place, SourceRecord};
use crate::fault::{Fault, Faulty};

use group::Group;
use proof::{Behind, Proof};

pub use batch::{Batch, Dealt, Notes, Starts};

/// Most records of a batch.
const MOST_RECORDS: usize = 2000;
/// Most bytes of a batch, to the last record that passes it.
const MOST_BYTES: usize = 4 << 20;
/// Longest time a batch waits to be filled once it has a record.
const LINGER: Duration = Duration::from_millis(20);
/// Longest time to wait for a first record, and so for anything else to be noticed.
const IDLE: Duration = Duration::from_millis(250);
/// How much is fetched ahead, over all partitions; and at once, in all and of a partition, as it is stored: an answer is
/// unpacked whole, to thirty times as much where rows are much alike. A property may have two names.
const BOUNDS: [(&[&str], &str); 4] = [
    (&["queued.max.messages.kbytes"], "16384"),
    (&["fetch.queue.backoff.ms"], FULL),
    (&["fetch.max.bytes"], "1000000"),
    (&["fetch.message.max.bytes", "max.partition.fetch.bytes"], "262144"),
];
/// How long Kafka may take to say where the group is.
const ANSWER: Duration = Duration::from_secs(10);
/// How long saying goodbye to the group may take.
const GOODBYE: Duration = Duration::from_secs(10);

pub struct Reader {
    consumer: BaseConsumer<Group>,
    proof: Proof,
    member: Member,
}

/// Who reads.
#[derive(Debug, Clone)]
pub struct Member {
    pub group: String,
    /// Its name, where it is to keep its partitions through a restart: a static member.
    pub instance: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(
        "another parser with the instance name \"{0}\" has taken over; \
         give each that runs at the same time a name of its own with --instance"
    )]
    Fenced(String),
    #[error("the Kafka client can read no more: {0}")]
    Fatal(String),
    #[error("where the consumer group is cannot be told yet")]
    Unsettled(#[source] KafkaError),
    #[error(transparent)]
    Behind(#[from] Behind),
    #[error(
        "what is noted beside the consumer group's offset in topic \"{topic}\", partition {partition}, has changed"
    )]
    Renoted { topic: String, partition: i32 },
}

impl Faulty for ReadError {
    fn fault(&self) -> Fault {
        match self {
            ReadError::Fenced(_) | ReadError::Fatal(_) => Fault::Host,
            ReadError::Unsettled(_) | ReadError::Behind(_) | ReadError::Renoted { .. } => Fault::Broker,
        }
    }
}

impl Reader {
    pub fn new(settings: &Settings, member: &Member, topics: &[String]) -> Result<Self, ClientError> {
        let mut config = settings.client();
        config.set("group.id", &member.group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        config.set("isolation.level", "read_committed").set("statistics.interval.ms", "2000");
        if settings.property("partition.assignment.strategy").is_none() {
            config.set("partition.assignment.strategy", "cooperative-sticky");
        }
        for (names, value) in BOUNDS {
            if let [name, ..] = names
                && names.iter().all(|name| settings.property(name).is_none())
            {
                config.set(*name, value);
            }
        }
        if let Some(instance) = &member.instance {
            config.set("group.instance.id", instance);
        }
        let consumer: BaseConsumer<Group> = config.create_with_context(Group::default())?;
        consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(Reader { consumer, proof: Proof::new(settings, &member.group)?, member: member.clone() })
    }

    /// The next records; none when nothing came for a while.
    pub fn next_batch(&self) -> Result<Batch, ReadError> {
        let mut batch = Batch::default();
        let (mut bytes, mut until, mut wait) = (0, Instant::now() + IDLE, Duration::ZERO);
        while batch.records.len() < MOST_RECORDS && bytes < MOST_BYTES {
            let polled = self.consumer.poll(wait);
            batch.lose(self.consumer.context().take_lost());
            match polled {
                Some(Ok(message)) => {
                    if batch.records.is_empty() {
                        until = Instant::now() + LINGER;
                    }
                    bytes += message.payload_len();
                    batch.records.push(SourceRecord::of(&message));
                    wait = Duration::ZERO; // what is here already comes without a look at the clock
                }
                Some(Err(error)) => self.judge(&error)?,
                None => match until.saturating_duration_since(Instant::now()) {
                    Duration::ZERO => break,
                    left => wait = left,
                },
            }
        }
        batch.membership = self.consumer.context().membership();
        Ok(batch)
    }

    /// After a batch that may have come to nothing: goes on where the group is, which is at its start or after it. Partitions
    /// lost meanwhile are left to their new owner.
    pub fn settle(&self, starts: &Starts) -> Result<(), ReadError> {
        let committed = self.committed(starts.keys())?;
        self.consumer.context().doubt(starts.keys().cloned());
        for ((topic, partition), &start) in starts {
            let known = committed.find_partition(topic, *partition).map(|known| known.offset());
            // A group that is nowhere yet has dealt with nothing.
            let offset = known.filter(|offset| matches!(offset, Offset::Offset(_))).unwrap_or(Offset::Offset(start));
            if let Err(error) = self.consumer.seek(topic, *partition, offset, ANSWER) {
                tracing::debug!(topic, partition, "not gone back: {error}");
            }
        }
        Ok(())
    }

    /// What was noted beside the group's offsets when they were committed last, empty where nothing was. Before the next of
    /// these partitions' offsets is committed it is made sure that this was true.
    pub fn notes(&self, places: &[Place]) -> Result<Notes, ReadError> {
        if places.is_empty() {
            return Ok(Notes::new());
        }
        let committed = self.committed(places.iter())?;
        let note = |element: &TopicPartitionListElem<'_>| {
            ((element.topic().to_owned(), element.partition()), element.metadata().to_owned())
        };
        let notes: Notes = committed.elements().iter().map(note).collect();
        self.consumer.context().believe(notes.clone());
        Ok(notes)
    }

    fn committed<'p>(&self, places: impl Iterator<Item = &'p Place>) -> Result<TopicPartitionList, ReadError> {
        self.consumer.committed_offsets(past::asked(places), ANSWER).map_err(ReadError::Unsettled)
    }

    /// Insists that none of the batch has been dealt with before. To be asked once its offsets are in a Kafka transaction and
    /// before that is committed: see [`Proof`].
    pub(super) fn confirm(&self, batch: &Batch, until: Instant) -> Result<(), ReadError> {
        let context = self.consumer.context();
        let mut starts = batch.starts();
        starts.retain(|place, _| context.doubts(place));
        if !starts.is_empty() {
            self.proof.insist(&starts, &context.believed(), until)?;
            context.trust(starts.keys());
        }
        Ok(())
    }

    /// Leaves the group, but does not wait for that without end, as the client would: a static member that another has taken
    /// the place of, with a broker away, was seen to wait for good (librdkafka 2.12).
    pub fn leave(self) {
        let (done, word) = mpsc::channel();
        thread::spawn(move || {
            drop(self);
            // Nobody waits any more when it took too long.
            let _ = done.send(());
        });
        if word.recv_timeout(GOODBYE).is_err() {
            tracing::warn!(
                "the consumer group was not left in {GOODBYE:?}: it gives the partitions on when the session is over"
            );
        }
    }

    /// Whether it has joined its group. It may have no partition all the same.
    pub fn is_member(&self) -> bool {
        self.consumer.context().membership().is_some()
    }

    /// Records that are stored and not yet read, over this member's partitions, as last heard.
    pub fn lag(&self) -> Option<i64> {
        self.consumer.context().lag()
    }

    /// Offsets apart from any output: what [`crate::broken`] breaks.
    pub(super) fn commit_apart(&self, ends: &TopicPartitionList) -> Result<(), KafkaError> {
        self.consumer.commit(ends, CommitMode::Sync)
    }

    /// The client mends what it can by itself; what it cannot, it says from then on.
    fn judge(&self, error: &KafkaError) -> Result<(), ReadError> {
        match self.consumer.client().fatal_error() {
            Some((RDKafkaErrorCode::FencedInstanceId, _)) => {
                Err(ReadError::Fenced(self.member.instance.clone().unwrap_or_default()))
            }
            Some((_, why)) => Err(ReadError::Fatal(why)),
            None => {
                tracing::warn!("reading from Kafka: {error}; trying on");
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reader").finish_non_exhaustive()
    }
}
