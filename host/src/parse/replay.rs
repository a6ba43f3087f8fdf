//! A transaction that a person has put back from the dead letters comes after newer ones that were not set aside. It must
//! not undo what they have done: of each of its changes it is judged whether it still stands. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::input::Input;
use super::replayed::Replay;
use super::routes::Outcome;
use super::tables::{Tables, key_of};
use crate::kafka::record::OutputRecord;
use crate::kafka::{Standing, Written};

/// How far the clocks of two machines may be apart, in milliseconds.
const SKEW: i64 = 300_000;

/// What has to be known of one table before replayed changes of it can be judged.
#[derive(Debug, Default)]
pub struct Question {
    pub keys: HashSet<Vec<u8>>,
    /// When the first of them was set aside, and the first without force.
    since: Option<i64>,
    unforced: Option<i64>,
}

/// Judges the changes of a batch, in their order.
#[derive(Debug, Default)]
pub struct Judge {
    now: i64,
    tables: HashMap<String, Table>,
    /// Changes that no longer stood.
    pub left_out: u64,
}

#[derive(Debug)]
struct Table {
    standing: Standing,
    tombstones_kept: Duration,
}

enum Verdict {
    Stands,
    Overtaken,
    /// A tombstone would not be there any more.
    Unknowable,
}

/// By table. None where nothing of the batch is replayed.
pub fn questions(inputs: &[Input<'_>], outcomes: &[Outcome], tables: &Tables) -> BTreeMap<String, Question> {
    let mut questions: BTreeMap<String, Question> = BTreeMap::new();
    for (input, outcome) in inputs.iter().zip(outcomes) {
        if let (Some(replay), Outcome::Changes(changes, _)) = (&input.replay, outcome) {
            for (topic, key) in changes.iter().filter_map(|change| key_of(change, tables)) {
                questions.entry(topic).or_default().add(key, replay);
            }
        }
    }
    questions
}

impl Question {
    fn add(&mut self, key: &str, replay: &Replay) {
        self.keys.insert(key.as_bytes().to_vec());
        let earlier = |known: Option<i64>| Some(known.map_or(replay.since, |known| known.min(replay.since)));
        self.since = earlier(self.since);
        if !replay.force {
            self.unforced = earlier(self.unforced);
        }
    }

    /// From when on the table has to be looked at (milliseconds since 1970): from its start where tombstones may be gone,
    /// for a row that is there was not deleted.
    pub fn since(&self, tombstones_kept: Duration, now: i64) -> i64 {
        match self.unforced {
            Some(since) if is_past(since, tombstones_kept, now) => 0,
            _ => self.since.unwrap_or(now).saturating_sub(SKEW).max(0),
        }
    }
}

impl Judge {
    pub fn new(now: i64) -> Self {
        Judge { now, ..Judge::default() }
    }

    pub fn know(&mut self, topic: String, standing: Standing, tombstones_kept: Duration) {
        self.tables.insert(topic, Table { standing, tombstones_kept });
    }

    /// Those of an input's changes that stand; an error, for its dead letter, where that cannot be told of one.
    pub fn keep(&mut self, input: &Input<'_>, mut rows: Vec<OutputRecord>) -> Result<Vec<OutputRecord>, String> {
        if self.tables.is_empty() {
            return Ok(rows);
        }
        if let Some(replay) = &input.replay {
            let verdicts: Vec<Verdict> = rows.iter().map(|row| self.judge(row, replay)).collect();
            if let Some((row, _)) = rows.iter().zip(&verdicts).find(|(_, v)| matches!(v, Verdict::Unknowable)) {
                return Err(unknowable(row));
            }
            let all = rows.len();
            let mut verdicts = verdicts.into_iter();
            rows.retain(|_| matches!(verdicts.next(), Some(Verdict::Stands)));
            self.tell(replay, all, all - rows.len());
        }
        rows.iter().for_each(|row| self.remember(row, input));
        Ok(rows)
    }

    fn judge(&self, row: &OutputRecord, replay: &Replay) -> Verdict {
        let Some(table) = self.tables.get(&row.topic) else { return Verdict::Stands };
        let written = table.standing.of(row.key.as_deref().unwrap_or_default());
        let lost = is_past(replay.since, table.tombstones_kept, self.now) && !table.standing.is_new;
        match written {
            written if written.iter().any(|change| is_newer(change, replay)) => Verdict::Overtaken,
            // Deleting what is not there does no harm.
            [] if lost && !replay.force && row.value.is_some() => Verdict::Unknowable,
            _ => Verdict::Stands,
        }
    }

    /// What comes later in the batch finds it as if it had been written before.
    fn remember(&mut self, row: &OutputRecord, input: &Input<'_>) {
        if let (Some(table), Some(key)) = (self.tables.get_mut(&row.topic), &row.key) {
            let origin = input.origin();
            let (source, offset) = (Some((origin.topic, origin.partition)), origin.offset);
            let time = input.replay.as_ref().map_or(self.now, |replay| replay.since);
            table.standing.add(key, Written { source, offset, time });
        }
    }

    fn tell(&mut self, replay: &Replay, all: usize, left_out: usize) {
        if left_out > 0 {
            self.left_out += left_out as u64;
            let of = &replay.of;
            tracing::info!(
                "replayed transaction {of}: {left_out} of {all} changes are overtaken by newer ones and left out"
            );
        }
    }
}

/// Within a partition offsets tell; a row that comes from elsewhere as well has only time.
fn is_newer(change: &Written, replay: &Replay) -> bool {
    match &change.source {
        Some((topic, partition)) if (topic, *partition) == (&replay.of.topic, replay.of.partition) => {
            change.offset > replay.of.offset
        }
        _ => change.time > replay.since,
    }
}

fn is_past(since: i64, tombstones_kept: Duration, now: i64) -> bool {
    let kept = i64::try_from(tombstones_kept.as_millis()).unwrap_or(i64::MAX);
    now.saturating_sub(since).saturating_add(SKEW) > kept
}

fn unknowable(row: &OutputRecord) -> String {
    let key = String::from_utf8_lossy(row.key.as_deref().unwrap_or_default()).into_owned();
    format!(
        "it cannot be told whether row {key} of topic \"{}\" was deleted after this transaction, which is older than the \
         topic keeps tombstones (delete.retention.ms); if it was not, `ps-stream dead-letters replay --force` writes it",
        row.topic
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::SourceRecord;
    use crate::kafka::record::{Pair, header, pair};
    use crate::parse::replayed::is_for;

    const DAY: i64 = 86_400_000;
    const KEPT: Duration = Duration::from_secs(86_400);
    /// When it was set aside.
    const SINCE: i64 = 1_795_392_000_000;

    /// A transaction first stored at this offset of `t/0`.
    fn replayed(offset: i64, force: bool) -> SourceRecord {
        let mut headers =
            vec![pair(header::REPLAY_OF, &format!("t/0/{offset}")), pair(header::REPLAY_SINCE, "2026-11-23T00:00:00Z")];
        headers.extend(force.then(|| pair(header::REPLAY_FORCE, "true")));
        stored(100, headers)
    }

    fn stored(offset: i64, headers: Vec<Pair>) -> SourceRecord {
        let value = Some(br#"{"Transaction":"<T/>"}"#.to_vec());
        SourceRecord { topic: "t".into(), partition: 0, offset, timestamp: None, key: None, value, headers }
    }

    fn row(key: &str, value: Option<&str>) -> OutputRecord {
        let value = value.map(|value| value.as_bytes().to_vec());
        OutputRecord { topic: "ps.X".into(), key: Some(key.into()), value, headers: Vec::new() }
    }

    fn from(topic: &str, offset: i64, time: i64) -> Written {
        Written { source: Some((topic.into(), 0)), offset, time }
    }

    /// A day after it was set aside at most, unless `now` says otherwise.
    fn judge(now: i64, written: Vec<Written>) -> Judge {
        let (mut judge, mut standing) = (Judge::new(now), Standing::default());
        written.into_iter().for_each(|change| standing.add(b"k", change));
        judge.know("ps.X".into(), standing, KEPT);
        judge
    }

    fn stands(judge: &mut Judge, record: &SourceRecord) -> bool {
        !judge.keep(&Input::read(record), vec![row("k", Some("{}"))]).unwrap().is_empty()
    }

    #[test]
    fn a_newer_change_of_the_row_is_not_overwritten_and_an_older_one_is() {
        let soon = SINCE + 1000;
        for (written, expected) in [
            (vec![], true),
            (vec![from("t", 9, soon)], true),
            (vec![from("t", 10, soon)], true),
            (vec![from("t", 11, soon)], false),
            (vec![from("t", 9, soon), from("other", 0, SINCE - 1)], true),
            (vec![from("t", 9, soon), from("other", 0, SINCE + 1)], false),
            (vec![Written { source: None, offset: 0, time: SINCE + 1 }], false),
        ] {
            assert_eq!(stands(&mut judge(soon, written.clone()), &replayed(10, false)), expected, "{written:?}");
        }
    }

    #[test]
    fn each_change_of_a_transaction_is_judged_on_its_own_and_what_is_left_out_is_counted() {
        let mut judge = judge(SINCE, vec![from("t", 11, SINCE)]);
        let rows = vec![row("k", None), row("other", Some("{}"))];
        let kept = judge.keep(&Input::read(&replayed(10, false)), rows).unwrap();
        assert_eq!((kept, judge.left_out), (vec![row("other", Some("{}"))], 1));
    }

    #[test]
    fn what_comes_before_it_in_the_batch_counts_as_well() {
        let mut judge = judge(SINCE + 1000, Vec::new());
        assert!(stands(&mut judge, &replayed(10, false)));
        assert!(stands(&mut judge, &replayed(20, false)), "the newer of two letters is replayed after the older");
        assert!(!stands(&mut judge, &replayed(15, false)));
        assert!(stands(&mut judge, &stored(99, Vec::new())), "what is not replayed always stands");
        assert!(!stands(&mut judge, &replayed(30, false)));
    }

    #[test]
    fn where_a_tombstone_would_be_gone_nothing_is_written_without_force() {
        let (late, upsert) = (SINCE + 2 * DAY, || vec![row("k", Some("{}"))]);
        let why = judge(late, Vec::new()).keep(&Input::read(&replayed(10, false)), upsert()).unwrap_err();
        assert!(why.contains("row k of topic \"ps.X\"") && why.contains("--force"), "{why}");
        assert!(stands(&mut judge(late, Vec::new()), &replayed(10, true)));
        assert!(stands(&mut judge(late, vec![from("t", 9, 0)]), &replayed(10, false)), "the row is there");
        assert!(!stands(&mut judge(late, vec![from("t", 11, 0)]), &replayed(10, true)), "force overwrites nothing");
        let deleted = judge(late, Vec::new()).keep(&Input::read(&replayed(10, false)), vec![row("k", None)]);
        assert_eq!(deleted.unwrap().len(), 1);
        let mut new = judge(late, Vec::new());
        new.tables.values_mut().for_each(|table| table.standing.is_new = true);
        assert!(stands(&mut new, &replayed(10, false)), "an empty table has lost no tombstone");
    }

    #[test]
    fn a_table_is_read_from_its_start_only_where_tombstones_may_be_gone() {
        let ask = |force| {
            let mut question = Question::default();
            question.add("k", &Replay::of(&replayed(10, force)).unwrap().unwrap());
            question
        };
        assert_eq!(ask(false).since(KEPT, SINCE + 1000), SINCE - SKEW);
        assert_eq!(ask(false).since(KEPT, SINCE + 2 * DAY), 0);
        assert_eq!(ask(true).since(KEPT, SINCE + 2 * DAY), SINCE - SKEW);
    }

    #[test]
    fn it_is_addressed_to_the_group_that_set_it_aside() {
        let mut record = replayed(10, false);
        assert!(is_for(&record, "g"), "put back by other means");
        record.headers.push(pair(header::REPLAY_GROUP, "g"));
        assert!(is_for(&record, "g") && !is_for(&record, "other"));
    }

    #[test]
    fn a_header_that_cannot_be_read_makes_it_unreadable() {
        let record = stored(5, vec![pair(header::REPLAY_OF, "somewhere")]);
        assert!(Input::read(&record).transaction.unwrap_err().contains("somewhere"));
    }
}
