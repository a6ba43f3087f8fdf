//! The modules built into the binary (`build.rs` compiles them from `transforms/`).

pub(super) const SPLITTER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_SPLITTER"));
pub(super) const MAPPER: &[u8] = include_bytes!(env!("PS_STREAM_STOCK_MAPPER"));
