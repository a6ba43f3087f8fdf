//! What `collect` counts.

use std::time::Instant;

use crate::metrics::{self, Counter, Counters, Gauge, Histogram, Metrics, labels};

use super::CollectError;
use super::taken::{Taken, outcome};

/// What may become of a message. All are told from the start, so that the first of a kind shows as one more.
const OUTCOMES: [&str; 9] = ["stored", "held", "repeat", "ping", "refused", "rejected", "failed", "retried", "error"];

#[derive(Debug)]
pub struct Figures {
    messages: Counters,
    transactions: Counter,
    bytes: Counter,
    seconds: Histogram,
    held: Gauge,
    overdue: Gauge,
    delivery: Histogram,
    /// Messages that are being dealt with.
    pub underway: Gauge,
}

impl Figures {
    pub fn new(metrics: &Metrics) -> Self {
        let figures = Figures {
            messages: metrics.add("messages", "Messages answered, by what became of them", Counters::default()),
            transactions: metrics.add("transactions_stored", "Transactions stored", Counter::default()),
            bytes: metrics.add("message_bytes", "Bytes of message bodies read", Counter::default()),
            seconds: metrics.add("message_seconds", "Time from a message's head to its answer", metrics::seconds()),
            held: metrics.add("held_messages", "Messages held back, with --segments hold", Gauge::default()),
            overdue: metrics.add(
                "overdue_messages",
                "Those of them that have waited for segments for longer than --segments-timeout",
                Gauge::default(),
            ),
            delivery: metrics.add(
                "delivery_seconds",
                "Time from a message's end to Kafka's word that it has all of it",
                metrics::seconds(),
            ),
            underway: metrics.add("messages_underway", "Messages that are being dealt with", Gauge::default()),
        };
        for outcome in OUTCOMES {
            drop(figures.messages.get_or_create(&labels([("outcome", outcome)])));
        }
        figures
    }

    /// The message has ended; now it waits for Kafka.
    pub async fn delivered<T, E>(&self, confirmed: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = Instant::now();
        let taken = confirmed.await?;
        self.delivery.observe(began.elapsed().as_secs_f64());
        Ok(taken)
    }

    pub fn read(&self, bytes: usize) {
        self.bytes.inc_by(bytes as u64);
    }

    /// So many messages, and so many of them overdue.
    pub fn held(&self, (messages, overdue): (usize, usize)) {
        self.held.set(i64::try_from(messages).unwrap_or(i64::MAX));
        self.overdue.set(i64::try_from(overdue).unwrap_or(i64::MAX));
    }

    pub fn answered(&self, result: &Result<Taken, CollectError>, seconds: f64) {
        self.messages.get_or_create(&labels([("outcome", outcome(result))])).inc();
        self.seconds.observe(seconds);
        if let Ok(Taken::Stored { transactions } | Taken::Held { transactions }) = result {
            self.transactions.inc_by(u64::from(*transactions));
        }
    }
}
