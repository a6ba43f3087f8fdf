//! What this machine has that could build a guest.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{DEBIAN_CARGO, DEBIAN_RUSTC, TARGET};

/// What was found, whatever it is good for.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// cargo and rustc of the toolchain in use, when it has the target's standard library.
    pub(super) ambient_with_target: Option<(PathBuf, PathBuf)>,
    pub(super) debian_compiler: bool,
    pub(super) debian_sources: bool,
    /// The newest one.
    pub(super) wasm_ld: Option<PathBuf>,
}

impl Found {
    pub(super) fn here() -> Self {
        let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let rustc = env::var_os("RUSTC").map_or_else(|| rustc_beside(&cargo), PathBuf::from);
        let sysroot = printed(Path::new(DEBIAN_RUSTC), &["sysroot"]);
        Self {
            ambient_with_target: has_standard_library(&rustc).then_some((cargo, rustc)),
            debian_compiler: Path::new(DEBIAN_CARGO).is_file() && sysroot.is_some(),
            debian_sources: sysroot.is_some_and(|root| root.join("lib/rustlib/src/rust/library/std").is_dir()),
            wasm_ld: newest(names_in("/usr/bin")).map(|name| Path::new("/usr/bin").join(name)),
        }
    }
}

/// A cargo given by its path brings its own compiler; one found by name is a matter of PATH, and so is rustc then.
fn rustc_beside(cargo: &Path) -> PathBuf {
    let beside = cargo.with_file_name("rustc");
    if beside.is_file() { beside } else { PathBuf::from("rustc") }
}

fn has_standard_library(rustc: &Path) -> bool {
    let libraries = printed(rustc, &["target-libdir", "--target", TARGET]);
    libraries.is_some_and(|dir| names_in(dir).iter().any(|name| name.starts_with("libstd-")))
}

pub(super) fn printed(rustc: &Path, what: &[&str]) -> Option<PathBuf> {
    let output = Command::new(rustc).arg("--print").args(what).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim_end()))
}

fn names_in(dir: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Of names such as `wasm-ld-22`, the one with the highest number.
fn newest(names: Vec<String>) -> Option<String> {
    let version = |name: &String| name.strip_prefix("wasm-ld-")?.parse::<u32>().ok();
    names.into_iter().filter(|name| version(name).is_some()).max_by_key(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_linker_is_the_highest_number_not_the_last_name() {
        let names = ["wasm-ld-9", "wasm-ld-22", "wasm-ld-19", "wasm-ld", "wasm-ld-x", "ld"];
        assert_eq!(newest(names.map(String::from).into()), Some("wasm-ld-22".into()));
        assert_eq!(newest(vec!["ld".into()]), None);
    }

    #[test]
    fn a_compiler_that_cannot_be_run_has_no_standard_library() {
        assert!(!has_standard_library(Path::new("/no/such/rustc")));
    }

    #[test]
    fn a_cargo_found_by_name_has_its_rustc_found_by_name() {
        assert_eq!(rustc_beside(Path::new("cargo")), Path::new("rustc"));
    }
}
