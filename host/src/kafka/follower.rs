//! Topics that are read back and then followed, each from the moment when it is first asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Mutex;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use tokio::sync::watch;

use super::past::{self, PastConsumer, Places, Spans};
use super::settings::Settings;
use super::{ClientError, lock};

/// Records read back of every partition however old they are: what was stored last before a quiet time, or an outage.
const FEWEST: i64 = 10_000;
/// How long to wait for Kafka transactions that are undecided when a topic is read back. What this collector left behind
/// when it was killed is decided by then; what is not is another's, which is under way.
const UNDECIDED: Duration = Duration::from_secs(5);
/// How often topics are looked at for new partitions.
const LOOK: Duration = Duration::from_secs(30);
/// How long to wait before something that failed is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);

/// How far back a topic is read.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    /// What was stored within that time, and some more.
    Within(Duration),
    Everything,
}

/// What is done with a record: it may be shown twice.
type See = Box<dyn Fn(&BorrowedMessage<'_>) + Send>;

/// The topics that are followed, as those see it who ask for them.
pub struct Following {
    /// Whether a topic is read back.
    topics: Mutex<HashMap<String, watch::Receiver<bool>>>,
    orders: mpsc::Sender<Order>,
}

/// A topic to be read back and followed.
struct Order {
    topic: String,
    done: watch::Sender<bool>,
}

/// The thread that reads.
struct Follower {
    consumer: PastConsumer,
    settings: Settings,
    reach: Reach,
    see: See,
    /// The partitions of each topic.
    followed: BTreeMap<String, Vec<i32>>,
    looked: Instant,
    /// Topics of which it was told that they may not be read.
    told: BTreeSet<String>,
}

impl Following {
    pub fn start(
        settings: &Settings,
        reach: Reach,
        see: impl Fn(&BorrowedMessage<'_>) + Send + 'static,
    ) -> Result<Self, ClientError> {
        let follower = Follower {
            consumer: past::consumer(settings)?,
            settings: settings.clone(),
            reach,
            see: Box::new(see),
            followed: BTreeMap::new(),
            looked: Instant::now(),
            told: BTreeSet::new(),
        };
        let (orders, waiting) = mpsc::channel();
        thread::spawn(move || follower.run(&waiting));
        Ok(Following { topics: Mutex::default(), orders })
    }

    /// Becomes true when the topic is read back. The first question sets it going.
    pub fn read_back(&self, topic: &str) -> watch::Receiver<bool> {
        let mut topics = lock(&self.topics);
        if let Some(known) = topics.get(topic) {
            return known.clone();
        }
        let (done, news) = watch::channel(false);
        // The thread ends only when nobody can ask any more.
        let _ = self.orders.send(Order { topic: topic.to_owned(), done });
        topics.insert(topic.to_owned(), news.clone());
        news
    }
}

impl Follower {
    fn run(mut self, orders: &mpsc::Receiver<Order>) {
        let mut waiting = VecDeque::new();
        loop {
            match orders.try_recv() {
                Ok(order) => waiting.push_back(order),
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
            }
            if let Some(order) = waiting.pop_front()
                && let Err(error) = self.begin(&order)
            {
                self.tell_why_not(&order.topic, &error);
                waiting.push_back(order);
                thread::sleep(BACK_OFF);
            }
            self.follow();
            if self.looked.elapsed() > LOOK {
                self.looked = Instant::now();
                self.look_for_partitions();
            }
        }
    }

    /// Trying again mends most of it. What Kafka does not allow a person must mend, and is told once.
    fn tell_why_not(&mut self, topic: &str, error: &KafkaError) {
        match is_refused(error) && self.told.insert(topic.to_owned()) {
            true => tracing::warn!(
                topic,
                "not read back: {error}; it takes Read of the topic and Describe of the consumer group \"{}\"",
                past::GROUP
            ),
            false => tracing::debug!(topic, "not read back yet: {error}"),
        }
    }

    fn follow(&self) {
        match self.consumer.poll(Duration::from_millis(50)) {
            Some(Ok(message)) => (self.see)(&message),
            Some(Err(KafkaError::PartitionEOF(_))) | None => {}
            Some(Err(error)) => tracing::debug!("following what is stored: {error}; trying on"),
        }
    }

    /// Reads back what the topic holds, then follows it from there.
    fn begin(&mut self, order: &Order) -> Result<(), KafkaError> {
        let (topic, began) = (order.topic.as_str(), Instant::now());
        let consumer = past::consumer(&self.settings)?;
        let spans = self.spans(&consumer, topic)?;
        let mut records = 0u64;
        let places = past::read(&consumer, topic, &spans, |message| {
            records += 1;
            (self.see)(message);
        })?;
        self.consumer.incremental_assign(&past::list(topic, &places)?)?;
        self.followed.insert(topic.to_owned(), places.into_keys().collect());
        tracing::info!(topic, records, "read back what is stored, in {:.1?}", began.elapsed());
        order.done.send_replace(true);
        Ok(())
    }

    /// From as far back as is wanted to the end, once what is there now is decided.
    fn spans(&self, consumer: &PastConsumer, topic: &str) -> Result<Spans, KafkaError> {
        let partitions = past::partitions(consumer, topic)?;
        let ends = past::decided(&self.settings, consumer, topic, &partitions, Instant::now() + UNDECIDED)?;
        let Reach::Within(within) = self.reach else {
            return Ok(partitions.into_iter().map(|partition| (partition, (0, i64::MAX))).collect());
        };
        let time = past::now().saturating_sub(past::milliseconds(within));
        let since = past::since(consumer, topic, &partitions, time)?;
        let start = |partition, end: i64| since.get(&partition).copied().unwrap_or(end).min(end - FEWEST).max(0);
        Ok(ends.into_iter().map(|(partition, end)| (partition, (start(partition, end), i64::MAX))).collect())
    }

    /// A topic may be given more of them. They are read from their start.
    fn look_for_partitions(&mut self) {
        for (topic, known) in &mut self.followed {
            let there = past::partitions(&self.consumer, topic).unwrap_or_default();
            let new: Places = there.into_iter().filter(|p| !known.contains(p)).map(|p| (p, 0)).collect();
            if new.is_empty() {
                continue;
            }
            match past::list(topic, &new).and_then(|list| self.consumer.incremental_assign(&list)) {
                Ok(()) => known.extend(new.into_keys()),
                Err(error) => tracing::debug!(topic, "new partitions are not followed yet: {error}"),
            }
        }
    }
}

fn is_refused(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{ClusterAuthorizationFailed, GroupAuthorizationFailed, TopicAuthorizationFailed};
    let code = error.rdkafka_error_code();
    matches!(code, Some(GroupAuthorizationFailed | TopicAuthorizationFailed | ClusterAuthorizationFailed))
}

impl std::fmt::Debug for Following {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Following").field("topics", &lock(&self.topics).keys()).finish_non_exhaustive()
    }
}
