//! Where a module comes from: its file, or the binary, and the file of its configuration.

use std::path::{Path, PathBuf};

use super::config::Config;
use super::engine::Engine;
use super::kind::Kind;
use super::load_error::LoadError;
use super::module::{self, Module};
use super::stock;

#[derive(Debug, Clone)]
pub struct Source {
    kind: Kind,
    /// The stock module when there is none.
    module: Option<PathBuf>,
    config: Option<PathBuf>,
}

/// What was in the files.
pub(super) struct Content {
    file: String,
    bytes: Vec<u8>,
    pub hash: String,
}

impl Source {
    pub fn new(kind: Kind, module: Option<&Path>, config: Option<&Path>) -> Self {
        Source { kind, module: module.map(Path::to_owned), config: config.map(Path::to_owned) }
    }

    pub(super) fn read(&self) -> Result<Content, LoadError> {
        let (file, bytes) = match &self.module {
            Some(path) => (path.display().to_string(), module::read(path)?),
            None => {
                let (name, bytes) = stock::of(self.kind);
                (name.to_owned(), bytes.to_vec())
            }
        };
        Ok(Content { hash: module::hash(&bytes), file, bytes })
    }

    pub(super) fn compile(&self, engine: &Engine, content: &Content) -> Result<(Module, Config), LoadError> {
        let config = Config::load_or_none(self.config.as_deref())?;
        Ok((Module::compile(engine, &content.file, &content.bytes)?.insist_on(self.kind)?, config))
    }

    /// Whether anything of it can change while the program runs.
    pub(super) fn has_files(&self) -> bool {
        self.module.is_some() || self.config.is_some()
    }

    /// Those of it that can change while the program runs.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        [&self.module, &self.config].into_iter().flatten().cloned().collect()
    }

    /// The files by name, for the log.
    pub(super) fn names(&self) -> String {
        let file = |what: &str, path: &Option<PathBuf>| Some(format!("{what} \"{}\"", path.as_ref()?.display()));
        let names = [file("module file", &self.module), file("configuration file", &self.config)];
        names.into_iter().flatten().collect::<Vec<_>>().join(" with ")
    }
}
