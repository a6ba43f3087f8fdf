//! The modules built into the binary (`build.rs` compiles them from `transforms/`).

use super::engine::Engine;
use super::module::{Kind, LoadError, Module};

const SPLITTER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_SPLITTER"));
const MAPPER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_MAPPER"));

pub fn splitter(engine: &Engine) -> Result<Module, LoadError> {
    Module::compile(engine, "the stock splitter", SPLITTER, Kind::Splitter)
}

pub fn mapper(engine: &Engine) -> Result<Module, LoadError> {
    Module::compile(engine, "the stock mapper", MAPPER, Kind::Mapper)
}
