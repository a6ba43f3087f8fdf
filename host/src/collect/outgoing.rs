//! The transactions of one message on their way to Kafka: numbered, addressed, delivered.

use super::request::Request;
use super::{CollectError, Collector};
use crate::kafka::record::{StoredTransaction, TransactionRecord, header, pair};
use crate::kafka::{Delivery, DeliveryError};
use crate::telemetry;
use crate::transform::Found;

pub struct Outgoing<'c> {
    collector: &'c Collector,
    request: &'c Request,
    delivery: Delivery<'c>,
    sent: u32,
    /// The message's name once it is known, from its headers or its document, and let in.
    name: Option<String>,
}

impl<'c> Outgoing<'c> {
    pub fn new(collector: &'c Collector, request: &'c Request) -> Self {
        let delivery = collector.producer.delivery();
        Outgoing { collector, request, delivery, sent: 0, name: request.message.name.clone() }
    }

    /// Hands transactions over in their order; waits only while there is no room.
    pub async fn send(&mut self, document_name: Option<&str>, found: Vec<Found>) -> Result<(), CollectError> {
        if self.name.is_none()
            && let Some(name) = document_name
        {
            self.collector.accept.admit_name(Some(name))?;
            self.name = Some(name.to_owned());
        }
        for transaction in found {
            self.sent = self.sent.saturating_add(1);
            let record = self.record(transaction);
            self.delivery.send(record).await?;
        }
        Ok(())
    }

    /// The number of transactions, once Kafka holds them all.
    pub async fn confirmed(self) -> Result<u32, DeliveryError> {
        self.delivery.confirmed().await?;
        Ok(self.sent)
    }

    fn record(&self, found: Found) -> TransactionRecord {
        let message = &self.request.message;
        let name = self.name.as_deref().unwrap_or_default();
        let stored = StoredTransaction {
            transaction_id: Some(message.transaction_id.clone()),
            transaction_index: Some(self.sent),
            orig_time_stamp: self.request.orig_time_stamp.clone(),
            collect_time_stamp: Some(telemetry::now()),
            transaction: found.document,
        };
        let target = &self.collector.target;
        TransactionRecord {
            topic: found.topic.map_or_else(|| target.topic(self.request, name), |topic| target.chosen(&topic)),
            key: message.transaction_id.clone(),
            value: stored.to_json(),
            headers: self.headers(name, &found.record_types),
            ordering_key: found.ordering_key,
            index: self.sent,
        }
    }

    fn headers(&self, name: &str, record_types: &[String]) -> Vec<(String, Option<Vec<u8>>)> {
        let module = self.collector.splitters.identity();
        let request = self.request;
        let mut headers = vec![
            pair(header::MESSAGE_NAME, name),
            pair(header::RECORD_TYPES, &record_types.join(",")),
            pair(header::MODULE, &module.name),
            pair(header::MODULE_HASH, &module.hash),
        ];
        let optional = [
            (header::FROM, &request.message.from),
            (header::TO, &request.message.to),
            (header::DATA_CHUNK, &request.data_chunk),
            (header::DATA_CHUNK_COUNT, &request.data_chunk_count),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some(pair(name, value.as_deref()?))));
        headers
    }
}
