//! A dead letter as it lies in its topic, and what is written once a person has seen to it: pure functions.
//!
//! Whether it was seen to is said by a later record of the same partition, a marker; there is no other memory of it.

use bytes::Bytes;

use super::headers::Pair;
use super::position::{At, Position};
use super::record::{OutputRecord, header, pair};
use super::source::SourceRecord;

/// What the headers that a replayed record gets begin with.
const REPLAY: &str = "ps-replay-";

#[derive(Debug, Clone)]
pub struct Letter {
    pub at: At,
    /// Where the record is that it is a copy of.
    pub source: Position,
    record: SourceRecord,
    /// So many of the headers are the original's; those that say why it is here follow.
    original: usize,
}

/// What a person has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    Replayed,
    Discarded,
}

/// A record of the dead-letter topic.
#[derive(Debug)]
pub enum Entry {
    Letter(Letter),
    /// The letter there is dealt with.
    Marker(At, Resolution),
}

impl Entry {
    /// None for what ps-stream has not written.
    pub fn of(record: SourceRecord) -> Option<Self> {
        match record.headers.iter().rposition(|(name, _)| name == header::DEAD_KIND) {
            Some(original) => Letter::new(record, original).map(Entry::Letter),
            None => {
                let resolution = Resolution::parse(record.header(header::DEAD_RESOLUTION)?)?;
                Some(Entry::Marker(At::parse(record.header(header::DEAD_OF)?)?, resolution))
            }
        }
    }
}

impl Letter {
    fn new(record: SourceRecord, original: usize) -> Option<Self> {
        let says = |name| last(record.headers.get(original..)?, name);
        let source = Position {
            topic: says(header::DEAD_SOURCE_TOPIC)?.to_owned(),
            partition: says(header::DEAD_SOURCE_PARTITION)?.parse().ok()?,
            offset: says(header::DEAD_SOURCE_OFFSET)?.parse().ok()?,
        };
        let at = At { partition: record.partition, offset: record.offset };
        Some(Letter { at, source, record, original })
    }

    /// What it says of itself in a header `ps-dead-…`.
    pub fn says(&self, name: &str) -> Option<&str> {
        last(self.record.headers.get(self.original..)?, name)
    }

    /// What the original record says.
    pub fn original(&self, name: &str) -> Option<&str> {
        last(self.original_headers(), name)
    }

    pub fn original_headers(&self) -> &[Pair] {
        self.record.headers.get(..self.original).unwrap_or_default()
    }

    pub fn key(&self) -> Option<&[u8]> {
        self.record.key.as_deref()
    }

    pub fn value(&self) -> Option<&[u8]> {
        self.record.value.as_deref()
    }

    /// When Kafka says it was written, in milliseconds since 1970.
    pub fn written(&self) -> i64 {
        self.record.timestamp.unwrap_or_default()
    }

    pub fn size(&self) -> usize {
        let headers = self.record.headers.iter().map(|(name, value)| name.len() + value.as_ref().map_or(0, Bytes::len));
        self.key().map_or(0, <[u8]>::len) + self.value().map_or(0, <[u8]>::len) + headers.sum::<usize>()
    }

    /// Where the transaction was stored first, however often it has been replayed since.
    pub fn origin(&self) -> Position {
        self.replay_of().unwrap_or_else(|| self.source.clone())
    }

    pub fn replay_of(&self) -> Option<Position> {
        self.original(header::REPLAY_OF).and_then(Position::parse)
    }

    /// When its first dead letter was written.
    fn since(&self) -> String {
        let earlier = self.replay_of().and_then(|_| self.original(header::REPLAY_SINCE));
        earlier.or_else(|| self.says(header::DEAD_TIME)).unwrap_or("1970-01-01T00:00:00Z").to_owned()
    }

    /// The original record, to the byte, on its way to where it came from. `force`: [`header::REPLAY_FORCE`].
    pub fn replayed(&self, force: bool) -> OutputRecord {
        let kept = self.original_headers().iter().filter(|(name, _)| !name.starts_with(REPLAY));
        let mut headers: Vec<Pair> = kept.cloned().collect();
        headers.push(pair(header::REPLAY_OF, &self.origin().to_string()));
        headers.push(pair(header::REPLAY_SINCE, &self.since()));
        headers.extend(self.says(header::DEAD_GROUP).map(|group| pair(header::REPLAY_GROUP, group)));
        if force {
            headers.push(pair(header::REPLAY_FORCE, "true"));
        }
        let (key, value) = (self.record.key.clone(), self.record.value.clone());
        OutputRecord { topic: self.source.topic.clone(), key, value, headers }
    }

    /// What says, in the letter's own partition, that it is dealt with.
    pub fn marker(&self, resolution: Resolution, time: &str) -> OutputRecord {
        let headers = vec![
            pair(header::DEAD_RESOLUTION, resolution.name()),
            pair(header::DEAD_OF, &self.at.to_string()),
            pair(header::DEAD_TIME, time),
        ];
        OutputRecord { topic: self.record.topic.clone(), key: self.record.key.clone(), value: None, headers }
    }
}

/// A header given twice: the last is the one that was added here.
fn last<'h>(headers: &'h [Pair], name: &str) -> Option<&'h str> {
    let (_, value) = headers.iter().rev().find(|(key, _)| key == name)?;
    std::str::from_utf8(value.as_deref()?).ok()
}

impl Resolution {
    pub fn name(self) -> &'static str {
        match self {
            Resolution::Replayed => "replayed",
            Resolution::Discarded => "discarded",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Resolution::Replayed, Resolution::Discarded].into_iter().find(|resolution| resolution.name() == name)
    }
}

#[cfg(test)]
pub mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::kafka::record::{DeadKind, DeadLetter, dead_letter};

    fn source(headers: &[Pair]) -> SourceRecord {
        SourceRecord {
            topic: "ps.transactions".into(),
            partition: 3,
            offset: 42,
            timestamp: None,
            key: Some(b"id".to_vec()),
            value: Some(b"\xff<T/>".to_vec()),
            headers: headers.to_vec(),
        }
    }

    fn stored(record: OutputRecord, partition: i32, offset: i64) -> SourceRecord {
        let OutputRecord { topic, key, value, headers } = record;
        SourceRecord { topic, partition, offset, timestamp: Some(7), key, value, headers }
    }

    fn letter_of(source: &SourceRecord, time: &str) -> Letter {
        let why = DeadLetter {
            kind: DeadKind::Rejected,
            reason: "No key".into(),
            position: None,
            backtrace: String::new(),
            module: Some(("m 1.0".into(), "abcdef0123".into())),
            time: time.into(),
            group: "g".into(),
        };
        match Entry::of(stored(dead_letter("dead", source, &why), 1, 5)) {
            Some(Entry::Letter(letter)) => letter,
            other => panic!("{other:?}"),
        }
    }

    /// A letter of a transaction with these headers.
    pub fn letter(headers: &[Pair]) -> Letter {
        letter_of(&source(headers), "2026-11-23T00:00:00Z")
    }

    #[test]
    fn what_is_replayed_is_the_original_to_the_byte_and_says_where_it_was() {
        let headers = [pair("x", "y"), ("null".into(), None), pair(header::DEAD_KIND, "not ours")];
        let replayed = letter(&headers).replayed(false);
        assert_eq!((replayed.topic.as_str(), &replayed.value), ("ps.transactions", &source(&[]).value));
        assert_eq!(replayed.headers[..3], headers);
        let added = [
            pair(header::REPLAY_OF, "ps.transactions/3/42"),
            pair(header::REPLAY_SINCE, "2026-11-23T00:00:00Z"),
            pair(header::REPLAY_GROUP, "g"),
        ];
        assert_eq!(replayed.headers[3..], added);
    }

    #[test]
    fn replayed_again_it_keeps_its_first_position_and_time_but_not_an_old_force() {
        let mut first = stored(letter(&[pair("x", "y")]).replayed(true), 3, 99);
        assert!(first.headers.contains(&pair(header::REPLAY_FORCE, "true")));
        first.timestamp = None;
        let again = letter_of(&first, "2027-01-01T00:00:00Z");
        assert_eq!((again.source.offset, again.origin().offset), (99, 42));
        let replayed = again.replayed(false);
        assert!(replayed.headers.contains(&pair(header::REPLAY_SINCE, "2026-11-23T00:00:00Z")));
        assert_eq!(replayed.headers.iter().filter(|(name, _)| name == header::REPLAY_OF).count(), 1);
        assert!(!replayed.headers.iter().any(|(name, _)| name == header::REPLAY_FORCE));
    }

    #[test]
    fn a_marker_names_the_letter_it_is_of() {
        let marker = letter(&[]).marker(Resolution::Discarded, "2026-11-24T00:00:00Z");
        assert_eq!((marker.topic.as_str(), marker.key.as_deref(), &marker.value), ("dead", Some(&b"id"[..]), &None));
        match Entry::of(stored(marker, 1, 6)) {
            Some(Entry::Marker(at, Resolution::Discarded)) => assert_eq!(at.to_string(), "1/5"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_of_someone_elses_is_neither() {
        assert!(Entry::of(source(&[pair("x", "y")])).is_none());
        assert!(Entry::of(source(&[pair(header::DEAD_KIND, "rejected")])).is_none());
        assert!(Entry::of(source(&[pair(header::DEAD_RESOLUTION, "lost"), pair(header::DEAD_OF, "1/5")])).is_none());
    }
}
