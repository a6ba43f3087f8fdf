//! The one tokenizer: takes checked characters and gives tokens. Says "more" rather than judge what is not whole, so its
//! verdict does not depend on where the input was cut.

use super::{
    MAX_DEPTH, MAX_TAG_BYTES, Start, Text, Token,
    attributes::{self, Attributes},
    names,
    open_names::OpenNames,
    plain::{self, Place},
    references::{self, Reference},
    tag_end::{Found, TagEnd},
    token::is_space,
};
use crate::Rejection;

/// Reads one document from beginning to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokenizer {
    inside: Inside,
    open: OpenNames,
    /// The document's offset of the input's first byte.
    base: u64,
    /// How much of the input has been read.
    at: usize,
    /// The tag just told was `<a/>`: its end is still to be told.
    closing: bool,
    seen_root: bool,
    seen_attributes: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Content,
    CData,
    Comment,
    Instruction,
}

type Step<'i> = Result<Option<Token<'i>>, Rejection>;

const COMMENT: &[u8] = b"<!--";
const CDATA: &[u8] = b"<![CDATA[";
const DOCTYPE: &[u8] = b"<!DOCTYPE";
const LONGEST_TARGET: usize = 256;

impl Tokenizer {
    /// The next token of `input`, which must go on where the last one ended; nothing when more input is needed.
    pub(super) fn next<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        if self.closing {
            self.closing = false;
            return Ok(Some(self.close()));
        }
        if let Some(token) = self.plain_tag(input) {
            return Ok(Some(token));
        }
        loop {
            let before = (self.at, self.inside);
            let token = match self.inside {
                Inside::Content if self.open.depth() == 0 => self.outside_root(input),
                Inside::Content => self.content(input),
                Inside::CData => self.cdata(input),
                Inside::Comment => self.comment(input),
                Inside::Instruction => self.instruction(input),
            }?;
            if token.is_some() || before == (self.at, self.inside) {
                return Ok(token);
            }
        }
    }

    /// Whether what comes next may be plain fields and tags: it is content of an element, and not too deep.
    #[inline(always)]
    pub(super) fn may_be_plain(&self) -> bool {
        self.inside == Inside::Content && !self.closing && (1..MAX_DEPTH).contains(&self.open.depth())
    }

    /// Where the next field is, if `input` goes on with one of the plainest form. What comes before it is white space.
    #[inline(always)]
    pub(super) fn field(&self, input: &[u8]) -> Option<Place> {
        plain::field(input, self.at)
    }

    /// The tag that is next, if it is one of the plainest form inside the root element. Anything else the others judge.
    #[inline(always)]
    fn plain_tag<'i>(&mut self, input: &'i [u8]) -> Option<Token<'i>> {
        let rest = input.get(self.at..).filter(|_| self.may_be_plain())?;
        if let Some(length) = plain::end_tag(rest, self.open.innermost()?) {
            self.at += length;
            return Some(self.close());
        }
        let (name_to, to) = plain::start_tag(rest)?;
        self.open.push(rest.get(1..name_to)?).ok()?;
        Some(self.begin(rest, name_to, to - 1, to))
    }

    /// Reads on at `to`, where a field ends.
    pub(super) fn pass(&mut self, to: usize) {
        self.at = to;
    }

    /// Forgets the input read so far: the next input begins with its first unread byte. Says how many bytes were read.
    pub(super) fn rebase(&mut self) -> usize {
        let read = std::mem::take(&mut self.at);
        self.base += read as u64;
        read
    }

    /// The document's offset up to which everything has been read.
    pub(super) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Judges the end of the document; `unread` is the input no token was made of.
    pub(super) fn finish(&self, unread: usize) -> Result<(), Rejection> {
        let end = self.position() + unread as u64;
        match self.open.innermost() {
            Some(name) => {
                Err(Rejection::malformed(format!("cut off inside element \"{}\"", names::shown(name))).at(end))
            }
            None if unread > 0 || self.inside != Inside::Content => {
                Err(Rejection::malformed("cut off inside a tag, comment or processing instruction").at(end))
            }
            None if !self.seen_root => Err(Rejection::malformed("an empty document: no root element").at(end)),
            None => Ok(()),
        }
    }

    fn close<'i>(&mut self) -> Token<'i> {
        self.open.pop();
        Token::End { to: self.position() }
    }

    fn here(&self, offset: usize) -> u64 {
        self.position() + offset as u64
    }

    fn outside_root<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !is_space(*byte)).unwrap_or(rest.len());
        match input.get(self.at) {
            None => Ok(None),
            Some(b'<') => self.markup(input),
            Some(_) => Err(Rejection::malformed("text outside the root element").at(self.here(0))),
        }
    }

    /// Text, a reference, or markup inside an element. What is good before a fault is told first.
    fn content<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        if rest.first() == Some(&b'<') {
            return self.markup(input);
        }
        let mut length = 0;
        while let Some(found) = memchr::memchr3(b'<', b'&', b']', rest.get(length..).unwrap_or_default()) {
            let at = length + found;
            let special = rest.get(at..).unwrap_or_default();
            length = match special {
                [b'<', ..] => return Ok(self.text(rest, at, false)),
                [b'&', ..] => match references::read(special) {
                    Ok(Reference::Whole(length, _)) => at + length,
                    Ok(Reference::Incomplete) => return Ok(self.text(rest, at, false)),
                    Err(_) if at > 0 => return Ok(self.text(rest, at, false)),
                    Err(error) => return Err(error.at(self.here(0))),
                },
                [b']', b']', b'>', ..] if at > 0 => return Ok(self.text(rest, at, false)),
                [b']', b']', b'>', ..] => return Err(Rejection::malformed("\"]]>\" in text").at(self.here(0))),
                [b']'] | [b']', b']'] => return Ok(self.text(rest, at, false)),
                _ => at + 1,
            };
        }
        Ok(self.text(rest, rest.len() - usize::from(rest.ends_with(b"\r")), false))
    }

    fn cdata<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        for at in memchr::memchr_iter(b']', rest) {
            match rest.get(at..).unwrap_or_default() {
                [b']', b']', b'>', ..] => {
                    let text = self.text(rest, at, true);
                    self.at += 3;
                    self.inside = Inside::Content;
                    return Ok(text);
                }
                [b']'] | [b']', b']'] => return Ok(self.text(rest, at, true)),
                _ => {}
            }
        }
        Ok(self.text(rest, rest.len() - usize::from(rest.ends_with(b"\r")), true))
    }

    fn text<'i>(&mut self, rest: &'i [u8], length: usize, cdata: bool) -> Option<Token<'i>> {
        let from = self.position();
        self.at += length;
        let raw = rest.get(..length).filter(|raw| !raw.is_empty())?;
        Some(Token::Text(Text { raw, cdata, from }))
    }

    fn comment<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        for at in memchr::memchr_iter(b'-', rest) {
            match rest.get(at..).unwrap_or_default() {
                [b'-', b'-', b'>', ..] => {
                    self.at += at + 3;
                    self.inside = Inside::Content;
                    return Ok(None);
                }
                [b'-', b'-', _, ..] => return Err(Rejection::malformed("\"--\" in a comment").at(self.here(at))),
                [b'-'] | [b'-', b'-'] => {
                    self.at += at;
                    return Ok(None);
                }
                _ => {}
            }
        }
        self.at += rest.len();
        Ok(None)
    }

    fn instruction<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        match memchr::memmem::find(rest, b"?>") {
            Some(at) => {
                self.at += at + 2;
                self.inside = Inside::Content;
            }
            None => self.at += rest.len() - usize::from(rest.ends_with(b"?")),
        }
        Ok(None)
    }

    /// What begins with `<`.
    fn markup<'i>(&mut self, input: &'i [u8]) -> Step<'i> {
        let rest = input.get(self.at..).unwrap_or_default();
        match rest.get(1) {
            None => Ok(None),
            Some(b'/') => self.end_tag(rest),
            Some(b'?') => self.begin_instruction(rest),
            Some(b'!') => self.begin_section(rest),
            Some(_) => self.start_tag(rest),
        }
    }

    fn begin_section<'i>(&mut self, rest: &[u8]) -> Step<'i> {
        if rest.starts_with(COMMENT) {
            self.at += COMMENT.len();
            self.inside = Inside::Comment;
        } else if rest.starts_with(CDATA) && self.open.depth() > 0 {
            self.at += CDATA.len();
            self.inside = Inside::CData;
        } else if rest.starts_with(DOCTYPE) {
            return Err(Rejection::malformed("document type declarations are refused").at(self.here(0)));
        } else if rest.starts_with(CDATA) {
            return Err(Rejection::malformed("text outside the root element").at(self.here(0)));
        } else if ![COMMENT, CDATA, DOCTYPE].iter().any(|whole| whole.starts_with(rest)) {
            return Err(Rejection::malformed("\"<!\" begins neither a comment nor a CDATA section").at(self.here(0)));
        }
        Ok(None)
    }

    fn begin_instruction<'i>(&mut self, rest: &[u8]) -> Step<'i> {
        let wrong = |reason: &str| Err(Rejection::malformed(reason).at(self.here(0)));
        let end = 2 + names::length(rest, 2).min(LONGEST_TARGET);
        let target = rest.get(2..end).unwrap_or_default();
        let is_whole = match rest.get(end..).unwrap_or_default() {
            [b'?', b'>', ..] => true,
            [] | [b'?'] => return Ok(None),
            [byte, ..] => is_space(*byte),
        };
        if !is_whole || !names::is_name(target) {
            return wrong("\"<?\" without the name of a processing instruction");
        }
        if target.eq_ignore_ascii_case(b"xml") && (target != b"xml" || self.position() > 0) {
            return wrong("an XML declaration can only be at the very start");
        }
        self.at += end;
        self.inside = Inside::Instruction;
        Ok(None)
    }

    fn start_tag<'i>(&mut self, rest: &'i [u8]) -> Step<'i> {
        let name_to = 1 + names::length(rest, 1);
        let Some(to) = self.tag_length(rest, name_to)? else {
            return Ok(None);
        };
        let name = rest.get(1..name_to).unwrap_or_default();
        if !names::is_name(name) {
            return Err(Rejection::malformed("\"<\" without the name of an element").at(self.here(0)));
        }
        if self.open.depth() == 0 && self.seen_root {
            return Err(Rejection::malformed("a second root element").at(self.here(0)));
        }
        let is_empty = rest.get(to - 2) == Some(&b'/');
        let inner_to = to - 1 - usize::from(is_empty);
        let attributes = rest.get(name_to..inner_to).unwrap_or_default();
        if !attributes.is_empty() {
            let moved = |error: Rejection| {
                let at = self.base + (self.at + name_to) as u64 + error.position.unwrap_or_default();
                error.at(at)
            };
            attributes::check(attributes, &mut self.seen_attributes).map_err(moved)?;
        }
        self.open.push(name).map_err(|error| error.at(self.base + self.at as u64))?;
        self.closing = is_empty;
        Ok(Some(self.begin(rest, name_to, inner_to, to)))
    }

    /// Tells the element that begins with the tag that `rest` begins with, and reads on after the tag.
    #[inline(always)]
    fn begin<'i>(&mut self, rest: &'i [u8], name_to: usize, inner_to: usize, to: usize) -> Token<'i> {
        let start = Start {
            name: rest.get(1..name_to).unwrap_or_default(),
            attributes: Attributes::of(rest.get(name_to..inner_to).unwrap_or_default()),
            from: self.here(0),
            name_to: self.here(name_to),
            to: self.here(to),
        };
        self.seen_root = true;
        self.at += to;
        Token::Start(start)
    }

    fn end_tag<'i>(&mut self, rest: &'i [u8]) -> Step<'i> {
        let name_to = 2 + names::length(rest, 2);
        let Some(to) = self.tag_length(rest, name_to)? else {
            return Ok(None);
        };
        let name = rest.get(2..name_to).unwrap_or_default();
        let space = rest.get(name_to..to - 1).unwrap_or_default();
        if self.open.innermost() != Some(name) || !space.iter().all(|byte| is_space(*byte)) {
            return Err(self.wrong_end(name).at(self.here(0)));
        }
        self.at += to;
        Ok(Some(self.close()))
    }

    fn wrong_end(&self, name: &[u8]) -> Rejection {
        if !names::is_name(name) {
            return Rejection::malformed("\"</\" without the name of an element");
        }
        let closing = names::shown(name);
        Rejection::malformed(match self.open.innermost() {
            Some(open) if open == name => format!("something after the name in closing tag \"{closing}\""),
            Some(open) => format!("closing tag \"{closing}\" where element \"{}\" is open", names::shown(open)),
            None => format!("closing tag \"{closing}\" where no element is open"),
        })
    }

    /// How long the tag is that `rest` begins with; nothing when its end has not come yet.
    fn tag_length(&self, rest: &[u8], name_to: usize) -> Result<Option<usize>, Rejection> {
        let end = match rest.get(name_to) {
            Some(b'>') => Found::End(name_to + 1),
            _ => match TagEnd::default().look(rest.get(1..rest.len().min(MAX_TAG_BYTES + 1)).unwrap_or_default()) {
                Found::End(at) => Found::End(at + 1),
                Found::Stray(at) => Found::Stray(at + 1),
                Found::Nothing => Found::Nothing,
            },
        };
        match end {
            Found::End(length) if length <= MAX_TAG_BYTES => Ok(Some(length)),
            Found::Stray(at) => {
                Err(Rejection::malformed("\"<\" inside a tag: the tag before it is not closed").at(self.here(at)))
            }
            Found::Nothing if rest.len() <= MAX_TAG_BYTES => Ok(None),
            _ => Err(Rejection::too_large(format!("a tag longer than {MAX_TAG_BYTES} bytes")).at(self.here(0))),
        }
    }
}
