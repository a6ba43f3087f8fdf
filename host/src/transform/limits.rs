//! What a module may use. On by default: a module nobody has looked at must not be able to harm the host.

use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest time of one call.
    pub call_time: Duration,
    /// Most linear memory of one instance, in bytes.
    pub memory: usize,
    /// Most bytes of one answer, and of the body a splitter may make the host hold.
    pub output: usize,
    /// Most items (transactions, changes) in one answer.
    pub items: usize,
    /// After so many calls an instance is replaced by a fresh one: guest memory never shrinks.
    pub recycle_after_calls: u64,
    /// So is an instance whose memory has grown past this, in bytes.
    pub recycle_above_memory: usize,
    /// Most instances alive at once, over all modules.
    pub instances: u32,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        Limits {
            call_time: Duration::from_secs(5),
            memory: 256 * MIB,
            output: 64 * MIB,
            items: 1_000_000,
            recycle_after_calls: 1_000_000,
            recycle_above_memory: 64 * MIB,
            instances: 256,
        }
    }
}
