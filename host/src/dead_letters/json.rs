//! Letters for a program to read: one JSON object a letter.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::selection::record_types;
use super::text;
use crate::kafka::record::header;
use crate::kafka::{Deed, Letter, Position, Resolution};

#[derive(Serialize)]
struct Line<'l> {
    at: String,
    time: Option<&'l str>,
    kind: Option<&'l str>,
    reason: Option<&'l str>,
    position: Option<u64>,
    record_types: Vec<&'l str>,
    transaction_id: String,
    message_name: Option<&'l str>,
    module: Option<&'l str>,
    module_hash: Option<&'l str>,
    consumer_group: Option<&'l str>,
    source: String,
    replay_of: Option<String>,
    resolution: Option<&'static str>,
}

#[derive(Serialize)]
struct Page<'l> {
    #[serde(flatten)]
    line: Line<'l>,
    backtrace: Option<&'l str>,
    /// Text where it is, or else an array of bytes; so are the values of headers.
    key: Value,
    headers: Vec<(&'l str, Value)>,
    value: Value,
    /// Where the value is a stored transaction.
    document: Option<String>,
}

pub fn line(out: &mut impl Write, letter: &Letter, resolution: Option<Resolution>) -> io::Result<()> {
    write(out, &Line::of(letter, resolution))
}

pub fn page(out: &mut impl Write, letter: &Letter, resolution: Option<Resolution>) -> io::Result<()> {
    let headers = letter.original_headers().iter();
    let page = Page {
        line: Line::of(letter, resolution),
        backtrace: letter.says(header::DEAD_BACKTRACE),
        key: exactly(letter.key()),
        headers: headers.map(|(name, value)| (&**name, exactly(value.as_deref()))).collect(),
        value: exactly(letter.value()),
        document: text::document(letter),
    };
    write(out, &page)
}

pub fn summary(out: &mut impl Write, topic: &str, deed: Deed, letters: usize) -> io::Result<()> {
    let name = text::done(deed);
    write(out, &json!({ "topic": topic, name: letters }))
}

impl<'l> Line<'l> {
    fn of(letter: &'l Letter, resolution: Option<Resolution>) -> Self {
        Line {
            at: letter.at.to_string(),
            time: letter.says(header::DEAD_TIME),
            kind: letter.says(header::DEAD_KIND),
            reason: letter.says(header::DEAD_REASON),
            position: letter.says(header::DEAD_POSITION).and_then(|position| position.parse().ok()),
            record_types: record_types(letter).collect(),
            transaction_id: text::transaction_id(letter),
            message_name: letter.original(header::MESSAGE_NAME),
            module: letter.says(header::DEAD_MODULE),
            module_hash: letter.says(header::DEAD_MODULE_HASH),
            consumer_group: letter.says(header::DEAD_GROUP),
            source: letter.source.to_string(),
            replay_of: letter.replay_of().map(|position: Position| position.to_string()),
            resolution: resolution.map(Resolution::name),
        }
    }
}

fn exactly(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Null, |bytes| match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.into(),
    })
}

fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::sample_letter;

    #[test]
    fn what_is_no_text_is_given_byte_by_byte() {
        let mut out = Vec::new();
        page(&mut out, &sample_letter(&[("x".into(), None)]), Some(Resolution::Replayed)).unwrap();
        let page: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&page["at"], &page["source"]), (&json!("1/5"), &json!("ps.transactions/3/42")));
        assert_eq!((&page["resolution"], &page["headers"]), (&json!("replayed"), &json!([["x", null]])));
        assert_eq!((&page["key"], &page["document"]), (&json!("id"), &Value::Null));
        assert_eq!(page["value"][0], json!(255));
    }
}
