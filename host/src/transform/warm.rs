//! Warm instances of one module: made once, configured once, used for many inputs, replaced when spent or crashed.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::config::Config;
use super::crash::Crash;
use super::guest::Guest;
use super::identity::Identity;
use super::module::{LoadError, Module};
use crate::contract::{Description, mapper, splitter};

/// What both worlds have in common.
pub(super) trait World: Sized + Send {
    type Pre: Send + Sync;
    fn prepare(module: &Module) -> wasmtime::Result<Self::Pre>;
    fn instantiate(pre: &Self::Pre, store: &mut Store<Guest>) -> wasmtime::Result<Self>;
    fn describe(&self, store: &mut Store<Guest>) -> wasmtime::Result<Description>;
    fn configure(&self, store: &mut Store<Guest>, config: &str) -> wasmtime::Result<Result<(), String>>;
}

macro_rules! world {
    ($bindings:ident, $world:ident, $pre:ident) => {
        impl World for $bindings::$world {
            type Pre = $bindings::$pre<Guest>;

            fn prepare(module: &Module) -> wasmtime::Result<Self::Pre> {
                let mut linker = Linker::new(&module.engine.inner);
                $bindings::$world::add_to_linker::<_, HasSelf<Guest>>(&mut linker, |guest| guest)?;
                $bindings::$pre::new(linker.instantiate_pre(&module.component)?)
            }

            fn instantiate(pre: &Self::Pre, store: &mut Store<Guest>) -> wasmtime::Result<Self> {
                pre.instantiate(store)
            }

            fn describe(&self, store: &mut Store<Guest>) -> wasmtime::Result<Description> {
                self.ps_stream_transform_module().call_describe(store)
            }

            fn configure(&self, store: &mut Store<Guest>, config: &str) -> wasmtime::Result<Result<(), String>> {
                self.ps_stream_transform_module().call_configure(store, config)
            }
        }
    };
}

world!(splitter, Splitter, SplitterPre);
world!(mapper, Mapper, MapperPre);

/// One running instance.
pub(super) struct Live<W> {
    store: Store<Guest>,
    world: W,
    module: Arc<Module>,
    calls: u64,
}

impl<W: World> Live<W> {
    /// One call into the guest, within its limits. After a `Crash` the instance must not be used again.
    pub fn call<T>(&mut self, call: impl FnOnce(&W, &mut Store<Guest>) -> wasmtime::Result<T>) -> Result<T, Crash> {
        let engine = &self.module.engine;
        self.store.set_epoch_deadline(engine.deadline());
        self.calls += 1;
        call(&self.world, &mut self.store)
            .map_err(|error| Crash::from_wasmtime(&self.module.identity, &engine.limits, &error))
    }

    fn is_spent(&self) -> bool {
        let limits = &self.module.engine.limits;
        self.calls >= limits.recycle_after_calls || self.store.data().memory > limits.recycle_above_memory
    }
}

/// A module, ready to be used, and its idle instances.
pub(super) struct Warm<W: World> {
    module: Arc<Module>,
    pre: W::Pre,
    config: String,
    /// The record types the module says it is for; none for any.
    pub record_types: Vec<String>,
    idle: Mutex<Vec<Live<W>>>,
}

impl<W: World> Warm<W> {
    /// Asks the module what it is, checks the configuration against the schema it gives and has a first instance take it.
    pub fn new(mut module: Module, config: &Config) -> Result<Self, LoadError> {
        let file = module.identity.name.to_string();
        let pre = W::prepare(&module).map_err(|error| not_linked(&file, &error))?;
        let description = ask::<W>(&pre, &Arc::new(module.clone()), &file)?;
        module.identity.name = format!("{} {}", description.name, description.version).into();
        config.check(&description)?;
        let warm = Warm {
            module: Arc::new(module),
            pre,
            config: config.value.to_string(),
            record_types: description.record_types.clone(),
            idle: Mutex::default(),
        };
        let first = warm.configured().map_err(|error| match error {
            NotReady::Crashed(crash) => LoadError::Start { file, why: crash.cause },
            NotReady::Refused(why) => config.refused(&description, &why),
        })?;
        warm.give(first);
        Ok(warm)
    }

    pub fn identity(&self) -> &Identity {
        &self.module.identity
    }

    pub fn module(&self) -> &Module {
        &self.module
    }

    pub fn take(&self) -> Result<Live<W>, Crash> {
        if let Some(live) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(live);
        }
        self.configured().map_err(|error| match error {
            NotReady::Crashed(crash) => crash,
            NotReady::Refused(why) => {
                Crash::breach(self.identity(), format!("it refused a configuration it had taken before: {why}"))
            }
        })
    }

    /// Takes an instance back; a spent one is dropped, and its memory with it.
    pub fn give(&self, live: Live<W>) {
        if !live.is_spent() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(live);
        }
    }

    fn configured(&self) -> Result<Live<W>, NotReady> {
        let mut live = start::<W>(&self.pre, &self.module).map_err(NotReady::Crashed)?;
        live.call(|world, store| world.configure(store, &self.config))
            .map_err(NotReady::Crashed)?
            .map_err(NotReady::Refused)?;
        Ok(live)
    }
}

enum NotReady {
    Crashed(Crash),
    Refused(String),
}

fn start<W: World>(pre: &W::Pre, module: &Arc<Module>) -> Result<Live<W>, Crash> {
    let engine = &module.engine;
    let guest = Guest {
        module: module.identity.clone(),
        counters: module.counters.clone(),
        memory_limit: engine.limits.memory,
        memory: 0,
    };
    let mut store = Store::new(&engine.inner, guest);
    store.limiter(|guest| guest);
    store.set_epoch_deadline(engine.deadline());
    store.epoch_deadline_trap();
    let world = W::instantiate(pre, &mut store)
        .map_err(|error| Crash::from_wasmtime(&module.identity, &engine.limits, &error))?;
    Ok(Live { store, world, module: module.clone(), calls: 0 })
}

fn ask<W: World>(pre: &W::Pre, module: &Arc<Module>, file: &str) -> Result<Description, LoadError> {
    let why = |crash: Crash| LoadError::Start { file: file.into(), why: crash.cause };
    let mut live = start::<W>(pre, module).map_err(why)?;
    let description = live.call(W::describe).map_err(why)?;
    if description.name.is_empty() {
        return Err(LoadError::Start { file: file.into(), why: "it describes itself without a name".into() });
    }
    Ok(description)
}

fn not_linked(file: &str, error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    match text.split('`').nth(1) {
        Some(import) if text.contains("import") || text.contains("implementation") => {
            LoadError::Import { file: file.into(), import: import.into() }
        }
        _ => LoadError::NotComponent { file: file.into(), why: text },
    }
}
