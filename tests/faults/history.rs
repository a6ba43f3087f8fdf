//! What was posted and what was answered: all the checker knows of the senders' side.

use std::time::Duration;

/// Before one collector can see what another has just stored: milliseconds, but seconds while a broker is away and Kafka
/// finds another leader (docs/formats.md, "Messages that come again").
const AT_ONCE: Duration = Duration::from_secs(10);

/// What makes a message this one. Segments of one transaction id are messages of their own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    pub transaction_id: String,
    pub chunk: u32,
    pub chunks: u32,
}

/// A message and every attempt to post it.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: Id,
    /// Malformed at its last byte when not: whatever is answered, nothing of it may be stored.
    pub well_formed: bool,
    pub transactions: Vec<Transaction>,
    pub attempts: Vec<Attempt>,
}

/// A transaction of a message, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Of its text, as posted.
    pub digest: u64,
    /// In the order they are to be applied; none when it belongs in the dead letters.
    pub changes: Vec<Change>,
}

/// What a transaction does to one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key of the row, as its topic has it.
    pub key: String,
    /// Rises with every change of the row.
    pub version: u64,
    /// What the row says of itself; nothing when the row is gone.
    pub value: Option<String>,
}

/// One request, measured from the start of the round.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    pub began: Duration,
    pub ended: Duration,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 200.
    Stored,
    /// 4xx, or 500.
    Refused(u16),
    /// The sender stopped before the last byte.
    CutOff,
    /// 503, or the last byte was sent and no answer came.
    Unknown,
}

/// What must have become of a message, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was answered 200 at least once.
    Acknowledged,
    /// There or not, but whole.
    InDoubt,
    /// Not there, in no part.
    Never,
}

impl Message {
    pub fn fate(&self) -> Fate {
        match self.well_formed {
            true if self.had(Outcome::Stored) => Fate::Acknowledged,
            true if self.had(Outcome::Unknown) => Fate::InDoubt,
            _ => Fate::Never,
        }
    }

    /// How many copies the transactions topic may hold at most: one, unless attempts came at once or had no definite answer.
    pub fn copies_allowed(&self) -> usize {
        let whole = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Stored | Outcome::Unknown);
        let excused = self.had(Outcome::Unknown) || self.came_at_once();
        if excused { self.attempts.iter().filter(whole).count() } else { 1 }
    }

    /// For the person who looks for the cause of a violation.
    pub fn told(&self) -> String {
        format!("{} of {} transactions: {:?}", self.id, self.transactions.len(), self.attempts)
    }

    /// By its index, from 1.
    pub fn transaction(&self, index: u64) -> Option<&Transaction> {
        self.transactions.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    fn came_at_once(&self) -> bool {
        let overlap =
            |one: &Attempt, other: &Attempt| one.began < other.ended + AT_ONCE && other.began < one.ended + AT_ONCE;
        self.attempts
            .iter()
            .enumerate()
            .any(|(place, one)| self.attempts[..place].iter().any(|other| overlap(one, other)))
    }

    fn had(&self, outcome: Outcome) -> bool {
        self.attempts.iter().any(|attempt| attempt.outcome == outcome)
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:?} from {:.3} to {:.3} s", self.outcome, self.began.as_secs_f64(), self.ended.as_secs_f64())
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}/{}", self.transaction_id, self.chunk, self.chunks)
    }
}
