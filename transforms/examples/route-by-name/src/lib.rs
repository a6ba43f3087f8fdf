//! A splitter to copy from: each message name gets a topic of its own. `PROJECT_SYNC` goes to `ps.project-sync`.
//!
//! `TransactionSplitter` cuts the message; this module only says where its transactions go.

use ps_stream_sdk::{
    Description, Message, NoConfig, Progress, Rejection, Splitter, TransactionSplitter, export_splitter,
};

/// A message being split: the machine that does it, and the message's name as far as it is known.
#[derive(Debug)]
pub struct RouteByName {
    transactions: TransactionSplitter,
    message_name: Option<String>,
}

impl Splitter for RouteByName {
    type Config = NoConfig; // or a struct that derives serde's Deserialize, and its JSON Schema below

    fn describe() -> Description {
        Description::new("route-by-name", env!("CARGO_PKG_VERSION"), "Each message name to a topic of its own")
    }

    fn open(_: &NoConfig, message: Message) -> Self {
        Self { transactions: TransactionSplitter::default(), message_name: message.name }
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        let mut progress = self.transactions.push(chunk)?;
        // What the sender said in its headers comes first; the document's own word where they said nothing.
        let name = self.message_name.as_ref().or(progress.message_name.as_ref());
        let topic = name.map_or_else(|| "transactions".to_owned(), |name| topic_of(name));
        for transaction in &mut progress.transactions {
            transaction.topic = Some(topic.clone());
        }
        Ok(progress)
    }

    fn finish(&mut self) -> Result<Progress, Rejection> {
        self.transactions.finish()
    }
}

fn topic_of(message_name: &str) -> String {
    message_name.to_lowercase().replace('_', "-")
}

export_splitter!(RouteByName);

#[cfg(test)]
mod tests;
