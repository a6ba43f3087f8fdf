//! One input through a module, and what came of it.

use super::feed::{self, Fed};
use super::input::Input;
use super::line::{CutTransaction, Line, Trouble};
use super::{WorkbenchError, Workpiece};
use crate::contract::{Purpose, Transaction};
use crate::transform::{Mapper, Splitters};

/// Transactions that a mapper is given at a time.
const BATCH: usize = 500;

/// Gives a module its input: a splitter a message, a mapper a message or the lines that a run of a splitter wrote. What came
/// of it is seen in the order of the input.
pub fn run(
    workpiece: &Workpiece,
    input: &mut Input<'_>,
    see: &mut impl FnMut(Line) -> Result<(), WorkbenchError>,
) -> Result<(), WorkbenchError> {
    match workpiece {
        Workpiece::Splitter(splitters) => run_splitter(splitters, input, see),
        Workpiece::Mapper(mapper, stock) => run_mapper(mapper, stock, input, see),
    }
}

fn run_splitter(
    splitters: &Splitters,
    input: &mut Input<'_>,
    see: &mut impl FnMut(Line) -> Result<(), WorkbenchError>,
) -> Result<(), WorkbenchError> {
    let head = input.head.clone();
    let trouble = feed::cut(splitters, input, |found, place, name| {
        see(Line::Transaction(CutTransaction::new(found, place, name, &head)))
    })?;
    trouble.map_or(Ok(()), |trouble| see(Line::Trouble(trouble)))
}

fn run_mapper(
    mapper: &Mapper,
    stock: &Splitters,
    input: &mut Input<'_>,
    see: &mut impl FnMut(Line) -> Result<(), WorkbenchError>,
) -> Result<(), WorkbenchError> {
    let mut batch = Batch { mapper, transactions: Vec::new(), see };
    if let Some(lines) = input.lines()? {
        feed::lines(lines, |fed| match fed {
            Fed::Transaction(transaction) => batch.add(transaction),
            Fed::Trouble(trouble) => batch.tell(trouble),
            Fed::Mark => Ok(()),
        })?;
        return batch.end();
    }
    let head = input.head.clone();
    let trouble = feed::cut(stock, input, |found, place, name| match found.purpose {
        Purpose::Rows => batch.add(CutTransaction::new(found, place, name, &head).into_transaction(place)),
        Purpose::FullSyncHeader | Purpose::FullSyncTrailer => Ok(()),
    })?;
    match trouble {
        Some(trouble) => batch.tell(trouble),
        None => batch.end(),
    }
}

/// Transactions that are mapped together.
struct Batch<'b, See> {
    mapper: &'b Mapper,
    transactions: Vec<Transaction>,
    see: &'b mut See,
}

impl<See: FnMut(Line) -> Result<(), WorkbenchError>> Batch<'_, See> {
    fn add(&mut self, transaction: Transaction) -> Result<(), WorkbenchError> {
        self.transactions.push(transaction);
        if self.transactions.len() < BATCH { Ok(()) } else { self.end() }
    }

    /// After what is under way.
    fn tell(&mut self, trouble: Trouble) -> Result<(), WorkbenchError> {
        self.end()?;
        (self.see)(Line::Trouble(trouble))
    }

    fn end(&mut self) -> Result<(), WorkbenchError> {
        let transactions = std::mem::take(&mut self.transactions);
        for (transaction, outcome) in transactions.iter().zip(self.mapper.map(&transactions)) {
            let place = transaction.transaction_index;
            match outcome {
                Ok(Ok(changes)) => changes.into_iter().try_for_each(|change| (self.see)(Line::Row(change)))?,
                Ok(Err(rejection)) => (self.see)(Line::Trouble(Trouble::of_transaction(place, rejection)))?,
                Err(crash) => (self.see)(Line::Trouble(Trouble::of_module(place, crash)))?,
            }
        }
        Ok(())
    }
}
