//! What the two worlds of `wit/` have in common, so that instances of both are kept by the same code.

use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::guest::Guest;
use super::module::Module;
use super::wasi;
use crate::contract::{Description, mapper, splitter};

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
                wasi::deny(&mut linker, &module.component)?;
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
