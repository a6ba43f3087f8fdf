//! `ps-stream transform`: for those who write modules. Everything is run by the same code as in production, without a broker.
//!
//! A [`Workpiece`] is a module that is ready for inputs. [`run`] gives it some and tells what came of each, a [`Line`] at a
//! time; [`test`] holds that against what is expected in a [`Case`]. [`check`] goes through all that is asked of a module
//! when it is loaded. [`NewCrate`] is where a module of one's own begins, and [`build`] makes a module of it.

mod bench;
mod build;
mod case;
mod check;
mod compare;
mod difference;
mod feed;
mod headers;
mod input;
mod layout;
mod line;
mod native;
mod new;
mod run;
mod spread;
mod test;

use std::io;

use crate::contract::Transaction;
use crate::fault::{Fault, Faulty};
use crate::message::UnwrappingError;
use crate::transform::{
    Config, Crash, Engine, Exchange, Found, Kind, LoadError, Mapper, Module, SplitError, Splitters, Splitting,
};

pub use bench::{Measured, Work};
pub use build::{Lines, build};
pub use case::Case;
pub use check::{Checked, Configuration, check};
pub use compare::{Compared, ROUNDS, compare};
pub use headers::{Header, Headers};
pub use input::Input;
pub use line::{CutTransaction, Line};
pub use native::{Native, NativeError};
pub use new::NewCrate;
pub use run::run;
pub use spread::Spread;
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
    #[error(transparent)]
    Unwrapping(#[from] UnwrappingError),
    #[error("the message has no transactions")]
    Empty,
    #[error("the input is lines of transactions, which say themselves what headers would: leave the headers out")]
    HeadersOfLines,
    #[error(transparent)]
    Native(#[from] NativeError),
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
            WorkbenchError::Unwrapping(_) | WorkbenchError::Empty | WorkbenchError::HeadersOfLines => Fault::Sender,
            WorkbenchError::Native(_) | WorkbenchError::Unread(_) | WorkbenchError::Output(_) => Fault::Host,
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

/// The TransactionID of a message that has none: always the same, so that what comes of it is.
fn made_up() -> String {
    "workbench".into()
}

/// The transactions of a document that nothing is around any more, as `collect` would store them and `parse` would read them.
pub fn transactions(
    splitters: &Splitters,
    headers: &Headers,
    document: &[u8],
) -> Result<Vec<Transaction>, WorkbenchError> {
    let head = headers.head();
    let mut splitting = splitters.open(&head.message(made_up))?;
    let found = split(&mut splitting, document)?;
    let name = head.name.as_deref().or(splitting.message_name());
    let cut = |(found, index)| CutTransaction::new(found, index, name, &head).into_transaction(index);
    Ok(found.into_iter().zip(1..).map(cut).collect())
}

fn split(splitting: &mut Splitting, document: &[u8]) -> Result<Vec<Found>, SplitError> {
    let mut found = splitting.push(document)?;
    found.extend(splitting.finish()?);
    Ok(found)
}
