//! What lies in the topic of held messages, and what goes into it and comes out of it: pure functions.
//!
//! A segment is its transactions, as they will be but for some headers, and a last record, its end, that counts them: so a
//! segment without transactions is one too. A message that has been released has a marker besides. All of a message is in
//! one partition, unless the topic is given more of them meanwhile.

use rdkafka::message::{BorrowedMessage, Headers, Message};

use super::segment::{self, Segment};
use crate::kafka::MessageIdentity;
use crate::kafka::headers::Pair;
use crate::kafka::record::{OutputRecord, Spread, StoredTransaction, TransactionRecord, header, pair};
use crate::kafka::source::SourceRecord;

/// What a transaction has only while it is held.
const WHILE_HELD: [&str; 4] =
    [header::DATA_CHUNK, header::DATA_CHUNK_COUNT, header::HELD_FOR, header::HELD_ORDERING_KEY];

/// What a record of the topic says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub message: MessageIdentity,
    /// Of its segments.
    pub count: u32,
    pub says: Says,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    Transaction {
        segment: u32,
        /// Its place in the segment, from 1.
        index: u32,
    },
    /// The segment ends here and has so many.
    End {
        segment: u32,
        transactions: u32,
    },
    Released,
}

impl Entry {
    /// None for what ps-stream has not written.
    pub fn of(message: &BorrowedMessage<'_>) -> Option<Self> {
        let headers = message.headers().into_iter().flat_map(Headers::iter).map(|header| (header.key, header.value));
        Self::read(message.key()?, headers)
    }

    fn read<'h>(key: &[u8], headers: impl Iterator<Item = (&'h str, Option<&'h [u8]>)>) -> Option<Self> {
        let (mut number, mut count, mut index, mut end, mut released) = (None, None, None, None, false);
        for (name, value) in headers {
            match name {
                header::DATA_CHUNK => number = text(value),
                header::DATA_CHUNK_COUNT => count = text(value),
                header::TRANSACTION_INDEX => index = text(value),
                header::HELD_TRANSACTIONS => end = text(value),
                header::HELD_RELEASED => released = true,
                _ => {}
            }
        }
        // A marker is of all segments, and its message has a first one.
        let number = if released { Some("1") } else { number };
        let Segment { number: segment, count } = Segment::read(number, count).ok()??;
        let says = match (released, end, index) {
            (true, _, _) => Says::Released,
            (_, Some(end), _) => Says::End { segment, transactions: end.parse().ok()? },
            (_, _, index) => Says::Transaction { segment, index: index?.parse().ok()? },
        };
        Some(Entry { message: segment::message(std::str::from_utf8(key).ok()?, count), count, says })
    }
}

fn text(value: Option<&[u8]>) -> Option<&str> {
    std::str::from_utf8(value?).ok()
}

/// The transaction on its way into the topic of held messages instead of its own. All of a message stays together there.
pub fn held(mut record: TransactionRecord, topic: &str) -> TransactionRecord {
    record.headers.push(pair(header::HELD_FOR, &record.topic));
    if let Spread::One(ordering_key) = &record.spread {
        record.headers.push(pair(header::HELD_ORDERING_KEY, ordering_key));
    }
    record.topic = topic.to_owned();
    record.spread = Spread::One(record.key.clone());
    record
}

/// The last record of a segment, with these headers of its transactions.
pub fn end(topic: &str, transaction_id: &str, headers: Vec<Pair>, transactions: u32) -> TransactionRecord {
    let mut headers: Vec<Pair> = headers.into_iter().filter(|(name, _)| name != header::TRANSACTION_INDEX).collect();
    headers.push(pair(header::HELD_TRANSACTIONS, &transactions.to_string()));
    TransactionRecord {
        topic: topic.to_owned(),
        key: transaction_id.to_owned(),
        value: None,
        headers,
        spread: Spread::One(transaction_id.to_owned()),
        index: transactions,
    }
}

/// The transaction as it would be had its message come whole, and it in that place.
pub fn released(record: &SourceRecord, place: u32) -> Result<(OutputRecord, Spread), String> {
    let topic = record.header(header::HELD_FOR).ok_or("the record does not say which topic it is for")?.to_owned();
    let ordering_key = record.header(header::HELD_ORDERING_KEY);
    let spread = ordering_key.map_or(Spread::All, |key| Spread::One(key.to_owned()));
    let mut stored = StoredTransaction::from_json(record.value.as_deref())?;
    stored.transaction_index = Some(place);
    let kept = record.headers.iter().filter(|(name, _)| !WHILE_HELD.contains(&&**name)).cloned();
    let headers = kept.map(|(name, value)| match &*name {
        header::TRANSACTION_INDEX => pair(header::TRANSACTION_INDEX, &place.to_string()),
        _ => (name, value),
    });
    let (key, value) = (record.key.clone(), Some(stored.to_json()));
    Ok((OutputRecord { topic, key, value, headers: headers.collect() }, spread))
}

/// What says, in the partition of its last segment, that the message was released.
pub fn marker(topic: &str, key: Option<Vec<u8>>, count: u32, time: &str) -> OutputRecord {
    let headers = vec![pair(header::DATA_CHUNK_COUNT, &count.to_string()), pair(header::HELD_RELEASED, time)];
    OutputRecord { topic: topic.to_owned(), key, value: None, headers }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(key: &str, headers: &[Pair]) -> Option<Entry> {
        Entry::read(key.as_bytes(), headers.iter().map(|(name, value)| (&**name, value.as_deref())))
    }

    fn stored() -> TransactionRecord {
        let stored = StoredTransaction {
            transaction_id: Some("id".into()),
            transaction_index: Some(2),
            orig_time_stamp: None,
            collect_time_stamp: None,
            transaction: "<Transaction/>".into(),
        };
        TransactionRecord {
            topic: "ps.transactions".into(),
            key: "id".into(),
            value: Some(stored.to_json()),
            headers: vec![
                pair(header::MESSAGE_NAME, "A_SYNC"),
                pair(header::TRANSACTION_INDEX, "2"),
                pair(header::DATA_CHUNK, "3"),
                pair(header::DATA_CHUNK_COUNT, "4"),
            ],
            spread: Spread::One("PROJECT".into()),
            index: 2,
        }
    }

    #[test]
    fn each_record_says_which_message_it_is_of_and_what() {
        let (message, count) = (segment::message("id", 4), 4);
        let transaction = held(stored(), "ps.held");
        let says = Says::Transaction { segment: 3, index: 2 };
        assert_eq!(entry("id", &transaction.headers), Some(Entry { message, count, says }));
        let end = end("ps.held", "id", stored().headers, 17);
        let says = Says::End { segment: 3, transactions: 17 };
        assert_eq!(entry("id", &end.headers), Some(Entry { message, count, says }));
        let marker = marker("ps.held", Some(b"id".to_vec()), 4, "2026-11-26T00:00:00Z");
        assert_eq!(entry("id", &marker.headers), Some(Entry { message, count, says: Says::Released }));
        assert_eq!(entry("id", &[pair(header::MESSAGE_NAME, "A_SYNC")]), None);
    }

    #[test]
    fn all_of_a_message_stays_together_while_it_is_held() {
        let record = held(stored(), "ps.held");
        assert_eq!((record.topic.as_str(), &record.spread), ("ps.held", &Spread::One("id".into())));
        let end = end("ps.held", "id", record.headers, 1);
        assert_eq!((end.spread, end.value), (Spread::One("id".into()), None));
    }

    fn read(held: TransactionRecord) -> SourceRecord {
        SourceRecord {
            topic: "ps.held".into(),
            partition: 0,
            offset: 9,
            timestamp: None,
            key: Some(b"id".to_vec()),
            value: held.value,
            headers: held.headers,
        }
    }

    #[test]
    fn what_is_released_is_as_if_its_message_had_come_whole() {
        let (released, spread) = released(&read(held(stored(), "ps.held")), 170).unwrap();
        assert_eq!((released.topic.as_str(), spread), ("ps.transactions", Spread::One("PROJECT".into())));
        assert_eq!(released.headers, [pair(header::MESSAGE_NAME, "A_SYNC"), pair(header::TRANSACTION_INDEX, "170")]);
        let value = StoredTransaction::from_json(released.value.as_deref()).unwrap();
        assert_eq!((value.transaction_index, value.transaction.as_str()), (Some(170), "<Transaction/>"));
    }

    #[test]
    fn what_is_for_all_partitions_is_held_in_one_and_released_to_all() {
        let mark = held(TransactionRecord { spread: Spread::All, ..stored() }, "ps.held");
        assert_eq!(mark.spread, Spread::One("id".into()));
        assert_eq!(released(&read(mark), 1).unwrap().1, Spread::All);
    }
}
