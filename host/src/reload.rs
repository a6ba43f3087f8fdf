//! The wish that changed files be looked at now: SIGHUP.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// Each clone listens for itself.
#[derive(Debug, Clone, Default)]
pub struct Reload {
    /// How often it was asked for.
    asked: Arc<(Mutex<u64>, Condvar)>,
    heard: u64,
}

impl Reload {
    fn ask(&self) {
        *self.asked.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.asked.1.notify_all();
    }

    /// Whether it was asked for since the last time, at the latest after that time. Blocks its thread.
    pub fn wait(&mut self, at_most: Duration) -> bool {
        let asked = self.asked.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.asked.1.wait_timeout_while(asked, at_most, |asked| *asked == self.heard);
        let asked = *waited.unwrap_or_else(PoisonError::into_inner).0;
        std::mem::replace(&mut self.heard, asked) != asked
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_who_waits_hears_of_it_once() {
        let mut one = Reload::default();
        let mut other = one.clone();
        assert!(!one.wait(Duration::ZERO));
        one.clone().ask();
        assert!(one.wait(Duration::ZERO) && !one.wait(Duration::ZERO));
        assert!(other.wait(Duration::ZERO) && !other.wait(Duration::ZERO));
    }
}
