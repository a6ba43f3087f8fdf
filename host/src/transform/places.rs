//! Places for instances: as many as the pool has room for. Who finds none waits, so that a full pool is never mistaken for
//! a module's failure.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often to say that there is still none.
const REMINDER: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Places {
    all: u32,
    free: Mutex<u32>,
    freed: Condvar,
}

/// The right to have one instance; given back when dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Places>);

impl Places {
    pub fn new(all: u32) -> Arc<Self> {
        Arc::new(Places { all, free: Mutex::new(all), freed: Condvar::new() })
    }

    /// A place if one is free.
    pub fn try_take(self: &Arc<Self>) -> Option<Place> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place(self.clone()))
    }

    /// A place, as soon as one is free. Blocks its thread, which must not hold another place.
    pub fn take(self: &Arc<Self>) -> Place {
        loop {
            if let Some(place) = self.try_take() {
                return place;
            }
            let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = self.freed.wait_timeout_while(free, REMINDER, |free| *free == 0);
            if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
                tracing::warn!("all {} module instances are in use; waiting for one of them to end", self.all);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn who_finds_no_place_gets_the_next_that_is_given_back() {
        let places = Places::new(1);
        let first = places.try_take().unwrap();
        assert!(places.try_take().is_none());
        let waiting = std::thread::spawn({
            let places = places.clone();
            move || drop(places.take())
        });
        std::thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(first);
        waiting.join().unwrap();
        assert!(places.try_take().is_some());
    }
}
