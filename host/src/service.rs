//! What a running command shares with those who run it: the wishes that it stop or look at its
//! files again, its figures and traces, and whether it can work now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::metrics::{Gauge, Gauges, Metrics, labels};
use crate::reload::Reload;
use crate::shutdown::Shutdown;
use crate::traces::Traces;

#[derive(Debug, Clone)]
pub struct Service {
    pub shutdown: Shutdown,
    pub metrics: Metrics,
    pub reload: Reload,
    pub traces: Traces,
    able: Arc<AtomicBool>,
    ready: Gauge,
}

impl Service {
    /// Not ready yet, and nothing of it is traced.
    pub fn new(shutdown: Shutdown) -> Self {
        let metrics = Metrics::new();
        let build = metrics.add("build_info", "1, with the version that runs", Gauges::default());
        build.get_or_create(&labels([("version", env!("CARGO_PKG_VERSION"))])).set(1);
        let ready = metrics.add("ready", "1 when it can do its work, as /readyz says", Gauge::default());
        Service { shutdown, metrics, reload: Reload::default(), traces: Traces::default(), able: Arc::default(), ready }
    }

    /// It can do its work from now on.
    pub fn set_ready(&self) {
        self.able.store(true, Ordering::Relaxed);
    }

    /// All figures, as they are now.
    pub fn figures(&self) -> String {
        self.ready.set(i64::from(self.is_ready()));
        self.metrics.text()
    }

    /// Never again once it is to stop.
    pub fn is_ready(&self) -> bool {
        self.able.load(Ordering::Relaxed) && !self.shutdown.is_asked()
    }
}
