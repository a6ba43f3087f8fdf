//! The wish that changed files be looked at now: SIGHUP.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Clone, Default)]
pub struct Reload(Arc<(Mutex<bool>, Condvar)>);

impl Reload {
    fn ask(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether it was asked for, at the latest after that time. Blocks its thread. For one listener.
    pub fn wait(&self, at_most: Duration) -> bool {
        let asked = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(asked, at_most, |asked| !*asked);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// Asks at every signal, which then no longer ends the process.
pub fn on_signal(reload: Reload) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload.ask();
        }
    });
    Ok(())
}
