//! What a module may use. On by default: a module nobody has looked at must not be able to harm the host.

use std::time::Duration;

use super::size::Size;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest time of one call.
    pub call_time: Duration,
    /// Most linear memory of one instance.
    pub memory: Size,
    /// Most bytes of one answer, and of the body a splitter may make the host hold.
    pub output: Size,
    /// Most items (transactions, changes) in one answer.
    pub items: usize,
    /// Most stack of one call.
    pub stack: Size,
    /// After so many calls an instance is replaced by a fresh one: guest memory never shrinks.
    pub recycle_after_calls: u64,
    /// So is an instance whose memory has grown by more than this since it was made.
    pub recycle_after_growth: Size,
    /// Most instances of one module that are kept while they have nothing to do.
    pub idle: usize,
    /// Most instances alive at once, over all modules.
    pub instances: u32,
}

/// A limit that a module went past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Time,
    Memory,
    Output,
    Items,
    Stack,
}

impl Limit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Limit::Time => "time",
            Limit::Memory => "memory",
            Limit::Output => "output",
            Limit::Items => "items",
            Limit::Stack => "stack",
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            call_time: Duration::from_secs(5),
            memory: Size(256 << 20),
            output: Size(64 << 20),
            items: 1_000_000,
            stack: Size(512 << 10),
            recycle_after_calls: 1_000_000,
            recycle_after_growth: Size(32 << 20),
            idle: 32,
            instances: 256,
        }
    }
}

impl Limits {
    /// What to say of a module that went past one: the limit, and the option that raises it.
    pub(super) fn passed(&self, limit: Limit) -> String {
        match limit {
            Limit::Time => {
                let time = humantime::format_duration(self.call_time);
                format!("one call took longer than its time limit of {time} (--module-time)")
            }
            Limit::Memory => format!("it asked for more memory than its limit of {} (--module-memory)", self.memory),
            Limit::Output => format!("it answered with more bytes than its limit of {} (--module-output)", self.output),
            Limit::Items => format!("it answered with more items than its limit of {} (--module-items)", self.items),
            Limit::Stack => format!("it used more stack than its limit of {} (--module-stack)", self.stack),
        }
    }
}
