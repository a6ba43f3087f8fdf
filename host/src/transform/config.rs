//! A module's configuration: a TOML, YAML or JSON file becomes the one JSON text the module gets.

use std::path::Path;

use serde_json::Value;

use super::load_error::LoadError;
use crate::contract::Description;
use crate::fault::{Fault, Faulty};

/// Longest schema, in bytes.
const LONGEST_SCHEMA: usize = 64 << 10;
/// Stack to follow such a schema with. What is not needed of it is not taken.
const SCHEMA_STACK: usize = 256 << 20;

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

impl Config {
    /// What a module gets when the user gives it nothing.
    pub fn none() -> Self {
        Config { value: Value::Object(serde_json::Map::new()), origin: "no configuration at all".into() }
    }

    pub fn load(path: &Path) -> Result<Self, ConfigError> {
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

    /// That file, or nothing where there is none.
    pub fn load_or_none(path: Option<&Path>) -> Result<Self, ConfigError> {
        path.map_or_else(|| Ok(Self::none()), Self::load)
    }

    pub fn given(value: Value) -> Self {
        Config { value, origin: "what was typed".into() }
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Holds it against the schema the module describes.
    pub(super) fn check(&self, description: &Description) -> Result<(), LoadError> {
        if description.config_schema.is_empty() {
            return match self.value.as_object().is_some_and(serde_json::Map::is_empty) {
                true => Ok(()),
                false => Err(self.refused(description, "it takes no configuration")),
            };
        }
        on_a_deep_stack(|| self.hold_against_schema(description)).unwrap_or_else(|| {
            let why = "its configuration schema cannot be followed".into();
            Err(LoadError::Start { file: description.name.clone(), why })
        })
    }

    fn hold_against_schema(&self, description: &Description) -> Result<(), LoadError> {
        let broken = |why: String| LoadError::Start { file: description.name.clone(), why: one_line(&why) };
        if description.config_schema.len() > LONGEST_SCHEMA {
            return Err(broken(format!("its configuration schema has more than {LONGEST_SCHEMA} bytes")));
        }
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

/// Schemas are followed by recursion, and one can lead as deep as it is long. None where that fails all the same.
fn on_a_deep_stack<T: Send>(check: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(SCHEMA_STACK).spawn_scoped(scope, check);
        thread.ok()?.join().ok()
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(schema: &str) -> Result<(), LoadError> {
        Config::none().check(&Description {
            name: "m".into(),
            version: "1".into(),
            summary: String::new(),
            record_types: Vec::new(),
            config_schema: schema.into(),
        })
    }

    #[test]
    fn a_schema_that_is_none_is_refused_in_one_line_that_names_the_module() {
        let deep = format!(r#"{{"allOf":{}{}}}"#, "[{\"allOf\":".repeat(500), "[]".to_owned() + &"}]".repeat(500));
        let away = r#"{"$ref":"http://localhost:1/schema"}"#;
        let file = r#"{"$ref":"file:///etc/passwd"}"#;
        for schema in ["{", "null", "\n", "17", "[]", r#"{"type":"nothing"}"#, r#"{"pattern":"("}"#, &deep, away, file]
        {
            let error = checked(schema).err().map(|error| error.to_string());
            let error = error.as_deref().unwrap_or("taken");
            assert!(error.contains("\"m\"") && !error.contains('\n'), "{schema:.100}: {error:.300}");
        }
    }

    #[test]
    fn a_schema_that_goes_round_in_circles_ends() {
        for schema in [r##"{"$ref":"#"}"##, r##"{"allOf":[{"$ref":"#"}]}"##, r##"{"$dynamicRef":"#"}"##] {
            let _ = checked(schema);
        }
    }

    /// As deep as fits in what a schema may be long.
    #[test]
    fn a_schema_that_leads_very_deep_is_followed_to_its_end() {
        let nest = |inner: String| format!(r#"{}{inner}{}"#, r#"{"not":"#.repeat(100), "}".repeat(100));
        for (link, links) in
            [(nest(r##"{"$ref":"#/$defs/a"}"##.into()), 78), (r##"{"$ref":"#/$defs/a"}"##.into(), 2000)]
        {
            let link = |n: u32| format!(r#""a{n}":{}"#, link.replace("defs/a", &format!("defs/a{}", n + 1)));
            let links_text: Vec<String> = (0..links).map(link).collect();
            let schema = format!(r##"{{"$defs":{{{},"a{links}":{{}}}},"$ref":"#/$defs/a0"}}"##, links_text.join(","));
            assert!(schema.len() > LONGEST_SCHEMA * 8 / 10 && schema.len() <= LONGEST_SCHEMA, "{}", schema.len());
            let _ = checked(&schema);
        }
    }

    #[test]
    fn a_schema_that_is_too_long_is_refused() {
        let error = checked(&format!(r#"{{"title":"{}"}}"#, "x".repeat(LONGEST_SCHEMA))).err().map(|e| e.to_string());
        assert!(error.is_some_and(|error| error.contains("65536 bytes")));
    }
}
