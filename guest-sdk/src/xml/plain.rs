//! What nearly all of a message is made of, read in one go: start tags `<NAME>` and `<NAME class="R">`, end tags `</NAME>`,
//! and whole fields `<NAME>text</NAME>` and `<NAME/>`; with names of ASCII and without a prefix, and text as it stands.
//!
//! What is not of these forms, or not whole, is left to the tokenizer, which judges everything; here nothing is refused.

use std::ops::Range;

use super::{
    names,
    token::are_spaces,
    wide::{self, Wide},
};

/// Where a field's parts are in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub name: Range<usize>,
    pub text: Range<usize>,
    pub to: usize,
}

/// A tag with a longer name may be too long.
const LONGEST_NAME: usize = 256;
/// How rows are marked.
const ROW: &[u8] = b" class=\"R\">";
/// How changed fields are marked.
const CHANGED: &[u8] = b" IsChanged=\"Y\">";

/// Where the name ends and where the tag does, of the start tag that `rest` begins with.
#[inline(always)]
pub(super) fn start_tag(rest: &[u8]) -> Option<(usize, usize)> {
    let name_to = name_end(rest, 0)?;
    match rest.get(name_to..)? {
        [b'>', ..] => Some((name_to, name_to + 1)),
        after if after.starts_with(ROW) => Some((name_to, name_to + ROW.len())),
        _ => None,
    }
}

/// Where the end tag ends that stands at `at`, if it has this name. There may be more after the name in `name`.
#[inline(always)]
pub(super) fn end_tag(input: &[u8], at: usize, name: &[u8], length: usize) -> Option<usize> {
    let [b'<', b'/', end @ ..] = input.get(at..)? else { return None };
    let is_same = wide::begin_alike(end, name, length) && end.get(length) == Some(&b'>');
    is_same.then_some(at + length + 3)
}

/// The field that is next at `at`, after white space.
#[inline(always)]
pub(super) fn field(input: &[u8], at: usize) -> Option<Place> {
    let at = match input.get(at)? {
        b'<' => at,
        _ => wide::find(input, at, |wide| are_spaces(wide).unmarked())?,
    };
    let name = at + 1..name_end(input, at)?;
    let rest = input.get(name.end..)?;
    let text_from = match rest {
        [b'>', ..] => name.end + 1,
        [b'/', b'>', ..] => return Some(Place { text: name.end..name.end, to: name.end + 2, name }),
        [b' ', ..] if rest.starts_with(CHANGED) => name.end + CHANGED.len(),
        _ => return None,
    };
    let text = text_from..wide::find(input, text_from, specials)?;
    let to = end_tag(input, text.end, input.get(name.start..)?, name.len())?;
    Some(Place { name, text, to })
}

/// Where the name ends of the start tag that stands at `at`.
#[inline(always)]
fn name_end(input: &[u8], at: usize) -> Option<usize> {
    let end = if input.get(at) == Some(&b'<') { names::plain_end(input, at + 1)? } else { return None };
    (end - at <= LONGEST_NAME).then_some(end)
}

/// What text ends at, or has to be looked at closer.
#[inline(always)]
fn specials(wide: Wide) -> u32 {
    wide.is(b'<').or(wide.is(b'&')).or(wide.is(b']')).or(wide.is(b'\r')).marked()
}
