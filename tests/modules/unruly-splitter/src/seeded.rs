//! Answers made from a seed: some good, most of them no answer at all by the contract.

use crate::contract::exports::ps_stream::transform::splitting::{
    Piece, Progress, Purpose, Rejection, Span, Transaction,
};
use crate::contract::ps_stream::transform::types::RejectionKind;
use crate::random::Random;

const TOPICS: [&str; 8] = ["other", "", ".", "no/topic", "ü", "a b", "A\n", "transactions"];
const TEXTS: [&str; 8] = ["UNRULY", "", ",", "a,b", "\n", "ü", "\0", "{}"];

/// `length` bytes of the body have come; what lies before `kept` is forgotten.
pub fn progress(random: &mut Random, length: u64, kept: &mut u64) -> Result<Progress, Rejection> {
    match random.below(60) {
        0 => return Err(rejection(random)),
        1 => panic!("told to panic by a seed"),
        _ => {}
    }
    let count = if random.below(30) == 0 { 5000 } else { random.below(4) };
    let transactions = (0..count).map(|_| transaction(random, length, *kept)).collect();
    let needed_from = match random.below(40) {
        0 => anywhere(random, length),
        1..20 => *kept,
        _ => *kept + random.next() % (length - *kept + 1),
    };
    *kept = needed_from.clamp(*kept, length);
    Ok(Progress { transactions, needed_from, message_name: (random.below(6) == 0).then(|| text(random)) })
}

fn transaction(random: &mut Random, length: u64, kept: u64) -> Transaction {
    let purposes = [Purpose::Rows, Purpose::Rows, Purpose::FullSyncHeader, Purpose::FullSyncTrailer];
    Transaction {
        purpose: *random.pick(&purposes),
        pieces: (0..pieces(random)).map(|_| piece(random, length, kept)).collect(),
        ordering_key: text(random),
        record_types: (0..random.below(4)).map(|_| text(random)).collect(),
        topic: topic(random),
    }
}

fn topic(random: &mut Random) -> Option<String> {
    match random.below(40) {
        0 => Some((*random.pick(&TOPICS)).to_owned()),
        1..10 => Some("other".to_owned()),
        _ => None,
    }
}

fn pieces(random: &mut Random) -> usize {
    if random.below(40) == 0 { 0 } else { 1 + random.below(3) }
}

fn piece(random: &mut Random, length: u64, kept: u64) -> Piece {
    match random.below(60) {
        0 => Piece::Rewritten(vec![0xff, 0xc0]),
        1 => Piece::Rewritten(vec![b'x'; random.below(1 << 20)]),
        2 => verbatim(anywhere(random, length), anywhere(random, length)),
        3..20 => Piece::Rewritten(b"<A/>".to_vec()),
        _ => {
            let offset = kept + random.next() % (length - kept + 1);
            verbatim(offset, (1 + random.next() % 2000).min(length - offset))
        }
    }
}

fn verbatim(offset: u64, length: u64) -> Piece {
    Piece::Verbatim(Span { offset, length })
}

/// Near the edges, mostly.
fn anywhere(random: &mut Random, length: u64) -> u64 {
    match random.below(6) {
        0 => u64::MAX - random.next() % 3,
        1 => length.wrapping_add(random.next() % 3).wrapping_sub(1),
        2 => random.next() % 3,
        3 => u64::from(u32::MAX) + random.next() % 3,
        4 => 1 << 63,
        _ => random.next(),
    }
}

fn text(random: &mut Random) -> String {
    match random.below(60) {
        0 => "x".repeat(random.below(1 << 20)),
        1 => not_utf8(),
        _ => (*random.pick(&TEXTS)).to_owned(),
    }
}

fn rejection(random: &mut Random) -> Rejection {
    let reason = match random.below(4) {
        0 => "one\ntwo\u{1b}[31m\0".to_owned(),
        1 => "ä".repeat(random.below(1 << 20)),
        _ => text(random),
    };
    Rejection { kind: RejectionKind::Malformed, reason, position: Some(random.next()) }
}

/// What no Rust code may look at: it only passes through.
fn not_utf8() -> String {
    unsafe { String::from_utf8_unchecked(vec![b'x', 0xff, 0xc0]) }
}
