//! Letters for a person to read. Nothing a message holds reaches the terminal as a control character.

use std::io::{self, Write};

use super::selection::record_types;
use crate::kafka::record::{StoredTransaction, header};
use crate::kafka::{Deed, Letter, Resolution};

/// Characters of a reason on a line.
const LONGEST_REASON: usize = 160;

pub fn line(out: &mut impl Write, letter: &Letter, resolution: Option<Resolution>) -> io::Result<()> {
    let says = |name| letter.says(name).unwrap_or("-");
    let types = record_types(letter).collect::<Vec<_>>().join(",");
    let mut reason = one_line(says(header::DEAD_REASON));
    if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    let resolution = resolution.map(|resolution| format!("[{}] ", resolution.name())).unwrap_or_default();
    writeln!(
        out,
        "{:<8} {} {:<10} {:<15} {:<24} {resolution}{reason}",
        letter.at.to_string(),
        seconds(says(header::DEAD_TIME)),
        says(header::DEAD_KIND),
        one_line(if types.is_empty() { "-" } else { &types }),
        one_line(&transaction_id(letter)),
    )
}

pub fn page(out: &mut impl Write, letter: &Letter, resolution: Option<Resolution>) -> io::Result<()> {
    let says = |name| letter.says(name).map(str::to_owned);
    let module = says(header::DEAD_MODULE).map(|name| {
        let hash = letter.says(header::DEAD_MODULE_HASH).unwrap_or_default();
        format!("{name}, SHA-256 {hash}")
    });
    let facts = [
        ("dead letter", Some(letter.at.to_string())),
        ("resolution", resolution.map(|resolution| resolution.name().to_owned())),
        ("time", says(header::DEAD_TIME)),
        ("kind", says(header::DEAD_KIND)),
        ("reason", says(header::DEAD_REASON)),
        ("position", says(header::DEAD_POSITION).map(|byte| format!("byte {byte} of the document"))),
        ("module", module),
        ("group", says(header::DEAD_GROUP)),
        ("source", Some(letter.source.to_string())),
        ("replay of", letter.replay_of().map(|position| position.to_string())),
        ("transaction", Some(transaction_id(letter))),
    ];
    for (name, fact) in facts {
        if let Some(fact) = fact {
            writeln!(out, "{name:<12} {}", one_line(&fact))?;
        }
    }
    writeln!(out, "\nheaders")?;
    for (name, value) in letter.original_headers() {
        let value = value.as_deref().map_or("(none)".into(), String::from_utf8_lossy);
        writeln!(out, "  {} = {}", one_line(name), one_line(&value))?;
    }
    if let Some(backtrace) = letter.says(header::DEAD_BACKTRACE) {
        writeln!(out, "\nbacktrace\n{}", plain(backtrace))?;
    }
    let value = || letter.value().map_or("(none)".into(), String::from_utf8_lossy);
    match document(letter) {
        Some(document) => writeln!(out, "\ndocument\n{}", plain(&document)),
        None => writeln!(out, "\nvalue\n{}", plain(&value())),
    }
}

pub fn summary(out: &mut impl Write, topic: &str, deed: Deed, letters: usize) -> io::Result<()> {
    let what = if letters == 1 { "dead letter" } else { "dead letters" };
    writeln!(out, "{letters} {what} of topic \"{topic}\" {}", done(deed))
}

pub fn done(deed: Deed) -> &'static str {
    match deed {
        Deed::Replay { .. } => Resolution::Replayed.name(),
        Deed::Discard => Resolution::Discarded.name(),
    }
}

/// The record's key or, where another program left that out, what the value says.
pub fn transaction_id(letter: &Letter) -> String {
    match letter.key() {
        Some(key) => String::from_utf8_lossy(key).into_owned(),
        None => stored(letter).and_then(|stored| stored.transaction_id).unwrap_or_default(),
    }
}

/// Nothing where the value is no stored transaction.
pub fn document(letter: &Letter) -> Option<String> {
    stored(letter).map(|stored| stored.transaction)
}

fn stored(letter: &Letter) -> Option<StoredTransaction> {
    StoredTransaction::from_json(letter.value()).ok()
}

/// A time to the second.
fn seconds(rfc3339: &str) -> String {
    match rfc3339.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => one_line(rfc3339),
    }
}

fn one_line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> String {
    let harmless = |letter: char| letter == '\n' || letter == '\t' || !letter.is_control();
    text.chars().map(|letter| if harmless(letter) { letter } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::kafka::record::pair;
    use crate::kafka::sample_letter;

    #[test]
    fn a_letter_is_one_line() {
        let mut out = Vec::new();
        line(&mut out, &sample_letter(&[pair(header::RECORD_TYPES, "PROJECT\n\x1b[2J")]), None).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("1/5 ") && text.contains("rejected") && text.ends_with("No key\n"), "{text}");
        assert!(!text.contains('\x1b'), "{text}");
    }

    #[test]
    fn a_page_says_everything() {
        let mut out = Vec::new();
        page(&mut out, &sample_letter(&[pair("x", "y")]), Some(Resolution::Discarded)).unwrap();
        let text = String::from_utf8(out).unwrap();
        for part in ["discarded", "m 1.0, SHA-256 abcdef0123", "ps.transactions/3/42", "  x = y", "<T/>"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }
}
