//! Which segment of a message this is, as PeopleSoft's headers say.

use crate::fault::{Fault, Faulty};
use crate::kafka::MessageIdentity;

/// Most segments of a message.
const MOST: u32 = 10_000;

/// A segment of a message that has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segment {
    /// From 1.
    pub number: u32,
    pub count: u32,
}

/// A segment, and the message it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    pub message: MessageIdentity,
    pub segment: Segment,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    #[error(
        "DataChunk \"{}\" of DataChunkCount \"{}\" is no segment of a message: both are whole numbers, \
         the first from 1 to the second, which is {MOST} at most", .number.escape_debug(), .count.escape_debug()
    )]
    NoSegment { number: String, count: String },
    #[error("a segment of a message without a TransactionID, so that nobody can tell what it is a segment of")]
    OfNoMessage,
}

impl Faulty for SegmentError {
    fn fault(&self) -> Fault {
        Fault::Sender
    }
}

impl Segment {
    /// None for a message that is whole.
    pub fn read(number: Option<&str>, count: Option<&str>) -> Result<Option<Self>, SegmentError> {
        let text = |part: Option<&str>| part.unwrap_or_default().to_owned();
        let no_segment = || SegmentError::NoSegment { number: text(number), count: text(count) };
        let count = digits(count.unwrap_or("1")).ok_or_else(no_segment)?;
        let number = match number {
            Some(number) => digits(number),
            None => (count == 1).then_some(1),
        };
        match number {
            Some(number) if (1..=count).contains(&number) && count <= MOST => {
                Ok((count > 1).then_some(Segment { number, count }))
            }
            _ => Err(no_segment()),
        }
    }
}

impl Part {
    pub fn new(transaction_id: &str, segment: Segment) -> Self {
        Part { message: message(transaction_id, segment.count), segment }
    }
}

/// The message that the segments of that count and id make up.
pub fn message(transaction_id: &str, count: u32) -> MessageIdentity {
    MessageIdentity::new(transaction_id, None, Some(&count.to_string()))
}

/// Without a sign, which the standard library would take.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_message_is_whole_that_has_one_segment_or_does_not_say() {
        for (number, count) in [(None, None), (Some("1"), Some("1")), (Some("1"), None), (None, Some("1"))] {
            assert_eq!(Segment::read(number, count), Ok(None), "{number:?} of {count:?}");
        }
    }

    #[test]
    fn a_segment_is_known_by_its_number_however_that_is_written() {
        for (number, count) in [("2", "3"), ("02", "003")] {
            assert_eq!(Segment::read(Some(number), Some(count)), Ok(Some(Segment { number: 2, count: 3 })));
        }
    }

    #[test]
    fn what_is_no_segment_is_refused_in_words() {
        let bad =
            [("0", "3"), ("4", "3"), ("x", "3"), ("+1", "3"), ("1", "3x"), ("1", "10001"), ("2", "1"), ("0", "0")];
        for (number, count) in bad {
            let error = Segment::read(Some(number), Some(count)).unwrap_err();
            assert!(error.to_string().contains(&format!("\"{number}\" of DataChunkCount \"{count}\"")), "{error}");
        }
        assert!(Segment::read(None, Some("3")).is_err());
        assert!(Segment::read(Some("2"), None).is_err());
    }
}
