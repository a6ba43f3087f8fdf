//! Finding the end of a tag: the first `>` that is not inside an attribute's quotes. Remembers where it is, so a tag that
//! comes in pieces is looked at once.

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
        for (at, byte) in bytes.iter().enumerate() {
            match (*byte, self.quote) {
                (b'<', _) => return Found::Stray(at),
                (b'>', None) => return Found::End(at + 1),
                (quote @ (b'"' | b'\''), None) => self.quote = Some(quote),
                (quote, Some(open)) if quote == open => self.quote = None,
                _ => {}
            }
        }
        Found::Nothing
    }
}
