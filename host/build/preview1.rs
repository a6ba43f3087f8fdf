//! What core modules for WASI preview 1 are made components with.

use std::error::Error;
use std::fs;
use std::path::Path;

/// Assembles it.
pub fn assemble(out: &Path) -> Result<(), Box<dyn Error>> {
    let source = "src/transform/component/preview1.wat";
    println!("cargo::rerun-if-changed={source}");
    Ok(fs::write(out.join("preview1.wasm"), wat::parse_file(source)?)?)
}
