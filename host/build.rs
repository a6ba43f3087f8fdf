//! Builds the modules that the binary carries: `PS_STREAM_STOCK_SPLITTER`, `PS_STREAM_STOCK_MAPPER`, `PS_STREAM_SURVEY` and
//! `PS_STREAM_MASK` name their files at compile time. `transform new` writes the SDK from the binary, too.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "cargo reads a build script's output")]

#[path = "build/preview1.rs"]
mod preview1;
#[path = "build/sdk.rs"]
mod sdk;

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use ps_stream_guest_build::{build_all, target_dir};

const CARRIED: [(&str, &str); 4] = [
    ("PS_STREAM_STOCK_SPLITTER", "transforms/splitter"),
    ("PS_STREAM_STOCK_MAPPER", "transforms/mapper"),
    ("PS_STREAM_SURVEY", "transforms/survey"),
    ("PS_STREAM_MASK", "transforms/mask"),
];
const SHARED_SOURCES: [&str; 5] = ["wit", "guest-sdk/src", "guest-sdk/Cargo.toml", "Cargo.toml", "Cargo.lock"];

fn main() -> ExitCode {
    match embed_modules() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            eprintln!("{error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn embed_modules() -> Result<(), Box<dyn Error>> {
    let workspace = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = env::var("OUT_DIR")?;
    let sources = CARRIED.map(|(_, dir)| workspace.join(dir));
    for source in SHARED_SOURCES.iter().map(|source| workspace.join(source)).chain(sources.clone()) {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    sdk::embed(&workspace, Path::new(&out))?;
    preview1::assemble(Path::new(&out))?;
    let modules = build_all(&sources.each_ref().map(AsRef::as_ref), &target_dir(&workspace))?;
    for ((variable, _), module) in CARRIED.iter().zip(modules) {
        let file = Path::new(&out).join(module.file_name().unwrap_or_default());
        fs::copy(&module, &file)?;
        println!("cargo::rustc-env={variable}={}", file.display());
    }
    Ok(())
}
