//! What nearly all of a message is made of, read in one go: start tags `<NAME>` and `<NAME class="R">`, end tags `</NAME>`,
//! and whole fields `<NAME>text</NAME>` and `<NAME/>`, some with an attribute (`IsChanged="Y"`, `type="CHAR"`); with names
//! of ASCII and without a prefix, and text as it stands.
//!
//! What is not of these forms, or not whole, is left to the tokenizer, which judges everything; here nothing is refused.

use std::ops::Range;

use super::{
    names,
    token::are_spaces,
    wide::{self, TWICE, Wide},
};

/// Where a field's parts are in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub name: Range<usize>,
    pub text: Range<usize>,
    pub to: usize,
}

/// How rows are marked.
const ROW: &[u8] = b" class=\"R\">";
/// How changed fields are marked.
const CHANGED: &[u8] = b" IsChanged=\"Y\"";
/// What begins an attribute that means something: a row or a namespace.
const MEANINGFUL: [&[u8]; 2] = [b" class=", b" xmlns="];
/// A tag with a longer attribute may be too long.
const LONGEST_ATTRIBUTE: usize = 1024;

/// Where the name ends and where the tag does, of the start tag that `rest` begins with.
#[inline(always)]
pub(super) fn start_tag(rest: &[u8]) -> Option<(usize, usize)> {
    let name_to = 1 + Name::of(rest)?.length();
    let after = rest.get(name_to..)?;
    let length = if after.first() == Some(&b'>') { 1 } else { after.starts_with(ROW).then_some(ROW.len())? };
    Some((name_to, name_to + length))
}

/// How long the end tag of this name is that `rest` begins with.
#[inline(always)]
pub(super) fn end_tag(rest: &[u8], name: &[u8]) -> Option<usize> {
    let [b'<', b'/', end @ ..] = rest else { return None };
    (wide::begin_alike(end, name, name.len()) && end.get(name.len()) == Some(&b'>')).then_some(name.len() + 3)
}

/// The field that is next at `at`, after white space.
#[inline(always)]
pub(super) fn field(input: &[u8], at: usize) -> Option<Place> {
    let at = match input.get(at)? {
        b'<' => at,
        _ => wide::find(input, at, |wide| are_spaces(wide).unmarked())?,
    };
    let name = Name::of(input.get(at..)?)?;
    let length = name.length();
    match name.tag_end {
        end @ ..TWICE if end == length => filled(input, at, name, length, length + 2),
        end @ ..TWICE if end == length + 1 && name.bytes.get(length) == Some(&b'/') => {
            Some(empty(at, length, at + end + 2))
        }
        _ => other_field(input, at, name),
    }
}

/// The field at `at` that is its tag alone.
#[inline(always)]
fn empty(at: usize, length: usize, to: usize) -> Place {
    let end = at + 1 + length;
    Place { name: at + 1..end, text: end..end, to }
}

/// The field at `at` whose tag is more than its name.
#[inline(never)]
fn other_field(input: &[u8], at: usize, name: Name<'_>) -> Option<Place> {
    let length = name.length();
    let end = at + 1 + length;
    let tag_to = end + attribute(input.get(end..)?)?;
    match input.get(tag_to..)? {
        [b'/', b'>', ..] => Some(empty(at, length, tag_to + 2)),
        [b'>', ..] => filled(input, at, name, length, tag_to + 1 - at),
        _ => None,
    }
}

/// How long the attribute is that `rest` begins with, with the space before it; 0 where there is none.
#[inline(always)]
fn attribute(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(CHANGED) {
        return Some(CHANGED.len());
    }
    if MEANINGFUL.iter().any(|begin| rest.starts_with(begin)) {
        return None;
    }
    let [b' ', rest @ ..] = rest else { return Some(0) };
    let name_to = wide::find(rest, 0, |wide| names::are_plain(wide).unmarked())?;
    let (b"=\"", value) = rest.get(name_to..)?.split_first_chunk()? else { return None };
    let value_to = wide::find(value, 0, |wide| wide.is(b'"').or(wide.is(b'<')).or(wide.is(b'&')).marked())?;
    let length = 1 + name_to + 2 + value_to + 1;
    (names::is_ascii_start(*rest.first()?) && value.get(value_to) == Some(&b'"') && length <= LONGEST_ATTRIBUTE)
        .then_some(length)
}

/// The field at `at` with a name of this length and text that begins so many bytes further on.
#[inline(always)]
fn filled(input: &[u8], at: usize, name: Name<'_>, length: usize, text_from: usize) -> Option<Place> {
    let text = at + text_from..text_end(input, at + text_from)?;
    let to = text.end + name.end_tag(length, input.get(text.end..)?)?;
    Some(Place { name: at + 1..at + 1 + length, text, to })
}

/// The name in a start tag: one of ASCII, without a prefix.
#[derive(Clone, Copy)]
struct Name<'i> {
    /// The name and what comes after it.
    bytes: &'i [u8; TWICE],
    /// Where the first `>` is. Known before `length` is: where both are the same, what depends on this one waits less.
    tag_end: usize,
}

impl<'i> Name<'i> {
    /// The name of the start tag that `rest` begins with.
    #[inline(always)]
    fn of(rest: &'i [u8]) -> Option<Self> {
        let Some((b'<', rest)) = rest.split_first() else { return None };
        let bytes = rest.first_chunk()?;
        let tag_end = wide::twice(bytes, |part| part.is(b'>').marked()).trailing_zeros() as usize;
        names::is_ascii_start(bytes[0]).then_some(Self { bytes, tag_end })
    }

    /// How long it is; as long as there are bytes here, where it is longer.
    #[inline(always)]
    fn length(&self) -> usize {
        wide::twice(self.bytes, |part| names::are_plain(part).unmarked()).trailing_zeros() as usize
    }

    /// How long the end tag of this name is that `rest` begins with.
    #[inline(always)]
    fn end_tag(&self, length: usize, rest: &[u8]) -> Option<usize> {
        let Some((b"</", end)) = rest.split_first_chunk() else { return None };
        let Some(end) = end.first_chunk() else { return end_tag(rest, self.bytes.get(..length)?) };
        let is_same = wide::alike(self.bytes, end) as usize >= length && end.get(length) == Some(&b'>');
        is_same.then_some(length + 3)
    }
}

/// Where the text ends that begins at `from`: at the next `<`, if nothing before it is to be looked at closer.
#[inline(always)]
fn text_end(input: &[u8], from: usize) -> Option<usize> {
    let special = |wide: Wide| wide.is(b'<').or(wide.is(b'&')).or(wide.is(b']')).or(wide.is(b'\r')).marked();
    match input.get(from..)?.first_chunk().map(|bytes| wide::twice(bytes, special)) {
        Some(found @ 1..) => Some(from + found.trailing_zeros() as usize),
        _ => wide::find_further(input, from, special),
    }
}
