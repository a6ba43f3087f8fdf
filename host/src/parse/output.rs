//! What comes of a batch: rows and tombstones to their tables, dead letters for the rest. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::Config;
use super::input::Input;
use super::replay::Judge;
use super::routes::Outcome;
use super::tables::Tables;
use crate::contract::Change;
use crate::kafka::record::{DeadKind, DeadLetter, OutputRecord, Pair, dead_letter, header, pair};
use crate::kafka::{Position, SourceRecord};
use crate::telemetry;
use crate::transform::Identity;

/// Dead letters of one batch that get a line in the log each. All of them are in the topic.
const MOST_LOGGED: u64 = 5;

/// Everything one batch brings, in the order it is to be written.
#[derive(Debug, Default)]
pub struct Output {
    pub records: Vec<OutputRecord>,
    /// What became of each input, in their order.
    pub fates: Vec<Fate>,
    /// The topics of its rows.
    pub tables: BTreeSet<String>,
    pub transactions: u64,
    pub upserts: u64,
    pub tombstones: u64,
    pub dead_letters: u64,
    /// How many of them are of which kind.
    pub letters: BTreeMap<DeadKind, u64>,
    /// Changes of replayed transactions that no longer stood.
    pub left_out: u64,
}

/// What became of an input: so many records of its own, or a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Rows(usize),
    SetAside,
    /// It would have been a dead letter, had there been a topic for it.
    LeftOut,
}

impl Fate {
    /// How many records came of it.
    pub fn records(self) -> usize {
        match self {
            Fate::Rows(rows) => rows,
            Fate::SetAside => 1,
            Fate::LeftOut => 0,
        }
    }
}

impl Output {
    /// `limit`: the largest record Kafka takes; a row past it makes its transaction a dead letter.
    pub fn of(inputs: &[Input<'_>], outcomes: Vec<Outcome>, config: &Config, limit: usize, mut judge: Judge) -> Self {
        let (mut output, mut shared) = (Output::default(), Shared::default());
        for (input, outcome) in inputs.iter().zip(outcomes) {
            output.transactions += u64::from(input.mark.is_none());
            match rows(input, outcome, config, limit, &mut judge, &mut shared) {
                Ok(rows) => output.add_rows(rows),
                Err(letter) => output.add_dead_letter(config.dead_letter_topic.as_deref(), input.source, &letter),
            }
        }
        output.left_out = judge.left_out;
        if output.dead_letters > MOST_LOGGED {
            tracing::warn!("and {} more of this batch", output.dead_letters - MOST_LOGGED);
        }
        output
    }

    fn add_rows(&mut self, rows: Vec<OutputRecord>) {
        self.fates.push(Fate::Rows(rows.len()));
        rows.into_iter().for_each(|row| self.add_row(row));
    }

    fn add_row(&mut self, row: OutputRecord) {
        match row.value {
            Some(_) => self.upserts += 1,
            None => self.tombstones += 1,
        }
        if !self.tables.contains(&row.topic) {
            self.tables.insert(row.topic.clone());
        }
        self.records.push(row);
    }

    fn add_dead_letter(&mut self, topic: Option<&str>, source: &SourceRecord, letter: &DeadLetter) {
        self.dead_letters += 1;
        *self.letters.entry(letter.kind).or_default() += 1;
        if self.dead_letters <= MOST_LOGGED {
            log(topic, source, letter);
        }
        match topic {
            Some(topic) => {
                self.fates.push(Fate::SetAside);
                self.records.push(dead_letter(topic, source, letter));
            }
            None => self.fates.push(Fate::LeftOut),
        }
    }
}

fn log(topic: Option<&str>, source: &SourceRecord, letter: &DeadLetter) {
    let at = format!("{}/{}/{}", source.topic, source.partition, source.offset);
    let what = topic.map_or("is left out", |_| "is now a dead letter");
    match letter.kind {
        DeadKind::Trapped => tracing::error!("transaction at {at} {what}: {}", letter.reason),
        _ => tracing::warn!("transaction at {at} {what}: {}", letter.reason),
    }
}

/// The rows of one transaction, all that stand or the letter that takes their place.
fn rows(
    input: &Input<'_>,
    outcome: Outcome,
    config: &Config,
    limit: usize,
    judge: &mut Judge,
    shared: &mut Shared,
) -> Result<Vec<OutputRecord>, Box<DeadLetter>> {
    let letter = |kind, reason, module| letter(kind, reason, module, &config.member.group);
    match outcome {
        Outcome::Changes(changes, module) => {
            let headers = row_headers(input, &module, shared);
            let rows = changes.into_iter().filter_map(|change| row(change, &config.tables, &headers));
            let rows: Vec<_> = rows.collect();
            let rows = match rows.iter().find(|row| row.size() > limit) {
                Some(row) => Err(too_large(row, limit)),
                None => judge.keep(input, rows),
            };
            rows.map_err(|reason| letter(DeadKind::Rejected, reason, Some(&module)))
        }
        Outcome::Rejected(rejection, module) => {
            let mut letter = letter(DeadKind::Rejected, rejection.reason, Some(&module));
            letter.position = rejection.position;
            Err(letter)
        }
        Outcome::Crashed(crash) => {
            let mut letter = letter(DeadKind::Trapped, crash.to_string(), Some(&crash.module));
            letter.backtrace = crash.backtrace;
            Err(letter)
        }
        Outcome::Mark => Ok(Vec::new()),
        Outcome::Unreadable(why) => Err(letter(DeadKind::Unreadable, why, None)),
    }
}

/// None for a row that is left out.
fn row(change: Change, tables: &Tables, headers: &[Pair]) -> Option<OutputRecord> {
    let (record_type, key, value) = match change {
        Change::Upsert(row) => (row.record_type, row.key, Some(row.value.into_bytes())),
        Change::Tombstone(gone) => (gone.record_type, gone.key, None),
    };
    let topic = tables.topic(&record_type)?;
    Some(OutputRecord { topic, key: Some(key.into_bytes()), value, headers: headers.to_vec() })
}

/// The headers that rows of one module, one source partition and one sender share, of which there are many in a row.
#[derive(Default)]
struct Shared {
    of: Option<(Identity, String, i32, Option<String>)>,
    headers: Vec<Pair>,
}

impl Shared {
    fn headers(&mut self, module: &Identity, origin: &Position, from: Option<&str>) -> &[Pair] {
        let is_same = |(known, topic, partition, sender): &(Identity, String, i32, Option<String>)| {
            (known, topic, partition, sender.as_deref()) == (module, &origin.topic, &origin.partition, from)
        };
        if !self.of.as_ref().is_some_and(is_same) {
            self.of = Some((module.clone(), origin.topic.clone(), origin.partition, from.map(str::to_owned)));
            self.headers = vec![
                pair(header::MODULE, &module.name),
                pair(header::MODULE_HASH, &module.hash),
                pair(header::SOURCE_TOPIC, &origin.topic),
                pair(header::SOURCE_PARTITION, &origin.partition.to_string()),
            ];
            self.headers.extend(from.map(|from| pair(header::FROM, from)));
        }
        &self.headers
    }
}

fn row_headers(input: &Input<'_>, module: &Identity, shared: &mut Shared) -> Vec<Pair> {
    let origin = input.origin();
    let mut headers = Vec::with_capacity(7);
    headers.extend_from_slice(shared.headers(module, &origin, input.source.header(header::FROM)));
    headers.push(pair(header::SOURCE_OFFSET, &origin.offset.to_string()));
    headers.extend(input.replay.iter().map(|replay| pair(header::REPLAY_OF, &replay.of.to_string())));
    headers.extend(input.source.header(header::REPLAY_SINCE).map(|since| pair(header::REPLAY_SINCE, since)));
    headers.extend(input.trace().map(|trace| (header::TRACE.into(), Some(trace))));
    headers.extend(input.transaction_id.iter().map(|id| (header::TRANSACTION_ID.into(), Some(id.clone()))));
    headers
}

fn too_large(row: &OutputRecord, limit: usize) -> String {
    format!("a row for topic \"{}\" takes {} bytes; Kafka is sent at most {limit}", row.topic, row.size())
}

fn letter(kind: DeadKind, reason: String, module: Option<&Identity>, group: &str) -> Box<DeadLetter> {
    let module = module.map(|module| (module.name.to_string(), module.hash.to_string()));
    let (backtrace, time, group) = (String::new(), telemetry::now(), group.to_owned());
    Box::new(DeadLetter { kind, reason, position: None, backtrace, module, time, group })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::contract::{PrimaryKey, Row};
    use crate::kafka::Member;
    use crate::parse::{CrashLimit, FullSync};

    fn identity() -> Identity {
        Identity { name: "m 1".into(), hash: "00".into() }
    }

    fn output(outcome: Outcome, tables: &Tables, limit: usize) -> Output {
        let value = Some(br#"{"TransactionID":"id","Transaction":"<T/>"}"#.to_vec());
        let source = SourceRecord {
            topic: "s".into(),
            partition: 0,
            offset: 9,
            timestamp: None,
            key: None,
            value,
            headers: Vec::new(),
        };
        let config = Config {
            source_topics: Vec::new(),
            member: Member { group: "g".into(), instance: None },
            repeats_within: std::time::Duration::ZERO,
            tables: tables.clone(),
            dead_letter_topic: Some("dead".into()),
            replays_of: "g".into(),
            crash_limit: CrashLimit::default(),
            max_tables: 100,
            full_sync: FullSync::Recognise,
        };
        Output::of(&[Input::read(&source)], vec![outcome], &config, limit, Judge::default())
    }

    fn upsert(value: &str) -> Change {
        Change::Upsert(Row { record_type: "PROJECT".into(), key: "\"1\"".into(), value: value.into() })
    }

    fn own() -> Tables {
        Tables::Each { prefix: "ps".into() }
    }

    #[test]
    fn changes_go_to_the_topic_of_their_record_type_and_a_tombstone_has_no_value() {
        let gone = Change::Tombstone(PrimaryKey { record_type: "NOTE".into(), key: "\"2\"".into() });
        let output = output(Outcome::Changes(vec![upsert("{}"), gone], identity()), &own(), 1000);
        let topics: Vec<_> = output.records.iter().map(|r| (r.topic.as_str(), r.value.is_some())).collect();
        assert_eq!(topics, [("ps.PROJECT", true), ("ps.NOTE", false)]);
        assert_eq!(output.tables.into_iter().collect::<Vec<_>>(), ["ps.NOTE", "ps.PROJECT"]);
    }

    #[test]
    fn one_topic_may_take_all_record_types() {
        let tables = Tables::One { topic: "all".into() };
        assert_eq!(output(Outcome::Changes(vec![upsert("{}")], identity()), &tables, 1000).records[0].topic, "all");
    }

    #[test]
    fn a_row_too_large_for_kafka_makes_its_whole_transaction_a_dead_letter() {
        let changes = vec![upsert("{}"), upsert(&"x".repeat(2000))];
        let output = output(Outcome::Changes(changes, identity()), &own(), 1000);
        assert_eq!((output.records.len(), output.dead_letters), (1, 1));
        assert_eq!(output.records[0].topic, "dead");
        assert!(output.tables.is_empty());
    }
}
