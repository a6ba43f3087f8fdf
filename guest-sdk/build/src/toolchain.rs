//! Which compiler makes a guest: looking is kept apart from choosing, so the choice can be tested on any machine.
//!
//! The compiler in use anyway is taken when it has the target's standard library (`rustup target add`). Where that cannot be
//! downloaded, Debian's compiler does it with sources from its own packages: it has no such library ready, so it compiles
//! the standard library with each new target directory, which Rust calls unstable and allows with `RUSTC_BOOTSTRAP=1`.

mod looking;

use std::fmt;
use std::path::{Path, PathBuf};

use looking::Found;

/// The target every guest is built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler that makes wasm32-unknown-unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The one in use anyway, with the target's standard library installed.
    Ambient {
        /// Its cargo.
        cargo: PathBuf,
        /// Its rustc.
        rustc: PathBuf,
    },
    /// Debian's own, which compiles the standard library too.
    Debian {
        /// The `wasm-ld` it links with.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Looks for one on this machine.
    pub fn find() -> Result<Self, Missing> {
        choose(Found::here())
    }

    pub(crate) fn cargo(&self) -> &Path {
        match self {
            Self::Ambient { cargo, .. } => cargo,
            Self::Debian { .. } => Path::new(DEBIAN_CARGO),
        }
    }

    pub(crate) fn rustc(&self) -> &Path {
        match self {
            Self::Ambient { rustc, .. } => rustc,
            Self::Debian { .. } => Path::new(DEBIAN_RUSTC),
        }
    }

    /// The target that this machine is.
    pub(crate) fn host(&self) -> Option<String> {
        looking::printed(self.rustc(), &["host-tuple"])?.into_os_string().into_string().ok()
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ambient { rustc, .. } => write!(f, "{} with its own {TARGET}", rustc.display()),
            Self::Debian { linker } => write!(f, "Debian's {DEBIAN_RUSTC} with {}", linker.display()),
        }
    }
}

/// There is no compiler for guests here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The Debian packages that would make Debian's compiler do.
    pub debian_lacks: Vec<&'static str>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no compiler for {TARGET} here: run `rustup target add {TARGET}`, or on Debian `apt-get install {}`",
            self.debian_lacks.join(" ")
        )
    }
}

fn choose(found: Found) -> Result<Toolchain, Missing> {
    if let Some((cargo, rustc)) = found.ambient_with_target {
        return Ok(Toolchain::Ambient { cargo, rustc });
    }
    match found.wasm_ld {
        Some(linker) if found.debian_compiler && found.debian_sources => Ok(Toolchain::Debian { linker }),
        linker => {
            let wants = [
                (found.debian_compiler, "rustc-web cargo-web"),
                (found.debian_sources, "rust-web-src"),
                (linker.is_some(), "lld-22"),
            ];
            let lacks = wants.into_iter().filter(|(there, _)| !there).map(|(_, package)| package);
            Err(Missing { debian_lacks: lacks.collect() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Found {
        Found {
            ambient_with_target: Some(("cargo".into(), "rustc".into())),
            debian_compiler: true,
            debian_sources: true,
            wasm_ld: Some("/usr/bin/wasm-ld-22".into()),
        }
    }

    #[test]
    fn the_compiler_in_use_is_taken_before_debians() {
        let ambient = Toolchain::Ambient { cargo: "cargo".into(), rustc: "rustc".into() };
        assert_eq!(choose(everything()), Ok(ambient));
    }

    #[test]
    fn debians_compiler_is_taken_where_the_one_in_use_lacks_the_target() {
        let found = Found { ambient_with_target: None, ..everything() };
        assert_eq!(choose(found), Ok(Toolchain::Debian { linker: "/usr/bin/wasm-ld-22".into() }));
    }

    #[test]
    fn debians_compiler_without_its_sources_is_not_enough() {
        let found = Found { ambient_with_target: None, debian_sources: false, ..everything() };
        assert_eq!(choose(found), Err(Missing { debian_lacks: vec!["rust-web-src"] }));
    }

    #[test]
    fn where_nothing_is_found_every_package_is_named() {
        let nothing = Found { ambient_with_target: None, debian_compiler: false, debian_sources: false, wasm_ld: None };
        let missing = Missing { debian_lacks: vec!["rustc-web cargo-web", "rust-web-src", "lld-22"] };
        assert_eq!(choose(nothing), Err(missing));
    }
}
