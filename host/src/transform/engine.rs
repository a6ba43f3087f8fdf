//! The wasmtime engine and its clock.
//!
//! One engine a process. A thread of its own advances the epoch; a call that lives past its deadline in epochs traps.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use super::cache::Cache;
use super::figures::Figures;
use super::limits::Limits;
use super::places::Places;
use crate::metrics::Metrics;

/// How often the epoch advances: the resolution of the time limit.
const TICK: Duration = Duration::from_millis(10);
/// Of a backtrace, innermost first.
const MOST_FRAMES: usize = 20;
/// Modules made by other languages' tools are put together from many core modules.
const CORE_MODULES: u32 = 64;
const TABLES: u32 = 8;
/// Each may be of the largest size, as addresses; together they are held to the limit.
const MEMORIES: u32 = 4;
pub(super) const TABLE_ELEMENTS: usize = 100_000;

#[derive(Clone)]
pub struct Engine {
    pub(super) inner: wasmtime::Engine,
    pub(super) limits: Limits,
    pub(super) places: Arc<Places>,
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) figures: Figures,
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
        Ok(Engine { inner, limits, places: Places::new(limits.instances), cache: None, figures: Figures::new() })
    }

    /// The same, with compiled modules kept in a directory. One that cannot be trusted is warned about and not used.
    pub fn with_cache(self, directory: &Path) -> Self {
        Engine { cache: Cache::open(directory).map(Arc::new), ..self }
    }

    /// Has the figures of all its modules told.
    pub fn tell(&self, metrics: &Metrics) {
        self.figures.tell(metrics);
    }

    /// The time limit of a call, in epochs; one more because the running one has partly passed.
    pub(super) fn deadline(&self) -> u64 {
        let ticks = self.limits.call_time.as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or(u64::MAX - 1) + 1
    }
}

/// Backtraces cost nothing until there is one: names and line tables are kept with the code, and read when a call failed.
fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config.concurrency_support(false);
    config.epoch_interruption(true);
    config.max_wasm_stack(limits.stack.0);
    config.wasm_backtrace_max_frames(std::num::NonZeroUsize::new(MOST_FRAMES));
    config.wasm_backtrace_details(WasmBacktraceDetails::Enable);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits.instances);
    pool.total_core_instances(limits.instances * CORE_MODULES);
    pool.total_memories(limits.instances * MEMORIES);
    pool.total_tables(limits.instances * TABLES);
    pool.table_elements(TABLE_ELEMENTS);
    pool.max_memory_size(limits.memory.0);
    pool.max_core_instances_per_component(CORE_MODULES);
    pool.max_memories_per_component(MEMORIES);
    pool.max_tables_per_component(TABLES);
    pool.linear_memory_keep_resident(1 << 20);
    pool
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine").field("limits", &self.limits).field("cache", &self.cache).finish_non_exhaustive()
    }
}
