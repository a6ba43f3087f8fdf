//! Reading a document that is all there.

use super::{
    Start, Text, Token,
    characters::{self, Then},
    tokenizer::Tokenizer,
};
use crate::Rejection;

/// A whole document, token by token.
///
/// ```
/// use ps_stream_sdk::xml::{Document, Token, unescape};
///
/// let mut document = Document::new("<ps:DESCR IsChanged='Y'>Sea &amp; sand</ps:DESCR>");
/// let mut said = Vec::new();
/// while let Some(token) = document.next_token()? {
///     match token {
///         Token::Start(start) => said.push(document.local_name_of(&start).to_owned()),
///         Token::Text(text) => said.push(unescape(document.raw_of(&text)).into_owned()),
///         Token::End { .. } => {}
///     }
/// }
/// assert_eq!(said, ["DESCR", "Sea & sand"]);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document<'a> {
    text: &'a str,
    /// The part of it that is of characters XML allows, and what is wrong after it.
    good: &'a [u8],
    then: Then,
    tokenizer: Tokenizer,
}

/// A field read in one go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// Its name, which has no prefix.
    pub name: &'a str,
    /// Its text, in which nothing is to be resolved.
    pub text: &'a str,
    /// The offset of its `<` in the document.
    pub position: u64,
    to: usize,
}

impl<'a> Document<'a> {
    /// Begins reading.
    pub fn new(text: &'a str) -> Self {
        let checked = characters::check(text.as_bytes());
        Self {
            text,
            good: text.as_bytes().get(..checked.good).unwrap_or_default(),
            then: checked.then,
            tokenizer: Tokenizer::default(),
        }
    }

    /// The next token; nothing when the document has ended well.
    pub fn next_token(&mut self) -> Result<Option<Token<'a>>, Rejection> {
        if let Some(token) = self.tokenizer.next(self.good)? {
            return Ok(Some(token));
        }
        if let Then::Never(reason) = self.then {
            return Err(Rejection::malformed(reason).at(self.good.len() as u64));
        }
        let read = usize::try_from(self.tokenizer.position()).unwrap_or(usize::MAX);
        self.tokenizer.finish(self.good.len().saturating_sub(read))?;
        Ok(None)
    }

    /// The next field, if one is next and of the plainest form. What comes before it is white space. To be read on after it,
    /// in place of its tokens, it is to be [passed](Self::pass).
    #[inline(always)]
    pub(crate) fn field_ahead(&self) -> Option<Field<'a>> {
        let place = if self.tokenizer.may_be_plain() { self.tokenizer.field(self.good)? } else { return None };
        Some(Field {
            position: place.name.start as u64 - 1,
            name: self.text.get(place.name)?,
            text: self.text.get(place.text)?,
            to: place.to,
        })
    }

    /// Reads on after this field.
    pub(crate) fn pass(&mut self, field: &Field<'a>) {
        self.tokenizer.pass(field.to);
    }

    /// A tag's local name as text, without copying.
    pub fn local_name_of(&self, start: &Start<'_>) -> &'a str {
        self.part(start.name_to - start.local_name().len() as u64, start.local_name().len())
    }

    /// A text as written, without copying.
    pub fn raw_of(&self, text: &Text<'_>) -> &'a str {
        self.part(text.from, text.raw.len())
    }

    fn part(&self, from: u64, length: usize) -> &'a str {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        self.text.get(from..from.saturating_add(length)).unwrap_or_default()
    }
}
