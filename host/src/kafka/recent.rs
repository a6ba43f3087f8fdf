//! Which messages are stored already. The topics themselves tell: what they hold is read back when they are first written
//! to, and from then on they are followed, so that what other collectors store is known as well.

mod doubts;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use tokio::sync::watch;

use super::follower::{Following, Reach};
use super::identity::{MessageIdentity, StoredPlace};
use super::memory::Memory;
use super::past::{self, Spans};
use super::settings::Settings;
use super::{ClientError, lock};

use doubts::Doubts;

/// Messages that are remembered: some forty megabytes at most.
const MOST: usize = 500_000;
/// How far the clocks of this machine and of a broker may be apart.
const SKEW: i64 = 60_000;

/// The messages that are stored, the last seen of them.
type Stored = Arc<Mutex<Memory<MessageIdentity>>>;

pub struct Recent {
    settings: Settings,
    stored: Stored,
    doubts: Mutex<Doubts>,
    /// Held by who looks: those who come meanwhile profit from what it finds.
    looking: Mutex<()>,
    following: Following,
}

impl Recent {
    /// `within`: how far to read back.
    pub fn start(settings: &Settings, within: Duration) -> Result<Self, ClientError> {
        let stored = Arc::new(Mutex::new(Memory::new(MOST)));
        let seen = stored.clone();
        let following = Following::start(settings, Reach::Within(within), move |message| remember(&seen, message))?;
        Ok(Recent {
            settings: settings.clone(),
            stored,
            doubts: Mutex::new(Doubts::new()),
            looking: Mutex::default(),
            following,
        })
    }

    /// Whether the topics hold the message, as far as is known: wait for [`Recent::read_back`] first.
    pub fn holds(&self, message: MessageIdentity) -> bool {
        lock(&self.stored).highest(message).is_some()
    }

    pub fn add(&self, message: MessageIdentity) {
        lock(&self.stored).add(message, 0);
    }

    /// Becomes true when the topic is read back. The first question sets it going.
    pub fn read_back(&self, topic: &str) -> watch::Receiver<bool> {
        self.following.read_back(topic)
    }

    /// Kafka's word on a message that came at this time was lost: it may be stored.
    pub fn doubt(&self, message: MessageIdentity, topics: &BTreeSet<String>, came: i64) {
        lock(&self.doubts).add(message, topics.iter(), came.saturating_sub(SKEW));
    }

    pub fn is_doubtful(&self, message: MessageIdentity, topic: &str) -> bool {
        lock(&self.doubts).of(message, topic).is_some()
    }

    /// Sees to it that [`Recent::holds`] knows of a doubtful message. Blocks, and fails where what is under way in the topic
    /// is not decided in time.
    pub fn look(&self, message: MessageIdentity, topic: &str, until: Instant) -> Result<(), KafkaError> {
        let _alone = lock(&self.looking);
        let Some(since) = lock(&self.doubts).of(message, topic) else { return Ok(()) };
        let began = Instant::now();
        let consumer = past::consumer(&self.settings)?;
        let partitions = past::partitions(&consumer, topic)?;
        let ends = past::decided(&self.settings, &consumer, topic, &partitions, until)?;
        if Instant::now() >= until {
            return Err(KafkaError::Global(RDKafkaErrorCode::OperationTimedOut));
        }
        let starts = past::since(&consumer, topic, &partitions, since)?;
        let span = |(partition, end)| Some((partition, (*starts.get(&partition)?, end)));
        let spans: Spans = ends.into_iter().filter_map(span).collect();
        past::read(&consumer, topic, &spans, |message| remember(&self.stored, message))?;
        lock(&self.doubts).settled(topic, began);
        Ok(())
    }
}

fn remember(stored: &Stored, message: &BorrowedMessage<'_>) {
    if let Some(place) = StoredPlace::of_message(message) {
        lock(stored).add(place.message, place.index);
    }
}

impl std::fmt::Debug for Recent {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Recent").field("following", &self.following).finish_non_exhaustive()
    }
}
