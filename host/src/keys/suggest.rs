//! Guesses of keys: fields that tell the rows of messages apart.
//!
//! PeopleSoft lists the key fields of a record before the others, so the first fields that together tell all rows apart are
//! guessed first. What is unique in a sample need not be so in the table: a guess is for a person to look at.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::{Seen, State, Survey, Table};

/// How many fields a guess may have that begins with the first of them.
const MOST_LEADING: usize = 6;
/// Of how many fields any one, two or three are tried otherwise.
const TRIED: usize = 12;
/// Other sets that are told.
const MOST_OTHERS: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    pub record_type: String,
    /// How many different rows it is guessed from.
    pub rows: usize,
    /// Nothing where nothing tells the rows apart.
    pub fields: Option<Vec<String>>,
    /// What tells them apart as well.
    pub others: Vec<Vec<String>>,
}

/// One a record type, parents before their children.
pub fn suggest(survey: &Survey) -> Vec<Guess> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut guesses = Vec::new();
    for table in survey.tables() {
        let parent = table.rows.iter().find_map(|row| row.parent.as_deref());
        let inherited = parent.and_then(|parent| keys.get(&parent.to_ascii_uppercase())).cloned().unwrap_or_default();
        let guess = guess(table, &inherited);
        keys.insert(table.record_type.to_ascii_uppercase(), guess.fields.clone().unwrap_or_default());
        guesses.push(guess);
    }
    guesses
}

fn guess(table: &Table, inherited: &[String]) -> Guess {
    let rows = different(table);
    let candidates = candidates(&rows, inherited);
    let tells_apart = |fields: &[String]| is_unique(&rows, fields);
    let leading = (1..=candidates.len().min(MOST_LEADING)).filter_map(|length| candidates.get(..length));
    let leading = leading.map(<[String]>::to_vec).find(|fields| tells_apart(fields));
    let mut sets = smallest_sets(candidates.get(..TRIED).unwrap_or(&candidates), tells_apart);
    let fields = leading.or_else(|| (!sets.is_empty()).then(|| sets.remove(0)));
    sets.retain(|set| Some(set) != fields.as_ref());
    sets.truncate(MOST_OTHERS);
    Guess { record_type: table.record_type.clone(), rows: rows.len(), fields, others: sets }
}

/// Rows that were made, which no two have the same key; where there are none, all that are not gone. The same row again is no
/// other one.
fn different(table: &Table) -> Vec<&Seen> {
    let made: Vec<&Seen> = table.rows.iter().filter(|row| row.state == State::Made).collect();
    let there = || table.rows.iter().filter(|row| row.state != State::Gone).collect();
    let rows = if made.is_empty() { there() } else { made };
    let mut known = BTreeSet::new();
    rows.into_iter().filter(|row| known.insert((&row.fields, &row.around))).collect()
}

/// Fields that every row has, and not blank: what tells a parent apart before the row's own, in their order.
fn candidates(rows: &[&Seen], inherited: &[String]) -> Vec<String> {
    let own = rows.first().map(|row| row.fields.iter().map(|(name, _)| name.clone())).into_iter().flatten();
    let mut names: Vec<String> = Vec::new();
    for name in inherited.iter().cloned().chain(own) {
        let everywhere = rows.iter().all(|row| row.field(&name).is_some_and(|text| !text.trim().is_empty()));
        if everywhere && !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            names.push(name);
        }
    }
    names
}

fn is_unique(rows: &[&Seen], fields: &[String]) -> bool {
    let mut known = BTreeSet::new();
    rows.iter().all(|row| known.insert(fields.iter().map(|field| row.field(field)).collect::<Vec<_>>()))
}

/// Sets of one, two or three that tell rows apart, without those that hold another of them; those of the first fields first.
fn smallest_sets(candidates: &[String], tells_apart: impl Fn(&[String]) -> bool) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for set in sets(candidates.len()) {
        let holds_another = found.iter().any(|smaller| smaller.iter().all(|place| set.contains(place)));
        if !holds_another && tells_apart(&named(candidates, &set)) {
            found.push(set);
        }
    }
    found.sort_by_key(|set| (set.last().copied(), set.len()));
    found.iter().map(|set| named(candidates, set)).collect()
}

/// Places of one, two and three among so many, small sets first.
fn sets(count: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (0..count).map(|place| vec![place]).collect();
    let mut begin = 0;
    for _ in 1..3 {
        let smaller: Vec<Vec<usize>> = all.iter().skip(begin).cloned().collect();
        begin = all.len();
        let larger = |set: &Vec<usize>| {
            let (set, next) = (set.clone(), set.last().map_or(0, |last| last + 1));
            (next..count).map(move |place| [set.clone(), vec![place]].concat())
        };
        all.extend(smaller.iter().flat_map(larger));
    }
    all
}

fn named(candidates: &[String], set: &[usize]) -> Vec<String> {
    set.iter().filter_map(|place| candidates.get(*place).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[(&str, &str)]) -> Seen {
        let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
        Seen::made(fields.iter().map(owned).collect())
    }

    fn guess_of(rows: Vec<Seen>) -> Guess {
        guess(&Table { record_type: "T".into(), is_outermost: true, rows }, &[])
    }

    fn strings(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn the_first_fields_that_tell_rows_apart_are_guessed_and_others_are_told() {
        let rows = vec![
            row(&[("UNIT", "A"), ("ID", "1"), ("DESCR", "x")]),
            row(&[("UNIT", "A"), ("ID", "2"), ("DESCR", "y")]),
            row(&[("UNIT", "B"), ("ID", "3"), ("DESCR", "x")]),
        ];
        let guess = guess_of(rows);
        assert_eq!(guess.fields, Some(strings(&["UNIT", "ID"])));
        assert_eq!(guess.others, [strings(&["ID"]), strings(&["UNIT", "DESCR"])]);
    }

    #[test]
    fn the_same_row_again_is_no_other_and_a_field_that_is_blank_somewhere_no_key() {
        let rows = vec![row(&[("A", ""), ("B", "1")]), row(&[("A", ""), ("B", "1")]), row(&[("A", "x"), ("B", "2")])];
        let guess = guess_of(rows);
        assert_eq!((guess.rows, guess.fields), (2, Some(strings(&["B"]))));
    }

    #[test]
    fn rows_that_nothing_tells_apart_get_no_guess() {
        let rows = vec![row(&[("A", "1"), ("B", "")]), row(&[("A", "1"), ("B", "2")])];
        assert_eq!(guess_of(rows).fields, None);
    }
}
