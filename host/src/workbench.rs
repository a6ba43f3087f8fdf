//! `ps-stream transform`: for those who write modules. Everything is run by the same code as in production, without a broker.
//!
//! A [`Workpiece`] is a module that is ready for inputs. [`run`] gives it some and tells what came of each, a [`Line`] at a
//! time; [`test`] holds that against what is expected in a [`Case`]. [`check`] goes through all that is asked of a module
//! when it is loaded. [`NewCrate`] is where a module of one's own begins, and [`build`] makes a module of it.

mod bench;
mod build;
mod case;
mod check;
mod difference;
mod feed;
mod layout;
mod line;
mod new;
mod run;
mod test;

use std::io;

use crate::contract::{Message, Transaction};
use crate::fault::{Fault, Faulty};
use crate::transform::{
    Config, Crash, Engine, Exchange, Found, Kind, LoadError, Mapper, Module, SplitError, Splitters,
};

pub use bench::{Measured, measure_mapper, measure_splitter};
pub use build::{Lines, build};
pub use case::Case;
pub use check::{Checked, Configuration, check};
pub use line::{CutTransaction, Line};
pub use new::NewCrate;
pub use run::run;
pub use test::{Verdict, When, test};

/// A module of either kind, configured.
#[derive(Debug, Clone)]
pub enum Workpiece {
    Splitter(Splitters),
    /// And the stock splitter, which cuts messages for it.
    Mapper(Mapper, Splitters),
}

#[derive(Debug, thiserror::Error)]
pub enum WorkbenchError {
    #[error("the message was not split")]
    Split(#[from] SplitError),
    #[error(transparent)]
    Crashed(#[from] Crash),
    #[error("the message has no transactions")]
    Empty,
    #[error("the input cannot be read")]
    Unread(#[source] io::Error),
    #[error("standard output")]
    Output(#[source] io::Error),
}

impl Faulty for WorkbenchError {
    fn fault(&self) -> Fault {
        match self {
            WorkbenchError::Split(error) => error.fault(),
            WorkbenchError::Crashed(error) => error.fault(),
            WorkbenchError::Empty => Fault::Sender,
            WorkbenchError::Unread(_) | WorkbenchError::Output(_) => Fault::Host,
        }
    }
}

impl Workpiece {
    pub fn start(engine: &Engine, module: Module, config: &Config) -> Result<Self, LoadError> {
        Ok(match module.kind {
            Kind::Splitter => Workpiece::Splitter(Splitters::start(module, config)?),
            Kind::Mapper => {
                let stock = Module::stock(engine, Kind::Splitter)?;
                Workpiece::Mapper(Mapper::start(module, config)?, Splitters::start(stock, &Config::none())?)
            }
        })
    }
}

/// What the headers of a message would tell.
fn message() -> Message {
    Message { transaction_id: "workbench".into(), name: None, from: None, to: None, headers: Vec::new() }
}

/// The transactions of a message, as `collect` would store them and `parse` would read them.
pub fn transactions(splitters: &Splitters, body: &[u8]) -> Result<Vec<Transaction>, WorkbenchError> {
    let found = split(splitters, body)?;
    Ok(found.into_iter().zip(1..).map(|(found, index)| transaction(found, index, None)).collect())
}

fn transaction(found: Found, index: u32, message_name: Option<String>) -> Transaction {
    Transaction {
        document: found.document,
        transaction_id: message().transaction_id,
        transaction_index: index,
        message_name,
        from: None,
        to: None,
        orig_time_stamp: None,
    }
}

fn split(splitters: &Splitters, body: &[u8]) -> Result<Vec<Found>, WorkbenchError> {
    let mut splitting = splitters.open(&message())?;
    let mut found = splitting.push(body)?;
    found.extend(splitting.finish()?);
    Ok(found)
}
