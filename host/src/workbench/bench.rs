//! How fast a module is: the same input again and again, for a while.

use std::io::BufRead;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Headers, Input, WorkbenchError, Workpiece, made_up, split, transactions};
use crate::contract::{Message, Transaction};
use crate::transform::{Exchange, Mapper, Splitters, Used};

/// As many transactions as `parse` hands a mapper at once.
const BATCH: usize = 2000;

/// What a module is to do.
pub enum Work<'w> {
    /// To cut a document that nothing is around any more.
    Split { splitters: &'w Splitters, message: Message, document: Vec<u8> },
    /// To map transactions, of which there are some.
    Map { mapper: &'w Mapper, transactions: Vec<Transaction> },
}

/// What a while of it came to.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
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
    #[serde(rename = "memory_bytes")]
    pub memory: i64,
}

impl<'w> Work<'w> {
    /// On a message as it was posted.
    pub fn read(workpiece: &'w Workpiece, headers: &Headers, bytes: &mut dyn BufRead) -> Result<Self, WorkbenchError> {
        let document = Input::posted(headers, bytes).whole()?;
        match workpiece {
            Workpiece::Splitter(splitters) => {
                Ok(Work::Split { splitters, message: headers.head().message(made_up), document })
            }
            Workpiece::Mapper(mapper, stock) => {
                let transactions = transactions(stock, headers, &document)?;
                if transactions.is_empty() {
                    Err(WorkbenchError::Empty)
                } else {
                    Ok(Work::Map { mapper, transactions })
                }
            }
        }
    }

    /// Does it until the time is over.
    pub fn measure(&self, time: Duration) -> Result<Measured, WorkbenchError> {
        match self {
            Work::Split { splitters, message, document } => measure_splitter(splitters, message, document, time),
            Work::Map { mapper, transactions } => measure_mapper(mapper, transactions, time),
        }
    }
}

fn measure_splitter(
    splitters: &Splitters,
    message: &Message,
    document: &[u8],
    time: Duration,
) -> Result<Measured, WorkbenchError> {
    let mut measured = Measured::default();
    splitters.take_up(); // to have it counted
    split(&mut splitters.open(message)?, document)?; // and warm
    let (began, before) = (Instant::now(), splitters.used());
    while began.elapsed() < time {
        measured.transactions += split(&mut splitters.open(message)?, document)?.len() as u64;
        measured.bytes += document.len() as u64;
        measured.rounds += 1;
    }
    measured.seconds = began.elapsed().as_secs_f64();
    Ok(measured.with(before, splitters.used()))
}

fn measure_mapper(mapper: &Mapper, transactions: &[Transaction], time: Duration) -> Result<Measured, WorkbenchError> {
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
    /// Bytes a second.
    #[allow(clippy::cast_precision_loss)]
    pub fn rate(&self) -> f64 {
        self.bytes as f64 / self.seconds
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Measured {
            rounds: self.rounds + other.rounds,
            transactions: self.transactions + other.transactions,
            bytes: self.bytes + other.bytes,
            seconds: self.seconds + other.seconds,
            calls: self.calls + other.calls,
            memory: self.memory.max(other.memory),
        }
    }

    fn with(self, before: Used, after: Used) -> Self {
        Measured { calls: after.calls - before.calls, memory: after.memory, ..self }
    }
}

/// A rejection is an answer like another; a crash is not.
fn map(mapper: &Mapper, batch: &[Transaction]) -> Result<(), WorkbenchError> {
    mapper.map(batch).into_iter().try_for_each(|outcome| outcome.map(drop).map_err(Into::into))
}
