//! Messages of several records: each appears as one, in a Kafka transaction.
//!
//! Kafka's client blocks and a transactional producer holds one Kafka transaction at a time, so each lives in a thread of
//! its own. Some commit small messages, all that wait at one moment together; the others hold one large message each.

mod worker;

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::{Addressed, DeliveryConfig, DeliveryError};
use crate::kafka::settings::Settings;

use worker::Worker;

/// Producers that commit small messages.
const COMMITTING: usize = 3;
/// Large messages that may be under way at one time; others wait.
const STREAMING: usize = 4;
/// Longest life of a Kafka transaction that only commits what is already here.
const LONGEST_COMMIT: Duration = Duration::from_secs(60);
/// Parts of a large message that may wait for Kafka: with its size, what bounds memory.
const PARTS_WAITING: usize = 2;
/// What an answer may take longer than it is allowed to, before nobody waits for it any more.
const SLACK: Duration = Duration::from_secs(1);

type Reply = oneshot::Sender<Result<(), DeliveryError>>;
/// Work that several threads share.
type Queue<T> = Arc<Mutex<mpsc::Receiver<T>>>;

/// A small message, whole.
struct Small {
    records: Vec<Addressed>,
    until: Instant,
    reply: Reply,
}

/// A large message, part by part. It is committed only when [`Part::End`] comes: a sender that is gone leaves nothing.
struct Large {
    parts: mpsc::Receiver<Part>,
    failure: Arc<OnceLock<DeliveryError>>,
}

enum Part {
    Records(Vec<Addressed>),
    /// With the time by which the answer must be there.
    End(Reply, Instant),
}

pub struct Units {
    small: mpsc::Sender<Small>,
    large: mpsc::Sender<Large>,
    timeout: Duration,
}

/// A large message on its way. Dropped, its Kafka transaction is aborted.
pub struct Stream {
    parts: mpsc::Sender<Part>,
    /// Why the other end takes no more.
    failure: Arc<OnceLock<DeliveryError>>,
    timeout: Duration,
}

impl Units {
    pub fn start(settings: &Settings, config: &DeliveryConfig) -> Self {
        let (small, small_queue) = mpsc::channel(1024);
        let (large, large_queue) = mpsc::channel(1);
        let small_queue: Queue<Small> = Arc::new(Mutex::new(small_queue));
        let large_queue: Queue<Large> = Arc::new(Mutex::new(large_queue));
        for number in 0..COMMITTING {
            let worker = Worker::new(settings, config, &format!("commit-{number}"), LONGEST_COMMIT);
            let queue = small_queue.clone();
            thread::spawn(move || worker.commit_small(&queue));
        }
        for number in 0..STREAMING {
            let worker = Worker::new(settings, config, &format!("stream-{number}"), config.longest + config.timeout);
            let queue = large_queue.clone();
            thread::spawn(move || worker.stream_large(&queue));
        }
        Units { small, large, timeout: config.timeout }
    }

    pub async fn deliver(&self, records: Vec<Addressed>) -> Result<(), DeliveryError> {
        let (reply, word) = oneshot::channel();
        let until = Instant::now() + self.timeout;
        let handed_over = async {
            self.small.send(Small { records, until, reply }).await.map_err(|_| DeliveryError::GivenUp)?;
            word.await.map_err(|_| DeliveryError::GivenUp)?
        };
        // What nobody waits for is not written any more.
        tokio::time::timeout(self.timeout + SLACK, handed_over).await.unwrap_or(Err(DeliveryError::GivenUp))
    }

    pub async fn stream(&self) -> Result<Stream, DeliveryError> {
        let (sender, parts) = mpsc::channel(PARTS_WAITING);
        let failure = Arc::new(OnceLock::new());
        let large = Large { parts, failure: failure.clone() };
        self.large.send_timeout(large, self.timeout).await.map_err(|_| DeliveryError::NoRoom)?;
        Ok(Stream { parts: sender, failure, timeout: self.timeout })
    }
}

impl Stream {
    pub async fn send(&self, records: Vec<Addressed>) -> Result<(), DeliveryError> {
        self.parts.send(Part::Records(records)).await.map_err(|_| self.why())
    }

    pub async fn commit(self) -> Result<(), DeliveryError> {
        let (reply, word) = oneshot::channel();
        self.parts.send(Part::End(reply, Instant::now() + self.timeout)).await.map_err(|_| self.why())?;
        word.await.unwrap_or_else(|_| Err(self.why()))
    }

    fn why(&self) -> DeliveryError {
        self.failure.get().cloned().unwrap_or(DeliveryError::GivenUp)
    }
}
