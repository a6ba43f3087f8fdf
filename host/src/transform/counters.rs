//! What a module counts, over all its instances.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

const LONGEST_COUNTER: usize = 64;
const MOST_COUNTERS: usize = 100;

#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    /// Ignores what breaks a rule of `wit/types.wit`.
    pub(super) fn add(&self, name: String, by: u64) {
        if !is_name(&name) {
            return;
        }
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() < MOST_COUNTERS || counters.contains_key(&name) {
            let counter = counters.entry(name).or_default();
            *counter = counter.saturating_add(by);
        }
    }

    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !name.is_empty() && name.len() <= LONGEST_COUNTER && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_cannot_make_more_than_a_hundred_counters() {
        let counters = Counters::default();
        for n in 0..200 {
            counters.add(format!("c{n}"), 1);
        }
        counters.add("c0".into(), 4);
        counters.add("No Name".into(), 4);
        assert_eq!(counters.snapshot().len(), MOST_COUNTERS);
        assert_eq!(counters.snapshot()["c0"], 5);
    }
}
