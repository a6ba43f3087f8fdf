//! A file of key rules, as the stock modules take it.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::fault::{Fault, Faulty};
use crate::transform::{Config, Engine, Exchange, Kind, LoadError, Mapper, Module};

/// The rules of a file that the stock mapper takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub record_type: String,
    pub fields: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("configuration file \"{0}\" has no key rules: they are a table called \"keys\"")]
    None(String),
}

impl Faulty for RulesError {
    fn fault(&self) -> Fault {
        Fault::Host
    }
}

#[derive(Deserialize)]
struct Settings {
    keys: std::collections::BTreeMap<String, Vec<String>>,
}

impl KeyFile {
    pub fn load(engine: &Engine, path: &Path) -> Result<Self, RulesError> {
        let config = Config::load(path).map_err(LoadError::from)?;
        Mapper::start(Module::stock(engine, Kind::Mapper)?, &config)?;
        let none = |_| RulesError::None(path.display().to_string());
        let settings: Settings = serde_json::from_value(config.value().clone()).map_err(none)?;
        let rule = |(record_type, fields)| Rule { record_type, fields };
        Ok(KeyFile { rules: settings.keys.into_iter().map(rule).collect() })
    }

    /// A JSON Schema of such a file: that of the stock splitter, which takes nothing but keys.
    pub fn schema(engine: &Engine) -> Result<Value, LoadError> {
        let description = Module::stock(engine, Kind::Splitter)?.description()?;
        Ok(serde_json::from_str(&description.config_schema).unwrap_or_default())
    }

    /// Record types match whatever their case, as everywhere.
    pub fn rule(&self, record_type: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.record_type.eq_ignore_ascii_case(record_type))
    }
}
