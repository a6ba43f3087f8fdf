//! The latest inputs of a module, kept to try its successor on.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Latest<I> {
    most: usize,
    most_bytes: usize,
    held: Mutex<VecDeque<(I, usize)>>,
}

impl<I: Clone> Latest<I> {
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Latest { most, most_bytes, held: Mutex::default() }
    }

    /// The oldest ones make way. What is larger than all of them may be is not kept.
    pub fn add(&self, bytes: usize, input: I) {
        if bytes > self.most_bytes {
            return;
        }
        let mut held = self.held();
        held.push_back((input, bytes));
        while held.len() > self.most || held.iter().map(|(_, bytes)| bytes).sum::<usize>() > self.most_bytes {
            held.pop_front();
        }
    }

    pub fn all(&self) -> Vec<I> {
        self.held().iter().map(|(input, _)| input.clone()).collect()
    }

    fn held(&self) -> MutexGuard<'_, VecDeque<(I, usize)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_within_their_number_and_their_bytes() {
        let latest = Latest::new(3, 10);
        for (bytes, name) in [(1, "a"), (1, "b"), (1, "c"), (1, "d"), (11, "too large")] {
            latest.add(bytes, name);
        }
        assert_eq!(latest.all(), ["b", "c", "d"]);
        latest.add(9, "e");
        assert_eq!(latest.all(), ["d", "e"]);
    }
}
