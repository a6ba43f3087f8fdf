//! The part of a component that answers what its core module asks of WASI preview 1.

/// What core modules import it as.
pub(super) const NAME: &str = "wasi_snapshot_preview1";
pub(in crate::transform) const ADAPTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/preview1.wasm"));
pub(super) const IMPORTS: &str = include_str!("preview1.wit");
pub(super) const WORLD: &str = "adapter";
