//! A source record as a mapper is to see it.

use bytes::Bytes;

use super::full_sync::Mark;
use super::replayed::Replay;
use crate::contract::Transaction;
use crate::kafka::record::{StoredTransaction, header};
use crate::kafka::{Position, SourceRecord};

/// A record and what could be read of it; the original is kept for a dead letter.
#[derive(Debug)]
pub struct Input<'b> {
    pub source: &'b SourceRecord,
    /// Nothing once it was given to a mapper, and of a mark.
    pub transaction: Result<Option<Transaction>, String>,
    /// Of the message it came in, as each row tells it.
    pub transaction_id: Option<Bytes>,
    /// Where it was put back from the dead letters.
    pub replay: Option<Replay>,
    /// Its place in a trace, where it is traced here.
    pub trace: Option<Bytes>,
    /// Where it is the header or trailer of a full sync, which no module sees.
    pub mark: Option<Mark>,
}

impl<'b> Input<'b> {
    pub fn read(source: &'b SourceRecord) -> Self {
        let mut input =
            Input { source, replay: None, mark: None, transaction_id: None, trace: None, transaction: Ok(None) };
        input.transaction = input.try_read();
        input
    }

    fn try_read(&mut self) -> Result<Option<Transaction>, String> {
        self.mark = Mark::of(self.source)?;
        self.replay = Replay::of(self.source)?;
        let transaction = transaction(self.source, StoredTransaction::from_json(self.source.value.as_deref())?);
        self.transaction_id = Some(Bytes::copy_from_slice(transaction.transaction_id.as_bytes()));
        Ok(self.mark.is_none().then_some(transaction))
    }

    /// The trace that its rows belong to.
    pub fn trace(&self) -> Option<Bytes> {
        let carried = || self.source.header(header::TRACE).map(|trace| Bytes::copy_from_slice(trace.as_bytes()));
        self.trace.clone().or_else(carried)
    }

    /// Where the transaction was stored first.
    pub fn origin(&self) -> Position {
        let here = || {
            let SourceRecord { topic, partition, offset, .. } = self.source;
            Position { topic: topic.clone(), partition: *partition, offset: *offset }
        };
        self.replay.as_ref().map_or_else(here, |replay| replay.of.clone())
    }
}

fn transaction(source: &SourceRecord, stored: StoredTransaction) -> Transaction {
    let header = |name| source.header(name).map(str::to_owned);
    let key = || source.key.as_deref().map(|key| String::from_utf8_lossy(key).into_owned());
    Transaction {
        document: stored.transaction,
        transaction_id: stored.transaction_id.or_else(key).unwrap_or_default(),
        transaction_index: stored.transaction_index.unwrap_or_default(),
        message_name: header(header::MESSAGE_NAME).filter(|name| !name.is_empty()),
        from: header(header::FROM),
        to: header(header::TO),
        orig_time_stamp: stored.orig_time_stamp,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::record::{Pair, pair};

    fn record(value: &str, headers: Vec<Pair>) -> SourceRecord {
        let value = Some(value.as_bytes().to_vec());
        SourceRecord {
            topic: "ps.transactions".into(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: Some(b"id".to_vec()),
            value,
            headers,
        }
    }

    #[test]
    fn a_record_of_the_python_collector_says_nothing_of_its_record_types() {
        let record = record(r#"{"TransactionID":"a","TransactionIndex":2,"Transaction":"<T/>"}"#, Vec::new());
        let input = Input::read(&record);
        assert!(record.record_types().is_none());
        let transaction = input.transaction.unwrap().unwrap();
        assert_eq!((transaction.transaction_id.as_str(), transaction.transaction_index), ("a", 2));
    }

    #[test]
    fn headers_say_what_the_value_has_no_place_for() {
        let headers = vec![pair(header::RECORD_TYPES, "PROJECT,NOTE"), pair(header::FROM, "HR")];
        let record = record(r#"{"Transaction":"<T/>"}"#, headers);
        let input = Input::read(&record);
        assert_eq!(record.record_types().unwrap().collect::<Vec<_>>(), ["PROJECT", "NOTE"]);
        let transaction = input.transaction.unwrap().unwrap();
        assert_eq!((transaction.transaction_id.as_str(), transaction.from.as_deref()), ("id", Some("HR")));
    }

    #[test]
    fn what_is_not_a_stored_transaction_is_kept_with_the_reason() {
        let record = record("<Transaction/>", Vec::new());
        assert!(Input::read(&record).transaction.unwrap_err().contains("not a stored transaction"));
    }
}
