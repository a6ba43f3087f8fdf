//! A module's configuration: a TOML, YAML or JSON file becomes the one JSON text the module gets.

use std::path::Path;

use serde_json::Value;

use super::module::LoadError;
use crate::contract::Description;
use crate::fault::{Fault, Faulty};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("configuration file \"{file}\" cannot be read")]
    Unreadable { file: String, source: std::io::Error },
    #[error("configuration file \"{0}\" is neither .toml, .yaml, .yml nor .json by its name")]
    UnknownFormat(String),
    #[error("configuration file \"{file}\" is not valid {format}: {why}")]
    Invalid { file: String, format: &'static str, why: String },
}

impl Faulty for ConfigError {
    fn fault(&self) -> Fault {
        Fault::Host
    }
}

/// A configuration and where it comes from.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) value: Value,
    origin: String,
}

/// What a module gets when the user gives it nothing.
pub fn none() -> Config {
    Config { value: Value::Object(serde_json::Map::new()), origin: "no configuration at all".into() }
}

pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let file = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let invalid = |format, why: String| ConfigError::Invalid { file: file.clone(), format, why: one_line(&why) };
    let value = match extension.as_str() {
        "toml" => toml::from_str(&text).map_err(|e| invalid("TOML", e.to_string())),
        "yaml" | "yml" => serde_yaml_ng::from_str(&text).map_err(|e| invalid("YAML", e.to_string())),
        "json" => serde_json::from_str(&text).map_err(|e| invalid("JSON", e.to_string())),
        _ => Err(ConfigError::UnknownFormat(file.clone())),
    };
    Ok(Config { value: value?, origin: format!("configuration file \"{file}\"") })
}

impl Config {
    /// Holds it against the schema the module describes.
    pub(super) fn check(&self, description: &Description) -> Result<(), LoadError> {
        if description.config_schema.is_empty() {
            return match self.value.as_object().is_some_and(serde_json::Map::is_empty) {
                true => Ok(()),
                false => Err(self.refused(description, "it takes no configuration")),
            };
        }
        let broken = |why: String| LoadError::Start { file: description.name.clone(), why: one_line(&why) };
        let schema: Value = serde_json::from_str(&description.config_schema)
            .map_err(|e| broken(format!("its configuration schema is not JSON: {e}")))?;
        let validator = jsonschema::validator_for(&schema)
            .map_err(|e| broken(format!("its configuration schema is not a JSON Schema: {e}")))?;
        validator.validate(&self.value).map_err(|error| match error.instance_path().as_str() {
            "" => self.refused(description, &error.to_string()),
            place => self.refused(description, &format!("at {place}: {error}")),
        })
    }

    pub(super) fn refused(&self, description: &Description, why: &str) -> LoadError {
        let (origin, module) = (self.origin.clone(), description.name.clone());
        LoadError::Configuration { origin, module, why: one_line(why) }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
