//! Finding the end of a tag: the first `>` that is not inside an attribute's quotes. Remembers where it is, so a tag that
//! comes in pieces is looked at once.

use super::wide::{self, Wide};

/// What a look at more bytes of a tag found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The tag ends right before this offset of the bytes.
    End(usize),
    /// A `<` at this offset, where none can be.
    Stray(usize),
    /// Neither.
    Nothing,
}

/// How far the quotes are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TagEnd {
    quote: Option<u8>,
}

impl TagEnd {
    /// Looks at the next bytes of a tag, after its `<`.
    pub(super) fn look(&mut self, bytes: &[u8]) -> Found {
        let mut at = 0;
        while let Some(found) = wide::find(bytes, at, |wide| are_marks(wide, self.quote).marked()) {
            at = found + 1;
            match (bytes.get(found), self.quote) {
                (Some(b'<'), _) => return Found::Stray(found),
                (Some(b'>'), _) => return Found::End(at),
                (_, Some(_)) => self.quote = None,
                (quote, None) => self.quote = quote.copied(),
            }
        }
        Found::Nothing
    }
}

/// What the tag's end may be at: the end of the quotes it is in, or anything but text.
#[inline(always)]
fn are_marks(wide: Wide, quote: Option<u8>) -> Wide {
    match quote {
        Some(quote) => wide.is(b'<').or(wide.is(quote)),
        None => wide.is(b'<').or(wide.is(b'>')).or(wide.is(b'"')).or(wide.is(b'\'')),
    }
}
