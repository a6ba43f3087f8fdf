//! A guest's package: what its `Cargo.toml` calls it, and so where cargo leaves its module.
//!
//! Reads the two names it needs and nothing else of the manifest: cargo itself judges the rest.

use std::fs;
use std::path::{Path, PathBuf, absolute};

use crate::error::BuildError;
use crate::toolchain::TARGET;

/// A guest's package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    library: String,
}

impl Package {
    pub(crate) fn read(manifest_dir: &Path) -> Result<Self, BuildError> {
        let manifest = manifest_dir.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(|source| BuildError::unreadable(&manifest, source))?;
        let manifest = absolute(&manifest).map_err(|source| BuildError::unreadable(&manifest, source))?;
        Self::parse(&text, manifest)
    }

    fn parse(text: &str, manifest: PathBuf) -> Result<Self, BuildError> {
        let Some(name) = name_in(text, "[package]") else {
            return Err(BuildError::NoPackage(manifest));
        };
        let library = name_in(text, "[lib]").unwrap_or(name).replace('-', "_");
        Ok(Self { name: name.to_owned(), manifest, library })
    }

    /// Its example that measures it natively. Not just `native`: packages of a workspace share a folder for their examples.
    pub(crate) fn native(&self) -> String {
        format!("{}-native", self.name)
    }

    pub(crate) fn module_in(&self, target_dir: &Path) -> Result<PathBuf, BuildError> {
        let path = target_dir.join(TARGET).join("release").join(&self.library).with_extension("wasm");
        if path.is_file() { Ok(path) } else { Err(BuildError::NoModule { package: self.name.clone(), path }) }
    }
}

/// The value of `name = "…"` in a section of a manifest.
fn name_in<'t>(text: &'t str, section: &str) -> Option<&'t str> {
    text.lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with(section))
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .find_map(|line| {
            line.strip_prefix("name")?.trim_start().strip_prefix('=')?.trim_start().split(['"', '\'']).nth(1)
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(text: &str) -> Result<Package, BuildError> {
        Package::parse(text, PathBuf::from("Cargo.toml"))
    }

    #[test]
    fn the_module_is_called_as_the_package_with_underscores() {
        let package = parse("[package]\nname = \"ps-stream-splitter\"\n\n[dependencies]\nname = \"1\"\n").unwrap();
        assert_eq!((package.name.as_str(), package.library.as_str()), ("ps-stream-splitter", "ps_stream_splitter"));
    }

    #[test]
    fn a_library_with_a_name_of_its_own_gives_it_to_the_module() {
        let package = parse("[lib]\nname='other'\ncrate-type = [\"cdylib\"]\n[package] # first\nname=\"one\"").unwrap();
        assert_eq!((package.name.as_str(), package.library.as_str()), ("one", "other"));
    }

    #[test]
    fn the_name_of_a_dependency_is_not_the_package() {
        assert!(matches!(parse("[workspace]\n[dependencies.x]\nname = \"x\""), Err(BuildError::NoPackage(_))));
    }

    #[test]
    fn a_crate_without_a_module_is_refused_by_name() {
        let package = parse("[package]\nname = \"plain\"").unwrap();
        let error = package.module_in(Path::new("nowhere")).unwrap_err();
        assert!(error.to_string().contains("guest plain"), "{error}");
    }

    #[test]
    fn a_directory_without_a_manifest_is_named() {
        let error = Package::read(Path::new("no-such-directory")).unwrap_err();
        assert!(error.to_string().starts_with("no-such-directory"), "{error}");
    }
}
