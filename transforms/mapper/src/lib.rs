//! The stock mapper: rows keyed by configured rules, each record type with a rule a topic of its own.

mod shipped;

use ps_stream_sdk::{
    Change, Description, KeyRules, Mapper, Mapping, Rejection, Transaction, Translations, export_mapper, rowset,
};
use serde::Deserialize;

/// The stock mapper.
#[derive(Debug)]
pub struct StockMapper {
    keys: KeyRules,
    translations: Translations,
}

/// Its configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The key rules, in place of the shipped ones.
    pub keys: Option<KeyRules>,
    /// What becomes of rows that are translations.
    pub translations: Translations,
}

impl Mapper for StockMapper {
    type Config = Config;

    fn describe() -> Description {
        Description {
            config_schema: include_str!("../config-schema.json").into(),
            ..Description::new(
                "stock-mapper",
                env!("CARGO_PKG_VERSION"),
                "Rows keyed by configured rules, each record type with a rule a topic of its own",
            )
        }
    }

    fn new(config: Config) -> Result<Self, String> {
        Ok(Self { keys: config.keys.map_or_else(shipped::keys, Ok)?, translations: config.translations })
    }

    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
        let rowset = rowset::read(&transaction.document)?;
        Mapping::new(&self.keys).translations(self.translations).changes(&rowset)
    }
}

export_mapper!(StockMapper);

#[cfg(test)]
mod tests;
