//! What a running command shares with those who run it: the wishes that it stop or look at its
//! files again, its figures, and whether it can work now.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::metrics::Metrics;
use crate::reload::Reload;
use crate::shutdown::Shutdown;

#[derive(Debug, Clone)]
pub struct Service {
    pub shutdown: Shutdown,
    pub metrics: Metrics,
    pub reload: Reload,
    able: Arc<AtomicBool>,
}

impl Service {
    /// Not ready yet.
    pub fn new(shutdown: Shutdown) -> Self {
        Service { shutdown, metrics: Metrics::new(), reload: Reload::default(), able: Arc::default() }
    }

    /// It can do its work from now on.
    pub fn set_ready(&self) {
        self.able.store(true, Ordering::Relaxed);
    }

    /// Never again once it is to stop.
    pub fn is_ready(&self) -> bool {
        self.able.load(Ordering::Relaxed) && !self.shutdown.is_asked()
    }
}
