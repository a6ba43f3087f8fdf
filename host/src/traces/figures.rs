//! What is counted of traces.

use crate::metrics::{Counter, Counters, Metrics, labels};

#[derive(Debug, Clone)]
pub struct Figures {
    /// Their receiver has them.
    pub sent: Counter,
    /// There were too many at a time.
    pub dropped: Counter,
    /// Their receiver did not take them.
    pub failed: Counter,
}

impl Figures {
    pub fn new(metrics: &Metrics) -> Self {
        let spans = metrics.add("trace_spans", "Spans of traces, by what became of them", Counters::default());
        let of = |outcome| spans.get_or_create(&labels([("outcome", outcome)])).clone();
        Figures { sent: of("sent"), dropped: of("dropped"), failed: of("failed") }
    }
}
