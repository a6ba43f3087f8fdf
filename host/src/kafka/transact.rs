//! What every Kafka transaction needs: `collect` makes one of a message, `parse` of a batch.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, TopicPartitionList};

use super::figures::{self, Commit};
use super::headers;
use super::record::OutputRecord;
use super::settings::Settings;

/// What may be on its way to Kafka, in kilobytes of keys and values. Twice as much was no faster, half as much was slower.
const QUEUE_KILOBYTES: &str = "4096";
/// And in records: beside its key and value each takes about a kilobyte.
const QUEUE_RECORDS: &str = "8192";
/// Records that are handed over between two looks at what became of earlier ones.
const HEARD: usize = 64;
/// How long to wait before the client is asked for word again.
const NAP: Duration = Duration::from_micros(250);
/// How long to wait for the client's word at a time.
const POLL: Duration = Duration::from_millis(1);

/// How much longer than it is allowed to the client may take before it is not waited for any more.
const SLACK: Duration = Duration::from_secs(1);
/// How long to try to tell Kafka that nothing comes any more.
const ABORTING: Duration = Duration::from_secs(5);

/// A producer of Kafka transactions of any size that holds little of them. `life`: the longest of a Kafka transaction;
/// `timeout`: how long Kafka may take over one answer.
pub fn bounded(settings: &Settings, id: &str, life: Duration, timeout: Duration) -> ClientConfig {
    let mut config = settings.producer();
    config.set("transactional.id", id);
    config.set("transaction.timeout.ms", life.as_millis().to_string());
    config.set("message.timeout.ms", timeout.as_millis().to_string());
    config.set("queue.buffering.max.kbytes", QUEUE_KILOBYTES).set("queue.buffering.max.messages", QUEUE_RECORDS);
    config.set("linger.ms", "1");
    config
}

/// A producer that is ready to begin its first Kafka transaction.
pub fn connect(config: &ClientConfig, until: Instant) -> Result<BaseProducer, KafkaError> {
    let producer: BaseProducer = config.create()?;
    producer.init_transactions(left(until))?;
    Ok(producer)
}

/// The record as the client takes it, addressed to a topic and not yet to a partition.
pub fn addressed(record: &OutputRecord) -> BaseRecord<'_, [u8], [u8]> {
    let mut base = BaseRecord::<[u8], [u8]>::to(&record.topic).headers(headers::to_owned(&record.headers));
    base.key = record.key.as_deref();
    base.payload = record.value.as_deref();
    base
}

/// Hands records over, and hears what became of earlier ones from time to time: asking after each would cost as much as all
/// the rest.
pub fn send_all<'r, K: ToBytes + ?Sized + 'r, V: ToBytes + ?Sized + 'r>(
    producer: &BaseProducer,
    records: impl Iterator<Item = BaseRecord<'r, K, V>>,
) -> Result<(), KafkaError> {
    for (sent, record) in records.enumerate() {
        send(producer, record)?;
        if sent % HEARD == 0 {
            producer.poll(Duration::ZERO);
        }
    }
    Ok(())
}

/// Hands a record over, waiting while there is no room.
pub fn send<K: ToBytes + ?Sized, V: ToBytes + ?Sized>(
    producer: &BaseProducer,
    mut record: BaseRecord<'_, K, V>,
) -> Result<(), KafkaError> {
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((error, back)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                hear(producer);
                record = back;
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// Hears what became of records, or waits a little. (A time given to the client's own `poll` is always spent to its end, and
/// its last millisecond on a processor.)
fn hear(producer: &BaseProducer) {
    let before = producer.in_flight_count();
    producer.poll(Duration::ZERO);
    if producer.in_flight_count() == before {
        thread::sleep(NAP);
    }
}

/// Puts the offsets into the Kafka transaction. The client's own call may never return: it forgets it when the broker that
/// it has asked leaves the cluster (librdkafka 2.12, `rd_kafka_txn_handle_TxnOffsetCommit` on `ERR__DESTROY`). So it is made
/// in a thread that can be left behind; the producer is no good any more then.
pub fn send_offsets(
    producer: &Arc<BaseProducer>,
    offsets: TopicPartitionList,
    membership: &Arc<ConsumerGroupMetadata>,
    until: Instant,
) -> Result<(), KafkaError> {
    let (producer, membership) = (producer.clone(), membership.clone());
    let (done, word) = mpsc::channel();
    thread::spawn(move || {
        let sent = until_done(until, |left| producer.send_offsets_to_transaction(&offsets, &membership, left));
        // Nobody waits any more when it took too long.
        let _ = done.send(sent);
    });
    let timed_out = |_| KafkaError::Global(RDKafkaErrorCode::OperationTimedOut);
    word.recv_timeout(left(until) + SLACK).map_err(timed_out)?
}

/// Commits, once every record's fate is known: the client's own waiting for them takes a tenth of a second. It refuses where
/// a record was not delivered, and counts that itself (`txn_dr_fails` in librdkafka).
pub fn commit(producer: &BaseProducer, until: Instant) -> Result<(), KafkaError> {
    let began = Instant::now();
    while producer.in_flight_count() > 0 && Instant::now() < until {
        hear(producer);
    }
    let done = until_done(until, |left| producer.commit_transaction(left));
    figures::ended(if done.is_ok() { Commit::Committed } else { Commit::Failed }, began.elapsed());
    done
}

/// Asks again, within the time there is, as long as Kafka's client says that asking again is right.
pub fn until_done(until: Instant, ask: impl Fn(Duration) -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    loop {
        match ask(left(until)) {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && Instant::now() < until => {}
            other => return other,
        }
    }
}

/// Ends a Kafka transaction that came to nothing. Its producer must not be used again: what was on its way has left a gap
/// in its sequence numbers, over which the next would stumble.
pub fn abort(producer: &BaseProducer) {
    let until = Instant::now() + ABORTING;
    let aborted = until_done(until, |_| {
        // It waits for the records that were on their way, whose fate is only told to who polls.
        producer.poll(POLL);
        producer.abort_transaction(POLL)
    });
    if let Err(error) = aborted {
        tracing::debug!("the Kafka transaction could not be aborted ({error}); the next producer or Kafka itself will");
    }
}

/// Whether another with the same `transactional.id` has taken over. While it does, Kafka (4.1) answers a commit with
/// UNKNOWN_SERVER_ERROR, and only the abort with the cause: so ask after that.
pub fn is_fenced(producer: &BaseProducer) -> bool {
    producer.client().fatal_error().is_some_and(|(code, _)| means_fenced(code))
}

pub fn means_fenced(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode::{Fenced, InvalidProducerEpoch, ProducerFenced};
    matches!(code, Fenced | ProducerFenced | InvalidProducerEpoch)
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()).max(POLL)
}

/// The code of an error, whatever it came from.
pub fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::Transaction(error) => Some(error.code()),
        error => error.rdkafka_error_code(),
    }
}
