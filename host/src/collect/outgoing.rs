//! The transactions of one message on their way to Kafka: numbered, addressed, delivered.

use super::limits::Excess;
use super::request::Request;
use super::segments::HeldSegment;
use super::taken::Taken;
use super::{CollectError, Collector, spans};
use crate::contract::Purpose;
use crate::kafka::record::{Pair, Spread, StoredTransaction, TransactionRecord, full_sync, header, pair};
use crate::kafka::{Delivery, DeliveryError, Settled, Stored};
use crate::telemetry;
use crate::traces::{Kind, Span};
use crate::transform::{Found, Identity};

pub struct Outgoing<'c> {
    collector: &'c Collector,
    request: &'c Request,
    delivery: Delivery<'c>,
    sent: u32,
    /// The message's name once it is known, from its headers or its document, and let in.
    name: Option<String>,
    /// Where it is one that is held back.
    segment: Option<HeldSegment<'c>>,
}

impl<'c> Outgoing<'c> {
    /// Waits while another copy of the message is on its way.
    pub async fn begin(collector: &'c Collector, request: &'c Request) -> Result<Self, CollectError> {
        let segment = collector.segments.of(request)?;
        if let Some(segment) = &segment {
            segment.admit().await?;
        }
        let delivery = collector.producer.delivery(request.identity).await?;
        Ok(Outgoing { collector, request, delivery, sent: 0, name: request.message.name.clone(), segment })
    }

    /// Hands transactions that this module has found over in their order; waits only while there is no room.
    pub async fn send(
        &mut self,
        module: &Identity,
        document_name: Option<&str>,
        found: Vec<Found>,
    ) -> Result<(), CollectError> {
        if self.name.is_none()
            && let Some(name) = document_name
        {
            self.collector.accept.admit_name(Some(name))?;
            self.name = Some(name.to_owned());
        }
        for transaction in found {
            let most = self.collector.limits.transactions;
            if self.sent == most {
                return Err(Excess::Transactions(most).into());
            }
            self.sent += 1;
            let record = self.record(module, transaction);
            self.delivery.send(record).await?;
        }
        Ok(())
    }

    /// The message has ended well.
    pub async fn close(&mut self, module: &Identity) -> Result<(), DeliveryError> {
        let Some(segment) = &self.segment else { return Ok(()) };
        let headers = self.headers(module, self.name.as_deref().unwrap_or_default(), &[], Purpose::Rows);
        let end = segment.end(&self.request.message.transaction_id, headers, self.sent);
        self.delivery.send(end).await
    }

    /// Whether Kafka holds the message already, so that the rest of it need not be read.
    pub fn is_repeat(&self) -> bool {
        self.delivery.is_repeat()
    }

    /// The number of transactions, once Kafka holds them all; and where they are the last of a message in segments, once
    /// that is there for everyone to see.
    pub async fn confirmed(self) -> Result<Taken, DeliveryError> {
        let span = self.span();
        spans::delivered(span, self.settled()).await
    }

    async fn settled(self) -> Result<Taken, DeliveryError> {
        let transactions = self.sent;
        let stored = self.delivery.confirmed().await?;
        let settled = match &self.segment {
            Some(segment) => segment.settle(stored).await?,
            None => Settled::Appeared,
        };
        Ok(match (stored, settled) {
            (Stored::Now, Settled::Appeared) => Taken::Stored { transactions },
            (Stored::Now, Settled::Waiting) => Taken::Held { transactions },
            (Stored::Before, _) => Taken::Repeat,
        })
    }

    /// Of the time from now until Kafka has said that it has all of it.
    fn span(&self) -> Span {
        let mut span = self.request.span.child("send", Kind::Client);
        if span.is_wanted() {
            let name = self.name.as_deref().unwrap_or_default();
            span.tell("messaging.system", "kafka");
            span.tell("messaging.operation.name", "send");
            span.tell("messaging.operation.type", "send");
            span.tell("messaging.destination.name", &self.collector.target.topic(self.request, name));
            span.count("messaging.batch.message_count", i64::from(self.sent));
            span.tell("ps_stream.message.name", name);
        }
        span
    }

    fn record(&self, module: &Identity, found: Found) -> TransactionRecord {
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
        let record = TransactionRecord {
            topic: found.topic.map_or_else(|| target.topic(self.request, name), |topic| target.chosen(&topic)),
            key: message.transaction_id.clone(),
            value: Some(stored.to_json()),
            headers: self.headers(module, name, &found.record_types, found.purpose),
            spread: match found.purpose {
                Purpose::Rows => Spread::One(found.ordering_key),
                Purpose::FullSyncHeader | Purpose::FullSyncTrailer => Spread::All,
            },
            index: self.sent,
        };
        match &self.segment {
            Some(segment) => segment.hold(record),
            None => record,
        }
    }

    fn headers(&self, module: &Identity, name: &str, record_types: &[String], purpose: Purpose) -> Vec<Pair> {
        let request = self.request;
        let mut headers = vec![
            pair(header::MESSAGE_NAME, name),
            pair(header::RECORD_TYPES, &record_types.join(",")),
            pair(header::TRANSACTION_INDEX, &self.sent.to_string()),
            pair(header::MODULE, &module.name),
            pair(header::MODULE_HASH, &module.hash),
        ];
        let optional = [
            (header::FROM, &request.message.from),
            (header::TO, &request.message.to),
            (header::DATA_CHUNK, &request.data_chunk),
            (header::DATA_CHUNK_COUNT, &request.data_chunk_count),
            (header::TRACE, &request.trace),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some(pair(name, value.as_deref()?))));
        headers.extend(full_sync(purpose).map(|mark| pair(header::FULL_SYNC, mark)));
        headers
    }
}
