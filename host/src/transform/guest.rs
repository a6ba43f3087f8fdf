//! The host's data of one instance: what it may use, and how it is heard.

use wasmtime::ResourceLimiter;

use super::engine::TABLE_ELEMENTS;
use super::figures::Tallying;
use super::identity::Identity;
use super::limits::{Limit, Limits};
use super::wasi::Outside;
use crate::contract::telemetry::{self, Level};
use crate::contract::types;

pub(super) const LONGEST_LINE: usize = 4096;
/// Lines that one call may have in the log.
const MOST_LINES: u32 = 10_000;

pub(super) struct Guest {
    pub module: Identity,
    tally: Tallying,
    pub limits: Limits,
    /// The linear memory it has, in bytes: never less than before.
    pub memory: usize,
    /// What it is given of WASI, where it was made for that.
    pub outside: Outside,
    lines_left: u32,
}

impl Guest {
    pub fn new(module: Identity, tally: Tallying, limits: Limits) -> Self {
        Guest { module, tally, limits, memory: 0, outside: Outside::default(), lines_left: MOST_LINES }
    }

    pub fn call_begins(&mut self) {
        self.lines_left = MOST_LINES;
        self.outside.call_begins();
    }

    pub fn call_ends(&mut self) {
        for (level, line) in self.outside.unfinished_lines() {
            self.say(level, &line);
        }
    }

    /// One line of the log with the module's name.
    pub fn say(&mut self, level: Level, text: &str) {
        let Some(left) = self.lines_left.checked_sub(1) else { return };
        self.lines_left = left;
        let text = line(text);
        let module = &*self.module.name;
        match level {
            Level::Error => tracing::error!(module, "{text}"),
            Level::Warn => tracing::warn!(module, "{text}"),
            Level::Info => tracing::info!(module, "{text}"),
            Level::Debug => tracing::debug!(module, "{text}"),
            Level::Trace => tracing::trace!(module, "{text}"),
        }
        if left == 0 {
            tracing::warn!(module, "it has written {MOST_LINES} lines in one call; the rest of them is not shown");
        }
    }
}

impl ResourceLimiter for Guest {
    /// An instance may have several memories, of which each is asked for on its own.
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let memory = self.memory.saturating_add(desired.saturating_sub(current));
        if memory > self.limits.memory.0 {
            return Err(wasmtime::Error::msg(self.limits.passed(Limit::Memory)));
        }
        self.memory = memory;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

impl telemetry::Host for Guest {
    fn log(&mut self, level: Level, text: String) {
        self.say(level, &text);
    }

    fn count(&mut self, name: String, by: u64) {
        if let Some(tally) = self.tally.get() {
            tally.counters.add(name, by);
        }
    }
}

impl types::Host for Guest {}

/// One line of a bounded length, whatever the guest wrote.
pub(super) fn line(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_LINE)].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transform::size::Size;

    #[test]
    fn the_memories_of_an_instance_are_held_to_the_limit_together() {
        let module = Identity { name: "vendors".into(), hash: "".into() };
        let limits = Limits { memory: Size(100), ..Limits::default() };
        let mut guest = Guest::new(module, Tallying::default(), limits);
        assert!(guest.memory_growing(0, 60, None).unwrap(), "the one");
        assert!(guest.memory_growing(0, 30, None).unwrap(), "the other");
        assert!(guest.memory_growing(60, 70, None).unwrap(), "the one again");
        assert_eq!(guest.memory, 100);
        assert!(guest.memory_growing(30, 31, None).unwrap_err().to_string().contains("--module-memory"));
    }

    #[test]
    fn a_log_line_is_cut_at_a_character_and_stays_one_line() {
        assert_eq!(line("a\nb\u{1b}[31m"), "a b [31m");
        let long = "ä".repeat(LONGEST_LINE);
        assert_eq!(line(&long).len(), LONGEST_LINE);
    }
}
