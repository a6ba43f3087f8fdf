//! One transactional producer and the thread it lives in.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::{Addressed, DeliveryError, Large, Part, Queue, Small};
use crate::kafka::settings::Settings;
use crate::kafka::{headers, transact};

/// Small messages that share a Kafka transaction.
const TOGETHER: usize = 200;

pub struct Worker {
    /// Its `transactional.id`: making a producer with it ends what an earlier one left open.
    id: String,
    settings: Settings,
    /// How long Kafka may take over one answer.
    timeout: Duration,
    /// Longest life of a Kafka transaction.
    longest: Duration,
    /// Made when it is first needed, and again after every failure.
    producer: Option<BaseProducer>,
}

impl Worker {
    pub fn new(settings: &Settings, timeout: Duration, longest: Duration) -> Self {
        let id = format!("ps-stream-collect-{}", uuid::Uuid::new_v4());
        Worker { id, settings: settings.clone(), timeout, longest, producer: None }
    }

    /// Takes what waits, as many as there are, until there is nobody left to ask.
    pub fn commit_small(mut self, queue: &Queue<Small>) {
        while let Some(messages) = next_together(queue) {
            let asked = Instant::now();
            let result = self.commit(messages.iter().flat_map(|message| &message.records));
            match result {
                // One of them may be what Kafka does not take: the others shall not fail with it.
                Err(_) if messages.len() > 1 && asked.elapsed() < self.timeout => {
                    messages.into_iter().for_each(|message| self.commit_one(message));
                }
                result => messages.into_iter().for_each(|message| answer(message, result.clone())),
            }
        }
    }

    pub fn stream_large(mut self, queue: &Queue<Large>) {
        while let Some(message) = next(queue) {
            self.stream(message);
        }
    }

    fn commit_one(&mut self, message: Small) {
        let result = self.commit(&message.records);
        answer(message, result);
    }

    fn commit<'r>(&mut self, records: impl IntoIterator<Item = &'r Addressed>) -> Result<(), DeliveryError> {
        let timeout = self.timeout;
        let result = self.begin().and_then(|producer| {
            records.into_iter().try_for_each(|record| produce(producer, record))?;
            transact::commit(producer, timeout)
        });
        if result.is_err() {
            self.abort();
        }
        result.map_err(DeliveryError::from)
    }

    /// Writes the parts as they come; commits at the end, aborts where there is none.
    fn stream(&mut self, mut message: Large) {
        let timeout = self.timeout;
        let result = self.begin().and_then(|producer| {
            loop {
                match message.parts.blocking_recv() {
                    Some(Part::Records(records)) => records.iter().try_for_each(|record| produce(producer, record))?,
                    Some(Part::End(reply)) => {
                        transact::commit(producer, timeout)?;
                        return Ok(Some(reply));
                    }
                    None => return Ok(None),
                }
            }
        });
        match result {
            // Who waited may be gone; what is stored is stored.
            Ok(Some(reply)) => _ = reply.send(Ok(())),
            Ok(None) => self.abort(),
            Err(error) => {
                _ = message.failure.set(error.into());
                self.abort();
            }
        }
    }

    fn begin(&mut self) -> Result<&BaseProducer, KafkaError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => transact::connect(&self.config(), self.timeout)?,
        };
        let producer = self.producer.insert(producer);
        producer.begin_transaction()?;
        Ok(producer)
    }

    fn config(&self) -> rdkafka::ClientConfig {
        let mut config = self.settings.producer();
        config.set("transactional.id", &self.id);
        config.set("transaction.timeout.ms", self.longest.as_millis().to_string());
        config.set("message.timeout.ms", self.timeout.as_millis().to_string());
        config.set("queue.buffering.max.kbytes", "8192").set("linger.ms", "1");
        config
    }

    fn abort(&mut self) {
        if let Some(producer) = self.producer.take() {
            transact::abort(&producer, self.timeout);
        }
    }
}

fn answer(message: Small, result: Result<(), DeliveryError>) {
    // Who waited may be gone; what is stored is stored.
    let _ = message.reply.send(result);
}

fn next<T>(queue: &Queue<T>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()
}

fn next_together(queue: &Queue<Small>) -> Option<Vec<Small>> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let mut messages = vec![queue.blocking_recv()?];
    while messages.len() < TOGETHER
        && let Ok(message) = queue.try_recv()
    {
        messages.push(message);
    }
    Some(messages)
}

fn produce(producer: &BaseProducer, addressed: &Addressed) -> Result<(), KafkaError> {
    let record = &addressed.record;
    let base = BaseRecord::<str, [u8]>::to(&record.topic)
        .partition(addressed.partition)
        .key(&record.key)
        .payload(&record.value)
        .headers(headers::to_owned(&record.headers));
    transact::send(producer, base)
}
