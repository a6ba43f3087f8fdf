//! The judge: what was posted and answered, held against what is found. Pure, and without a line of the program's code.

mod effects;
mod full_syncs;
mod messages;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::copier::Copied;
use super::found::{Found, Place, Row, Stored};
use super::history::{Change, Fate, Id, Message};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Answered 200, and not in the transactions topic.
    Lost,
    /// A part of a message.
    Half,
    /// More copies of a message than its sender gave cause for.
    Doubled,
    /// A message that was never all there for the collector, or a transaction nobody posted.
    Uninvited,
    /// A good message refused, or a malformed one taken.
    WrongAnswer,
    /// A change of a stored transaction that no row shows.
    NoEffect,
    /// A change that several rows show.
    SecondEffect,
    /// A row that no stored transaction gives cause for.
    StrangeRow,
    /// An older change of a row after a newer one.
    Inversion,
    /// The rows that are left are not those that were posted.
    WrongTable,
    /// A dead letter missing, doubled or strange.
    DeadLetter,
    /// A row that a full sync left out and that stayed, went twice or went for no reason; or a version of it too many.
    FullSync,
    /// What is stored had not all its effect when there was time enough.
    Unfinished,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub what: String,
}

#[derive(Debug, Default)]
pub struct Verdict {
    pub violations: Vec<Violation>,
    /// Messages the transactions topic holds more than once, with cause.
    pub second_copies: usize,
}

pub fn check(history: &[Message], copied: &[Copied], found: &Found) -> Verdict {
    let evidence = Evidence::of(history, found);
    let mut verdict = Verdict::default();
    messages::check(&evidence, &mut verdict);
    effects::check(&evidence, &mut verdict);
    full_syncs::check(copied, found, &mut verdict);
    verdict
}

/// Both sides, with what finds one from the other.
struct Evidence<'a> {
    history: &'a [Message],
    found: &'a Found,
    messages: HashMap<&'a Id, &'a Message>,
    sources: HashMap<Place, &'a Stored>,
    /// How often each transaction of a message is in the transactions topic.
    copies: HashMap<&'a Id, BTreeMap<u64, usize>>,
}

impl<'a> Evidence<'a> {
    fn of(history: &'a [Message], found: &'a Found) -> Self {
        let mut copies: HashMap<&Id, BTreeMap<u64, usize>> = HashMap::new();
        for stored in &found.transactions {
            *copies.entry(&stored.id).or_default().entry(stored.index).or_default() += 1;
        }
        Self {
            history,
            found,
            messages: history.iter().map(|message| (&message.id, message)).collect(),
            sources: found.transactions.iter().map(|stored| (stored.place, stored)).collect(),
            copies,
        }
    }

    /// The messages that must have their effect: those acknowledged, and those in doubt that are there.
    fn effective(&self) -> impl Iterator<Item = &'a Message> {
        self.history.iter().filter(|message| match message.fate() {
            Fate::Acknowledged => true,
            Fate::InDoubt => self.copies.contains_key(&message.id),
            Fate::Never => false,
        })
    }

    /// The transaction a row comes from, and the change that it shows.
    fn cause(&self, row: &Row) -> Option<(&'a Stored, &'a Change)> {
        let stored = *self.sources.get(&row.source)?;
        let transaction = self.messages.get(&stored.id)?.transaction(stored.index)?;
        let shown = |change: &&Change| change.key == row.key && change.value == row.value;
        Some((stored, transaction.changes.iter().find(shown)?))
            .filter(|_| row.transaction_id == stored.id.transaction_id)
    }
}

impl Verdict {
    pub fn add(&mut self, kind: Kind, what: String) {
        self.violations.push(Violation { kind, what });
    }
}
