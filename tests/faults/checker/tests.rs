//! The judge is judged: small histories, each with one thing wrong.

use std::time::Duration;

use super::{Kind, Verdict};
use crate::faults::found::{Found, Row, Stored};
use crate::faults::history::{Attempt, Change, Id, Message, Outcome, Transaction};

fn check(history: &[Message], found: &Found) -> Verdict {
    super::check(history, &[], found)
}

/// Three messages: the first makes rows P and Q, the second changes P and has a dead letter, the third deletes Q.
fn clean() -> (Vec<Message>, Found) {
    let history = vec![
        posted("a", &[Some(("P", 1, true)), Some(("Q", 2, true))]),
        posted("b", &[Some(("P", 3, true)), None]),
        posted("c", &[Some(("Q", 4, false))]),
    ];
    let mut found = Found::default();
    for message in &history {
        deliver(&mut found, message);
    }
    (history, found)
}

/// A message answered 200: of each transaction the row, its version and whether the row is still there.
fn posted(id: &str, transactions: &[Option<(&str, u64, bool)>]) -> Message {
    let transactions = (1..).zip(transactions).map(|(index, change)| {
        let value = |stays| if stays { Some(format!("{id}#{index}")) } else { None };
        let change = change.map(|(key, version, stays)| Change { key: key.to_owned(), version, value: value(stays) });
        Transaction { digest: index, changes: change.into_iter().collect() }
    });
    Message {
        id: named(id),
        well_formed: true,
        transactions: transactions.collect(),
        attempts: vec![at(0, Outcome::Stored)],
    }
}

fn named(transaction_id: &str) -> Id {
    Id { transaction_id: transaction_id.to_owned(), chunk: 1, chunks: 1 }
}

fn at(second: u64, outcome: Outcome) -> Attempt {
    Attempt { began: Duration::from_secs(second), ended: Duration::from_millis(second * 1000 + 500), outcome }
}

/// As the program does when all is well.
fn deliver(found: &mut Found, message: &Message) {
    for (index, transaction) in (1..).zip(&message.transactions) {
        store(found, message, index);
        match transaction.changes.is_empty() {
            true => found.dead_letters.push((message.id.clone(), index)),
            false => transaction.changes.iter().for_each(|change| show(found, message, change)),
        }
    }
}

fn store(found: &mut Found, message: &Message, index: u64) {
    let place = (0, found.transactions.len() as i64);
    found.transactions.push(Stored { place, id: message.id.clone(), index, digest: index });
}

/// The row of the transaction stored last.
fn show(found: &mut Found, message: &Message, change: &Change) {
    let (place, source) = ((0, found.rows.len() as i64), found.transactions.last().unwrap().place);
    found.rows.push(Row {
        place,
        key: change.key.clone(),
        value: change.value.clone(),
        transaction_id: message.id.transaction_id.clone(),
        source,
    });
}

fn kinds(history: &[Message], found: &Found) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = check(history, found).violations.iter().map(|violation| violation.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[test]
fn a_clean_run_passes() {
    let (history, found) = clean();
    assert_eq!(check(&history, &found).violations, []);
}

#[test]
fn a_message_answered_200_that_is_not_there_is_lost() {
    let (mut history, found) = clean();
    history.push(posted("d", &[None]));
    assert_eq!(kinds(&history, &found), [Kind::Lost, Kind::DeadLetter]);
}

#[test]
fn a_message_without_one_of_its_transactions_is_half() {
    let (history, mut found) = clean();
    found.transactions.retain(|stored| (&*stored.id.transaction_id, stored.index) != ("b", 2));
    assert_eq!(kinds(&history, &found), [Kind::Half]);
}

#[test]
fn even_a_message_in_doubt_may_not_be_half() {
    let (mut history, mut found) = clean();
    history[1].attempts = vec![at(0, Outcome::Unknown)];
    found.transactions.retain(|stored| (&*stored.id.transaction_id, stored.index) != ("b", 2));
    assert_eq!(kinds(&history, &found), [Kind::Half]);
}

#[test]
fn a_message_in_doubt_may_be_there_or_not() {
    let (mut history, found) = clean();
    history[1].attempts = vec![at(0, Outcome::Unknown)];
    assert_eq!(kinds(&history, &found), []);
    let mut absent = posted("d", &[Some(("R", 9, true))]);
    absent.attempts = vec![at(0, Outcome::Unknown), at(1, Outcome::CutOff)];
    history.push(absent);
    assert_eq!(kinds(&history, &found), []);
}

#[test]
fn a_second_copy_without_cause_is_one_too_many() {
    let (mut history, mut found) = clean();
    history[2].attempts.push(at(20, Outcome::Stored));
    store(&mut found, &history[2], 1);
    assert_eq!(kinds(&history, &found), [Kind::Doubled]);
}

#[test]
fn a_second_copy_with_cause_is_counted_and_allowed() {
    for second in [at(0, Outcome::Stored), at(1, Outcome::Stored), at(9, Outcome::Unknown)] {
        let (mut history, mut found) = clean();
        history[2].attempts.push(second);
        store(&mut found, &history[2], 1);
        let verdict = check(&history, &found);
        assert_eq!((verdict.violations, verdict.second_copies), (vec![], 1));
    }
}

#[test]
fn a_second_copy_may_not_have_a_second_effect() {
    let (mut history, mut found) = clean();
    history[2].attempts.push(at(1, Outcome::Unknown));
    let again = history[2].clone();
    deliver(&mut found, &again);
    assert_eq!(kinds(&history, &found), [Kind::SecondEffect]);
}

#[test]
fn a_message_cut_off_in_every_attempt_may_not_be_there() {
    let (mut history, found) = clean();
    history[2].attempts = vec![at(0, Outcome::CutOff)];
    assert!(kinds(&history, &found).contains(&Kind::Uninvited));
}

#[test]
fn one_transaction_of_a_malformed_message_is_one_too_many_whatever_was_answered() {
    let (mut history, mut found) = clean();
    let mut bad = posted("bad", &[None, None]);
    (bad.well_formed, bad.attempts) = (false, vec![at(0, Outcome::Unknown), at(1, Outcome::Refused(400))]);
    assert_eq!(kinds(&[&history[..], std::slice::from_ref(&bad)].concat(), &found), []);
    store(&mut found, &bad, 1);
    history.push(bad);
    assert_eq!(kinds(&history, &found), [Kind::Uninvited]);
}

#[test]
fn a_transaction_nobody_posted_and_one_that_was_altered_are_strangers() {
    let (history, mut found) = clean();
    store(&mut found, &posted("nobody", &[None]), 1);
    assert_eq!(kinds(&history, &found), [Kind::Uninvited]);
    let (history, mut found) = clean();
    found.transactions[0].digest = 99;
    assert_eq!(kinds(&history, &found), [Kind::Uninvited]);
}

#[test]
fn segments_of_one_transaction_id_are_messages_of_their_own() {
    let (mut history, mut found) = clean();
    let mut second = posted("a", &[Some(("P", 9, true))]);
    second.id.chunk = 2;
    history.push(second.clone());
    assert_eq!(kinds(&history, &found), [Kind::Lost, Kind::NoEffect, Kind::WrongTable]);
    deliver(&mut found, &second);
    assert_eq!(kinds(&history, &found), []);
}

#[test]
fn a_good_message_refused_and_a_malformed_one_taken_are_wrong_answers() {
    let (mut history, found) = clean();
    history[0].attempts.insert(0, at(1, Outcome::Refused(400)));
    let mut bad = posted("bad", &[None]);
    bad.well_formed = false;
    history.push(bad);
    let verdict = check(&history, &found);
    assert_eq!(verdict.violations.iter().filter(|violation| violation.kind == Kind::WrongAnswer).count(), 2);
}

#[test]
fn a_stored_change_that_no_row_shows_is_missed() {
    let (history, mut found) = clean();
    found.rows.remove(0);
    assert_eq!(kinds(&history, &found), [Kind::NoEffect]);
}

#[test]
fn a_change_written_again_at_once_is_a_second_effect() {
    let (history, mut found) = clean();
    let mut again = found.rows[2].clone();
    again.place = (0, 100);
    found.rows.push(again);
    assert_eq!(kinds(&history, &found), [Kind::SecondEffect]);
}

#[test]
fn a_row_without_a_cause_is_strange() {
    for spoil in [
        |row: &mut Row| row.source = (7, 7),
        |row: &mut Row| row.transaction_id = "other".into(),
        |row: &mut Row| row.value = None,
    ] {
        let (history, mut found) = clean();
        spoil(&mut found.rows[0]);
        assert_eq!(kinds(&history, &found), [Kind::NoEffect, Kind::StrangeRow]);
    }
}

#[test]
fn one_inversion_is_found_even_where_the_table_is_right_in_the_end() {
    let (mut history, mut found) = clean();
    let last = posted("d", &[Some(("P", 5, true))]);
    deliver(&mut found, &last);
    history.push(last);
    // P was 1, 3, 5: now 3, 1, 5.
    let (first, third) = (found.rows[0].place, found.rows[2].place);
    (found.rows[0].place, found.rows[2].place) = (third, first);
    let verdict = check(&history, &found);
    assert_eq!(verdict.violations.len(), 1, "{verdict:?}");
    assert_eq!(verdict.violations[0].kind, Kind::Inversion);
}

#[test]
fn an_old_change_at_the_end_leaves_a_wrong_table() {
    let (history, mut found) = clean();
    let (first, third) = (found.rows[0].place, found.rows[2].place);
    (found.rows[0].place, found.rows[2].place) = (third, first);
    assert_eq!(kinds(&history, &found), [Kind::Inversion, Kind::WrongTable]);
}

#[test]
fn a_deleted_row_that_is_still_there_is_a_wrong_table() {
    let (history, mut found) = clean();
    found.rows.retain(|row| row.value.is_some());
    assert_eq!(kinds(&history, &found), [Kind::NoEffect, Kind::WrongTable]);
}

#[test]
fn a_dead_letter_missing_doubled_or_strange_is_found() {
    for letters in [vec![], vec![("b", 2), ("b", 2)], vec![("b", 2), ("a", 1)]] {
        let (history, mut found) = clean();
        found.dead_letters = letters.into_iter().map(|(id, index)| (named(id), index)).collect();
        assert_eq!(kinds(&history, &found), [Kind::DeadLetter]);
    }
}
