//! One transactional producer and the thread it lives in.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use super::{Addressed, DeliveryConfig, DeliveryError, Large, Part, Queue, Reply, Small};
use crate::kafka::settings::Settings;
use crate::kafka::{headers, lock, transact};

/// Small messages that share a Kafka transaction.
const TOGETHER: usize = 200;
/// How long to wait before connecting is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);

pub struct Worker {
    /// Whose producer it is.
    instance: String,
    /// Its `transactional.id`: making a producer with it ends what an earlier one left open, in this process or, as it is
    /// the same after a restart, in one that was killed.
    id: String,
    settings: Settings,
    /// How long Kafka may take over one answer.
    timeout: Duration,
    /// Longest life of a Kafka transaction.
    longest: Duration,
    /// Made again after every failure.
    producer: Option<BaseProducer>,
}

impl Worker {
    pub fn new(settings: &Settings, config: &DeliveryConfig, name: &str, longest: Duration) -> Self {
        Worker {
            instance: config.instance.clone(),
            id: format!("ps-stream-collect-{}-{name}", config.instance),
            settings: settings.clone(),
            timeout: config.timeout,
            longest: longest.max(config.timeout),
            producer: None,
        }
    }

    /// Takes what waits, as many as there are, until there is nobody left to ask.
    pub fn commit_small(mut self, queue: &Queue<Small>) {
        while self.is_connected(queue)
            && let Some(mut messages) = next_together(queue)
        {
            messages.retain(|message| !message.reply.is_closed());
            match self.commit(&messages) {
                // One of them may be what Kafka does not take: the others shall not fail with it.
                Err(_) if messages.len() > 1 && Instant::now() < deadline(&messages) => {
                    self.abort();
                    messages.into_iter().for_each(|message| self.commit_one(message));
                }
                result => self.answer(messages, &result),
            }
        }
    }

    pub fn stream_large(mut self, queue: &Queue<Large>) {
        while self.is_connected(queue)
            && let Some(message) = next(queue)
        {
            self.stream(message);
        }
    }

    /// Waits for Kafka before there is anything to be done, not when the first message comes: connecting ends what was left
    /// open, by a failure or by a process that was killed, and readers of committed records wait before that. False when
    /// there is nobody left to ask.
    fn is_connected<T>(&mut self, queue: &Queue<T>) -> bool {
        while self.producer.is_none() && !is_closed(queue) {
            match transact::connect(&self.config(), Instant::now() + self.timeout) {
                Ok(producer) => self.producer = Some(producer),
                Err(error) => {
                    self.tell_why_not(&error);
                    std::thread::sleep(BACK_OFF);
                }
            }
        }
        self.producer.is_some()
    }

    fn tell_why_not(&self, error: &KafkaError) {
        match transact::code(error) {
            Some(RDKafkaErrorCode::InvalidTransactionTimeout) => tracing::error!(
                "the brokers allow no Kafka transaction of {:?} (transaction.max.timeout.ms): lower --receive-timeout",
                self.longest
            ),
            _ => tracing::debug!(id = self.id, "not connected yet: {error}"),
        }
    }

    fn commit_one(&mut self, message: Small) {
        let result = self.commit(std::slice::from_ref(&message));
        self.answer(vec![message], &result);
    }

    /// The answer first: tidying up after a failure may take its time.
    fn answer(&mut self, messages: Vec<Small>, result: &Result<(), DeliveryError>) {
        for message in messages {
            // Who waited may be gone; what is stored is stored.
            let _ = message.reply.send(result.clone());
        }
        if result.is_err() {
            self.abort();
        }
    }

    fn commit(&mut self, messages: &[Small]) -> Result<(), DeliveryError> {
        self.try_commit(messages).map_err(|error| self.failed(error))
    }

    fn try_commit(&mut self, messages: &[Small]) -> Result<(), KafkaError> {
        let until = deadline(messages);
        let producer = self.begin(until)?;
        transact::send_all(producer, messages.iter().flat_map(|message| &message.records).map(addressed))?;
        transact::commit(producer, until)
    }

    /// Writes the parts as they come; commits at the end, aborts where there is none.
    fn stream(&mut self, mut message: Large) {
        let stored = match self.write(&mut message) {
            Ok(Some((reply, until))) => {
                let result = self.finish(until);
                let stored = result.is_ok();
                _ = reply.send(result);
                stored
            }
            Ok(None) => false,
            Err(error) => {
                _ = message.failure.set(self.failed(error));
                false
            }
        };
        drop(message); // who still sends learns now that nobody listens
        if !stored {
            self.abort();
        }
    }

    /// All parts, up to the one that asks for an answer; nothing when the sender is gone.
    fn write(&mut self, message: &mut Large) -> Result<Option<(Reply, Instant)>, KafkaError> {
        let producer = self.begin(Instant::now() + self.timeout)?;
        loop {
            match message.parts.blocking_recv() {
                Some(Part::Records(records)) => transact::send_all(producer, records.iter().map(addressed))?,
                Some(Part::End(reply, until)) => return Ok(Some((reply, until))),
                None => return Ok(None),
            }
        }
    }

    fn finish(&self, until: Instant) -> Result<(), DeliveryError> {
        let producer = self.producer.as_ref().ok_or(DeliveryError::GivenUp)?;
        transact::commit(producer, until).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: KafkaError) -> DeliveryError {
        match transact::code(&error) {
            Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced) => {
                DeliveryError::Fenced(self.instance.clone())
            }
            _ => error.into(),
        }
    }

    fn begin(&mut self, until: Instant) -> Result<&BaseProducer, KafkaError> {
        let producer = match self.producer.take() {
            Some(producer) => producer,
            None => transact::connect(&self.config(), until)?,
        };
        let producer = self.producer.insert(producer);
        producer.begin_transaction()?;
        Ok(producer)
    }

    fn config(&self) -> rdkafka::ClientConfig {
        transact::bounded(&self.settings, &self.id, self.longest, self.timeout)
    }

    fn abort(&mut self) {
        if let Some(producer) = self.producer.take() {
            transact::abort(&producer);
        }
    }
}

/// When the first of them must have its answer.
fn deadline(messages: &[Small]) -> Instant {
    messages.iter().map(|message| message.until).min().unwrap_or_else(Instant::now)
}

/// Who waits for the next of it holds the lock, and then it is open.
fn is_closed<T>(queue: &Queue<T>) -> bool {
    queue.try_lock().is_ok_and(|queue| queue.is_closed())
}

fn next<T>(queue: &Queue<T>) -> Option<T> {
    lock(queue).blocking_recv()
}

fn next_together(queue: &Queue<Small>) -> Option<Vec<Small>> {
    let mut queue = lock(queue);
    let mut messages = vec![queue.blocking_recv()?];
    while messages.len() < TOGETHER
        && let Ok(message) = queue.try_recv()
    {
        messages.push(message);
    }
    Some(messages)
}

fn addressed(Addressed { record, partition }: &Addressed) -> BaseRecord<'_, str, [u8]> {
    let mut base = BaseRecord::<str, [u8]>::to(&record.topic)
        .partition(*partition)
        .key(record.key.as_str())
        .headers(headers::to_owned(&record.headers));
    base.payload = record.value.as_deref();
    base
}
