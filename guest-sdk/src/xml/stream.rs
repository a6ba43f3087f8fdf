//! Reading a document that arrives in chunks cut anywhere. What is kept between chunks is only what is incomplete: at most
//! one tag.

use std::ops::Range;

use super::{
    MAX_TAG_BYTES, Token,
    characters::{self, Then},
    tag_end::{Found, TagEnd},
    tokenizer::Tokenizer,
};
use crate::Rejection;

/// What a stream's tokens are told to.
pub(crate) trait Take {
    /// The next token. A rejection is the end.
    fn token(&mut self, token: &Token<'_>) -> Result<(), Rejection>;

    /// Whether fields that come next, and the white space between them, can be told by `field` in place of their tokens.
    fn takes_fields(&self) -> bool {
        false
    }

    /// A field: its name, which has no prefix, and its text, in which nothing is to be resolved. Says whether it is taken;
    /// otherwise its tokens are told.
    fn field(&mut self, _name: &[u8], _text: &[u8]) -> bool {
        false
    }
}

impl<F: FnMut(Token<'_>) -> Result<(), Rejection>> Take for F {
    fn token(&mut self, token: &Token<'_>) -> Result<(), Rejection> {
        self(token.clone())
    }
}

/// A document in chunks.
///
/// ```
/// use ps_stream_sdk::xml::{Stream, Token};
///
/// let (mut stream, mut elements) = (Stream::default(), 0);
/// for chunk in ["<a><b", "/><", "b/></a>"] {
///     stream.push(chunk.as_bytes(), |token| {
///         elements += i32::from(matches!(token, Token::Start(_)));
///         Ok(())
///     })?;
/// }
/// stream.finish()?;
/// assert_eq!(elements, 3);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stream {
    tokenizer: Tokenizer,
    /// Good characters no token was made of yet.
    carry: Vec<u8>,
    /// How far the end of the tag in `carry` was looked for: its quotes, and how many bytes.
    tag: (TagEnd, usize),
    /// The first bytes of a character cut by the end of a chunk.
    partial: Vec<u8>,
}

impl Stream {
    /// Reads on through the next chunk and tells `take` every token that is whole. A rejection, its own or `take`'s, is the
    /// end: the stream must not be used again.
    pub fn push<F>(&mut self, chunk: &[u8], mut take: F) -> Result<(), Rejection>
    where
        F: FnMut(Token<'_>) -> Result<(), Rejection>,
    {
        self.push_to(chunk, &mut take)
    }

    /// The same for one who takes whole fields too.
    pub(crate) fn push_to(&mut self, chunk: &[u8], take: &mut impl Take) -> Result<(), Rejection> {
        let chunk = self.complete_character(chunk, take)?;
        self.push_checked(chunk, take)
    }

    /// The document has ended.
    pub fn finish(&self) -> Result<(), Rejection> {
        self.tokenizer.finish(self.carry.len() + self.partial.len())
    }

    /// The offset up to which tokens have been made: what comes later begins here or after.
    pub fn position(&self) -> u64 {
        self.tokenizer.position()
    }

    fn push_checked(&mut self, bytes: &[u8], take: &mut impl Take) -> Result<(), Rejection> {
        let checked = characters::check(bytes);
        let (good, rest) = bytes.split_at(checked.good);
        self.read(good, take)?;
        match checked.then {
            Then::More => self.partial.extend_from_slice(rest),
            Then::Never(reason) => {
                let at = self.position() + self.carry.len() as u64;
                return Err(Rejection::malformed(reason).at(at));
            }
        }
        Ok(())
    }

    /// Adds the bytes that were missing to the character a chunk's end cut; gives the rest of the chunk.
    fn complete_character<'c>(&mut self, mut chunk: &'c [u8], take: &mut impl Take) -> Result<&'c [u8], Rejection> {
        while let (false, Some((next, rest))) = (self.partial.is_empty(), chunk.split_first()) {
            let mut partial = std::mem::take(&mut self.partial);
            partial.push(*next);
            self.push_checked(&partial, take)?;
            chunk = rest;
        }
        Ok(chunk)
    }

    fn read(&mut self, bytes: &[u8], take: &mut impl Take) -> Result<(), Rejection> {
        let bytes = self.complete_carry(bytes, take)?;
        let read = self.tokenize(bytes, take)?;
        self.carry.extend_from_slice(bytes.get(read..).unwrap_or_default());
        Ok(())
    }

    /// Adds to the carried bytes only what makes tokens of them; gives the rest.
    fn complete_carry<'c>(&mut self, mut bytes: &'c [u8], take: &mut impl Take) -> Result<&'c [u8], Rejection> {
        while !self.carry.is_empty() && !bytes.is_empty() {
            let (length, is_worth_reading) = self.missing(bytes);
            let (now, later) = bytes.split_at(length);
            self.carry.extend_from_slice(now);
            bytes = later;
            if is_worth_reading {
                let mut carry = std::mem::take(&mut self.carry);
                let read = self.tokenize(&carry, take)?;
                carry.drain(..read);
                self.carry = carry;
                self.tag = Default::default();
            }
        }
        Ok(bytes)
    }

    /// How many of `bytes` to add to the carried ones, and whether a token can come of it: a tag up to its end, anything
    /// else a character.
    fn missing(&mut self, bytes: &[u8]) -> (usize, bool) {
        if !matches!(self.carry.as_slice(), [b'<', next, ..] if !matches!(next, b'!' | b'?')) {
            return (bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count() + 1, true);
        }
        let (end, looked) = &mut self.tag;
        end.look(self.carry.get((*looked).max(1)..).unwrap_or_default());
        let room = (MAX_TAG_BYTES + 1).saturating_sub(self.carry.len()).max(1);
        let candidates = bytes.get(..room).unwrap_or(bytes);
        let found = end.look(candidates);
        *looked = self.carry.len() + candidates.len();
        match found {
            Found::End(length) => (length, true),
            Found::Stray(at) => (at + 1, true),
            Found::Nothing => (candidates.len(), self.carry.len() + candidates.len() > MAX_TAG_BYTES),
        }
    }

    fn tokenize(&mut self, input: &[u8], take: &mut impl Take) -> Result<usize, Rejection> {
        loop {
            if take.takes_fields() && self.tokenizer.may_be_plain() {
                while let Some(field) = self.tokenizer.field(input)
                    && take.field(part(input, field.name), part(input, field.text))
                {
                    self.tokenizer.pass(field.to);
                }
            }
            match self.tokenizer.next(input)? {
                Some(token) => take.token(&token)?,
                None => return Ok(self.tokenizer.rebase()),
            }
        }
    }
}

fn part(input: &[u8], place: Range<usize>) -> &[u8] {
    input.get(place).unwrap_or_default()
}
