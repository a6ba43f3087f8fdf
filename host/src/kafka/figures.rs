//! What is counted of Kafka transactions, whoever makes them: one figure for the whole process.

use std::sync::LazyLock;
use std::time::Duration;

use crate::metrics::{self, Histograms, Labels, Metrics, labels};

static COMMITS: LazyLock<Histograms> = LazyLock::new(metrics::seconds_by_label);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    Committed,
    /// It is aborted, or it is not known yet what became of it.
    Failed,
}

/// Has them told.
pub fn tell(metrics: &Metrics) {
    for commit in [Commit::Committed, Commit::Failed] {
        drop(COMMITS.get_or_create(&labels_of(commit)));
    }
    let help = "Time from a Kafka transaction's last record to Kafka's word on it, by what became of it";
    metrics.add("kafka_commit_seconds", help, COMMITS.clone());
}

pub(super) fn ended(commit: Commit, took: Duration) {
    COMMITS.get_or_create(&labels_of(commit)).observe(took.as_secs_f64());
}

fn labels_of(commit: Commit) -> Labels {
    let outcome = match commit {
        Commit::Committed => "committed",
        Commit::Failed => "failed",
    };
    labels([("outcome", outcome)])
}
