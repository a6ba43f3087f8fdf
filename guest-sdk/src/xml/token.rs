//! What reading XML gives: the start of an element, its end, and the text between.

use super::{
    Attributes,
    names::local_name,
    references::{self, Reference},
    wide::Wide,
};

/// One step of a document. Comments and processing instructions are read and checked, but not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'i> {
    /// An element begins. One written `<a/>` begins and ends like any other.
    Start(Start<'i>),
    /// The innermost open element ends, with the byte before this offset of the input.
    End {
        /// The offset right after its closing tag.
        to: u64,
    },
    /// Text of the innermost open element; one run of text may come in several parts.
    Text(Text<'i>),
}

/// The tag an element begins with.
///
/// ```
/// use ps_stream_sdk::xml::{Document, Token};
///
/// let text = "<ps:MsgData xmlns:ps='urn:ps'/>";
/// let Some(Token::Start(start)) = Document::new(text).next_token()? else { panic!() };
/// assert_eq!((start.name, start.local_name()), (&b"ps:MsgData"[..], &b"MsgData"[..]));
/// assert_eq!(text.get(start.from as usize..start.to as usize), Some(text));
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start<'i> {
    /// The element's name as written, with its prefix.
    pub name: &'i [u8],
    /// Its attributes, checked and in order.
    pub attributes: Attributes<'i>,
    /// The offset of `<` in the input.
    pub from: u64,
    /// The offset right after the name.
    pub name_to: u64,
    /// The offset right after `>`.
    pub to: u64,
}

impl<'i> Start<'i> {
    /// The name without its prefix.
    pub fn local_name(&self) -> &'i [u8] {
        local_name(self.name)
    }
}

/// A part of an element's text. Never ends within a character, a reference or a line ending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'i> {
    /// The text as written, in UTF-8.
    pub raw: &'i [u8],
    /// Whether it stood in a CDATA section, where `&` is only a character.
    pub cdata: bool,
    /// Its offset in the input.
    pub from: u64,
}

impl Text<'_> {
    /// Where its first character stands that is not white space.
    pub fn first_visible(&self) -> Option<u64> {
        let mut at = 0;
        loop {
            let rest = self.raw.get(at..)?;
            at += rest.iter().position(|byte| !is_space(*byte))?;
            match blank_reference(self.raw.get(at..)?) {
                Some(length) if !self.cdata => at += length,
                _ => return Some(self.from + at as u64),
            }
        }
    }
}

/// The length of the reference `raw` begins with, if it is one to white space.
fn blank_reference(raw: &[u8]) -> Option<usize> {
    match raw.first() {
        Some(b'&') => match references::read(raw) {
            Ok(Reference::Whole(length, ' ' | '\t' | '\n' | '\r')) => Some(length),
            _ => None,
        },
        _ => None,
    }
}

/// White space as XML means it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The same of sixteen bytes.
#[inline(always)]
pub(super) fn are_spaces(wide: Wide) -> Wide {
    wide.is(b' ').or(wide.within(b'\t', b'\n')).or(wide.is(b'\r'))
}
