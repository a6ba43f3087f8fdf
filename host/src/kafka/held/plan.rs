//! Where the segments of a message are, and how they are read in their order.

use std::collections::BTreeMap;

use crate::kafka::MessageIdentity;
use crate::kafka::past::Places;

/// Segments that lie in their order are read in one go, if there is no more than that between two of them.
const APART: i64 = 10_000;

/// Where a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub partition: i32,
    /// Of its first record.
    pub start: i64,
    /// Of its last, once it is there.
    pub end: Option<i64>,
    pub transactions: u32,
}

/// What is read in one go: from the first offset to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub partition: i32,
    pub start: i64,
    pub end: i64,
}

/// How a message is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub message: MessageIdentity,
    /// How many transactions each segment has.
    pub sizes: Vec<u32>,
    pub runs: Vec<Run>,
    /// Where a marker of it would be: from that offset on in each partition it has segments in.
    pub after: Places,
    /// Where its marker is to be.
    pub last: i32,
}

impl Span {
    pub fn beginning(partition: i32, offset: i64) -> Self {
        Span { partition, start: offset, end: None, transactions: 0 }
    }
}

impl Plan {
    /// Of segments that are all there.
    pub fn new(message: MessageIdentity, segments: &BTreeMap<u32, Span>) -> Self {
        let mut plan = Plan { message, sizes: Vec::new(), runs: Vec::new(), after: Places::new(), last: 0 };
        for span in segments.values() {
            plan.sizes.push(span.transactions);
            plan.read(*span);
        }
        plan
    }

    fn read(&mut self, span: Span) {
        let (partition, start, end) = (span.partition, span.start, span.end.unwrap_or(span.start));
        match self.runs.last_mut() {
            Some(run) if run.is_before(partition, start) => run.end = end,
            _ => self.runs.push(Run { partition, start, end }),
        }
        let after = self.after.entry(partition).or_default();
        *after = (*after).max(end + 1);
        self.last = partition;
    }
}

impl Run {
    fn is_before(&self, partition: i32, start: i64) -> bool {
        self.partition == partition && (1..=APART).contains(&(start - self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(spans: &[(i32, i64, i64)]) -> Plan {
        let span = |&(partition, start, end)| Span { partition, start, end: Some(end), transactions: 1 };
        let segments = (1..).zip(spans.iter().map(span)).collect();
        Plan::new(MessageIdentity::new("id", None, None), &segments)
    }

    fn runs(spans: &[(i32, i64, i64)]) -> Vec<(i32, i64, i64)> {
        plan(spans).runs.iter().map(|run| (run.partition, run.start, run.end)).collect()
    }

    #[test]
    fn segments_in_their_order_are_read_in_one_go_and_others_one_by_one() {
        assert_eq!(runs(&[(0, 0, 4), (0, 5, 9), (0, 12, 12)]), [(0, 0, 12)]);
        assert_eq!(runs(&[(0, 7, 9), (0, 0, 6), (0, 10, 11)]), [(0, 7, 9), (0, 0, 11)]);
        assert_eq!(runs(&[(0, 0, 5), (0, 3, 9)]), [(0, 0, 5), (0, 3, 9)], "they came at the same time");
        assert_eq!(runs(&[(0, 0, 5), (0, 6 + APART, 20 + APART)]).len(), 2);
        assert_eq!(runs(&[(0, 0, 5), (1, 6, 7)]).len(), 2);
    }

    #[test]
    fn a_marker_comes_after_all_segments_of_its_partition() {
        assert_eq!(plan(&[(0, 7, 9), (0, 0, 6), (1, 3, 4)]).after, Places::from([(0, 10), (1, 5)]));
    }
}
