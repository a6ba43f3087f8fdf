//! A module run natively, to be measured beside its WebAssembly.
//!
//! `ps-stream transform bench FILE --native CRATE` builds the example `native` of the module's crate, gives it the input that the
//! module gets, and asks both in turn. So that example is one line, [`measure_mapper`] or [`measure_splitter`]; `ps-stream
//! transform new` has written it. What it does is what the module does, without what WebAssembly adds: the sandbox, the limits,
//! and the handing over. It is a program like any other, for `perf` and its kind as well. (In WebAssembly this room is not there,
//! as there is no clock.)

mod measured;
mod question;
mod splitting;
#[cfg(test)]
mod tests;

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use crate::{Mapper, Splitter, Transaction, export};

use measured::{Measured, measure};
use question::{Kind, Question, transaction};

/// As many transactions as `parse` hands a mapper at once.
const BATCH: usize = 2000;

/// All that `examples/native.rs` of a mapper's crate has to do.
///
/// ```no_run
/// # mod currencies {
/// #     use ps_stream_sdk::{Change, Description, KeyRules, Mapper, Mapping, NoConfig, Rejection, Transaction, rowset};
/// #     pub struct Module(KeyRules);
/// #     impl Mapper for Module {
/// #         type Config = NoConfig;
/// #         fn describe() -> Description { Description::new("currencies", "1.0.0", "Currencies") }
/// #         fn new(_: NoConfig) -> Result<Self, String> {
/// #             Ok(Self(KeyRules::new([("CURRENCY_CD_TBL", ["CURRENCY_CD"])])?))
/// #         }
/// #         fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
/// #             Mapping::new(&self.0).changes(&rowset::read(&transaction.document)?)
/// #         }
/// #     }
/// # }
/// fn main() -> std::process::ExitCode {
///     ps_stream_sdk::native::measure_mapper::<currencies::Module>()
/// }
/// ```
pub fn measure_mapper<M: Mapper>() -> ExitCode {
    answer(mapper::<M>)
}

/// All that `examples/native.rs` of a splitter's crate has to do.
///
/// ```no_run
/// # mod audited {
/// #     use ps_stream_sdk::{Description, Message, NoConfig, Progress, Rejection, Splitter, TransactionSplitter};
/// #     pub struct Module(TransactionSplitter);
/// #     impl Splitter for Module {
/// #         type Config = NoConfig;
/// #         fn describe() -> Description { Description::new("audited", "1.0.0", "As the stock splitter") }
/// #         fn open(_: &NoConfig, _: Message) -> Self { Self(TransactionSplitter::default()) }
/// #         fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> { self.0.push(chunk) }
/// #         fn finish(&mut self) -> Result<Progress, Rejection> { self.0.finish() }
/// #     }
/// # }
/// fn main() -> std::process::ExitCode {
///     ps_stream_sdk::native::measure_splitter::<audited::Module>()
/// }
/// ```
pub fn measure_splitter<S: Splitter>() -> ExitCode {
    answer(splitter::<S>)
}

/// Standard input is a question, a line of JSON, and after it what the module is to be given.
fn answer(measure: impl Fn(&mut dyn BufRead) -> Result<Measured, String>) -> ExitCode {
    let told = match measure(&mut io::stdin().lock()) {
        Ok(measured) => writeln!(io::stdout(), "{}", measured.json()),
        Err(why) => writeln!(io::stderr(), "error: {why}").and(Err(io::ErrorKind::Other.into())),
    };
    if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Transactions come a line each.
fn mapper<M: Mapper>(input: &mut dyn BufRead) -> Result<Measured, String> {
    let question = Question::read(input, Kind::Mapper)?;
    let mapper = M::new(export::read_config(&question.config)?)?;
    let lines = input.lines().map(|line| transaction(&line.map_err(|error| error.to_string())?));
    let transactions: Vec<Transaction> = lines.collect::<Result<_, String>>()?;
    let mut batches = transactions.chunks(BATCH).cycle();
    measure(question.time(), || {
        let batch = batches.next().ok_or("there are no transactions")?;
        drop(black_box(export::map_batch(&mapper, batch)));
        Ok((batch.len(), batch.iter().map(|transaction| transaction.document.len()).sum()))
    })
}

/// The document comes as it is.
fn splitter<S: Splitter>(input: &mut dyn BufRead) -> Result<Measured, String> {
    let question = Question::read(input, Kind::Splitter)?;
    let config = export::read_config(&question.config)?;
    let (message, mut document) = (question.message(), Vec::new());
    input.read_to_end(&mut document).map_err(|error| error.to_string())?;
    measure(question.time(), || {
        let splitter = S::open(&config, message.clone());
        let transactions = splitting::split(splitter, &document).map_err(|rejection| rejection.reason)?;
        Ok((transactions, document.len()))
    })
}
