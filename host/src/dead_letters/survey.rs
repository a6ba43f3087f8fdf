//! What the dead-letter topic holds, in numbers: which letters are meant, and which of them are dealt with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{DeadLettersError, Scope, Selection};
use crate::kafka::{At, Entry, Extent, Letter, LetterLog, Resolution};

/// Letters that are held at one time.
const MOST_LETTERS: usize = 500;
/// Their bytes, to the last letter that passes it.
const MOST_BYTES: usize = 8 << 20;

#[derive(Debug)]
pub struct Survey {
    found: BTreeMap<At, Found>,
    /// What is asked for by its place and there, whatever else is asked for.
    asked: BTreeSet<At>,
    /// The source topics, so that of each letter a number is kept.
    topics: Vec<String>,
    pub extent: Extent,
}

/// A letter, without what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub at: At,
    pub resolution: Option<Resolution>,
    /// Topic, partition and offset where the transaction was stored first.
    origin: (usize, i32, i64),
    written: i64,
    size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they were set aside.
    Written,
    /// As the transactions were stored.
    Origin,
}

impl Survey {
    /// Fails where a letter that is asked for by its place is not there, or not in the scope.
    pub fn read(
        log: &LetterLog,
        topic: &str,
        selection: &Selection,
        scope: Scope,
        patience: Duration,
    ) -> Result<Self, DeadLettersError> {
        let mut survey = Survey::new();
        survey.extent = log.read_all(patience, |entry| survey.add(entry, selection, scope))?;
        match survey.missing(selection, scope) {
            None => Ok(survey),
            Some((at, None)) => Err(DeadLettersError::NoLetter { at, topic: topic.to_owned() }),
            Some((at, Some(resolution))) => Err(DeadLettersError::Resolved { at, topic: topic.to_owned(), resolution }),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The letters, so many at a time as may be held.
    pub fn turns(&self, order: Order) -> Vec<Vec<Found>> {
        let mut found: Vec<Found> = self.found.values().copied().collect();
        match order {
            Order::Written => found.sort_by_key(|found| (found.written, found.at)),
            Order::Origin => found.sort_by_key(|found| (found.origin, found.at)),
        }
        let (mut turns, mut bytes) = (Vec::new(), MOST_BYTES);
        for found in found {
            match turns.last_mut() {
                Some(turn) if bytes < MOST_BYTES && Vec::len(turn) < MOST_LETTERS => turn.push(found),
                _ => {
                    turns.push(vec![found]);
                    bytes = 0;
                }
            }
            bytes += found.size;
        }
        turns
    }

    fn new() -> Self {
        Survey { found: BTreeMap::new(), asked: BTreeSet::new(), topics: Vec::new(), extent: Extent::Everything }
    }

    /// A marker comes after its letter, for it is in the same partition.
    fn add(&mut self, entry: Entry, selection: &Selection, scope: Scope) {
        match entry {
            Entry::Letter(letter) => {
                if selection.at.contains(&letter.at) {
                    self.asked.insert(letter.at);
                }
                if selection.takes(&letter) {
                    let found = self.number(&letter);
                    self.found.insert(letter.at, found);
                }
            }
            Entry::Marker(at, _) if scope == Scope::Open && !selection.at.contains(&at) => _ = self.found.remove(&at),
            Entry::Marker(at, resolution) => {
                if let Some(found) = self.found.get_mut(&at) {
                    found.resolution = Some(resolution);
                }
            }
        }
    }

    fn number(&mut self, letter: &Letter) -> Found {
        let origin = letter.origin();
        let known = self.topics.iter().position(|topic| *topic == origin.topic);
        let topic = known.unwrap_or_else(|| {
            self.topics.push(origin.topic);
            self.topics.len() - 1
        });
        Found {
            at: letter.at,
            resolution: None,
            origin: (topic, origin.partition, origin.offset),
            written: letter.written(),
            size: letter.size(),
        }
    }

    /// The first letter that is asked for by its place and cannot be had, with what became of it.
    fn missing(&self, selection: &Selection, scope: Scope) -> Option<(At, Option<Resolution>)> {
        let missing = |&at: &At| match self.found.get(&at) {
            Some(Found { resolution: Some(resolution), .. }) if scope == Scope::Open => Some((at, Some(*resolution))),
            _ if self.asked.contains(&at) => None,
            _ => Some((at, None)),
        };
        selection.at.iter().find_map(missing)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::sample_letter;

    fn at(offset: i64) -> At {
        At { partition: 1, offset }
    }

    /// Letters at these offsets, as if of transactions that were stored in the opposite order.
    fn survey(selection: &Selection, scope: Scope, letters: &[i64], markers: &[i64]) -> Survey {
        let mut survey = Survey::new();
        for &offset in letters {
            let mut letter = sample_letter(&[]);
            letter.at = at(offset);
            letter.source.offset = -offset;
            survey.add(Entry::Letter(letter), selection, scope);
        }
        for &offset in markers {
            survey.add(Entry::Marker(at(offset), Resolution::Replayed), selection, scope);
        }
        survey
    }

    fn offsets(survey: &Survey, order: Order) -> Vec<i64> {
        survey.turns(order).into_iter().flatten().map(|found| found.at.offset).collect()
    }

    #[test]
    fn letters_that_are_dealt_with_are_not_open() {
        let all = Selection::default();
        assert_eq!(offsets(&survey(&all, Scope::Open, &[1, 2, 3], &[2, 9]), Order::Written), [1, 3]);
        assert_eq!(offsets(&survey(&all, Scope::All, &[1, 2, 3], &[2]), Order::Written), [1, 2, 3]);
    }

    #[test]
    fn they_come_as_they_were_set_aside_or_as_their_transactions_were_stored() {
        let survey = survey(&Selection::default(), Scope::Open, &[1, 2, 3], &[]);
        assert_eq!(offsets(&survey, Order::Written), [1, 2, 3]);
        assert_eq!(offsets(&survey, Order::Origin), [3, 2, 1]);
    }

    #[test]
    fn a_place_without_an_open_letter_is_told_with_what_became_of_it() {
        let one = Selection::of(at(2));
        assert_eq!(survey(&one, Scope::Open, &[1, 2], &[]).missing(&one, Scope::Open), None);
        let resolved = Some((at(2), Some(Resolution::Replayed)));
        assert_eq!(survey(&one, Scope::Open, &[1, 2], &[2]).missing(&one, Scope::Open), resolved);
        assert_eq!(survey(&one, Scope::All, &[1, 2], &[2]).missing(&one, Scope::All), None);
        assert_eq!(survey(&one, Scope::All, &[1], &[]).missing(&one, Scope::All), Some((at(2), None)));
        let other_kind = Selection { reason: Some("nothing".into()), ..Selection::of(at(2)) };
        let survey = survey(&other_kind, Scope::Open, &[2], &[]);
        assert_eq!((survey.missing(&other_kind, Scope::Open), survey.is_empty()), (None, true));
    }

    #[test]
    fn no_turn_holds_more_than_may_be_held() {
        let letters: Vec<i64> = (0..1200).collect();
        let mut survey = survey(&Selection::default(), Scope::Open, &letters, &[]);
        let lengths = |survey: &Survey| survey.turns(Order::Written).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(&survey), [500, 500, 200]);
        survey.found.values_mut().for_each(|found| found.size = 3 << 20);
        assert!(lengths(&survey).iter().all(|length| *length == 3));
    }
}
