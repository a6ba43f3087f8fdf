//! `ps-stream transform`: for those who write modules. Everything is run by the same code as in production.

mod bench;

use crate::contract::{Message, Transaction};
use crate::fault::{Fault, Faulty};
use crate::transform::{Crash, Found, SplitError, Splitters};

pub use bench::{Measured, measure_mapper, measure_splitter};

#[derive(Debug, thiserror::Error)]
pub enum WorkbenchError {
    #[error("the message was not split")]
    Split(#[from] SplitError),
    #[error(transparent)]
    Crashed(#[from] Crash),
    #[error("the message has no transactions")]
    Empty,
}

impl Faulty for WorkbenchError {
    fn fault(&self) -> Fault {
        match self {
            WorkbenchError::Split(error) => error.fault(),
            WorkbenchError::Crashed(error) => error.fault(),
            WorkbenchError::Empty => Fault::Sender,
        }
    }
}

/// The transactions of a message, as `collect` would store them and `parse` would read them.
pub fn transactions(splitters: &Splitters, body: &[u8]) -> Result<Vec<Transaction>, WorkbenchError> {
    let found = split(splitters, body)?;
    let transaction = |(found, index): (Found, u32)| Transaction {
        document: found.document,
        transaction_id: "workbench".into(),
        transaction_index: index,
        message_name: None,
        from: None,
        to: None,
        orig_time_stamp: None,
    };
    Ok(found.into_iter().zip(1..).map(transaction).collect())
}

fn split(splitters: &Splitters, body: &[u8]) -> Result<Vec<Found>, WorkbenchError> {
    let message = Message { transaction_id: "workbench".into(), name: None, from: None, to: None, headers: Vec::new() };
    let mut splitting = splitters.open(&message)?;
    let mut found = splitting.push(body)?;
    found.extend(splitting.finish()?);
    Ok(found)
}
