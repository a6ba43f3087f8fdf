//! How fast a module is: the same input again and again, for a while.

use std::time::{Duration, Instant};

use super::{Headers, WorkbenchError, made_up, split};
use crate::contract::Transaction;
use crate::transform::{Exchange, Mapper, Splitters, Used};

/// As many transactions as `parse` hands a mapper at once.
const BATCH: usize = 2000;

/// What a while of it came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measured {
    /// Messages split, or batches mapped.
    pub rounds: u64,
    pub transactions: u64,
    /// Of input.
    pub bytes: u64,
    pub seconds: f64,
    /// Of the module.
    pub calls: u64,
    /// The most that an instance has had, in bytes.
    pub memory: i64,
}

/// Splits the document until the time is over.
pub fn measure_splitter(
    splitters: &Splitters,
    headers: &Headers,
    document: &[u8],
    time: Duration,
) -> Result<Measured, WorkbenchError> {
    let (mut measured, message) = (Measured::default(), headers.head().message(made_up));
    splitters.take_up(); // to have it counted
    split(&mut splitters.open(&message)?, document)?; // and warm
    let (began, before) = (Instant::now(), splitters.used());
    while began.elapsed() < time {
        measured.transactions += split(&mut splitters.open(&message)?, document)?.len() as u64;
        measured.bytes += document.len() as u64;
        measured.rounds += 1;
    }
    measured.seconds = began.elapsed().as_secs_f64();
    Ok(measured.with(before, splitters.used()))
}

/// Maps the transactions until the time is over.
pub fn measure_mapper(
    mapper: &Mapper,
    transactions: &[Transaction],
    time: Duration,
) -> Result<Measured, WorkbenchError> {
    if transactions.is_empty() {
        return Err(WorkbenchError::Empty);
    }
    let batches: Vec<(&[Transaction], u64)> =
        transactions.chunks(BATCH).map(|batch| (batch, batch.iter().map(|t| t.document.len() as u64).sum())).collect();
    let mut measured = Measured::default();
    mapper.take_up();
    map(mapper, transactions.get(..1).unwrap_or_default())?;
    let (began, before) = (Instant::now(), mapper.used());
    for (batch, bytes) in batches.iter().cycle() {
        map(mapper, batch)?;
        measured.transactions += batch.len() as u64;
        measured.bytes += bytes;
        measured.rounds += 1;
        if began.elapsed() >= time {
            break;
        }
    }
    measured.seconds = began.elapsed().as_secs_f64();
    Ok(measured.with(before, mapper.used()))
}

impl Measured {
    fn with(self, before: Used, after: Used) -> Self {
        Measured { calls: after.calls - before.calls, memory: after.memory, ..self }
    }
}

/// A rejection is an answer like another; a crash is not.
fn map(mapper: &Mapper, batch: &[Transaction]) -> Result<(), WorkbenchError> {
    mapper.map(batch).into_iter().try_for_each(|outcome| outcome.map(drop).map_err(Into::into))
}
