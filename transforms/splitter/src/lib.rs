//! The stock splitter: every transaction of a rowset message, in document order, ordered by record type or, with key rules,
//! by the key of its first row.

use ps_stream_sdk::{
    Description, KeyRules, Message, Progress, Rejection, Splitter, TransactionSplitter, export_splitter,
};
use serde::Deserialize;

/// The stock splitter.
#[derive(Debug)]
pub struct StockSplitter(TransactionSplitter);

/// Its configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Record types whose transactions need to stay in order only where they are about the same row.
    pub keys: KeyRules,
}

impl Splitter for StockSplitter {
    type Config = Config;

    fn describe() -> Description {
        Description {
            config_schema: include_str!("../config-schema.json").into(),
            ..Description::new(
                "stock-splitter",
                env!("CARGO_PKG_VERSION"),
                "Every transaction of a rowset message, in document order",
            )
        }
    }

    fn open(config: &Config, _: Message) -> Self {
        Self(TransactionSplitter::new(&config.keys))
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        self.0.push(chunk)
    }

    fn finish(&mut self) -> Result<Progress, Rejection> {
        self.0.finish()
    }
}

export_splitter!(StockSplitter);

#[cfg(test)]
mod tests;
