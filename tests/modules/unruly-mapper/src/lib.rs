//! A mapper that does what the transaction's id says: panics, loops, swells, answers too much or breaks the contract; of
//! `seed-17` it makes an answer from the seed 17.
//!
//! Written against the bare contract, without the SDK, so that it can do what the SDK would not let it.
// Natively it is nothing: the exports are named as no native linker takes them.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::panic, clippy::cast_possible_truncation, missing_debug_implementations, unsafe_code)]

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications, unsafe_code)]
mod contract {
    wit_bindgen::generate!({ path: "../../../wit", world: "mapper", additional_derives: [Clone] });
}

mod random;
mod seeded;

use contract::exports::ps_stream::transform::mapping::{
    Change, Guest as Mapping, PrimaryKey, Rejection, Row, Transaction,
};
use contract::exports::ps_stream::transform::module::{Description, Guest as Module};

struct Unruly;

impl Module for Unruly {
    fn describe() -> Description {
        Description {
            name: "unruly-mapper".to_owned(),
            version: "0.0.1".to_owned(),
            summary: "does what the transaction's id says".to_owned(),
            record_types: Vec::new(),
            config_schema: String::new(),
        }
    }

    fn configure(_: String) -> Result<(), String> {
        Ok(())
    }
}

impl Mapping for Unruly {
    fn map_batch(batch: Vec<Transaction>) -> Vec<Result<Vec<Change>, Rejection>> {
        contract::ps_stream::transform::telemetry::count("told", batch.len() as u64);
        if batch.iter().any(|transaction| deed(transaction) == "few") {
            return Vec::new();
        }
        let mut answers: Vec<_> = batch.iter().map(|transaction| seeded_or_told(transaction)).collect();
        let miscount: i64 = batch.iter().filter_map(seed).map(seeded::miscount).sum();
        answers.truncate((answers.len() as i64 + miscount).max(0) as usize);
        answers.extend((0..miscount).map(|_| Ok(Vec::new())));
        answers
    }
}

fn seeded_or_told(transaction: &Transaction) -> seeded::Answer {
    seed(transaction).map_or_else(|| Ok(answer(transaction)), seeded::answer)
}

/// 17 of `seed-17`.
fn seed(transaction: &Transaction) -> Option<u64> {
    transaction.transaction_id.strip_prefix("seed-")?.parse().ok()
}

/// `loop` of `loop-17`.
fn deed(transaction: &Transaction) -> &str {
    transaction.transaction_id.split('-').next().unwrap_or_default()
}

fn answer(transaction: &Transaction) -> Vec<Change> {
    let id = &transaction.transaction_id;
    let key = format!("{id:?}");
    match deed(transaction) {
        "panic" => panic!("told to panic by {id}"),
        "loop" => loop {
            std::hint::black_box(id);
        },
        "swell" => swell(),
        "flood" => vec![upsert("UNRULY", &key, &format!("{:?}", "x".repeat(512 << 20)))],
        "large" => vec![upsert("UNRULY", &key, &format!("{:?}", "x".repeat(2 << 20)))],
        "many" => vec![upsert("UNRULY", &key, "{}"); 200],
        "recurse" => vec![upsert("UNRULY", &key, &recurse(1).to_string())],
        "grow" => {
            std::hint::black_box(vec![1_u8; 100 << 20]);
            vec![upsert("UNRULY", &key, "{}")]
        }
        "nokey" => vec![upsert("UNRULY", "", "{}")],
        "nullkey" => vec![Change::Tombstone(PrimaryKey { record_type: "UNRULY".to_owned(), key: "null".to_owned() })],
        "novalue" => vec![upsert("UNRULY", &key, "")],
        "table" => vec![upsert(&id["table-".len()..], &key, "{}")],
        "notopic" => vec![upsert("no/topic name", &key, "{}")],
        _ => vec![upsert("UNRULY", &key, "{}")],
    }
}

fn upsert(record_type: &str, key: &str, value: &str) -> Change {
    Change::Upsert(Row { record_type: record_type.to_owned(), key: key.to_owned(), value: value.to_owned() })
}

fn swell() -> Vec<Change> {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&held);
    }
}

/// No compiler makes a loop of this.
#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    let deeper = std::hint::black_box(depth) + 1;
    recurse(deeper) + std::hint::black_box(deeper)
}

contract::export!(Unruly with_types_in contract);
