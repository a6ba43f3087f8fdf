//! Whether a connection has nothing to do: HTTP/2 lets a client keep one open for good by answering pings.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The requests of one connection.
#[derive(Debug)]
pub struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    underway: usize,
    /// When the last one ended, or the connection began.
    last: Instant,
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Busy<'a>(&'a Activity);

impl Activity {
    pub fn new() -> Self {
        Activity(Mutex::new(State { underway: 0, last: Instant::now() }))
    }

    pub fn begin(&self) -> Busy<'_> {
        self.state().underway += 1;
        Busy(self)
    }

    /// Ends once there was no request for so long.
    pub async fn idle_for(&self, time: Duration) {
        while let Some(left) = self.left(time) {
            tokio::time::sleep(left).await;
        }
    }

    fn left(&self, time: Duration) -> Option<Duration> {
        let state = self.state();
        match state.underway {
            0 => time.checked_sub(state.last.elapsed()).filter(|left| !left.is_zero()),
            _ => Some(time),
        }
    }

    /// Each change is made in one step: what a panic leaves is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.underway -= 1;
        state.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn a_connection_is_idle_only_when_its_last_request_ended_so_long_ago() {
        let activity = Activity::new();
        let busy = activity.begin();
        assert!(tokio::time::timeout(TIME * 3, activity.idle_for(TIME)).await.is_err(), "a request is under way");
        drop(busy);
        let ended = Instant::now();
        activity.idle_for(TIME).await;
        assert!(ended.elapsed() >= TIME);
    }
}
