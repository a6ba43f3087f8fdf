//! The module that a command of `ps-stream transform` is about, as typed.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::Failure;
use crate::cli::modules::Modules;
use crate::transform::{Config, Engine, Kind, Module};
use crate::workbench::Workpiece;

#[derive(Debug, Args)]
pub struct Subject {
    /// The module; the stock one of a --kind when not given
    #[arg(value_name = "FILE.wasm")]
    file: Option<PathBuf>,

    /// What it is; a file tells by itself
    #[arg(long, value_enum)]
    kind: Option<TypedKind>,

    /// The module's configuration: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Key rules for the stock module: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "config"])]
    keys: Option<PathBuf>,

    #[command(flatten)]
    modules: Modules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TypedKind {
    Splitter,
    Mapper,
}

impl Subject {
    pub fn workpiece(&self) -> Result<Workpiece, Failure> {
        let engine = self.modules.engine()?;
        let config = Config::load_or_none(self.keys.as_deref().or(self.config.as_deref())).map_err(Failure::usage)?;
        let module = module(&engine, self.file.as_deref(), self.kind)?;
        Workpiece::start(&engine, module, &config).map_err(Failure::usage)
    }
}

/// The file's, or the stock one of that kind.
pub fn module(engine: &Engine, file: Option<&Path>, kind: Option<TypedKind>) -> Result<Module, Failure> {
    let module = match (file, kind.map(Kind::from)) {
        (Some(file), None) => Module::open(engine, file),
        (Some(file), Some(kind)) => Module::open(engine, file).and_then(|module| module.insist_on(kind)),
        (None, Some(kind)) => Module::stock(engine, kind),
        (None, None) => {
            let which = "which module? give its file, or --kind splitter or --kind mapper for the stock one";
            return Err(Failure::Usage(which.into()));
        }
    };
    module.map_err(Failure::usage)
}

impl From<TypedKind> for Kind {
    fn from(typed: TypedKind) -> Self {
        match typed {
            TypedKind::Splitter => Kind::Splitter,
            TypedKind::Mapper => Kind::Mapper,
        }
    }
}
