//! Messages of one record: idempotent delivery, no Kafka transaction to pay for.

use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, NoCustomPartitioner, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::oneshot;

use super::{Addressed, DeliveryError};
use crate::kafka::settings::Settings;
use crate::kafka::{ClientError, headers, said};

/// How long what is on its way may take when the program ends.
const LAST: Duration = Duration::from_secs(5);

pub struct Lone {
    producer: ThreadedProducer<Reports>,
}

/// The broker's word on a record.
pub type Report = Result<(), KafkaError>;

type Reporter = oneshot::Sender<Report>;

impl Lone {
    pub fn new(settings: &Settings, timeout: Duration) -> Result<Self, ClientError> {
        let mut config = settings.producer();
        config.set("enable.idempotence", "true").set("acks", "all").set("linger.ms", "1");
        config.set("message.timeout.ms", timeout.as_millis().to_string());
        Ok(Lone { producer: config.create_with_context(Reports)? })
    }

    /// Answers with where the broker's word will be. Who does not wait for it does not stop the delivery.
    pub fn send(
        &self,
        Addressed { record, partition }: &Addressed,
    ) -> Result<oneshot::Receiver<Report>, DeliveryError> {
        let (reporter, word) = oneshot::channel();
        let mut base = BaseRecord::<_, [u8], _>::with_opaque_to(&record.topic, Box::new(reporter))
            .partition(*partition)
            .key(&record.key)
            .headers(headers::to_owned(&record.headers));
        base.payload = record.value.as_deref();
        self.producer.send(base).map_err(|(error, _)| error)?;
        Ok(word)
    }
}

impl Drop for Lone {
    fn drop(&mut self) {
        if self.producer.flush(LAST).is_err() {
            tracing::warn!(records = self.producer.in_flight_count(), "stopped before Kafka had taken everything");
        }
    }
}

/// Where librdkafka reports each record's fate.
struct Reports;

impl ClientContext for Reports {
    fn error(&self, error: KafkaError, reason: &str) {
        said(&error, reason);
    }
}

impl ProducerContext<NoCustomPartitioner> for Reports {
    type DeliveryOpaque = Box<Reporter>;

    fn delivery(&self, result: &DeliveryResult<'_>, reporter: Box<Reporter>) {
        let word = result.as_ref().map(drop).map_err(|(error, _)| error.clone());
        // Nobody waits any more when the process is ending.
        let _ = reporter.send(word);
    }
}
