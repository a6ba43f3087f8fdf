//! Why a guest was not built: one line each, with what to do about it.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::package::Package;
use crate::toolchain::Missing;

/// Why a guest was not built.
#[derive(Debug)]
pub enum BuildError {
    /// No compiler on this machine makes wasm32-unknown-unknown.
    NoToolchain(Missing),
    /// No guest was named.
    NothingToBuild,
    /// A file or directory could not be read.
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A `Cargo.toml` that names no package.
    NoPackage(PathBuf),
    /// cargo could not be started.
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// cargo could not tell which workspace a guest belongs to.
    NoWorkspace(PathBuf),
    /// cargo ran and failed; it said why on standard error.
    Refused(Vec<String>),
    /// A compiler that does not say which machine it is on.
    NoHost(PathBuf),
    /// The crate has no program that measures it natively.
    NoNative(String),
    /// cargo built the crate, but it is no `cdylib`.
    NoModule {
        /// The package.
        package: String,
        /// Where its module should be.
        path: PathBuf,
    },
}

impl BuildError {
    pub(crate) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), source }
    }

    pub(crate) fn not_started(cargo: &Command, source: io::Error) -> Self {
        Self::NotStarted { program: cargo.get_program().into(), source }
    }

    pub(crate) fn refused(packages: &[Package]) -> Self {
        Self::Refused(packages.iter().map(|package| package.name.clone()).collect())
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoToolchain(missing) => missing.fmt(f),
            Self::NothingToBuild => write!(f, "no guest to build: name the directory of a guest's Cargo.toml"),
            Self::Unreadable { path, .. } => {
                write!(f, "{} cannot be read: name the directory of a guest's Cargo.toml", path.display())
            }
            Self::NoPackage(path) => write!(f, "{} names no package: a guest is one crate", path.display()),
            Self::NotStarted { program, .. } => {
                write!(f, "cargo {} cannot be started: is Rust installed?", program.display())
            }
            Self::NoWorkspace(manifest) => {
                write!(f, "cargo cannot read {}: what it said is above", manifest.display())
            }
            Self::Refused(packages) => {
                write!(f, "cargo could not build guest {}: what it said is above", packages.join(", "))
            }
            Self::NoHost(rustc) => write!(f, "{} does not say which machine it is on", rustc.display()),
            Self::NoNative(package) => write!(
                f,
                "guest {package} has no examples/native.rs to measure it natively: copy it, and [[example]] in Cargo.toml, from \
                 a crate of `ps-stream transform new`"
            ),
            Self::NoModule { package, path } => write!(
                f,
                "guest {package} built without a module at {}: its Cargo.toml needs [lib] crate-type = [\"cdylib\", \"rlib\"]",
                path.display()
            ),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } | Self::NotStarted { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Missing> for BuildError {
    fn from(missing: Missing) -> Self {
        Self::NoToolchain(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_told_in_one_line_with_both_ways_out() {
        let text = BuildError::from(Missing { debian_lacks: vec!["lld-22"] }).to_string();
        assert!(text.contains("rustup target add wasm32-unknown-unknown"), "{text}");
        assert!(text.contains("apt-get install lld-22"), "{text}");
        assert!(!text.contains('\n'), "{text}");
    }

    #[test]
    fn a_crate_that_is_no_cdylib_is_told_what_its_manifest_needs() {
        let error = BuildError::NoModule { package: "my-mapper".into(), path: "my_mapper.wasm".into() };
        assert!(error.to_string().contains("[\"cdylib\", \"rlib\"]"), "{error}");
    }

    #[test]
    fn a_failed_build_names_every_guest_asked_for() {
        let error = BuildError::Refused(vec!["one".into(), "two".into()]);
        assert_eq!(error.to_string(), "cargo could not build guest one, two: what it said is above");
    }
}
