//! What is asked of the program: the first line of its standard input.

use std::io::BufRead;
use std::time::Duration;

use serde::Deserialize;

use crate::{Header, Message, Transaction};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Splitter,
    Mapper,
}

#[derive(Debug, Deserialize)]
pub struct Question {
    kind: Kind,
    seconds: f64,
    /// As the module gets it: JSON text.
    pub config: String,
    /// Of a splitter.
    #[serde(default)]
    message: Asked,
}

/// What is known of a message before its body.
#[derive(Debug, Default, Deserialize)]
struct Asked {
    transaction_id: String,
    name: Option<String>,
    from: Option<String>,
    to: Option<String>,
    headers: Vec<(String, String)>,
}

/// A transaction in the words of the transactions topic.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    #[serde(rename = "TransactionID")]
    transaction_id: String,
    transaction_index: u32,
    message_name: Option<String>,
    from: Option<String>,
    to: Option<String>,
    orig_time_stamp: Option<String>,
    transaction: String,
}

impl Question {
    pub fn read(input: &mut dyn BufRead, kind: Kind) -> Result<Self, String> {
        let mut line = String::new();
        input.read_line(&mut line).map_err(|error| error.to_string())?;
        let question: Self = serde_json::from_str(&line)
            .map_err(|error| format!("this program is for `ps-stream transform bench --native` to ask: {error}"))?;
        match question.kind == kind {
            true => Ok(question),
            false => {
                Err(format!("the module is a {:?}, and its crate measures a {kind:?}", question.kind).to_lowercase())
            }
        }
    }

    pub fn time(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }

    pub fn message(&self) -> Message {
        let Asked { transaction_id, name, from, to, headers } = &self.message;
        let header = |(name, value): &(String, String)| Header { name: name.clone(), value: value.clone() };
        Message {
            transaction_id: transaction_id.clone(),
            name: name.clone(),
            from: from.clone(),
            to: to.clone(),
            headers: headers.iter().map(header).collect(),
        }
    }
}

pub fn transaction(line: &str) -> Result<Transaction, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| format!("not a transaction: {error}"))?;
    Ok(Transaction {
        document: line.transaction,
        transaction_id: line.transaction_id,
        transaction_index: line.transaction_index,
        message_name: line.message_name,
        from: line.from,
        to: line.to,
        orig_time_stamp: line.orig_time_stamp,
    })
}
