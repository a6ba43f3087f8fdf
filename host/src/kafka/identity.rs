//! Which message a record is of. PeopleSoft names a message by its TransactionID and, where it is sent in segments, by the
//! segment's number and their count; the same names again are the same message again.

use std::fmt;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use sha2::{Digest, Sha256};

use super::record::header;
use super::source::SourceRecord;

/// The three names in sixteen bytes of their SHA-256, so that no sender can make one message pass for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageIdentity([u8; 16]);

impl MessageIdentity {
    pub fn new(transaction_id: &str, data_chunk: Option<&str>, data_chunk_count: Option<&str>) -> Self {
        Self::of_bytes([Some(transaction_id), data_chunk, data_chunk_count].map(|part| part.map(str::as_bytes)))
    }

    fn of_bytes(parts: [Option<&[u8]>; 3]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.unwrap_or_default();
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
        MessageIdentity(bytes)
    }
}

/// In hexadecimal.
impl fmt::Display for MessageIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// A stored transaction's message, and its place in that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredPlace {
    pub message: MessageIdentity,
    /// From 1; 0 where the record does not say.
    pub index: u32,
}

impl StoredPlace {
    /// None for what another program wrote, which does not say which segment it came in, and for a transaction that a person
    /// has put back.
    pub fn of_record(record: &SourceRecord) -> Option<Self> {
        let headers = record.headers.iter().map(|(name, value)| (&**name, value.as_deref()));
        Self::of(record.key.as_deref(), headers)
    }

    pub fn of_message(message: &BorrowedMessage<'_>) -> Option<Self> {
        let headers = message.headers().into_iter().flat_map(Headers::iter).map(|header| (header.key, header.value));
        Self::of(message.key(), headers)
    }

    fn of<'h>(key: Option<&[u8]>, headers: impl Iterator<Item = (&'h str, Option<&'h [u8]>)>) -> Option<Self> {
        let (mut ours, mut chunk, mut count, mut index) = (false, None, None, None);
        for (name, value) in headers {
            match name {
                header::MODULE => ours = true,
                header::DATA_CHUNK => chunk = value,
                header::DATA_CHUNK_COUNT => count = value,
                header::TRANSACTION_INDEX => index = value,
                header::REPLAY_OF => return None,
                _ => {}
            }
        }
        let index = index.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or_default();
        ours.then(|| StoredPlace { message: MessageIdentity::of_bytes([key, chunk, count]), index })
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::pair;
    use super::*;

    fn record(headers: &[(&'static str, &str)]) -> SourceRecord {
        SourceRecord {
            topic: "t".into(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: Some(b"id".to_vec()),
            value: None,
            headers: headers.iter().map(|(name, value)| pair(name, value)).collect(),
        }
    }

    #[test]
    fn a_record_has_the_identity_of_the_message_it_came_in_and_its_place() {
        let stored = record(&[
            (header::MODULE, "m"),
            (header::DATA_CHUNK, "2"),
            (header::DATA_CHUNK_COUNT, "3"),
            (header::TRANSACTION_INDEX, "17"),
        ]);
        let message = MessageIdentity::new("id", Some("2"), Some("3"));
        assert_eq!(StoredPlace::of_record(&stored), Some(StoredPlace { message, index: 17 }));
        let whole = record(&[(header::MODULE, "m")]);
        let message = MessageIdentity::new("id", None, None);
        assert_eq!(StoredPlace::of_record(&whole), Some(StoredPlace { message, index: 0 }));
    }

    #[test]
    fn each_segment_of_a_message_is_a_message() {
        let one = MessageIdentity::new("id", Some("1"), Some("12"));
        assert_ne!(one, MessageIdentity::new("id", Some("11"), Some("2")));
        assert_ne!(one, MessageIdentity::new("id1", None, Some("12")));
    }

    #[test]
    fn what_another_program_wrote_and_what_was_put_back_has_none() {
        assert_eq!(StoredPlace::of_record(&record(&[])), None);
        assert_eq!(StoredPlace::of_record(&record(&[(header::MODULE, "m"), (header::REPLAY_OF, "t/0/1")])), None);
    }
}
