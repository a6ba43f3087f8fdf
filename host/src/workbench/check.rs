//! All that is asked of a module when it is loaded, without loading it for anything.

use std::path::Path;

use crate::transform::{Config, Engine, Exchange, Inspection, Kind, LoadError, Mapper, Module, Splitters};

/// What a module is that has passed.
#[derive(Debug)]
pub struct Checked {
    pub inspection: Inspection,
    pub configuration: Configuration,
}

/// What is known of its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configuration {
    /// It has taken the one that was given, or none where none was.
    Taken,
    /// None was given, and it cannot be without. Why.
    Missing(String),
}

pub fn check(engine: &Engine, file: &Path, config: Option<&Path>) -> Result<Checked, LoadError> {
    let inspection = Inspection::of(engine, file)?;
    let configuration = match configure(inspection.module.clone(), &Config::load_or_none(config)?) {
        Ok(()) => Configuration::Taken,
        Err(LoadError::Configuration { why, .. }) if config.is_none() => Configuration::Missing(why),
        Err(error) => return Err(error),
    };
    Ok(Checked { inspection, configuration })
}

fn configure(module: Module, config: &Config) -> Result<(), LoadError> {
    match module.kind {
        Kind::Splitter => Splitters::start(module, config).map(drop),
        Kind::Mapper => Mapper::start(module, config).map(drop),
    }
}
