//! A mapper to copy from: PROJECT rows, with the text of some fields replaced by `***` before anyone sees it. `rowset::read`
//! reads the transaction, `Mapping` makes changes of its rows; this module only stands between the two.

use ps_stream_sdk::{Change, Description, KeyRules, Mapper, Mapping, Rejection, Transaction, export_mapper, rowset};
use serde::Deserialize;

#[derive(Debug)]
pub struct MaskProject {
    keys: KeyRules,
    mask: Vec<String>,
}

/// Its configuration: the fields to mask. As JSON: `{"mask": ["DESCR"]}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub mask: Vec<String>,
}

// The host checks a configuration against this before the module sees it.
const CONFIG_SCHEMA: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["mask"],
    "properties": { "mask": { "type": "array", "items": { "type": "string" } } }, "additionalProperties": false
}"#;

impl Mapper for MaskProject {
    type Config = Config;

    fn describe() -> Description {
        Description {
            record_types: vec!["PROJECT".into()],
            config_schema: CONFIG_SCHEMA.into(),
            ..Description::new("mask-project", env!("CARGO_PKG_VERSION"), "PROJECT rows with fields masked")
        }
    }

    fn new(config: Config) -> Result<Self, String> {
        let keys = KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])])?;
        Ok(Self { keys, mask: config.mask })
    }

    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
        let mut rowset = rowset::read(&transaction.document)?;
        rowset.rows.iter_mut().for_each(|row| mask(row, &self.mask));
        Mapping::new(&self.keys).changes(&rowset)
    }
}

// Child rows too: those without a topic of their own are part of the value.
fn mask(row: &mut rowset::Row<'_>, names: &[String]) {
    for field in row.fields.iter_mut().filter(|field| names.iter().any(|name| field.is_called(name))) {
        field.text = "***".into();
    }
    row.children.iter_mut().for_each(|child| mask(child, names));
}

export_mapper!(MaskProject);

#[cfg(test)]
mod tests;
