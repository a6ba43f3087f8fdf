//! What `parse` counts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::full_sync::Mark;
use super::output::Output;
use crate::kafka::record::DeadKind;
use crate::metrics::{self, Counter, Counters, Gauge, Histogram, Metrics, labels};

/// Most topics that rows are counted by; the rows of any more are counted together, under no topic's name.
const MOST_TOPICS: usize = 500;

#[derive(Debug)]
pub struct Figures {
    transactions: Counter,
    repeats: Counter,
    rows: Counters,
    topics: std::collections::HashSet<String>,
    dead_letters: Counters,
    retried: Counter,
    left_out: Counter,
    full_sync_marks: Counters,
    full_sync_deleted: Counters,
    seconds: Histogram,
    lag: Gauge,
}

impl Figures {
    pub fn new(metrics: &Metrics) -> Self {
        let count = |name, help| metrics.add(name, help, Counter::default());
        let figures = Figures {
            transactions: count("transactions_parsed", "Transactions that have had their effect"),
            repeats: count("repeats", "Transactions that had had their effect before"),
            rows: metrics.add("rows", "Rows and tombstones written, by topic", Counters::default()),
            topics: std::collections::HashSet::new(),
            dead_letters: metrics.add("dead_letters", "Transactions set aside, by why", Counters::default()),
            retried: count("batches_retried", "Times that Kafka did not say that it has a batch"),
            left_out: count("replay_changes_left_out", "Changes of replayed transactions that were overtaken"),
            full_sync_marks: metrics.add(
                "full_sync_marks",
                "Headers and trailers of full syncs, each once a partition",
                Counters::default(),
            ),
            full_sync_deleted: metrics.add(
                "full_sync_rows_deleted",
                "Rows that a full sync left out, by topic",
                Counters::default(),
            ),
            seconds: metrics.add(
                "batch_seconds",
                "Time from a batch's being read to its being stored",
                metrics::seconds(),
            ),
            lag: metrics.add(
                "lag",
                "Transactions stored and not yet read, in this member's partitions",
                Gauge::default(),
            ),
        };
        for kind in DeadKind::ALL {
            figures.set_aside(kind, 0);
        }
        for mark in ["header", "trailer"] {
            drop(figures.full_sync_marks.get_or_create(&labels([("mark", mark)])));
        }
        figures
    }

    fn set_aside(&self, kind: DeadKind, letters: u64) {
        self.dead_letters.get_or_create(&labels([("kind", kind.name())])).inc_by(letters);
    }

    /// A batch is not known to be stored.
    pub fn retried(&self) {
        self.retried.inc();
    }

    /// A batch is stored.
    pub fn add(&mut self, output: &Output, repeats: u64, took: Duration) {
        self.transactions.inc_by(output.transactions);
        self.repeats.inc_by(repeats);
        for (kind, letters) in &output.letters {
            self.set_aside(*kind, *letters);
        }
        self.left_out.inc_by(output.left_out);
        self.seconds.observe(took.as_secs_f64());
        let mut rows: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for record in output.records.iter().filter(|record| output.tables.contains(&record.topic)) {
            let kind = if record.value.is_some() { "upsert" } else { "tombstone" };
            *rows.entry((&record.topic, kind)).or_default() += 1;
        }
        for ((topic, kind), count) in rows {
            let topic = self.known(topic);
            self.rows.get_or_create(&labels([("topic", topic), ("kind", kind)])).inc_by(count);
        }
    }

    pub fn full_sync_mark(&self, mark: &Mark) {
        let mark = if mark.is_trailer() { "trailer" } else { "header" };
        self.full_sync_marks.get_or_create(&labels([("mark", mark)])).inc();
    }

    /// They are stored.
    pub fn full_sync_deleted(&mut self, topic: &str, rows: usize) {
        let topic = self.known(topic);
        self.full_sync_deleted.get_or_create(&labels([("topic", topic)])).inc_by(rows as u64);
    }

    /// While it is unknown it stays what it was.
    pub fn set_lag(&self, lag: Option<i64>) {
        if let Some(lag) = lag {
            self.lag.set(lag);
        }
    }

    fn known<'t>(&mut self, topic: &'t str) -> &'t str {
        if self.topics.contains(topic) {
            return topic;
        }
        if self.topics.len() >= MOST_TOPICS {
            return "";
        }
        self.topics.insert(topic.to_owned());
        topic
    }
}
