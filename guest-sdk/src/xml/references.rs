//! `&amp;` and `&#38;`: the five entities XML has by itself and character references. No other entity can be declared,
//! since document type declarations are refused.

use std::borrow::Cow;

use super::names;
use crate::Rejection;

/// What stands at a `&`.
pub(super) enum Reference {
    /// A reference of this many bytes to this character.
    Whole(usize, char),
    /// The beginning of one: more bytes are needed.
    Incomplete,
}

/// Longer ones are not worth waiting for: `&#x0010FFFF;` has 12 bytes.
const LONGEST: usize = 64;

/// Reads the reference `bytes` begins with, `&` included.
pub(super) fn read(bytes: &[u8]) -> Result<Reference, Rejection> {
    let length = 1 + body_length(bytes);
    let body = bytes.get(1..length).unwrap_or_default();
    match bytes.get(length) {
        None if length < LONGEST => Ok(Reference::Incomplete),
        Some(b';') => Ok(Reference::Whole(length + 1, resolve(body)?)),
        _ => Err(Rejection::malformed("\"&\" does not begin a reference such as \"&amp;\"")),
    }
}

/// The text that `raw` stands for: references resolved, every line ending `\n`. Copies only where something changes.
/// `raw` is text a reader of this module gave; a `&` that begins no reference stays as it is.
///
/// ```
/// assert_eq!(ps_stream_sdk::xml::unescape("R&amp;D &#x2013; 5 &lt; 6"), "R&D – 5 < 6");
/// ```
pub fn unescape(raw: &str) -> Cow<'_, str> {
    match memchr::memchr2(b'&', b'\r', raw.as_bytes()) {
        Some(first) => Cow::Owned(unescape_from(raw, first)),
        None => Cow::Borrowed(raw),
    }
}

/// Text of a CDATA section: only line endings change.
pub(crate) fn normalize_lines(raw: &str) -> Cow<'_, str> {
    match memchr::memchr(b'\r', raw.as_bytes()) {
        Some(_) => Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n")),
        None => Cow::Borrowed(raw),
    }
}

fn unescape_from(raw: &str, first: usize) -> String {
    let mut text = String::with_capacity(raw.len());
    let (mut copied, mut next) = (0, Some(first));
    while let Some(at) = next {
        text.push_str(raw.get(copied..at).unwrap_or_default());
        let rest = raw.as_bytes().get(at..).unwrap_or_default();
        let (length, character) = replacement(rest);
        text.push(character);
        copied = at + length;
        let after = raw.as_bytes().get(copied..).unwrap_or_default();
        next = memchr::memchr2(b'&', b'\r', after).map(|found| copied + found);
    }
    text.push_str(raw.get(copied..).unwrap_or_default());
    text
}

fn replacement(rest: &[u8]) -> (usize, char) {
    match rest {
        [b'\r', b'\n', ..] => (2, '\n'),
        [b'\r', ..] => (1, '\n'),
        _ => match read(rest) {
            Ok(Reference::Whole(length, character)) => (length, character),
            _ => (1, '&'),
        },
    }
}

fn body_length(bytes: &[u8]) -> usize {
    let candidates = bytes.get(1..bytes.len().min(LONGEST)).unwrap_or_default();
    let is_end = |byte: &u8| !(names::is_name_byte(*byte) || *byte == b'#');
    candidates.iter().position(is_end).unwrap_or(candidates.len())
}

fn resolve(body: &[u8]) -> Result<char, Rejection> {
    match body {
        b"amp" => Ok('&'),
        b"lt" => Ok('<'),
        b"gt" => Ok('>'),
        b"quot" => Ok('"'),
        b"apos" => Ok('\''),
        [b'#', b'x', digits @ ..] => character(digits, 16),
        [b'#', digits @ ..] => character(digits, 10),
        name => Err(Rejection::malformed(format!(
            "entity \"&{};\" is not one of the five XML has: &amp; &lt; &gt; &quot; &apos;",
            names::shown(name)
        ))),
    }
}

fn character(digits: &[u8], radix: u32) -> Result<char, Rejection> {
    digits
        .iter()
        .try_fold(0_u32, |value, digit| {
            let digit = char::from(*digit).to_digit(radix)?;
            value.checked_mul(radix)?.checked_add(digit)
        })
        .filter(|_| !digits.is_empty())
        .and_then(char::from_u32)
        .filter(|character| is_allowed(*character))
        .ok_or_else(|| Rejection::malformed("a character reference to no character XML 1.0 allows"))
}

fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}
