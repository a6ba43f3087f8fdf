//! A component of what a file holds: as it is, or made of a core module.
//!
//! What rustc makes for plain `wasm32-unknown-unknown` says itself what it is. What a compiler for WASI preview 1 makes that
//! knows nothing of components, such as Go's, is known by the functions it exports; what it imports of WASI is answered
//! inside of the component. Nothing here knows what is done with a component.

mod outline;
mod preview1;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use outline::Outline;
pub(super) use preview1::ADAPTER;

const CONTRACT: &str = concat!(
    include_str!("../../../wit/types.wit"),
    include_str!("../../../wit/splitter.wit"),
    include_str!("../../../wit/mapper.wit"),
);

#[derive(Debug)]
pub(super) enum NoComponent {
    NotWasm,
    /// For this reason.
    Unsound(String),
}

/// Whether the bytes are a component already.
pub(super) fn is_component(bytes: &[u8]) -> bool {
    matches!(bytes.get(..8), Some([b'\0', b'a', b's', b'm', 0x0d, 0, 1, 0]))
}

pub(super) fn of(engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Vec<u8>, NoComponent> {
    match bytes.get(..8) {
        _ if is_component(bytes) => Ok(bytes.to_vec()),
        Some([b'\0', b'a', b's', b'm', 1, 0, 0, 0]) => checked(engine, bytes).map_err(NoComponent::Unsound),
        _ => Err(NoComponent::NotWasm),
    }
}

/// wit-component panics where a module is cut off, and may where what it says of itself is not sound.
fn checked(engine: &wasmtime::Engine, core: &[u8]) -> Result<Vec<u8>, String> {
    wasmtime::Module::validate(engine, core).map_err(|error| format!("{error:#}"))?;
    let encoded = std::panic::catch_unwind(|| encode(core)).map_err(|_| "its description of itself is not sound")?;
    encoded.map_err(|error| format!("{error:#}"))
}

fn encode(core: &[u8]) -> anyhow::Result<Vec<u8>> {
    let outline = Outline::of(core)?;
    let mut encoder = ComponentEncoder::default();
    match outline.world() {
        Some(world) => encoder.module(&described(core, CONTRACT, world)?)?,
        None => encoder.module(core)?,
    };
    if outline.preview1 {
        encoder.adapter(preview1::NAME, &described(ADAPTER, preview1::IMPORTS, preview1::WORLD)?)?;
    }
    encoder.validate(true).encode()
}

/// The core module with a description of itself: the world it is of.
fn described(core: &[u8], wit: &str, world: &str) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("wit", wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut described = core.to_vec();
    embed_component_metadata(&mut described, &resolve, world, StringEncoding::UTF8, false)?;
    Ok(described)
}
