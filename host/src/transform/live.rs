//! One running instance, and the calls into it.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::Store;

use super::crash::Crash;
use super::guest::Guest;
use super::module::Module;
use super::places::Place;
use super::world::World;
use crate::contract::{Change, Rejection};

/// What the host needs to hold one item of an answer, beside its bytes.
const ITEM: usize = size_of::<Result<Vec<Change>, Rejection>>();

pub(super) struct Live<W> {
    store: Store<Guest>,
    world: W,
    module: Arc<Module>,
    calls: u64,
    /// The memory it had when it was ready, in bytes.
    memory_at_first: usize,
    /// Given back when the store is gone.
    _place: Place,
}

impl<W: World> Live<W> {
    /// A fresh instance, with all its limits set.
    pub fn start(pre: &W::Pre, module: &Arc<Module>, place: Place) -> Result<Self, Crash> {
        let engine = &module.engine;
        let guest = Guest::new(module.identity.clone(), module.tally.clone(), engine.limits);
        let mut store = Store::new(&engine.inner, guest);
        store.limiter(|guest| guest);
        store.set_hostcall_fuel(engine.limits.output.0.saturating_add(engine.limits.items.saturating_mul(ITEM)));
        store.set_epoch_deadline(engine.deadline());
        store.epoch_deadline_trap();
        let world = W::instantiate(pre, &mut store).map_err(|error| Crash::from_wasmtime(store.data(), &error))?;
        Ok(Live { store, world, module: module.clone(), calls: 0, memory_at_first: 0, _place: place })
    }

    /// One call into the guest, within its limits. After a `Crash` the instance must not be used again.
    pub fn call<T>(&mut self, call: impl FnOnce(&W, &mut Store<Guest>) -> wasmtime::Result<T>) -> Result<T, Crash> {
        self.store.set_epoch_deadline(self.module.engine.deadline());
        self.store.data_mut().call_begins();
        self.calls += 1;
        let began = Instant::now();
        let answer = call(&self.world, &mut self.store);
        if let Some(tally) = self.module.tally.get() {
            tally.called(began.elapsed(), self.store.data().memory);
        }
        self.store.data_mut().call_ends();
        answer.map_err(|error| Crash::from_wasmtime(self.store.data(), &error))
    }

    /// The most memory it has had, in bytes.
    pub fn memory(&self) -> usize {
        self.store.data().memory
    }

    /// It is configured: memory that it takes from here on is for its inputs.
    pub fn begin_counting(&mut self) {
        self.memory_at_first = self.memory();
    }

    /// Guest memory never shrinks: an instance that has grown or has long been in use is replaced.
    pub fn is_spent(&self) -> bool {
        let limits = &self.module.engine.limits;
        let grown = self.memory().saturating_sub(self.memory_at_first);
        self.calls >= limits.recycle_after_calls || grown > limits.recycle_after_growth.0
    }
}
