//! What is known of held messages: which segments of each are stored and where, and which were released. Pure: it is told
//! every record of their topic, in the order of each partition, and the time.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, HashMap};

use super::entry::{Entry, Says};
use super::missing;
use super::plan::{Plan, Span};
use super::segment::Part;
use crate::kafka::MessageIdentity;
use crate::kafka::memory::Memory;

/// Messages that may wait for segments: some thirty megabytes.
const MOST_MESSAGES: usize = 100_000;
/// Segments of theirs that may be stored when another message comes: some sixty megabytes.
const MOST_SEGMENTS: usize = 1_000_000;
/// Released messages that are remembered: some fifteen megabytes. Each has two segments or more, so none is forgotten
/// before its segments are, as messages that come again.
const MOST_RELEASED: usize = 250_000;
/// Whoever stored the last segment of a message releases it. Another looks after it when it is complete for so long, in
/// milliseconds, and longer the larger it is: who begins ends what the first may be in the middle of.
const PATIENCE: i64 = 15_000;
/// Transactions that are released in a millisecond at least.
const PACE: i64 = 5;
/// How often the same overdue message is reported, in milliseconds.
const REPORT_AGAIN: i64 = 3_600_000;
/// Bytes of a TransactionID that are kept for reports.
const NAME: usize = 100;

#[derive(Debug)]
pub struct Index {
    open: HashMap<MessageIdentity, Open>,
    released: Memory<MessageIdentity>,
    /// Of all open messages.
    segments: usize,
}

/// A message that is not released.
#[derive(Debug)]
struct Open {
    name: String,
    count: u32,
    /// When the first of its segments was stored.
    since: i64,
    segments: BTreeMap<u32, Span>,
    /// How many of them are there to their end.
    stored: u32,
    transactions: u64,
    /// When anyone may release it, once it is complete.
    open_to_all: i64,
    /// Until when it is left alone, unless one of its segments comes again.
    rests: i64,
    /// When it was last reported.
    reported: Option<i64>,
}

/// Where and when a record was stored, and the key it has. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    pub partition: i32,
    pub offset: i64,
    pub time: i64,
    pub name: &'s str,
}

/// How it stands with a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Unseen,
    /// Others of its message are missing.
    Incomplete,
    /// All are there. `open_to_all`: when anyone may release the message.
    Complete {
        open_to_all: i64,
    },
    Released,
}

/// A message that has waited too long for its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    pub transaction_id: String,
    pub count: u32,
    /// In words.
    pub missing: String,
    /// Milliseconds since 1970.
    pub since: i64,
}

impl Index {
    pub fn new() -> Self {
        Index { open: HashMap::new(), released: Memory::new(MOST_RELEASED), segments: 0 }
    }

    /// The same record may come again.
    pub fn see(&mut self, entry: &Entry, seen: Seen<'_>) {
        match entry.says {
            Says::Released => self.release(entry.message),
            _ if self.is_released(entry.message) => {}
            Says::Transaction { segment, .. } => _ = self.span(entry, segment, seen),
            Says::End { segment, transactions } => self.end(entry, segment, transactions, seen),
        }
    }

    fn end(&mut self, entry: &Entry, segment: u32, transactions: u32, seen: Seen<'_>) {
        let open = self.span(entry, segment, seen);
        if let Some(span) = open.segments.get_mut(&segment)
            && span.partition == seen.partition
            && span.end.is_none()
        {
            (span.end, span.transactions) = (Some(seen.offset), transactions);
            open.stored += 1;
            open.transactions += u64::from(transactions);
            open.open_to_all = seen.time.saturating_add(open.patience());
        }
    }

    /// The message, with that segment begun.
    fn span(&mut self, entry: &Entry, segment: u32, seen: Seen<'_>) -> &mut Open {
        let open = self.open.entry(entry.message).or_insert_with(|| Open::new(entry.count, seen));
        open.since = open.since.min(seen.time);
        if let std::collections::btree_map::Entry::Vacant(place) = open.segments.entry(segment) {
            place.insert(Span::beginning(seen.partition, seen.offset));
            self.segments += 1;
        }
        open
    }

    pub fn release(&mut self, message: MessageIdentity) {
        self.released.add(message, 0);
        if let Slot::Occupied(open) = self.open.entry(message) {
            self.segments -= open.remove().segments.len();
        }
    }

    /// Before that offset the partition holds nothing any more. Answers with the messages that have lost a part of themselves,
    /// by their TransactionID; they are known no more.
    pub fn lose(&mut self, partition: i32, start: i64) -> Vec<String> {
        let is_gone = |span: &Span| span.partition == partition && span.start < start;
        let lost: Vec<Open> =
            self.open.extract_if(|_, open| open.segments.values().any(is_gone)).map(|(_, open)| open).collect();
        self.segments -= lost.iter().map(|open| open.segments.len()).sum::<usize>();
        lost.into_iter().map(|open| open.name).collect()
    }

    fn is_released(&self, message: MessageIdentity) -> bool {
        self.released.highest(message).is_some()
    }

    /// Whether there is room for a segment: always, where others of its message are there.
    pub fn admit(&self, message: MessageIdentity) -> Result<(), usize> {
        let is_full = self.open.len() >= MOST_MESSAGES || self.segments >= MOST_SEGMENTS;
        let is_new = !self.open.contains_key(&message) && !self.is_released(message);
        if is_full && is_new { Err(self.open.len()) } else { Ok(()) }
    }

    pub fn state(&self, part: Part) -> State {
        if self.is_released(part.message) {
            return State::Released;
        }
        let Some(open) = self.open.get(&part.message) else { return State::Unseen };
        match open.segments.get(&part.segment.number).and_then(|span| span.end) {
            None => State::Unseen,
            Some(_) if open.is_complete() => State::Complete { open_to_all: open.open_to_all },
            Some(_) => State::Incomplete,
        }
    }

    /// What there is to be done for a message that is complete and not released.
    pub fn plan(&self, message: MessageIdentity) -> Option<Plan> {
        let open = self.open.get(&message).filter(|open| open.is_complete())?;
        Some(Plan::new(message, &open.segments))
    }

    /// The message could not be released, and shall be left alone for so long, unless one of its segments comes again.
    pub fn rest(&mut self, message: MessageIdentity, now: i64, rest: i64) {
        self.open.entry(message).and_modify(|open| (open.open_to_all, open.rests) = (now, now.saturating_add(rest)));
    }

    /// Another has taken the release over.
    pub fn overtaken(&mut self, message: MessageIdentity, now: i64) {
        self.open.entry(message).and_modify(|open| open.open_to_all = now.saturating_add(open.patience()));
    }

    /// The complete messages that are to be released now, whoever was to do it, with their TransactionID.
    pub fn due(&self, now: i64) -> Vec<(MessageIdentity, String)> {
        let due = self.open.iter().filter(|(_, open)| open.is_complete() && open.open_to_all.max(open.rests) <= now);
        due.map(|(message, open)| (*message, open.name.clone())).collect()
    }

    /// The messages that have waited for longer than that, each once an hour.
    pub fn report(&mut self, now: i64, after: i64) -> Vec<Overdue> {
        let overdue = self.open.values_mut().filter(|open| open.is_overdue(now, after));
        let to_report =
            overdue.filter(|open| open.reported.is_none_or(|reported| reported.saturating_add(REPORT_AGAIN) <= now));
        let report = |open: &mut Open| {
            open.reported = Some(now);
            let stored = open.segments.iter().filter(|(_, span)| span.end.is_some()).map(|(number, _)| *number);
            let missing = missing::in_words(stored, open.count);
            Overdue { transaction_id: open.name.clone(), count: open.count, missing, since: open.since }
        };
        to_report.map(report).collect()
    }

    /// Messages that are held, and those of them that have waited for longer than that.
    pub fn count(&self, now: i64, after: i64) -> (usize, usize) {
        (self.open.len(), self.open.values().filter(|open| open.is_overdue(now, after)).count())
    }
}

impl Open {
    fn new(count: u32, seen: Seen<'_>) -> Self {
        let name = seen.name.get(..seen.name.floor_char_boundary(NAME)).unwrap_or_default().to_owned();
        Open {
            name,
            count,
            since: seen.time,
            segments: BTreeMap::new(),
            stored: 0,
            transactions: 0,
            open_to_all: i64::MAX,
            rests: 0,
            reported: None,
        }
    }

    fn is_complete(&self) -> bool {
        self.stored == self.count
    }

    fn is_overdue(&self, now: i64, after: i64) -> bool {
        !self.is_complete() && now.saturating_sub(self.since) > after
    }

    fn patience(&self) -> i64 {
        let transactions = i64::try_from(self.transactions).unwrap_or(i64::MAX);
        PATIENCE.saturating_add(transactions / PACE)
    }
}

#[cfg(test)]
mod tests;
