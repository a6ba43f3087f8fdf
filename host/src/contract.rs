//! The host's side of `wit/`. The types generated here are the types the whole host speaks.
#![allow(missing_debug_implementations, unused_qualifications, clippy::all, clippy::pedantic, clippy::restriction)]

pub mod splitter {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "splitter",
        additional_derives: [Clone, PartialEq],
    });
}

pub mod mapper {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "mapper",
        with: {
            "ps-stream:transform/types": super::splitter::ps_stream::transform::types,
            "ps-stream:transform/telemetry": super::splitter::ps_stream::transform::telemetry,
        },
        additional_derives: [Clone, PartialEq],
    });
}

pub use mapper::exports::ps_stream::transform::mapping::{Change, Transaction};
#[cfg(test)]
pub use mapper::exports::ps_stream::transform::mapping::{PrimaryKey, Row};
pub use splitter::exports::ps_stream::transform::splitting::{
    Header, Message, Piece, Progress, Purpose, Span, Transaction as SplitTransaction,
};
pub use splitter::ps_stream::transform::telemetry;
pub use splitter::ps_stream::transform::types::{self, Description, Rejection};
