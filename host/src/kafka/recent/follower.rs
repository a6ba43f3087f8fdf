//! The thread that reads topics back and follows them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;

use super::{Order, Stored, remember};
use crate::kafka::past::{self, PastConsumer, Places, Spans};
use crate::kafka::settings::Settings;

/// Records read back of every partition however old they are: what was stored last before a quiet time, or an outage.
const FEWEST: i64 = 10_000;
/// How long to wait for Kafka transactions that are undecided when a topic is read back. What this collector left behind
/// when it was killed is decided by then; what is not is another's, which is under way.
const UNDECIDED: Duration = Duration::from_secs(5);
/// How often topics are looked at for new partitions.
const LOOK: Duration = Duration::from_secs(30);
/// How long to wait before something that failed is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);

pub struct Follower {
    consumer: PastConsumer,
    settings: Settings,
    within: Duration,
    stored: Stored,
    /// The partitions of each topic.
    followed: BTreeMap<String, Vec<i32>>,
    looked: Instant,
}

impl Follower {
    pub fn new(settings: &Settings, within: Duration, stored: Stored) -> Result<Self, KafkaError> {
        Ok(Follower {
            consumer: past::consumer(settings)?,
            settings: settings.clone(),
            within,
            stored,
            followed: BTreeMap::new(),
            looked: Instant::now(),
        })
    }

    pub fn run(mut self, orders: &mpsc::Receiver<Order>) {
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
                tracing::debug!(topic = order.topic, "not read back yet: {error}");
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

    fn follow(&self) {
        match self.consumer.poll(Duration::from_millis(50)) {
            Some(Ok(message)) => remember(&self.stored, &message),
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
            remember(&self.stored, message);
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
        let time = past::now().saturating_sub(past::milliseconds(self.within));
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
