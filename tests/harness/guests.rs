//! Modules as files, built once by the one piece of code that knows how.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::workspace;

const CRATES: [&str; 7] = [
    "transforms/splitter",
    "transforms/mapper",
    "transforms/examples/route-by-name",
    "transforms/examples/mask-project",
    "tests/modules/unruly-splitter",
    "tests/modules/unruly-mapper",
    "tests/modules/reaching-mapper",
];

pub fn stock_splitter() -> &'static str {
    module(0)
}

pub fn stock_mapper() -> &'static str {
    module(1)
}

pub fn route_by_name() -> &'static str {
    module(2)
}

pub fn mask_project() -> &'static str {
    module(3)
}

/// Does what the message's name says: panics, loops, swells, lies.
pub fn unruly_splitter() -> &'static str {
    module(4)
}

/// Does what the transaction's id says.
pub fn unruly_mapper() -> &'static str {
    module(5)
}

/// Reaches, through WASI, for what the transaction's id says.
pub fn reaching_mapper() -> &'static str {
    module(6)
}

/// The same as `unruly_mapper`, with line tables.
pub fn unruly_mapper_with_lines() -> &'static str {
    static MODULE: OnceLock<PathBuf> = OnceLock::new();
    let module = MODULE.get_or_init(|| {
        let target = ps_stream_guest_build::target_dir(&workspace()).join("lines");
        let built = ps_stream_guest_build::build_all_with_lines(&[&workspace().join(CRATES[5])], &target);
        built.unwrap_or_else(|fault| panic!("{fault}: run `make setup`")).remove(0)
    });
    module.to_str().expect("the workspace's path is UTF-8")
}

fn module(place: usize) -> &'static str {
    static MODULES: OnceLock<Vec<PathBuf>> = OnceLock::new();
    MODULES.get_or_init(build)[place].to_str().expect("the workspace's path is UTF-8")
}

fn build() -> Vec<PathBuf> {
    let manifests: Vec<PathBuf> = CRATES.iter().map(|name| workspace().join(name)).collect();
    let manifests: Vec<&Path> = manifests.iter().map(PathBuf::as_path).collect();
    let target = ps_stream_guest_build::target_dir(&workspace());
    ps_stream_guest_build::build_all(&manifests, &target).unwrap_or_else(|fault| panic!("{fault}: run `make setup`"))
}
