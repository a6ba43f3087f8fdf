//! A field as nearly all fields are written, read in one go: `<NAME>text</NAME>` or `<NAME/>`, its name of ASCII and without
//! a prefix, its text as it stands, and of attributes at most the one PeopleSoft marks changed fields with.
//!
//! What is not of this form, or not whole, is left to the tokenizer, which judges everything; here nothing is refused.

use std::ops::Range;

use super::{names, token::are_spaces, wide};

/// Where a field's parts are in the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub name: Range<usize>,
    pub text: Range<usize>,
    pub to: usize,
}

/// A tag with a longer name may be too long.
const LONGEST_NAME: usize = 256;
const CHANGED: &[u8] = b" IsChanged=\"Y\">";

/// The field that is next at `at`, after white space.
#[inline(always)]
pub(super) fn find(input: &[u8], at: usize) -> Option<Place> {
    let at = match input.get(at)? {
        b'<' => at,
        _ => wide::find(input, at, |wide| are_spaces(wide).unmarked()).filter(|at| input.get(*at) == Some(&b'<'))?,
    };
    let name = at + 1..names::plain_end(input, at + 1)?;
    let rest = input.get(name.end..).filter(|_| name.len() <= LONGEST_NAME)?;
    let text_from = match rest {
        [b'>', ..] => name.end + 1,
        [b'/', b'>', ..] => return Some(Place { text: name.end..name.end, to: name.end + 2, name }),
        [b' ', ..] if rest.starts_with(CHANGED) => name.end + CHANGED.len(),
        _ => return None,
    };
    let is_special = |wide: wide::Wide| wide.is(b'<').or(wide.is(b'&')).or(wide.is(b']')).or(wide.is(b'\r')).marked();
    let text = text_from..wide::find(input, text_from, is_special)?;
    let to = end_tag(input, text.end, &name)?;
    Some(Place { name, text, to })
}

/// Where the end tag ends that stands at `at` and has the name that stands at `name`.
#[inline(always)]
fn end_tag(input: &[u8], at: usize, name: &Range<usize>) -> Option<usize> {
    let [b'<', b'/', end @ ..] = input.get(at..)? else { return None };
    let is_same = wide::begin_alike(end, input.get(name.start..)?, name.len());
    (is_same && end.get(name.len()) == Some(&b'>')).then_some(at + name.len() + 3)
}
