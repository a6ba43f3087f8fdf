//! What a module counts, over all its instances.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::metrics::{self, Counter, Labels};

const LONGEST_COUNTER: usize = 64;
const MOST_COUNTERS: usize = 100;

#[derive(Debug)]
pub(super) struct Counters {
    told: metrics::Counters,
    /// The module's.
    labels: Labels,
    made: Mutex<BTreeMap<String, Counter>>,
}

impl Counters {
    pub fn new(told: metrics::Counters, labels: Labels) -> Self {
        Counters { told, labels, made: Mutex::default() }
    }

    /// Ignores what breaks a rule of `wit/types.wit`.
    pub fn add(&self, name: String, by: u64) {
        if !is_name(&name) {
            return;
        }
        let mut made = self.made();
        if made.len() < MOST_COUNTERS || made.contains_key(&name) {
            let told = |name: &String| self.told.get_or_create_owned(&self.with(name));
            let counter = made.entry(name).or_insert_with_key(told);
            counter.inc_by(by.min(u64::MAX - counter.get()));
        }
    }

    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.made().iter().map(|(name, counter)| (name.clone(), counter.get())).collect()
    }

    /// They are told no more.
    pub fn forget(&self) {
        for name in self.made().keys() {
            self.told.remove(&self.with(name));
        }
    }

    fn with(&self, name: &str) -> Labels {
        self.labels.iter().cloned().chain([("name", name.to_owned())]).collect()
    }

    fn made(&self) -> MutexGuard<'_, BTreeMap<String, Counter>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
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
        let counters = Counters::new(metrics::Counters::default(), Labels::new());
        for n in 0..200 {
            counters.add(format!("c{n}"), 1);
        }
        counters.add("c0".into(), 4);
        counters.add("No Name".into(), 4);
        assert_eq!(counters.snapshot().len(), MOST_COUNTERS);
        assert_eq!(counters.snapshot()["c0"], 5);
    }
}
