//! Builds guests into WebAssembly: the one piece of code that knows how.
//!
//! A guest is a library crate of type `cdylib` on `ps-stream-sdk`. [`build`] and [`build_all`] answer with the core modules
//! that cargo made of it, for the host's build script, the tests and `ps-stream transform build` alike. They promise that
//! the nested cargo is not the outer one's puppet: nothing cargo, clippy, rustup or make put into the environment reaches
//! it, and it works in a target directory of its own, so it never waits for a lock its caller holds.
//!
//! What cargo and rustc say goes to standard error as it comes; the error says only which guest and what to do.

mod command;
mod environment;
mod error;
mod package;
mod toolchain;

use std::env;
use std::path::{Path, PathBuf, absolute};
use std::process::Command;

pub use error::BuildError;
pub use toolchain::{Missing, Toolchain};

use package::Package;

/// Builds the guest whose `Cargo.toml` lies in `manifest_dir`, and answers with the path of its core module.
pub fn build(manifest_dir: &Path, target_dir: &Path) -> Result<PathBuf, BuildError> {
    let mut modules = build_all(&[manifest_dir], target_dir)?;
    modules.pop().ok_or(BuildError::NothingToBuild)
}

/// Builds several guests of one workspace in one run of cargo. The modules come in the order of `manifest_dirs`.
pub fn build_all(manifest_dirs: &[&Path], target_dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    build_with(&[], Lock::Held, manifest_dirs, target_dir)
}

/// The same, with line tables: a trap's backtrace then names files and lines, of inlined functions too.
pub fn build_all_with_lines(manifest_dirs: &[&Path], target_dir: &Path) -> Result<Vec<PathBuf>, BuildError> {
    build_with(&command::LINES, Lock::Held, manifest_dirs, target_dir)
}

/// Builds the crate that somebody is working on: its lock file follows its manifest, as it does under plain `cargo build`.
pub fn build_in_progress(manifest_dir: &Path, target_dir: &Path, lines: Lines) -> Result<PathBuf, BuildError> {
    let profile: &[_] = match lines {
        Lines::With => &command::LINES,
        Lines::Without => &[],
    };
    let mut modules = build_with(profile, Lock::Follows, &[manifest_dir], target_dir)?;
    modules.pop().ok_or(BuildError::NothingToBuild)
}

/// Builds the program that measures a guest natively, its example `PACKAGE-native`: by the compiler that makes the module, and
/// optimised as the module is.
pub fn build_native(manifest_dir: &Path, target_dir: &Path) -> Result<PathBuf, BuildError> {
    let toolchain = Toolchain::find()?;
    let target_dir = absolute(target_dir).map_err(|source| BuildError::unreadable(target_dir, source))?;
    let package = Package::read(manifest_dir)?;
    if !manifest_dir.join(command::NATIVE).is_file() {
        return Err(BuildError::NoNative(package.name));
    }
    let host = toolchain.host().ok_or_else(|| BuildError::NoHost(toolchain.rustc().to_owned()))?;
    run(command::native(&package, &toolchain, &host, &target_dir), std::slice::from_ref(&package))?;
    Ok(target_dir.join(host).join("release/examples").join(package.native() + env::consts::EXE_SUFFIX))
}

/// Whether a module has line tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Backtraces name files and lines, and the module is ten times as large.
    With,
    /// Backtraces name functions.
    Without,
}

/// What becomes of a lock file that the manifest has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// The build is refused.
    Held,
    Follows,
}

fn build_with(
    profile: &[(&str, &str)],
    lock: Lock,
    manifest_dirs: &[&Path],
    target_dir: &Path,
) -> Result<Vec<PathBuf>, BuildError> {
    let toolchain = Toolchain::find()?;
    let target_dir = absolute(target_dir).map_err(|source| BuildError::unreadable(target_dir, source))?;
    let packages = manifest_dirs.iter().map(|dir| Package::read(dir)).collect::<Result<Vec<_>, _>>()?;
    let first = packages.first().ok_or(BuildError::NothingToBuild)?;
    let locked = lock == Lock::Held && command::workspace_of(first, &toolchain)?.join("Cargo.lock").is_file();
    let mut cargo = command::build(&packages, &toolchain, &target_dir, locked);
    cargo.envs(profile.iter().copied());
    run(cargo, &packages)?;
    packages.iter().map(|package| package.module_in(&target_dir)).collect()
}

/// Where the guests of a workspace are built: `guests` in the target directory its cargo uses.
pub fn target_dir(workspace: &Path) -> PathBuf {
    let outer = env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    workspace.join(outer).join("guests")
}

fn run(mut cargo: Command, packages: &[Package]) -> Result<(), BuildError> {
    let status = cargo.status().map_err(|source| BuildError::not_started(&cargo, source))?;
    if status.success() { Ok(()) } else { Err(BuildError::refused(packages)) }
}
