//! Messages that PeopleSoft sends in segments, held back until all of one are there, and then made to appear as one.
//!
//! The segments lie in a topic of their own, stored as any message is ([`entry`] says how), and the topic is the only memory
//! of them: every collector reads all of it when it starts and follows it ([`index`]), so that it does not matter which of
//! them takes a segment, and who is killed. Whoever finds a message complete releases it, once ([`release`]).

mod entry;
mod index;
mod missing;
mod numbering;
mod plan;
mod release;
mod segment;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::message::{BorrowedMessage, Message};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout_at;

use super::follower::{Following, Reach};
use super::memory::Memory;
use super::record::{Pair, TransactionRecord};
use super::settings::Settings;
use super::topics::Topics;
use super::underway::Underway;
use super::{ClientError, DeliveryConfig, DeliveryError, MessageIdentity, Stored, lock, past};

use entry::{Entry, Says};
use index::{Index, Seen, State};
use release::Release;

pub use index::Overdue;
pub use segment::{Part, Segment, SegmentError};

/// How long a message that could not be released is left alone, unless one of its segments comes again: in milliseconds.
const REST: i64 = 30_000;
/// The same where its topic has lost a part of it.
const REST_OF_LOST: i64 = 3_600_000;
/// Segments that are remembered as not seen yet.
const MOST_HIDDEN: usize = 10_000;

pub struct Held {
    shared: Arc<Shared>,
    following: Following,
    /// Whether the topic is read back.
    ready: watch::Sender<bool>,
    /// The messages that are being released by this process.
    underway: Underway,
}

/// What a release needs as well, which goes on when nobody waits for it any more.
struct Shared {
    settings: Settings,
    topic: String,
    topics: Topics,
    index: Mutex<Index>,
    /// Segments that were not seen yet when their senders were told to come again.
    hidden: Mutex<Memory<Part>>,
    /// Changes with the index.
    news: watch::Sender<()>,
    /// How long Kafka may take over one answer, and who waits for a release may wait.
    timeout: Duration,
    /// The longest of a release.
    life: Duration,
}

/// How it stands with the message of a segment that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is in its topic.
    Appeared,
    /// Others of its segments are missing.
    Waiting,
}

impl Held {
    pub fn start(settings: &Settings, config: &DeliveryConfig, topic: &str) -> Result<Self, ClientError> {
        let shared = Arc::new(Shared {
            settings: settings.clone(),
            topic: topic.to_owned(),
            topics: Topics::new(settings, config.timeout)?,
            index: Mutex::new(Index::new()),
            hidden: Mutex::new(Memory::new(MOST_HIDDEN)),
            news: watch::Sender::new(()),
            timeout: config.timeout,
            life: config.longest + config.timeout,
        });
        let seeing = shared.clone();
        let following = Following::start(settings, Reach::Everything, move |message| seeing.see(message))?;
        Ok(Held { shared, following, ready: watch::Sender::new(false), underway: Underway::default() })
    }

    pub fn topic(&self) -> &str {
        &self.shared.topic
    }

    /// Makes the topic and reads it back, before the first segment comes.
    pub async fn prepare(&self) -> Result<(), DeliveryError> {
        let Shared { topic, topics, .. } = &*self.shared;
        topics.held(topic).await?;
        topics.partitions(topic).await?;
        // An error would mean that the thread is gone, with the process.
        let _ = self.following.read_back(topic).wait_for(|done| *done).await;
        self.ready.send_replace(true);
        Ok(())
    }

    /// Whether a segment can be taken: what is held is known, and there is room.
    pub async fn admit(&self, part: Part) -> Result<(), DeliveryError> {
        let mut ready = self.ready.subscribe();
        let known = tokio::time::timeout(self.shared.timeout, ready.wait_for(|ready| *ready)).await;
        let unknown = || DeliveryError::NotReadBack(self.shared.topic.clone());
        known.map_err(|_| unknown())?.map_err(|_| unknown())?;
        lock(&self.shared.index).admit(part.message).map_err(DeliveryError::TooManyHeld)
    }

    /// The transaction as it is held.
    pub fn hold(&self, record: TransactionRecord) -> TransactionRecord {
        entry::held(record, &self.shared.topic)
    }

    /// What is to follow the transactions of a segment, with these headers of theirs.
    pub fn end(&self, transaction_id: &str, headers: Vec<Pair>, transactions: u32) -> TransactionRecord {
        entry::end(&self.shared.topic, transaction_id, headers, transactions)
    }

    /// Sees to it, once a segment is stored, that its message appears if it is complete. Whoever stored the last segment of
    /// a message sees all others when it sees that.
    pub async fn settle(&self, part: Part, stored: Stored) -> Result<Settled, DeliveryError> {
        let until = Instant::now() + self.shared.timeout;
        let mut news = self.shared.news.subscribe();
        let mut is_mine = stored == Stored::Now || self.shared.was_hidden(part);
        loop {
            news.mark_unchanged();
            let state = lock(&self.shared.index).state(part);
            let again = match state {
                State::Released => return Ok(Settled::Appeared),
                State::Incomplete => return Ok(Settled::Waiting),
                State::Complete { open_to_all } if is_mine || open_to_all <= past::now() => {
                    match timeout_at(until.into(), self.release(part.message)).await {
                        Ok(Err(DeliveryError::Overtaken)) => is_mine = false,
                        Ok(released) => return released.map(|()| Settled::Appeared),
                        Err(_) => return Err(DeliveryError::NotReleased),
                    }
                    continue;
                }
                State::Complete { open_to_all } => until.min(instant(open_to_all)),
                State::Unseen => until,
            };
            if Instant::now() >= until {
                return self.shared.too_late(part, state, stored);
            }
            // Whether there is news or it is time: the index tells.
            let _ = timeout_at(again.into(), news.changed()).await;
        }
    }

    /// Releases what is complete and was left behind; answers with what it could not release.
    pub async fn release_due(&self) -> Vec<(String, DeliveryError)> {
        let mut failed = Vec::new();
        let due = lock(&self.shared.index).due(past::now());
        for (message, transaction_id) in due {
            if let Err(error) = self.release(message).await {
                failed.push((transaction_id, error));
            }
        }
        failed
    }

    /// The messages that have waited for longer than that and were not reported within the hour.
    pub fn report(&self, after: Duration) -> Vec<Overdue> {
        lock(&self.shared.index).report(past::now(), past::milliseconds(after))
    }

    /// Looks whether the topic still holds what it held; answers with the messages that it has lost a part of, by their
    /// TransactionID. They are given up. Blocks.
    pub fn lose(&self) -> Result<Vec<String>, DeliveryError> {
        let Shared { settings, topic, index, .. } = &*self.shared;
        let consumer = past::consumer(settings)?;
        let starts = past::starts(&consumer, topic, &past::partitions(&consumer, topic)?)?;
        let mut index = lock(index);
        Ok(starts.into_iter().flat_map(|(partition, start)| index.lose(partition, start)).collect())
    }

    /// Messages that are held, and those of them that have waited for longer than that.
    pub fn count(&self, after: Duration) -> (usize, usize) {
        lock(&self.shared.index).count(past::now(), past::milliseconds(after))
    }

    /// Goes on to its end, whoever waits for it.
    async fn release(&self, message: MessageIdentity) -> Result<(), DeliveryError> {
        let turn = self.underway.turn(message).await;
        // Who had the turn before may have done it.
        let Some(plan) = lock(&self.shared.index).plan(message) else { return Ok(()) };
        let release = Release::new(self.shared.clone(), plan);
        let (done, word) = oneshot::channel();
        thread::spawn(move || {
            let released = release.run();
            drop(turn);
            // Who waited may be gone.
            let _ = done.send(released);
        });
        word.await.map_err(|_| DeliveryError::GivenUp)?
    }
}

impl Shared {
    fn see(&self, message: &BorrowedMessage<'_>) {
        let Some(entry) = Entry::of(message) else { return };
        let name = message.key().and_then(|key| std::str::from_utf8(key).ok()).unwrap_or_default();
        let time = message.timestamp().to_millis().unwrap_or_else(past::now);
        let seen = Seen { partition: message.partition(), offset: message.offset(), time, name };
        lock(&self.index).see(&entry, seen);
        if !matches!(entry.says, Says::Transaction { .. }) {
            self.news.send_replace(());
        }
    }

    /// A segment that is not seen yet lies behind something undecided. It may be the last of its message: its sender is not
    /// to go on before that has appeared, or what it sends next would come first. One that was stored long ago, and is not
    /// remembered any more, is not waited for.
    fn too_late(&self, part: Part, state: State, stored: Stored) -> Result<Settled, DeliveryError> {
        match state {
            State::Complete { .. } => Err(DeliveryError::NotReleased),
            State::Unseen if stored == Stored::Now || self.was_hidden(part) => {
                lock(&self.hidden).add(part, part.segment.number);
                Err(DeliveryError::Hidden)
            }
            _ => Ok(Settled::Waiting),
        }
    }

    fn was_hidden(&self, part: Part) -> bool {
        lock(&self.hidden).highest(part).is_some()
    }

    /// What became of a release.
    fn note(&self, message: MessageIdentity, released: &Result<(), DeliveryError>) {
        let (mut index, now) = (lock(&self.index), past::now());
        match released {
            Ok(()) => index.release(message),
            Err(DeliveryError::Overtaken) => index.overtaken(message, now),
            Err(DeliveryError::Lost(_)) => index.rest(message, now, REST_OF_LOST),
            Err(_) => index.rest(message, now, REST),
        }
        drop(index);
        self.news.send_replace(());
    }
}

/// That moment (milliseconds since 1970) or, when it is past, this.
fn instant(time: i64) -> Instant {
    let left = u64::try_from(time.saturating_sub(past::now())).unwrap_or_default();
    Instant::now() + Duration::from_millis(left)
}

impl std::fmt::Debug for Held {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Held").field("topic", &self.shared.topic).finish_non_exhaustive()
    }
}
