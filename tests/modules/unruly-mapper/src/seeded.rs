//! Answers made from a seed: some good, most of them no answer at all by the contract.

use crate::contract::exports::ps_stream::transform::mapping::{Change, PrimaryKey, Rejection, Row};
use crate::contract::ps_stream::transform::types::RejectionKind;
use crate::random::Random;

pub type Answer = Result<Vec<Change>, Rejection>;

const RECORD_TYPES: [&str; 12] =
    ["UNRULY", "OTHER", "a-b.C", "", ".", "..", "no/topic", "ü", "a b", "A\n", "transactions", "dead-letters"];
const TEXTS: [&str; 24] = [
    "{}",
    "\"k\"",
    "[1]",
    "0",
    "true",
    "",
    " ",
    "null",
    " null",
    "null\n",
    "{",
    "}",
    "nul",
    "NaN",
    "[1,]",
    "{\"a\":}",
    "1 2",
    "\"\u{1}\"",
    "\u{feff}1",
    "\u{0}",
    "\"\\ud800\"",
    "1e999999",
    "{\"a\":1,\"a\":2}",
    "😀",
];

/// The same for the same seed, whatever batch it is asked for in.
pub fn answer(seed: u64) -> Answer {
    let mut random = Random::of(seed);
    match random.below(12) {
        0 => Err(rejection(&mut random)),
        1 => Ok(Vec::new()),
        2 => panic!("told to panic by seed {seed}"),
        // Half of what is left keeps to the contract, so that the other half has something to spoil.
        3..8 => Ok((0..=random.below(20)).map(|n| row("UNRULY", format!("\"{seed}-{n}\""), "{}".to_owned())).collect()),
        _ => Ok((0..=random.below(5)).map(|_| change(&mut random)).collect()),
    }
}

/// How many results there are too many or too few of.
pub fn miscount(seed: u64) -> i64 {
    let mut random = Random::of(!seed);
    if random.below(20) == 0 { random.below(7) as i64 - 3 } else { 0 }
}

fn change(random: &mut Random) -> Change {
    let (record_type, key) = (record_type(random), text(random));
    match random.below(3) {
        0 => Change::Tombstone(PrimaryKey { record_type, key }),
        _ => row(&record_type, key, text(random)),
    }
}

fn row(record_type: &str, key: String, value: String) -> Change {
    Change::Upsert(Row { record_type: record_type.to_owned(), key, value })
}

fn record_type(random: &mut Random) -> String {
    match random.below(16) {
        0 => "X".repeat(200 + random.below(2)),
        1 => "X".repeat(random.below(1 << 20)),
        2 => not_utf8(),
        _ => (*random.pick(&RECORD_TYPES)).to_owned(),
    }
}

fn text(random: &mut Random) -> String {
    match random.below(24) {
        0 => "[".repeat(random.below(1 << 20)),
        1 => format!("{}{}", "[".repeat(300), "]".repeat(300)),
        2 => format!("{:?}", "x".repeat(random.below(2 << 20))),
        3 => not_utf8(),
        _ => (*random.pick(&TEXTS)).to_owned(),
    }
}

fn rejection(random: &mut Random) -> Rejection {
    let reason = match random.below(5) {
        0 => String::new(),
        1 => "one\ntwo\u{1b}[31m\0".to_owned(),
        2 => "ä".repeat(random.below(1 << 20)),
        3 => not_utf8(),
        _ => "it is refused".to_owned(),
    };
    let position = (random.below(2) == 0).then(|| random.next());
    Rejection { kind: RejectionKind::Invalid, reason, position }
}

/// What no Rust code may look at: it only passes through.
pub fn not_utf8() -> String {
    unsafe { String::from_utf8_unchecked(vec![b'"', 0xff, 0xc0, b'"']) }
}
