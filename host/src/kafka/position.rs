//! Where a record is.

use std::fmt;

/// `TOPIC/PARTITION/OFFSET`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// `PARTITION/OFFSET`, of a topic that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    pub partition: i32,
    pub offset: i64,
}

impl Position {
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, offset) = text.rsplit_once('/')?;
        let (topic, partition) = rest.rsplit_once('/')?;
        let at = At::new(partition, offset)?;
        (!topic.is_empty()).then(|| Position { topic: topic.to_owned(), partition: at.partition, offset: at.offset })
    }
}

impl At {
    pub fn parse(text: &str) -> Option<Self> {
        let (partition, offset) = text.split_once('/')?;
        At::new(partition, offset)
    }

    fn new(partition: &str, offset: &str) -> Option<Self> {
        let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
        (partition >= 0 && offset >= 0).then_some(At { partition, offset })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

impl fmt::Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.partition, self.offset)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_position_reads_as_it_is_written() {
        for text in ["ps.transactions/0/42", "a-b_c/11/0"] {
            assert_eq!(Position::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(At::parse("3/7").unwrap().to_string(), "3/7");
    }

    #[test]
    fn what_is_no_position_is_none() {
        for text in ["", "7", "t/7", "/0/7", "t/0/-1", "t/x/7", "t/0/", "t/-1/7"] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
        for text in ["", "7", "0/", "/7", "0/-1", "-1/0", "t/0/7"] {
            assert_eq!(At::parse(text), None, "{text}");
        }
    }
}
