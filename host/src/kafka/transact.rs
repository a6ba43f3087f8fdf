//! What every Kafka transaction needs: `collect` makes one of a message, `parse` of a batch.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::ToBytes;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

/// How long to wait for the client's word at a time.
const POLL: Duration = Duration::from_millis(1);

/// A producer that is ready to begin its first Kafka transaction.
pub fn connect(config: &ClientConfig, timeout: Duration) -> Result<BaseProducer, KafkaError> {
    let producer: BaseProducer = config.create()?;
    producer.init_transactions(timeout)?;
    Ok(producer)
}

/// Hands a record over, waiting while there is no room.
pub fn send<K: ToBytes + ?Sized, V: ToBytes + ?Sized>(
    producer: &BaseProducer,
    mut record: BaseRecord<'_, K, V>,
) -> Result<(), KafkaError> {
    loop {
        match producer.send(record) {
            Ok(()) => {
                producer.poll(Duration::ZERO);
                return Ok(());
            }
            Err((error, back)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull) => {
                producer.poll(Duration::from_millis(100));
                record = back;
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// Commits, once every record's fate is known: the client's own waiting for them takes a tenth of a second.
pub fn commit(producer: &BaseProducer, timeout: Duration) -> Result<(), KafkaError> {
    let until = Instant::now() + timeout;
    while producer.in_flight_count() > 0 && Instant::now() < until {
        producer.poll(POLL);
    }
    until_done(|| producer.commit_transaction(timeout))
}

/// Asks again as long as Kafka's client says that asking again is right, within a bound.
pub fn until_done(ask: impl Fn() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    let mut left = 3;
    loop {
        match ask() {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && left > 0 => left -= 1,
            other => return other,
        }
    }
}

/// Ends a Kafka transaction that came to nothing. Its producer must not be used again: what was on its way has left a gap
/// in its sequence numbers, over which the next would stumble.
pub fn abort(producer: &BaseProducer, timeout: Duration) {
    let until = Instant::now() + timeout;
    loop {
        match producer.abort_transaction(POLL) {
            // It waits for the records that were on their way, whose fate is only told to who polls.
            Err(KafkaError::Transaction(error)) if error.is_retriable() && Instant::now() < until => {
                producer.poll(POLL);
            }
            Err(error) => {
                tracing::debug!("the Kafka transaction could not be aborted ({error}); Kafka will do so in time");
                return;
            }
            Ok(()) => return,
        }
    }
}

/// The code of an error, whatever it came from.
pub fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::Transaction(error) => Some(error.code()),
        error => error.rdkafka_error_code(),
    }
}
