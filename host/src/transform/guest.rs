//! What a module's instance can reach: its limits, a logger and a counter. Nothing else is linked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::ResourceLimiter;

use super::identity::Identity;
use crate::contract::telemetry::{self, Level};
use crate::contract::types;

const LONGEST_LINE: usize = 4096;
const LONGEST_COUNTER: usize = 64;
const MOST_COUNTERS: usize = 100;

/// A module's counters, over all its instances.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counters {
    fn add(&self, name: String, by: u64) {
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

/// The host's data of one instance.
pub(super) struct Guest {
    pub module: Identity,
    pub counters: Counters,
    pub memory_limit: usize,
    /// The most linear memory it has had, in bytes.
    pub memory: usize,
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        if desired > self.memory_limit {
            let limit = self.memory_limit >> 20;
            return Err(wasmtime::Error::msg(format!("it asked for more memory than its limit of {limit} MiB")));
        }
        self.memory = self.memory.max(desired);
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 100_000)
    }
}

impl telemetry::Host for Guest {
    fn log(&mut self, level: Level, text: String) {
        let text = cut(&text);
        let module = &*self.module.name;
        match level {
            Level::Error => tracing::error!(module, "{text}"),
            Level::Warn => tracing::warn!(module, "{text}"),
            Level::Info => tracing::info!(module, "{text}"),
            Level::Debug => tracing::debug!(module, "{text}"),
            Level::Trace => tracing::trace!(module, "{text}"),
        }
    }

    fn count(&mut self, name: String, by: u64) {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !name.is_empty() && name.len() <= LONGEST_COUNTER && name.bytes().all(plain) {
            self.counters.add(name, by);
        }
    }
}

impl types::Host for Guest {}

/// One line of a bounded length, whatever the guest wrote.
fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_LINE)].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_cut_at_a_character_and_stays_one_line() {
        assert_eq!(cut("a\nb\u{1b}[31m"), "a b [31m");
        let long = "ä".repeat(LONGEST_LINE);
        assert_eq!(cut(&long).len(), LONGEST_LINE);
    }

    #[test]
    fn a_module_cannot_make_more_than_a_hundred_counters() {
        let counters = Counters::default();
        for n in 0..200 {
            counters.add(format!("c{n}"), 1);
        }
        counters.add("c0".into(), 4);
        assert_eq!(counters.snapshot().len(), MOST_COUNTERS);
        assert_eq!(counters.snapshot()["c0"], 5);
    }
}
