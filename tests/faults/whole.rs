//! Messages as they are to appear where segments are held back: those of one transaction id as one, and only together.

use std::collections::BTreeMap;

use super::history::{Fate, Id, Message, Outcome};

pub fn joined(history: Vec<Message>) -> Vec<Message> {
    let (segments, mut whole): (Vec<Message>, _) = history.into_iter().partition(|message| message.id.chunks > 1);
    let mut messages: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    for segment in segments {
        messages.entry(segment.id.transaction_id.clone()).or_default().push(segment);
    }
    whole.extend(messages.into_iter().map(|(transaction_id, segments)| join(transaction_id, segments)));
    whole
}

/// One that lacks a segment may not be there. What comes again is no excuse here: a message appears once.
fn join(transaction_id: String, mut segments: Vec<Message>) -> Message {
    segments.sort_by_key(|segment| segment.id.chunk);
    let is_missing = segments.iter().any(|segment| segment.id.chunks as usize != segments.len());
    let worst = segments.iter().max_by_key(|segment| segment.fate()).filter(|_| !is_missing);
    let decisive = worst.and_then(|segment| {
        let outcome = if segment.fate() == Fate::Acknowledged { Outcome::Stored } else { Outcome::Unknown };
        segment.attempts.iter().find(|attempt| attempt.outcome == outcome)
    });
    Message {
        id: Id { transaction_id, chunk: 1, chunks: 1 },
        well_formed: true,
        attempts: decisive.into_iter().cloned().collect(),
        transactions: segments.into_iter().flat_map(|segment| segment.transactions).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::faults::history::{Attempt, Transaction};

    fn segment(chunk: u32, outcomes: &[Outcome]) -> Message {
        let attempt = |outcome: &Outcome| Attempt { began: Duration::ZERO, ended: Duration::ZERO, outcome: *outcome };
        Message {
            id: Id { transaction_id: "a".into(), chunk, chunks: 2 },
            well_formed: true,
            transactions: vec![Transaction { digest: chunk.into(), changes: Vec::new() }],
            attempts: outcomes.iter().map(attempt).collect(),
        }
    }

    fn fate_of(segments: Vec<Message>) -> (Fate, usize, Vec<u64>) {
        let whole = joined(segments);
        assert_eq!((whole.len(), whole[0].id.chunks), (1, 1));
        let digests = whole[0].transactions.iter().map(|transaction| transaction.digest).collect();
        (whole[0].fate(), whole[0].copies_allowed(), digests)
    }

    #[test]
    fn a_message_is_there_when_its_last_segment_is_and_once_however_often_they_came() {
        let (often, once) = ([Outcome::Unknown, Outcome::Stored, Outcome::Stored], [Outcome::Stored]);
        assert_eq!(fate_of(vec![segment(2, &often), segment(1, &once)]), (Fate::Acknowledged, 1, vec![1, 2]));
        let doubtful = [Outcome::Unknown, Outcome::Unknown];
        assert_eq!(fate_of(vec![segment(1, &once), segment(2, &doubtful)]), (Fate::InDoubt, 1, vec![1, 2]));
    }

    #[test]
    fn a_message_that_lacks_a_segment_may_not_be_there() {
        assert_eq!(fate_of(vec![segment(1, &[Outcome::Stored])]).0, Fate::Never);
        let cut_off = segment(2, &[Outcome::CutOff]);
        assert_eq!(fate_of(vec![segment(1, &[Outcome::Stored]), cut_off]).0, Fate::Never);
    }
}
