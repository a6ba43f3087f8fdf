//! A sender of full syncs: changes of some rows, then a header, some of the rows, and a trailer, again and again. Rows it left
//! out are to be gone.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::content::{Content, digest};
use super::history::{Change, Id, Message, Transaction};
use super::rng::Rng;
use super::writer::Writer;

pub const RECORD_TYPE: &str = "VENDOR";
const NAME: &str = "VENDOR_FULLSYNC";
/// Rows there may be.
const ROWS: usize = 24;
/// Most messages in a round.
const MOST: u64 = 10_000;

/// A message of a full sync, or before it.
#[derive(Debug, Clone)]
pub struct Copied {
    pub message: Message,
    pub part: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Rows,
    Header,
    Trailer,
}

/// Until the writer is to stop, be it in the middle of one.
pub fn copy(writer: &Writer<'_>) -> Vec<Copied> {
    let mut copied = Vec::new();
    let mut numbers = 1..=MOST;
    while let Some(next) = numbers.next().filter(|_| !writer.stop.load(Ordering::Relaxed)) {
        let mut rng = writer.rng(next);
        let copies = rng.between(1, 4) as usize;
        let parts = [&[Part::Rows, Part::Header][..], &vec![Part::Rows; copies], &[Part::Trailer]].concat();
        for (part, number) in parts.into_iter().zip(std::iter::once(next).chain(&mut numbers)) {
            if writer.stop.load(Ordering::Relaxed) {
                break;
            }
            let content = content(number, part, &mut rng);
            copied.push(Copied { message: writer.ordered(&content, &mut rng), part });
            std::thread::sleep(Duration::from_millis(rng.between(5, 120)));
        }
    }
    copied
}

/// Whether a transaction is one of these.
pub fn is_of(id: &Id) -> bool {
    id.transaction_id.starts_with("sync-")
}

fn content(number: u64, part: Part, rng: &mut Rng) -> Content {
    let id = Id { transaction_id: format!("sync-{number}"), chunk: 1, chunks: 1 };
    let steps: Vec<(String, Vec<Change>)> = match part {
        Part::Header => vec![(mark("H"), Vec::new())],
        Part::Trailer => vec![(mark("T"), Vec::new())],
        Part::Rows => (1..=rng.between(1, 8)).map(|index| row(number * 100 + index, rng)).collect(),
    };
    let documents: String = steps.iter().map(|(document, _)| document.as_str()).collect();
    let body = format!(
        "<{NAME}><FieldTypes><{RECORD_TYPE} class='R'/><PSCAMA class='R'/></FieldTypes><MsgData>{documents}</MsgData></{NAME}>"
    );
    let transaction = |(document, changes): (String, Vec<Change>)| Transaction { digest: digest(&document), changes };
    Content { id, name: NAME, body, transactions: steps.into_iter().map(transaction).collect() }
}

fn row(version: u64, rng: &mut Rng) -> (String, Vec<Change>) {
    let (vendor, said) = (format!("V{}", rng.below(ROWS)), version.to_string());
    let document = format!(
        "<Transaction><{RECORD_TYPE} class='R'><VENDOR_ID>{vendor}</VENDOR_ID><DESCR>{said}</DESCR></{RECORD_TYPE}>\
         <PSCAMA class='R'><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA></Transaction>"
    );
    (document, vec![Change { key: format!("\"{vendor}\""), version, value: Some(said) }])
}

fn mark(flag: &str) -> String {
    format!(
        "<Transaction><{RECORD_TYPE} class='R'><VENDOR_ID></VENDOR_ID></{RECORD_TYPE}>\
         <PSCAMA class='R'><AUDIT_ACTN/><MSG_SEQ_FLG>{flag}</MSG_SEQ_FLG></PSCAMA></Transaction>"
    )
}
