//! Transactions with the texts of some fields masked, and otherwise as they were. `ps-stream transform capture` uses it: the
//! host reads no XML.

use ps_stream_sdk::{
    Description, Message, Piece, Progress, Rejection, Span, SplitTransaction, Splitter, TransactionSplitter,
    export_splitter,
    xml::{Document, Text, Token, unescape},
};
use serde::Deserialize;

/// A message whose transactions are to be masked. It is kept whole: what is captured is small.
#[derive(Debug)]
pub struct Mask {
    fields: Vec<String>,
    body: Vec<u8>,
}

/// The fields, whatever the case of their names and at whatever level.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub fields: Vec<String>,
}

const CONFIG_SCHEMA: &str = r#"{
    "type": "object", "required": ["fields"], "additionalProperties": false,
    "properties": { "fields": { "type": "array", "items": { "type": "string" } } }
}"#;

impl Splitter for Mask {
    type Config = Config;

    fn describe() -> Description {
        let summary = "Transactions with the texts of some fields masked";
        let description = Description::new("mask", env!("CARGO_PKG_VERSION"), summary);
        Description { config_schema: CONFIG_SCHEMA.into(), ..description }
    }

    fn open(config: &Config, _: Message) -> Self {
        Self { fields: config.fields.clone(), body: Vec::new() }
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        self.body.extend_from_slice(chunk);
        Ok(Progress { transactions: Vec::new(), needed_from: self.body.len() as u64, message_name: None })
    }

    fn finish(&mut self) -> Result<Progress, Rejection> {
        let mut splitter = TransactionSplitter::default();
        let found = splitter.push(&self.body)?;
        splitter.finish()?;
        let masked = found.transactions.into_iter().map(|transaction| self.masked(transaction));
        let transactions = masked.collect::<Result<_, _>>()?;
        Ok(Progress { transactions, needed_from: self.body.len() as u64, ..found })
    }
}

impl Mask {
    fn masked(&self, transaction: SplitTransaction) -> Result<SplitTransaction, Rejection> {
        let document = transaction.pieces.iter().flat_map(|piece| self.bytes(piece)).copied().collect();
        let document = String::from_utf8(document).map_err(|_| Rejection::malformed("not UTF-8"))?;
        let pieces = vec![Piece::Rewritten(mask(&document, &self.fields)?.into_bytes())];
        Ok(SplitTransaction { pieces, ..transaction })
    }

    fn bytes<'a>(&'a self, piece: &'a Piece) -> &'a [u8] {
        let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        match piece {
            Piece::Verbatim(Span { offset, length }) => {
                self.body.get(place(*offset)..place(offset + length)).unwrap_or_default()
            }
            Piece::Rewritten(bytes) => bytes,
        }
    }
}

fn mask(document: &str, fields: &[String]) -> Result<String, Rejection> {
    let (mut masked, mut copied) = (String::with_capacity(document.len()), 0);
    let mut reading = Document::new(document);
    let (mut depth, mut within) = (0_usize, None);
    while let Some(token) = reading.next_token()? {
        match token {
            Token::Start(start) => {
                depth += 1;
                let name = reading.local_name_of(&start);
                if fields.iter().any(|field| field.eq_ignore_ascii_case(name)) {
                    within.get_or_insert(depth);
                }
            }
            Token::End { .. } => {
                within = within.filter(|from| *from < depth);
                depth -= 1;
            }
            Token::Text(text) if within.is_some() => {
                let from = usize::try_from(text.from).unwrap_or(usize::MAX);
                masked.push_str(document.get(copied..from).unwrap_or_default());
                masked.push_str(&shape(reading.raw_of(&text), &text));
                copied = from + text.raw.len();
            }
            Token::Text(_) => {}
        }
    }
    masked.push_str(document.get(copied..).unwrap_or_default());
    Ok(masked)
}

/// What it looks like, and not what it says: so a date is still no number.
fn shape(raw: &str, text: &Text<'_>) -> String {
    let plain = if text.cdata { raw.into() } else { unescape(raw) };
    let masked = plain.chars().map(|c| match c {
        _ if c.is_numeric() => '0',
        ' ' | '\n' | '\t' | '-' | '.' | ':' | '/' | ',' => c,
        _ => 'x',
    });
    masked.collect()
}

export_splitter!(Mask);

#[cfg(test)]
mod tests;
