//! How far it is: a line in the log while there is work.

use std::time::{Duration, Instant};

use super::output::Output;
use super::routes::Routes;

const EVERY: Duration = Duration::from_secs(5);

/// What was stored since the last line, and in all.
#[derive(Debug)]
pub struct Progress {
    since: Instant,
    transactions: u64,
    rows: u64,
    dead_letters: u64,
    /// Transactions that had had their effect before.
    repeats: u64,
    /// Changes of replayed transactions that newer ones had overtaken.
    left_out: u64,
    total: u64,
}

impl Progress {
    pub fn new() -> Self {
        Progress { since: Instant::now(), transactions: 0, rows: 0, dead_letters: 0, repeats: 0, left_out: 0, total: 0 }
    }

    pub fn add(&mut self, output: &Output, repeats: u64) {
        self.transactions += output.transactions;
        self.total += output.transactions;
        self.rows += output.upserts + output.tombstones;
        self.dead_letters += output.dead_letters;
        self.repeats += repeats;
        self.left_out += output.left_out;
    }

    pub fn report_if_due(&mut self, lag: Option<i64>, routes: &Routes) {
        if self.since.elapsed() >= EVERY {
            self.report(lag, routes);
        }
    }

    /// Says nothing where nothing was done.
    pub fn report(&mut self, lag: Option<i64>, routes: &Routes) {
        if self.transactions > 0 || self.repeats > 0 {
            let (rows, dead_letters, repeats, total) = (self.rows, self.dead_letters, self.repeats, self.total);
            let lag = lag.map_or_else(|| "unknown".to_owned(), |lag| lag.to_string());
            let rate = format!("{:.0}/s", self.rate());
            tracing::info!(transactions = self.transactions, rows, dead_letters, repeats, rate, lag, total, "progress");
            if self.left_out > 0 {
                let changes = self.left_out;
                tracing::info!(changes, "of replayed transactions were overtaken by newer ones and left out");
            }
            for (module, counter, value) in routes.counters() {
                tracing::debug!(module, counter, value, "counted");
            }
        }
        *self = Progress { total: self.total, ..Progress::new() };
    }

    #[allow(clippy::cast_precision_loss)]
    fn rate(&self) -> f64 {
        self.transactions as f64 / self.since.elapsed().as_secs_f64().max(0.001)
    }
}
