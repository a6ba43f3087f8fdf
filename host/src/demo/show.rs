//! What the demonstration prints.

use std::io::{self, Write};
use std::net::SocketAddr;

use super::watch::{Watch, text};
use super::{DEAD_LETTERS, TABLES};
use crate::kafka::SourceRecord;
use crate::kafka::record::header;

pub fn opening(broker: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nThis is ps-stream: PeopleSoft messages in, tables in Kafka topics out.")?;
    writeln!(out, "The Kafka of this demonstration is an embedded mock broker at {broker}: it is in memory,")?;
    writeln!(out, "keeps nothing and compacts nothing. Everything else is what runs in production.\n")
}

pub fn posted(what: &str, status: u16, answer: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "  POST {:<52} {status} {answer}", what)
}

pub fn tables(watch: &Watch) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nWhat is in the topics now, each a table that anyone can follow:")?;
    for topic in TABLES {
        let records = watch.records(topic);
        let tombstones = records.iter().filter(|record| record.value.is_none()).count();
        writeln!(out, "\n  {topic} ({} records, {tombstones} of them tombstones)", records.len())?;
        for (key, value) in watch.table(topic) {
            writeln!(out, "    {key}\n      {value}")?;
        }
    }
    let letters = watch.records(DEAD_LETTERS);
    writeln!(out, "\n  {DEAD_LETTERS} ({})", letters.len())?;
    letters.iter().try_for_each(|letter| writeln!(out, "    {}", reason(letter)))?;
    writeln!(out)
}

pub fn your_turn(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Now post your own (Ctrl-C ends):\n")?;
    writeln!(out, "  curl -H 'MessageName: PROJECT_SYNC' -H 'TransactionID: my-1' http://{address}/ --data-binary \\")?;
    writeln!(
        out,
        "  '<PROJECT_SYNC><MsgData><Transaction><PROJECT class=\"R\"><BUSINESS_UNIT>US001</BUSINESS_UNIT>\
         <PROJECT_ID>MINE</PROJECT_ID><DESCR>My own</DESCR></PROJECT>\
         <PSCAMA class=\"R\"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA></Transaction></MsgData></PROJECT_SYNC>'\n"
    )
}

pub fn news(topic: &str, record: &SourceRecord) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match (topic, &record.value) {
        (DEAD_LETTERS, _) => writeln!(out, "  {topic}  {}", reason(record)),
        (_, Some(value)) => writeln!(out, "  {topic}  {}  {}", text(record.key.as_deref()), text(Some(value))),
        (_, None) => writeln!(out, "  {topic}  {}  deleted", text(record.key.as_deref())),
    }
}

fn reason(letter: &SourceRecord) -> &str {
    letter.header(header::DEAD_REASON).unwrap_or("no reason given")
}
