//! A splitter that does what the message's name says: panics, loops, swells or breaks the contract; of `SEED-17` it makes
//! answers from the seed 17.
//!
//! Otherwise the whole body is one transaction, whatever it is. Written against the bare contract, without the SDK, so that
//! it can do what the SDK would not let it.
// Natively it is nothing: the exports are named as no native linker takes them.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::panic, clippy::cast_possible_truncation, missing_debug_implementations, unsafe_code)]

#[allow(clippy::all, clippy::pedantic, clippy::restriction, unused_qualifications, unsafe_code)]
mod contract {
    wit_bindgen::generate!({ path: "../../../wit", world: "splitter", additional_derives: [Clone] });
}

#[path = "../../unruly-mapper/src/random.rs"]
mod random;
mod seeded;

use std::cell::{Cell, RefCell};

use contract::exports::ps_stream::transform::module::{Description, Guest as Module};
use contract::exports::ps_stream::transform::splitting::{
    Guest as Splitting, GuestSplitter, Message, Piece, Progress, Purpose, Rejection, Span, Transaction,
};

struct Unruly;

impl Module for Unruly {
    fn describe() -> Description {
        Description {
            name: "unruly-splitter".to_owned(),
            version: "0.0.1".to_owned(),
            summary: "does what the message's name says".to_owned(),
            record_types: Vec::new(),
            config_schema: String::new(),
        }
    }

    fn configure(_: String) -> Result<(), String> {
        Ok(())
    }
}

impl Splitting for Unruly {
    type Splitter = Split;
}

struct Split {
    name: String,
    length: Cell<u64>,
    /// Random numbers, and from where on its spans may lie, where its answers come from a seed.
    seeded: Option<RefCell<(random::Random, u64)>>,
}

impl Split {
    fn seeded(&self) -> Option<Result<Progress, Rejection>> {
        let mut seeded = self.seeded.as_ref()?.borrow_mut();
        let (random, kept) = &mut *seeded;
        Some(seeded::progress(random, self.length.get(), kept))
    }
}

impl GuestSplitter for Split {
    fn new(message: Message) -> Self {
        let name = message.name.unwrap_or_default();
        let seed = name.strip_prefix("SEED-").and_then(|seed| seed.parse().ok());
        let seeded = seed.map(|seed| RefCell::new((random::Random::of(seed), 0)));
        Self { name, length: Cell::new(0), seeded }
    }

    fn push(&self, chunk: Vec<u8>) -> Result<Progress, Rejection> {
        self.length.set(self.length.get() + chunk.len() as u64);
        if let Some(answer) = self.seeded() {
            return answer;
        }
        match self.name.as_str() {
            "PANIC" => panic!("told to panic"),
            "LOOP" => loop {
                std::hint::black_box(&self.name);
            },
            "SWELL" => swell(),
            "OUTSIDE" => Ok(progress(vec![piece(self.length.get() - 1, 1 << 40)], 0)),
            "EARLY" => Ok(progress(vec![piece(0, self.length.get())], 0)),
            "FORGOTTEN" => Ok(progress(vec![piece(0, 1)], 1)),
            "ECHO" => Ok(echo(self.length.get())),
            _ => Ok(Progress { transactions: Vec::new(), needed_from: 0, message_name: None }),
        }
    }

    fn finish(&self) -> Result<Progress, Rejection> {
        if let Some(answer) = self.seeded() {
            return answer;
        }
        match self.name.as_str() {
            "PANIC_LATE" | "EARLY" => panic!("told to panic at the end"),
            "NOT_UTF8" => Ok(progress(vec![Piece::Rewritten(vec![0xff, 0xfe])], 0)),
            _ => Ok(progress(vec![piece(0, self.length.get())], 0)),
        }
    }
}

fn piece(offset: u64, length: u64) -> Piece {
    Piece::Verbatim(Span { offset, length })
}

fn progress(pieces: Vec<Piece>, needed_from: u64) -> Progress {
    let transaction = Transaction {
        purpose: Purpose::Rows,
        pieces,
        ordering_key: "UNRULY".to_owned(),
        record_types: vec!["UNRULY".to_owned()],
        topic: None,
    };
    Progress { transactions: vec![transaction], needed_from, message_name: None }
}

/// All that has come so far, a hundred thousand times.
fn echo(length: u64) -> Progress {
    let one = progress(vec![piece(0, length)], 0).transactions;
    Progress { transactions: one.into_iter().cycle().take(100_000).collect(), needed_from: 0, message_name: None }
}

fn swell() -> Result<Progress, Rejection> {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&held);
    }
}

contract::export!(Unruly with_types_in contract);
