//! The table and the dead letters: every stored transaction has its effect once, in order, and nothing else has one.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Evidence, Kind, Verdict};
use crate::faults::found::Row;
use crate::faults::history::Id;
use crate::faults::model;

pub fn check(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    let rows = in_order(evidence);
    let shown = shown(evidence, &rows, verdict);
    once(evidence, &shown, verdict);
    order(evidence, &rows, verdict);
    table(evidence, &rows, verdict);
    dead_letters(evidence, verdict);
}

/// A change: message, index, key.
type Effect<'a> = (&'a Id, u64, &'a str);

fn in_order<'a>(evidence: &Evidence<'a>) -> Vec<&'a Row> {
    let mut rows: Vec<&Row> = evidence.found.rows.iter().collect();
    rows.sort_by_key(|row| row.place);
    rows
}

/// The rows that show each change.
fn shown<'a>(evidence: &Evidence<'a>, rows: &[&'a Row], verdict: &mut Verdict) -> HashMap<Effect<'a>, Vec<&'a Row>> {
    let mut shown: HashMap<Effect<'_>, Vec<&Row>> = HashMap::new();
    for row in rows {
        match evidence.cause(row) {
            Some((stored, change)) => shown.entry((&stored.id, stored.index, &*change.key)).or_default().push(row),
            None => verdict.add(Kind::StrangeRow, format!("no stored transaction gives cause for {row:?}")),
        }
    }
    shown
}

fn once<'a>(evidence: &Evidence<'a>, shown: &HashMap<Effect<'a>, Vec<&Row>>, verdict: &mut Verdict) {
    for message in evidence.effective() {
        for (index, transaction) in (1..).zip(&message.transactions) {
            for change in &transaction.changes {
                let id = &message.id;
                let rows = shown.get(&(id, index, &*change.key)).map_or(&[][..], Vec::as_slice);
                let places: Vec<_> = rows.iter().map(|row| (row.source, row.place)).collect();
                let what = || format!("transaction {index} of {id}, row {}: from and in {places:?}", change.key);
                match places.len() {
                    0 => verdict.add(Kind::NoEffect, what()),
                    1 => {}
                    _ => verdict.add(Kind::SecondEffect, what()),
                }
            }
        }
    }
}

fn order(evidence: &Evidence<'_>, rows: &[&Row], verdict: &mut Verdict) {
    let mut newest: HashMap<&str, u64> = HashMap::new();
    for row in rows {
        let Some((_, change)) = evidence.cause(row) else { continue };
        let before = newest.entry(&row.key).or_default();
        if change.version < *before {
            let what = format!("version {} of row {} comes after version {before}", change.version, row.key);
            verdict.add(Kind::Inversion, what);
        }
        *before = change.version.max(*before);
    }
}

fn table(evidence: &Evidence<'_>, rows: &[&Row], verdict: &mut Verdict) {
    let expected = model::table(evidence.effective());
    let mut followed: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        match &row.value {
            Some(value) => followed.insert(&row.key, value),
            None => followed.remove(&*row.key),
        };
    }
    let keys: HashSet<&str> = expected.keys().chain(followed.keys()).copied().collect();
    for key in keys.into_iter().filter(|key| expected.get(key) != followed.get(key)) {
        let what = format!("row {key} is {:?} and ought to be {:?}", followed.get(key), expected.get(key));
        verdict.add(Kind::WrongTable, what);
    }
}

fn dead_letters(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    let mut times: BTreeMap<(&Id, u64), isize> = BTreeMap::new();
    for (id, index) in &evidence.found.dead_letters {
        *times.entry((id, *index)).or_default() += 1;
    }
    for message in evidence.effective() {
        let dead = (1..).zip(&message.transactions).filter(|(_, transaction)| transaction.changes.is_empty());
        dead.for_each(|(index, _)| *times.entry((&message.id, index)).or_default() -= 1);
    }
    for ((id, index), surplus) in times.into_iter().filter(|(_, surplus)| *surplus != 0) {
        let what = format!("transaction {index} of message {id} is {surplus:+} times too often in the dead letters");
        verdict.add(Kind::DeadLetter, what);
    }
}
