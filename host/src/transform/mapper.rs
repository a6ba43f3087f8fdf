//! Mapping transactions: a batch goes in, each comes back as changes, a rejection or a crash of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::Config;
use super::crash::Crash;
use super::figures::Used;
use super::identity::Identity;
use super::limits::Limit;
use super::load_error::LoadError;
use super::module::Module;
use super::rejection;
use super::slot::{Exchange, Slot};
use super::warm::Warm;
use crate::contract::{self, Change, Rejection, Transaction};

/// What became of one transaction.
pub type Outcome = Result<Answer, Crash>;
type Answer = Result<Vec<Change>, Rejection>;

/// Most bytes of a call, to the transaction that passes it: what a guest works on then stays in the processor's cache.
const CALL_BYTES: usize = 512 * 1024;
/// Most transactions of a call.
const CALL_TRANSACTIONS: usize = 500;

/// A mapper module and its warm instances.
#[derive(Clone)]
pub struct Mapper(Arc<Warm<contract::mapper::Mapper>>);

impl Slot<Mapper> {
    /// What the mapper in use makes of a batch, and which one it was.
    pub fn map(&self, batch: &[Transaction]) -> (Identity, Vec<Outcome>) {
        let mapper = self.get();
        let outcomes = mapper.map(batch);
        if self.source.has_files() {
            self.keep_latest(batch, &outcomes);
        }
        (mapper.identity().clone(), outcomes)
    }

    fn keep_latest(&self, batch: &[Transaction], outcomes: &[Outcome]) {
        for (transaction, outcome) in batch.iter().zip(outcomes).skip(batch.len().saturating_sub(Mapper::LATEST.0)) {
            if outcome.is_ok() {
                self.latest.add(transaction.document.len(), transaction.clone());
            }
        }
    }
}

impl Exchange for Mapper {
    type Input = Transaction;
    const LATEST: (usize, usize) = (32, 1 << 20);

    fn start(module: Module, config: &Config) -> Result<Self, LoadError> {
        Ok(Mapper(Arc::new(Warm::new(module, config)?)))
    }

    fn identity(&self) -> &Identity {
        self.0.identity()
    }

    fn config(&self) -> &str {
        self.0.config()
    }

    fn take_up(&self) {
        self.0.take_up();
    }

    fn try_on(&self, inputs: &[Transaction]) -> Result<(), Crash> {
        self.map(inputs).into_iter().try_for_each(|outcome| outcome.map(drop))
    }
}

impl Mapper {
    /// The record types the module says it is written for; none for any.
    pub fn record_types(&self) -> &[String] {
        &self.0.record_types
    }

    pub fn counters(&self) -> BTreeMap<String, u64> {
        let mut counters = BTreeMap::new();
        self.0.count(|tally| counters = tally.counted());
        counters
    }

    pub fn used(&self) -> Used {
        let mut used = Used::default();
        self.0.count(|tally| used = tally.used());
        used
    }

    /// One outcome a transaction, in their order.
    pub fn map(&self, batch: &[Transaction]) -> Vec<Outcome> {
        pieces(batch).into_iter().flat_map(|piece| self.map_piece(piece)).collect()
    }

    /// A module that fails on a piece gets each alone, so that only the one it fails on is given up. (Halving would spend the
    /// time limit again and again on a piece with one that loops.)
    fn map_piece(&self, piece: &[Transaction]) -> Vec<Outcome> {
        match self.try_map(piece) {
            Ok(answers) => {
                self.count(&answers);
                answers.into_iter().map(|answer| Ok(answer.map_err(rejection::plain))).collect()
            }
            Err(crash) if piece.len() <= 1 => {
                self.0.count(|tally| _ = tally.inputs.inc_by(piece.len() as u64));
                piece.iter().map(|_| Err(crash.clone())).collect()
            }
            Err(_) => piece.chunks(1).flat_map(|alone| self.map_piece(alone)).collect(),
        }
    }

    fn count(&self, answers: &[Answer]) {
        self.0.count(|tally| {
            tally.inputs.inc_by(answers.len() as u64);
            tally.outputs.inc_by(answers.iter().flatten().map(Vec::len).sum::<usize>() as u64);
            tally.rejections.inc_by(answers.iter().filter(|answer| answer.is_err()).count() as u64);
        });
    }

    fn try_map(&self, batch: &[Transaction]) -> Result<Vec<Answer>, Crash> {
        self.ask(batch).inspect_err(|crash| self.0.count(|tally| tally.crashed(crash)))
    }

    fn ask(&self, batch: &[Transaction]) -> Result<Vec<Answer>, Crash> {
        let mut live = self.0.take()?;
        let answers = live.call(|world, store| world.ps_stream_transform_mapping().call_map_batch(store, batch))?;
        self.check(&answers, batch.len())?;
        self.0.give(live);
        Ok(answers)
    }

    /// The rules of `wit/mapper.wit` that its types do not hold a module to.
    fn check(&self, answers: &[Answer], asked: usize) -> Result<(), Crash> {
        let (identity, limits) = (self.identity(), self.0.limits());
        if answers.len() != asked {
            return Err(Crash::breach(identity, format!("{} results for {asked} transactions", answers.len())));
        }
        let changes = || answers.iter().flatten().flatten();
        if changes().count() > limits.items {
            return Err(Crash::past(Limit::Items, identity, limits));
        }
        if changes().map(size).sum::<usize>() > limits.output.0 {
            return Err(Crash::past(Limit::Output, identity, limits));
        }
        changes().try_for_each(check_change).map_err(|what| Crash::breach(identity, what))
    }
}

fn check_change(change: &Change) -> Result<(), String> {
    let (record_type, key) = match change {
        Change::Upsert(row) => (&row.record_type, &row.key),
        Change::Tombstone(gone) => (&gone.record_type, &gone.key),
    };
    if !is_name(record_type) {
        return Err(format!("record type \"{}\" cannot be part of a topic's name", record_type.escape_debug()));
    }
    if !is_json(key) {
        return Err(format!("a key for record type \"{record_type}\" that is not JSON, or null"));
    }
    match change {
        Change::Upsert(row) if !is_json(&row.value) => Err(format!(
            "a value for record type \"{record_type}\" that is not JSON, or null (a row that is gone is a tombstone)"
        )),
        _ => Ok(()),
    }
}

/// Whether it is JSON, and says something.
fn is_json(text: &str) -> bool {
    text.trim() != "null" && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn size(change: &Change) -> usize {
    match change {
        Change::Upsert(row) => row.record_type.len() + row.key.len() + row.value.len(),
        Change::Tombstone(gone) => gone.record_type.len() + gone.key.len(),
    }
}

impl std::fmt::Debug for Mapper {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Mapper").field(self.identity()).finish()
    }
}

/// The batch in pieces, each of them for one call.
fn pieces(mut batch: &[Transaction]) -> Vec<&[Transaction]> {
    let mut pieces = Vec::new();
    while !batch.is_empty() {
        let mut bytes = 0;
        let fits = |transaction: &&Transaction| {
            let room = bytes < CALL_BYTES;
            bytes += transaction.document.len();
            room
        };
        let (piece, rest) = batch.split_at(batch.iter().take(CALL_TRANSACTIONS).take_while(fits).count());
        pieces.push(piece);
        batch = rest;
    }
    pieces
}

/// What `wit/mapper.wit` allows in a record type: it becomes part of a topic's name.
fn is_name(record_type: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !record_type.is_empty() && record_type.len() <= 200 && record_type.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(sizes: &[usize]) -> Vec<Transaction> {
        let transaction = |size: &usize| Transaction {
            document: "x".repeat(*size),
            transaction_id: String::new(),
            transaction_index: 1,
            message_name: None,
            from: None,
            to: None,
            orig_time_stamp: None,
        };
        sizes.iter().map(transaction).collect()
    }

    fn lengths(sizes: &[usize]) -> Vec<usize> {
        pieces(&batch(sizes)).into_iter().map(<[Transaction]>::len).collect()
    }

    #[test]
    fn a_batch_goes_in_pieces_that_are_bounded_in_number_and_size_and_none_is_empty() {
        assert_eq!(lengths(&[]), [] as [usize; 0]);
        assert_eq!(lengths(&vec![10; 1201]), [500, 500, 201]);
        assert_eq!(lengths(&[CALL_BYTES + 1, 5, CALL_BYTES, 5]), [1, 2, 1]);
        assert_eq!(lengths(&[0, CALL_BYTES * 2]), [2]);
    }

    #[test]
    fn a_null_is_no_key_and_no_value_however_much_space_is_around_it() {
        for text in ["null", " null", "null\n", "\t null ", "", " ", "nul", "[1,]", "\u{feff}1", "\"\u{1}\"", "1 2"] {
            assert!(!is_json(text), "{text:?}");
        }
        assert!(["0", " {} ", "[]", "\"\"", "[null]"].into_iter().all(is_json));
        assert!(!is_json(&"[".repeat(1 << 20)));
    }
}
