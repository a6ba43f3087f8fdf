//! What the nested cargo may know of the one that started it: as good as nothing.
//!
//! cargo tells build scripts and tests its compiler, flags, profile, target and job server in variables. Another compiler,
//! clippy as the wrapper or the host's RUSTFLAGS would make something else of a guest, so they all go. What a person set to
//! reach a registry, and where cargo and rustup live, stays.

use std::process::Command;

use crate::toolchain::Toolchain;

const KEPT: [&str; 7] = [
    "CARGO_BUILD_JOBS",
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_TERM_",
];
const DROPPED: [&str; 8] = ["CARGO", "__CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CLIPPY_", "MAKEFLAGS", "MFLAGS"];
/// Set by rustup for its own compilers: they would lead another compiler to the wrong libraries.
const OF_RUSTUP: [&str; 3] = ["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// Takes the outer cargo's variables, out of these names, from a command.
pub(crate) fn scrub(command: &mut Command, names: impl Iterator<Item = String>, toolchain: &Toolchain) {
    for name in names.filter(|name| is_dropped(name, toolchain)) {
        command.env_remove(name);
    }
}

fn is_dropped(name: &str, toolchain: &Toolchain) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let of_another = matches!(toolchain, Toolchain::Debian { .. }) && OF_RUSTUP.contains(&name);
    of_another || (starts(&DROPPED) && !starts(&KEPT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ambient() -> Toolchain {
        Toolchain::Ambient { cargo: "cargo".into(), rustc: "rustc".into() }
    }

    fn debian() -> Toolchain {
        Toolchain::Debian { linker: "/usr/bin/wasm-ld-22".into() }
    }

    #[test]
    fn what_an_outer_cargo_or_clippy_sets_is_dropped() {
        for name in [
            "CARGO",
            "CARGO_PKG_NAME",
            "CARGO_MAKEFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_DIR",
            "CARGO_PROFILE_RELEASE_LTO",
            "RUSTC",
            "RUSTC_WRAPPER",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTC_BOOTSTRAP",
            "RUSTFLAGS",
            "RUSTDOCFLAGS",
            "CLIPPY_ARGS",
            "CLIPPY_CONF_DIR",
            "MAKEFLAGS",
            "MFLAGS",
        ] {
            assert!(is_dropped(name, &ambient()), "{name}");
            assert!(is_dropped(name, &debian()), "{name}");
        }
    }

    #[test]
    fn where_things_live_and_how_a_registry_is_reached_is_kept() {
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "RUSTUP_HOME",
            "CARGO_NET_OFFLINE",
            "CARGO_HTTP_CAINFO",
            "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
            "CARGO_REGISTRY_DEFAULT",
            "CARGO_TERM_COLOR",
            "HTTPS_PROXY",
        ] {
            assert!(!is_dropped(name, &ambient()), "{name}");
            assert!(!is_dropped(name, &debian()), "{name}");
        }
    }

    #[test]
    fn the_choice_of_rustup_toolchain_reaches_only_rustups_own_compilers() {
        for name in OF_RUSTUP {
            assert!(!is_dropped(name, &ambient()), "{name}");
            assert!(is_dropped(name, &debian()), "{name}");
        }
    }
}
