//! A record as it is in Kafka, and where.

use rdkafka::message::{BorrowedMessage, Message};

use super::headers::{self, Pair};
use super::record::header;

/// A partition of a topic.
pub type Place = (String, i32);

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRecord {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Milliseconds since 1970, as its producer or its broker set it.
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<Pair>,
}

impl SourceRecord {
    pub(in crate::kafka) fn of(message: &BorrowedMessage<'_>) -> Self {
        SourceRecord {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers::of(message),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    /// The record types of its level-0 rows. `None` where it does not say, as those of the Python collector.
    pub fn record_types(&self) -> Option<impl Iterator<Item = &str>> {
        Some(self.header(header::RECORD_TYPES)?.split(',').filter(|name| !name.is_empty()))
    }

    pub fn place(&self) -> Place {
        (self.topic.clone(), self.partition)
    }
}
