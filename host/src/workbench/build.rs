//! A module out of a crate, beside the crate.

use std::io;
use std::path::{Path, PathBuf};

pub use ps_stream_guest_build::Lines;
use ps_stream_guest_build::{BuildError, build_in_progress, target_dir};

#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("module file \"{file}\" cannot be written")]
    Unwritten { file: String, source: io::Error },
}

/// Puts the module into its place whole, so that a program that uses it never sees half of it. Answers with the place: in the
/// crate's folder, named as its library, where none is given.
pub fn build(folder: &Path, place: Option<&Path>, lines: Lines) -> Result<PathBuf, NotBuilt> {
    let built = build_in_progress(folder, &target_dir(folder), lines)?;
    let place = place.map_or_else(|| folder.join(built.file_name().unwrap_or_default()), Path::to_owned);
    let beside = place.with_extension("wasm.new");
    let written = std::fs::copy(&built, &beside).and_then(|_| std::fs::rename(&beside, &place));
    written.map_err(|source| NotBuilt::Unwritten { file: place.display().to_string(), source })?;
    Ok(place)
}
