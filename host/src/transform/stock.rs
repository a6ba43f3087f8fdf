//! The modules built into the binary (`build.rs` compiles them from `transforms/`).

use super::engine::Engine;
use super::kind::Kind;
use super::load_error::LoadError;
use super::module::Module;

const SPLITTER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_SPLITTER"));
const MAPPER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_MAPPER"));
const MASK: &[u8] = include_bytes!(env!("PS_STREAM_MASK"));
const SURVEY: &[u8] = include_bytes!(env!("PS_STREAM_SURVEY"));

/// The one of that kind, and how it is called where a file's name would stand.
pub(super) fn of(kind: Kind) -> (&'static str, &'static [u8]) {
    match kind {
        Kind::Splitter => ("the stock splitter", SPLITTER),
        Kind::Mapper => ("the stock mapper", MAPPER),
    }
}

impl Module {
    pub fn stock(engine: &Engine, kind: Kind) -> Result<Self, LoadError> {
        let (name, bytes) = of(kind);
        Self::compile(engine, name, bytes)
    }

    /// The splitter that masks fields.
    pub fn mask(engine: &Engine) -> Result<Self, LoadError> {
        Self::compile(engine, "the masking splitter", MASK)
    }

    /// The mapper that tells rows as they were read.
    pub fn survey(engine: &Engine) -> Result<Self, LoadError> {
        Self::compile(engine, "the survey mapper", SURVEY)
    }
}
