//! The transactions topic: all of what was acknowledged, nothing of what was not, nothing half.

use std::collections::BTreeMap;

use super::{Evidence, Kind, Verdict};
use crate::faults::history::{Fate, Message, Outcome};

pub fn check(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    let nothing = BTreeMap::new();
    for message in evidence.history {
        answers(message, verdict);
        presence(message, evidence.copies.get(&message.id).unwrap_or(&nothing), verdict);
    }
    strangers(evidence, verdict);
}

fn answers(message: &Message, verdict: &mut Verdict) {
    let wrong = |outcome: &Outcome| match outcome {
        Outcome::Stored => !message.well_formed,
        Outcome::Refused(_) => message.well_formed,
        Outcome::CutOff | Outcome::Unknown => false,
    };
    for attempt in message.attempts.iter().filter(|attempt| wrong(&attempt.outcome)) {
        let shape = if message.well_formed { "well-formed" } else { "malformed" };
        verdict.add(Kind::WrongAnswer, format!("{shape} message {} was answered {:?}", message.id, attempt.outcome));
    }
}

fn presence(message: &Message, copies: &BTreeMap<u64, usize>, verdict: &mut Verdict) {
    let id = &message.id;
    let indexes = 1..=message.transactions.len() as u64;
    let times: Vec<usize> = indexes.map(|index| copies.get(&index).copied().unwrap_or(0)).collect();
    let (fewest, most) = (times.iter().min().copied().unwrap_or(0), times.iter().max().copied().unwrap_or(0));
    match message.fate() {
        _ if most == 0 && message.fate() != Fate::Acknowledged => {}
        Fate::Never => verdict.add(Kind::Uninvited, format!("message {id} was never taken, and is there: {times:?}")),
        _ if most == 0 => verdict.add(Kind::Lost, format!("message {id} was answered 200, and is not there")),
        _ if fewest != most => verdict.add(Kind::Half, format!("message {id} is there in part: {times:?}")),
        _ if most > message.copies_allowed() => verdict.add(
            Kind::Doubled,
            format!("message {id} is there {most} times, {} allowed: {:?}", message.copies_allowed(), message.attempts),
        ),
        _ => verdict.second_copies += usize::from(most > 1),
    }
}

fn strangers(evidence: &Evidence<'_>, verdict: &mut Verdict) {
    for stored in &evidence.found.transactions {
        let message = evidence.messages.get(&stored.id);
        let posted = message.and_then(|message| message.transaction(stored.index));
        if posted.is_none_or(|posted| posted.digest != stored.digest) {
            let (id, index) = (&stored.id, stored.index);
            verdict.add(Kind::Uninvited, format!("transaction {index} of message {id} was not posted like this"));
        }
    }
}
