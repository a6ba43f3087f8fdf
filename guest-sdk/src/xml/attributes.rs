//! The attributes of a tag.

use super::{
    MAX_ATTRIBUTES, names,
    references::{self, Reference},
    token::is_space,
};
use crate::Rejection;

/// One attribute, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'i> {
    /// Its name, with its prefix.
    pub name: &'i [u8],
    /// Its value as written between the quotes.
    pub value: &'i [u8],
    /// The value with its quotes, for writing it again.
    pub quoted: &'i [u8],
}

/// The attributes of a tag, in order: an iterator that costs nothing until it is asked.
///
/// ```
/// use ps_stream_sdk::xml::{Document, Token};
///
/// let Some(Token::Start(mut start)) = Document::new("<DESCR IsChanged='Y'/>").next_token()? else { panic!() };
/// assert!(start.attributes.any(|attribute| attribute.name == b"IsChanged" && attribute.value == b"Y"));
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes<'i> {
    rest: &'i [u8],
}

impl<'i> Attributes<'i> {
    /// Of these bytes, which [`check`] has found good.
    pub(super) fn of(checked: &'i [u8]) -> Self {
        Self { rest: checked }
    }
}

impl<'i> Iterator for Attributes<'i> {
    type Item = Attribute<'i>;

    fn next(&mut self) -> Option<Attribute<'i>> {
        let (attribute, length) = split_first(self.rest).ok()??;
        self.rest = self.rest.get(length..)?;
        Some(attribute)
    }
}

/// Checks what stands between a tag's name and its end. `seen` is room to work in; the error's position is an offset in
/// `bytes`.
pub(super) fn check(bytes: &[u8], seen: &mut Vec<(usize, usize)>) -> Result<(), Rejection> {
    seen.clear();
    let mut from = 0;
    while let Some((attribute, length)) =
        split_first(bytes.get(from..).unwrap_or_default()).map_err(|error| moved(error, from))?
    {
        let start = from + length - attribute.quoted.len();
        check_value(attribute.value).map_err(|error| moved(error, start + 1))?;
        let name = name_place(bytes, from, attribute.name.len());
        let is_same = |(start, end): &(usize, usize)| bytes.get(*start..*end) == Some(attribute.name);
        if seen.iter().any(is_same) {
            let reason = format!("attribute \"{}\" twice in one tag", names::shown(attribute.name));
            return Err(Rejection::malformed(reason).at(name.0 as u64));
        }
        if seen.len() == MAX_ATTRIBUTES {
            return Err(
                Rejection::too_large(format!("more than {MAX_ATTRIBUTES} attributes in one tag")).at(name.0 as u64)
            );
        }
        seen.push(name);
        from += length;
    }
    Ok(())
}

fn moved(mut rejection: Rejection, by: usize) -> Rejection {
    rejection.position = Some(rejection.position.unwrap_or_default() + by as u64);
    rejection
}

fn name_place(bytes: &[u8], from: usize, length: usize) -> (usize, usize) {
    let start = from + spaces(bytes, from);
    (start, start + length)
}

fn spaces(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len())
}

/// The first attribute and how many bytes it takes with the space before it; nothing where only space is left.
fn split_first(bytes: &[u8]) -> Result<Option<(Attribute<'_>, usize)>, Rejection> {
    let name_from = spaces(bytes, 0);
    if name_from == bytes.len() {
        return Ok(None);
    }
    let name_to = name_from + names::length(bytes, name_from);
    let name = bytes.get(name_from..name_to).unwrap_or_default();
    let wrong = |reason: &str| Err(Rejection::malformed(reason).at(name_from as u64));
    if name_from == 0 || !names::is_name(name) {
        return wrong("something in a tag that is no attribute");
    }
    let equals = name_to + spaces(bytes, name_to);
    let quote_at = equals + 1 + spaces(bytes, equals + 1);
    let (Some(b'='), Some(quote @ (b'"' | b'\''))) = (bytes.get(equals), bytes.get(quote_at)) else {
        return wrong("an attribute without a value in quotes");
    };
    let value_from = quote_at + 1;
    let Some(length) = memchr::memchr(*quote, bytes.get(value_from..).unwrap_or_default()) else {
        return wrong("an attribute whose quotes do not close");
    };
    let value_to = value_from + length;
    let attribute = Attribute {
        name,
        value: bytes.get(value_from..value_to).unwrap_or_default(),
        quoted: bytes.get(quote_at..=value_to).unwrap_or_default(),
    };
    Ok(Some((attribute, value_to + 1)))
}

fn check_value(value: &[u8]) -> Result<(), Rejection> {
    for at in memchr::memchr_iter(b'&', value) {
        let rest = value.get(at..).unwrap_or_default();
        match references::read(rest) {
            Ok(Reference::Whole(..)) => {}
            Ok(Reference::Incomplete) => {
                return Err(Rejection::malformed("a reference that does not end").at(at as u64));
            }
            Err(error) => return Err(error.at(at as u64)),
        }
    }
    Ok(())
}
