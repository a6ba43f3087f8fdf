//! A splitter: a message into its transactions, as it arrives. `TransactionSplitter` cuts the message; what is special about
//! yours is what it says of each transaction.

use ps_stream_sdk::{
    Description, Message, Progress, Rejection, Splitter, TransactionSplitter, export_splitter,
};
use serde::Deserialize;

/// A message being split.
#[derive(Debug)]
pub struct Module {
    transactions: TransactionSplitter,
    config: Config,
}

/// The module's configuration, as `config.toml` has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Record types whose transactions go to a topic of their own.
    pub apart: Vec<String>,
    /// That topic, without the prefix.
    pub topic: String,
}

/// The host holds a configuration against this before the module sees it.
const CONFIG_SCHEMA: &str = include_str!("../config-schema.json");

impl Splitter for Module {
    type Config = Config;

    fn describe() -> Description {
        let summary = env!("CARGO_PKG_DESCRIPTION");
        Description {
            config_schema: CONFIG_SCHEMA.into(),
            ..Description::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), summary)
        }
    }

    fn open(config: &Config, _: Message) -> Self {
        Self {
            transactions: TransactionSplitter::default(),
            config: config.clone(),
        }
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        let progress = self.transactions.push(chunk)?;
        Ok(self.addressed(progress))
    }

    fn finish(&mut self) -> Result<Progress, Rejection> {
        let progress = self.transactions.finish()?;
        Ok(self.addressed(progress))
    }
}

impl Module {
    /// Here each transaction can be given a topic, or another ordering key, or be left out.
    fn addressed(&self, mut progress: Progress) -> Progress {
        for transaction in &mut progress.transactions {
            let is_apart = |name: &String| {
                self.config
                    .apart
                    .iter()
                    .any(|apart| apart.eq_ignore_ascii_case(name))
            };
            if transaction.record_types.iter().any(is_apart) {
                transaction.topic = Some(self.config.topic.clone());
            }
        }
        progress
    }
}

export_splitter!(Module);

#[cfg(test)]
mod tests;
