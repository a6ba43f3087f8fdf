//! What nearly all of a message is made of, read in one go: start tags `<NAME>` and `<NAME class="R">`, end tags `</NAME>`,
//! and whole fields `<NAME>text</NAME>` and `<NAME/>`; with names of ASCII and without a prefix, and text as it stands.
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
const CHANGED: &[u8] = b" IsChanged=\"Y\">";

/// Where the name ends and where the tag does, of the start tag that `rest` begins with.
#[inline(always)]
pub(super) fn start_tag(rest: &[u8]) -> Option<(usize, usize)> {
    let name = Name::of(rest)?;
    let name_to = 1 + name.length;
    if name.after == b'>' {
        return Some((name_to, name_to + 1));
    }
    rest.get(name_to..)?.starts_with(ROW).then_some((name_to, name_to + ROW.len()))
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
    let place = at + 1..at + 1 + name.length;
    let text_from = match name.after == b'>' {
        true => place.end + 1,
        false => match input.get(place.end..)? {
            [b'/', b'>', ..] => return Some(Place { text: place.end..place.end, to: place.end + 2, name: place }),
            after if after.starts_with(CHANGED) => place.end + CHANGED.len(),
            _ => return None,
        },
    };
    let text = text_from..text_end(input, text_from)?;
    let to = text.end + name.end_tag(input.get(text.end..)?)?;
    Some(Place { name: place, text, to })
}

/// The name in a start tag.
struct Name<'i> {
    /// The name and what comes after it.
    bytes: &'i [u8; TWICE],
    length: usize,
    /// The byte right after it.
    after: u8,
}

impl<'i> Name<'i> {
    /// The name of the tag that `rest` begins with, if it is ASCII, has no prefix and fewer than 32 bytes.
    #[inline(always)]
    fn of(rest: &'i [u8]) -> Option<Self> {
        let Some((b'<', rest)) = rest.split_first() else { return None };
        let bytes = rest.first_chunk()?;
        let length = wide::twice(bytes, |part| names::are_plain(part).unmarked()).trailing_zeros() as usize;
        let after = *bytes.get(length)?;
        names::is_ascii_start(bytes[0]).then_some(Self { bytes, length, after })
    }

    /// How long the end tag of this name is that `rest` begins with.
    #[inline(always)]
    fn end_tag(&self, rest: &[u8]) -> Option<usize> {
        let Some((b"</", end)) = rest.split_first_chunk() else { return None };
        let Some(end) = end.first_chunk() else { return end_tag(rest, self.bytes.get(..self.length)?) };
        let is_same = wide::alike(self.bytes, end) as usize >= self.length && end.get(self.length) == Some(&b'>');
        is_same.then_some(self.length + 3)
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
