//! A mapper: transactions into changes of keyed rows. `rowset::read` reads a transaction and `Mapping` makes changes of its
//! rows; what is special about yours stands between the two.

use ps_stream_sdk::{
    Change, Description, KeyRules, Mapper, Mapping, Rejection, Transaction, export_mapper, rowset,
};
use serde::Deserialize;

/// The module, configured.
#[derive(Debug)]
pub struct Module {
    config: Config,
}

/// Its configuration, as `config.toml` has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The fields of each record type's key.
    pub keys: KeyRules,
    /// Fields that nobody is to see.
    #[serde(default)]
    pub hidden: Vec<String>,
}

/// The host holds a configuration against this before the module sees it.
const CONFIG_SCHEMA: &str = include_str!("../config-schema.json");

impl Mapper for Module {
    type Config = Config;

    fn describe() -> Description {
        let summary = env!("CARGO_PKG_DESCRIPTION");
        Description {
            config_schema: CONFIG_SCHEMA.into(),
            ..Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), summary)
        }
    }

    fn new(config: Config) -> Result<Self, String> {
        Ok(Self { config })
    }

    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
        let mut rowset = rowset::read(&transaction.document)?;
        // Here the rows can be changed, or left out, before they become changes.
        rowset
            .rows
            .iter_mut()
            .for_each(|row| hide(row, &self.config.hidden));
        Mapping::new(&self.config.keys).changes(&rowset)
    }
}

/// In child rows as well.
fn hide(row: &mut rowset::Row<'_>, hidden: &[String]) {
    row.fields
        .retain(|field| !hidden.iter().any(|name| field.is_called(name)));
    row.children
        .iter_mut()
        .for_each(|child| hide(child, hidden));
}

export_mapper!(Module);

#[cfg(test)]
mod tests;
