//! Figures for Prometheus. Each room declares its own; here they are put together and written as text.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::{Metric, Registry};

pub use prometheus_client::metrics::counter::Counter;
pub use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
pub use prometheus_client::metrics::histogram::Histogram;

/// What a figure is of: `[("module", "stock-mapper 0.1.0")]`.
pub type Labels = Vec<(&'static str, String)>;
pub type Counters = Family<Labels, Counter>;
pub type Gauges = Family<Labels, Gauge>;
pub type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// The content type of [`Metrics::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Metrics {
    pub fn new() -> Self {
        Metrics(Arc::new(Mutex::new(Registry::with_prefix("ps_stream"))))
    }

    /// Has a figure told under `ps_stream_NAME`. What it returns is the same figure, to be counted with.
    pub fn add<M: Metric + Clone>(&self, name: &str, help: &str, metric: M) -> M {
        self.registry().register(name, help, metric.clone());
        metric
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into memory cannot fail.
        let _ = encode(&mut text, &self.registry());
        text
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From a quarter of a millisecond to four minutes, each four times the one before.
pub fn seconds() -> Histogram {
    Histogram::new((0..10).map(|n| 0.00025 * 4_f64.powi(n)))
}

/// The same, apart for each label.
pub fn seconds_by_label() -> Histograms {
    Family::new_with_constructor(seconds)
}

/// Each module's time per call, from a microsecond to 16 seconds.
pub fn call_seconds() -> Histograms {
    Family::new_with_constructor(|| Histogram::new((0..13).map(|n| 0.000_001 * 4_f64.powi(n))))
}

/// Sets it where that is more than it was.
pub fn raise(gauge: &Gauge, to: usize) {
    gauge.inner().fetch_max(i64::try_from(to).unwrap_or(i64::MAX), Ordering::Relaxed);
}

pub fn labels<const N: usize>(pairs: [(&'static str, &str); N]) -> Labels {
    pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_with_its_labels_and_its_help() {
        let metrics = Metrics::new();
        let rows = metrics.add("rows", "Rows written", Counters::default());
        rows.get_or_create(&labels([("record_type", "PROJECT")])).inc_by(3);
        let text = metrics.text();
        assert!(text.contains("# HELP ps_stream_rows Rows written"), "{text}");
        assert!(text.contains("ps_stream_rows_total{record_type=\"PROJECT\"} 3"), "{text}");
    }
}
