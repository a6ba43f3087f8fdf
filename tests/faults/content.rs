//! What is posted: message after message of each writer, all of it given by the seed.
//!
//! A writer changes rows nobody else does, with rising versions. A key change moves a row to a key that is never used again:
//! the order between two keys is not promised.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::history::{Change, Id, Transaction};
use super::rng::Rng;
use crate::harness::pipeline::project_key;

const NAME: &str = "PROJECT_SYNC";
/// Rows of a writer.
const ROWS: usize = 6;
/// More than this of a message is streamed into a Kafka transaction of its own.
const LARGE: usize = 256 << 10;
/// Most transactions of a message.
const MOST: u64 = 30;

/// A message to be posted, and what it means.
pub struct Content {
    pub id: Id,
    /// Of the message, as all of its kind have it.
    pub name: &'static str,
    pub body: String,
    pub transactions: Vec<Transaction>,
}

/// Whose rows a message changes.
pub struct Author<'a> {
    pub writer: usize,
    pub number: u64,
    /// Of a message outside the writer's order: it has an id and rows of its own.
    pub aside: Option<&'a str>,
}

impl Author<'_> {
    /// Every tenth message is the second segment of the ninth.
    fn id(&self) -> Id {
        let Self { writer, number, .. } = self;
        let name = |number: u64, chunk, chunks| Id { transaction_id: format!("w{writer}-{number}"), chunk, chunks };
        match (self.aside, number % 10) {
            (Some(aside), _) => Id { transaction_id: format!("w{writer}-{number}-{aside}"), chunk: 1, chunks: 1 },
            (None, 9) => name(*number, 1, 2),
            (None, 0) => name(*number - 1, 2, 2),
            (None, _) => name(*number, 1, 1),
        }
    }

    fn row(&self, row: usize) -> String {
        let Self { writer, number, .. } = self;
        self.aside.map_or_else(|| format!("W{writer}R{row}"), |aside| format!("W{writer}N{number}-{aside}R{row}"))
    }
}

impl Content {
    pub fn of(author: &Author<'_>, rng: &mut Rng) -> Self {
        let id = author.id();
        let count = match rng.below(10) {
            0..3 => 1,
            3..8 => rng.between(2, 8),
            _ => rng.between(9, MOST),
        };
        let filler = if rng.percent(4) { "x".repeat(LARGE / count as usize + 500) } else { String::new() };
        let mut body = String::from("<?xml version=\"1.0\"?><PROJECT_SYNC><MsgData>");
        let mut transactions = Vec::new();
        for index in 1..=count {
            let row = author.row(rng.below(ROWS));
            let change =
                Step { said: format!("{id}#{index}"), version: author.number * 100 + index, row, filler: &filler };
            let (document, changes) = change.draw(rng);
            transactions.push(Transaction { digest: digest(&document), changes });
            body.push_str(&document);
        }
        body.push_str("</MsgData></PROJECT_SYNC>");
        Self { id, name: NAME, body, transactions }
    }
}

/// One transaction in the making.
struct Step<'a> {
    said: String,
    version: u64,
    row: String,
    filler: &'a str,
}

impl Step<'_> {
    fn draw(&self, rng: &mut Rng) -> (String, Vec<Change>) {
        let row = &self.row;
        let (rows, changes) = match rng.below(100) {
            0..25 => (self.xml(row, "A"), vec![self.upsert(row)]),
            25..78 => (self.xml(row, "C"), vec![self.upsert(row)]),
            78..90 => (self.xml(row, "D"), vec![self.tombstone(row)]),
            90..97 => {
                let moved = format!("{row}V{}", self.version);
                let rows = self.xml(row, "K") + &self.xml(&moved, "N");
                (rows, vec![self.tombstone(row), self.upsert(&moved)])
            }
            _ => (self.xml(row, "X"), Vec::new()),
        };
        (format!("<Transaction>{rows}</Transaction>"), changes)
    }

    fn xml(&self, row: &str, action: &str) -> String {
        let Self { said, version, filler, .. } = self;
        format!(
            "<PROJECT class=\"R\"><BUSINESS_UNIT>US004</BUSINESS_UNIT><PROJECT_ID>{row}</PROJECT_ID>\
             <DESCR>{said}</DESCR><VERSION>{version}</VERSION><FILLER>{filler}</FILLER></PROJECT>\
             <PSCAMA class=\"R\"><AUDIT_ACTN>{action}</AUDIT_ACTN></PSCAMA>"
        )
    }

    fn upsert(&self, row: &str) -> Change {
        Change { key: project_key(row), version: self.version, value: Some(self.said.clone()) }
    }

    fn tombstone(&self, row: &str) -> Change {
        Change { key: project_key(row), version: self.version, value: None }
    }
}

pub fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
