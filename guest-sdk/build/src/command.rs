//! The command lines that build guests.
//!
//! Guests are made for speed, then size: one optimised unit, no debug lines, but the names of functions, which is what a
//! trap's backtrace shows. These settings come as cargo configuration, which goes before the manifest's profile.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::environment;
use crate::error::BuildError;
use crate::package::Package;
use crate::toolchain::{TARGET, Toolchain};

const FLAGS: &str = "-C target-feature=+simd128";
const PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "false"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
];
/// Instead, for a backtrace with lines. The module is ten times as large: the lines of the standard library come with it.
pub(crate) const LINES: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"), ("CARGO_PROFILE_RELEASE_STRIP", "none")];

/// What measures a guest natively.
pub(crate) const NATIVE: &str = "examples/native.rs";

/// One run of cargo for all the packages; they are members of one workspace.
pub(crate) fn build(packages: &[Package], toolchain: &Toolchain, target_dir: &Path, locked: bool) -> Command {
    let mut cargo = cargo(packages, toolchain, "build");
    cargo.args(["--release", "--lib", "--target", TARGET, "--target-dir"]).arg(target_dir);
    cargo.env("RUSTFLAGS", FLAGS).envs(PROFILE);
    if locked {
        cargo.arg("--locked");
    }
    if let Toolchain::Debian { linker } = toolchain {
        cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    if packages.len() > 1 {
        cargo.args(packages.iter().map(|package| format!("--package={}", package.name)));
    }
    cargo.stdout(Stdio::null());
    cargo
}

/// The program that measures a package natively, optimised as its module. The machine's own target is named, so that macros and
/// what they stand on are those that the module was built with already.
pub(crate) fn native(package: &Package, toolchain: &Toolchain, host: &str, target_dir: &Path) -> Command {
    let mut cargo = cargo(std::slice::from_ref(package), toolchain, "build");
    cargo.args(["--release", "--example", &package.native(), "--target", host, "--target-dir"]).arg(target_dir);
    cargo.envs(PROFILE).stdout(Stdio::null());
    cargo
}

/// The root of the workspace a package belongs to, which is the package itself when it stands alone.
pub(crate) fn workspace_of(package: &Package, toolchain: &Toolchain) -> Result<PathBuf, BuildError> {
    let mut cargo = cargo(std::slice::from_ref(package), toolchain, "locate-project");
    cargo.args(["--workspace", "--message-format=plain"]).stderr(Stdio::inherit());
    let output = cargo.output().map_err(|source| BuildError::not_started(&cargo, source))?;
    let manifest = String::from_utf8(output.stdout).ok().filter(|_| output.status.success());
    let root = manifest.as_deref().and_then(|path| Path::new(path.trim_end()).parent());
    root.map(Path::to_owned).ok_or_else(|| BuildError::NoWorkspace(package.manifest.clone()))
}

/// cargo on the first package, knowing nothing of the cargo that may have started this process.
fn cargo(packages: &[Package], toolchain: &Toolchain, verb: &str) -> Command {
    let mut command = Command::new(toolchain.cargo());
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    environment::scrub(&mut command, names, toolchain);
    command.arg(verb).env("RUSTC", toolchain.rustc()).stdin(Stdio::null());
    if let Some(package) = packages.first() {
        command.arg("--manifest-path").arg(&package.manifest);
    }
    command
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::ffi::OsStr;

    fn guests(names: &[&str]) -> Vec<Package> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../transforms");
        names.iter().map(|name| Package::read(&root.join(name)).unwrap()).collect()
    }

    fn ambient() -> Toolchain {
        Toolchain::Ambient { cargo: "/rust/cargo".into(), rustc: "/rust/rustc".into() }
    }

    fn debian() -> Toolchain {
        Toolchain::Debian { linker: "/usr/bin/wasm-ld-22".into() }
    }

    fn words(command: &Command) -> Vec<&str> {
        command.get_args().map(|word| word.to_str().unwrap()).collect()
    }

    fn set<'c>(command: &'c Command, name: &str) -> Option<&'c OsStr> {
        command.get_envs().find(|(key, _)| *key == name)?.1
    }

    #[test]
    fn the_compiler_in_use_builds_with_its_own_standard_library() {
        let command = build(&guests(&["mapper"]), &ambient(), Path::new("guests"), true);
        assert_eq!(command.get_program(), "/rust/cargo");
        assert_eq!(set(&command, "RUSTC"), Some(OsStr::new("/rust/rustc")));
        assert_eq!(set(&command, "RUSTC_BOOTSTRAP"), None);
        assert!(!words(&command).iter().any(|word| word.starts_with("-Z")));
        assert!(words(&command).contains(&"--locked"));
    }

    #[test]
    fn debians_compiler_builds_the_standard_library_and_is_told_its_linker() {
        let command = build(&guests(&["mapper"]), &debian(), Path::new("guests"), false);
        assert_eq!(command.get_program(), "/usr/bin/cargo");
        assert_eq!(set(&command, "RUSTC_BOOTSTRAP"), Some(OsStr::new("1")));
        let linker = set(&command, "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER");
        assert_eq!(linker, Some(OsStr::new("/usr/bin/wasm-ld-22")));
        assert!(words(&command).contains(&"-Zbuild-std=std,panic_abort"));
        assert!(!words(&command).contains(&"--locked"));
    }

    #[test]
    fn what_measures_a_guest_natively_is_optimised_as_its_module() {
        let package = guests(&["mapper"]).remove(0);
        let command = native(&package, &ambient(), "x86_64-unknown-linux-gnu", Path::new("guests"));
        assert!(words(&command).contains(&"ps-stream-mapper-native"));
        assert_eq!(set(&command, "CARGO_PROFILE_RELEASE_LTO"), Some(OsStr::new("fat")));
        assert_eq!(set(&command, "RUSTFLAGS"), None);
    }

    #[test]
    fn several_guests_are_one_run_of_cargo() {
        let command = build(&guests(&["splitter", "mapper"]), &ambient(), Path::new("guests"), true);
        let words = words(&command);
        assert!(words.contains(&"--package=ps-stream-splitter") && words.contains(&"--package=ps-stream-mapper"));
    }

    #[test]
    fn the_cargo_that_runs_this_test_is_not_heard_by_the_nested_one() {
        let command = build(&guests(&["mapper"]), &ambient(), Path::new("guests"), true);
        let removed = command.get_envs().find(|(key, _)| *key == "CARGO_MANIFEST_DIR");
        assert_eq!(removed, Some((OsStr::new("CARGO_MANIFEST_DIR"), None)));
    }
}
