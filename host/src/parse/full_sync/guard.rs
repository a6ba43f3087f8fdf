//! How much a full sync may delete.

use crate::kafka::Remains;
use crate::parse::share::Share;

/// The share of a table's rows, in percent, that one full sync may delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxDelete(Share);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{old} of {rows} rows of topic \"{topic}\" that came through this partition were not in it, which is more than \
     --full-sync-max-delete {most}: nothing is deleted. if they are to be, set a higher limit, start again, and have \
     PeopleSoft repeat the full sync"
)]
pub struct TooMany {
    topic: String,
    old: u64,
    rows: u64,
    most: MaxDelete,
}

impl MaxDelete {
    /// `20%`, or `20`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Share::parse(text).map(MaxDelete)
    }

    /// Refuses as soon as one table would lose more.
    pub fn admit(self, tables: &[Remains]) -> Result<(), TooMany> {
        tables.iter().try_for_each(|table| self.admit_table(table.topic(), table.old, table.rows))
    }

    fn admit_table(self, topic: &str, old: u64, rows: u64) -> Result<(), TooMany> {
        match self.0.is_passed(old, rows) {
            true => Err(TooMany { topic: topic.to_owned(), old, rows, most: self }),
            false => Ok(()),
        }
    }
}

impl std::fmt::Display for MaxDelete {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn up_to_the_share_is_deleted_and_beyond_it_nothing() {
        let most = MaxDelete::parse("20%").unwrap();
        for (old, rows, is_admitted) in [(0, 0, true), (20, 100, true), (21, 100, false), (1, 4, false), (1, 5, true)] {
            assert_eq!(most.admit_table("t", old, rows).is_ok(), is_admitted, "{old} of {rows}");
        }
        assert!(MaxDelete::parse("100").unwrap().admit_table("t", 9, 9).is_ok());
        assert!(MaxDelete::parse("0%").unwrap().admit_table("t", 1, 1000).is_err());
    }

    #[test]
    fn the_error_names_the_figures() {
        let why = MaxDelete::parse("20%").unwrap().admit_table("ps.PROJECT", 3, 7).unwrap_err().to_string();
        assert!(why.contains("3 of 7 rows of topic \"ps.PROJECT\"") && why.contains("20%"), "{why}");
    }

    #[test]
    fn a_share_is_from_nothing_to_everything() {
        for bad in ["", "101%", "-1", "a fifth", "20%%"] {
            assert!(MaxDelete::parse(bad).is_err(), "{bad}");
        }
    }
}
