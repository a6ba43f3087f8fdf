//! The wasmtime engine and its clock.
//!
//! One engine a process. A thread of its own advances the epoch; a call that lives past its deadline in epochs traps.

use std::thread;
use std::time::Duration;

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::limits::Limits;

/// How often the epoch advances: the resolution of the time limit.
const TICK: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub struct Engine {
    pub(super) inner: wasmtime::Engine,
    pub limits: Limits,
}

impl Engine {
    pub fn new(limits: Limits) -> wasmtime::Result<Self> {
        let inner = wasmtime::Engine::new(&config(&limits))?;
        let clock = inner.weak();
        thread::Builder::new().name("module-clock".into()).spawn(move || {
            while let Some(engine) = clock.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })?;
        Ok(Engine { inner, limits })
    }

    /// The time limit of a call, in epochs; one more because the running one has partly passed.
    pub(super) fn deadline(&self) -> u64 {
        let ticks = self.limits.call_time.as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or(u64::MAX - 1) + 1
    }
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config.concurrency_support(false);
    config.epoch_interruption(true);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(20));
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits.instances);
    pool.total_core_instances(limits.instances * 4);
    pool.total_memories(limits.instances);
    pool.total_tables(limits.instances * 2);
    pool.max_memory_size(limits.memory);
    pool.max_core_instances_per_component(8);
    pool.max_memories_per_component(1);
    pool.linear_memory_keep_resident(1 << 20);
    pool
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine").field("limits", &self.limits).finish_non_exhaustive()
    }
}
