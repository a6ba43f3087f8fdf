//! Full syncs: each row has exactly the versions that were sent, in their order, and ends where a full sync left it out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Evidence, Kind, Verdict, messages};
use crate::faults::copier::{Copied, Part};
use crate::faults::found::{Followed, Found};
use crate::faults::history::{Change, Fate, Message};

/// What each row is, one after the other; nothing where it is gone.
type Lives = BTreeMap<String, Vec<Option<String>>>;

pub fn check(copied: &[Copied], found: &Found, verdict: &mut Verdict) {
    let sent: Vec<Message> = copied.iter().map(|copied| copied.message.clone()).collect();
    messages::check(&Evidence::of(&sent, &found.of_full_syncs()), verdict);
    let (expected, followed) = (expected(copied), followed(&found.followed));
    let keys: BTreeSet<&String> = expected.keys().chain(followed.keys()).collect();
    for key in keys.into_iter().filter(|key| expected.get(*key) != followed.get(*key)) {
        let what = format!("row {key} was {:?} and ought to have been {:?}", followed.get(key), expected.get(key));
        verdict.add(Kind::FullSync, what);
    }
}

/// Its sender waits for each answer, so the order is known.
fn expected(copied: &[Copied]) -> Lives {
    let (mut lives, mut in_copy) = (Lives::new(), BTreeSet::new());
    for Copied { message, part } in copied.iter().filter(|copied| copied.message.fate() == Fate::Acknowledged) {
        match part {
            Part::Header => in_copy.clear(),
            Part::Trailer => {
                let left_out = |(key, life): &(&String, &mut Vec<_>)| {
                    !in_copy.contains(*key) && life.last().is_some_and(Option::is_some)
                };
                lives.iter_mut().filter(left_out).for_each(|(_, life)| life.push(None));
            }
            Part::Rows => {
                for Change { key, value, .. } in message.transactions.iter().flat_map(|one| &one.changes) {
                    in_copy.insert(key.clone());
                    lives.entry(key.clone()).or_default().push(value.clone());
                }
            }
        }
    }
    lives
}

fn followed(records: &[Followed]) -> Lives {
    let mut records: Vec<&Followed> = records.iter().collect();
    records.sort_by_key(|record| record.place);
    let mut lives = Lives::new();
    for Followed { key, value, .. } in records {
        lives.entry(key.clone()).or_default().push(value.clone());
    }
    lives
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::faults::found::Stored;
    use crate::faults::history::{Attempt, Id, Outcome, Transaction};

    /// Rows V and W, then a full sync with V alone.
    fn clean() -> (Vec<Copied>, Found) {
        let copied = vec![
            sent(1, Part::Rows, &["V", "W"]),
            sent(2, Part::Header, &[]),
            sent(3, Part::Rows, &["V"]),
            sent(4, Part::Trailer, &[]),
        ];
        let transactions = copied.iter().flat_map(|copied| {
            let id = &copied.message.id;
            (1..).zip(&copied.message.transactions).map(|(index, one)| (id.clone(), index, one.digest))
        });
        let stored = |(place, (id, index, digest))| Stored { place: (0, place), id, index, digest };
        let lives = [("V", Some("1")), ("W", Some("1")), ("V", Some("3")), ("W", None)];
        let found = Found {
            copied: (0..).zip(transactions).map(stored).collect(),
            followed: (0..).zip(lives).map(|(place, life)| record(place, life)).collect(),
            ..Found::default()
        };
        (copied, found)
    }

    fn sent(number: u64, part: Part, keys: &[&str]) -> Copied {
        let change = |key: &&str| Change { key: (*key).into(), version: number, value: Some(number.to_string()) };
        let changes: Vec<Vec<Change>> = match part {
            Part::Rows => keys.iter().map(|key| vec![change(key)]).collect(),
            Part::Header | Part::Trailer => vec![Vec::new()],
        };
        let message = Message {
            id: Id { transaction_id: format!("sync-{number}"), chunk: 1, chunks: 1 },
            well_formed: true,
            transactions: changes.into_iter().map(|changes| Transaction { digest: number, changes }).collect(),
            attempts: vec![Attempt { began: Duration::ZERO, ended: Duration::ZERO, outcome: Outcome::Stored }],
        };
        Copied { message, part }
    }

    fn record(place: i64, (key, value): (&str, Option<&str>)) -> Followed {
        Followed { place: (0, place), key: key.into(), value: value.map(str::to_owned) }
    }

    fn kinds(copied: &[Copied], found: &Found) -> Vec<Kind> {
        let mut verdict = Verdict::default();
        check(copied, found, &mut verdict);
        verdict.violations.iter().map(|violation| violation.kind).collect()
    }

    #[test]
    fn a_row_that_a_full_sync_left_out_is_gone_once() {
        let (copied, found) = clean();
        assert_eq!(kinds(&copied, &found), []);
    }

    #[test]
    fn a_row_that_stays_goes_twice_or_goes_for_no_reason_is_seen() {
        for (place, wrong) in [(3, vec![]), (9, vec![record(9, ("W", None))]), (9, vec![record(9, ("V", None))])] {
            let (copied, mut found) = clean();
            found.followed.retain(|record| record.place.1 != place);
            found.followed.extend(wrong);
            assert_eq!(kinds(&copied, &found), [Kind::FullSync]);
        }
    }

    #[test]
    fn without_a_trailer_nothing_may_be_gone() {
        let (mut copied, mut found) = clean();
        copied.pop();
        found.copied.pop();
        assert_eq!(kinds(&copied, &found), [Kind::FullSync]);
        found.followed.pop();
        assert_eq!(kinds(&copied, &found), []);
    }

    #[test]
    fn a_mark_that_was_answered_200_and_is_not_there_is_lost() {
        let (copied, mut found) = clean();
        found.copied.pop();
        assert_eq!(kinds(&copied, &found), [Kind::Lost]);
    }
}
