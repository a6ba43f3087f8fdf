//! The part of a body that a splitter may still point at.

use crate::contract::{Piece, Span};

/// Bytes of the body from `base` on. Bounded: a module that never lets go is stopped at the limit.
#[derive(Debug)]
pub struct Window {
    base: u64,
    bytes: Vec<u8>,
    limit: usize,
}

impl Window {
    pub fn new(limit: usize) -> Self {
        Window { base: 0, bytes: Vec::new(), limit }
    }

    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Adds the next bytes of the body. `Err` holds the limit that they would pass.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), usize> {
        if self.bytes.len() + chunk.len() > self.limit {
            return Err(self.limit);
        }
        self.bytes.extend_from_slice(chunk);
        Ok(())
    }

    /// Lets go of everything before this offset of the body. `Err` when it lies before what was let go, or in the future.
    pub fn forget_before(&mut self, offset: u64) -> Result<(), String> {
        let length = self.local(offset).filter(|&length| length <= self.bytes.len());
        let length = length.ok_or_else(|| format!("needed-from {offset} is outside of the body"))?;
        self.bytes.drain(..length);
        self.base = offset;
        Ok(())
    }

    /// The pieces one after the other.
    pub fn assemble(&self, pieces: &[Piece]) -> Result<Vec<u8>, String> {
        let mut document = Vec::new();
        for piece in pieces {
            let bytes = match piece {
                Piece::Verbatim(span) => self.slice(span)?,
                Piece::Rewritten(bytes) => bytes,
            };
            if document.len() + bytes.len() > self.limit {
                return Err(format!("a transaction of more than {} bytes", self.limit));
            }
            document.extend_from_slice(bytes);
        }
        Ok(document)
    }

    fn slice(&self, span: &Span) -> Result<&[u8], String> {
        let outside = || format!("span {}+{} is outside of what may still be named", span.offset, span.length);
        let start = self.local(span.offset).ok_or_else(outside)?;
        let length = usize::try_from(span.length).map_err(|_| outside())?;
        let end = start.checked_add(length).ok_or_else(outside)?;
        self.bytes.get(start..end).ok_or_else(outside)
    }

    fn local(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.base)?).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn verbatim(offset: u64, length: u64) -> Piece {
        Piece::Verbatim(Span { offset, length })
    }

    fn window() -> Window {
        let mut window = Window::new(20);
        window.push(b"0123456789").unwrap();
        window
    }

    #[test]
    fn pieces_are_put_together_in_their_order() {
        let pieces = [verbatim(2, 3), Piece::Rewritten(b"-".to_vec()), verbatim(9, 1)];
        assert_eq!(window().assemble(&pieces).unwrap(), b"234-9");
    }

    #[test]
    fn offsets_stay_those_of_the_body_after_forgetting() {
        let mut window = window();
        window.forget_before(5).unwrap();
        window.push(b"ab").unwrap();
        assert_eq!(window.assemble(&[verbatim(9, 3)]).unwrap(), b"9ab");
    }

    #[test]
    fn a_span_outside_of_the_window_is_refused_wherever_it_points() {
        let mut window = window();
        window.forget_before(5).unwrap();
        for (offset, length) in [(4, 1), (9, 2), (10, 1), (u64::MAX, 1), (5, u64::MAX), (u64::MAX, u64::MAX)] {
            assert!(window.assemble(&[verbatim(offset, length)]).is_err(), "{offset}+{length}");
        }
    }

    #[test]
    fn forgetting_what_was_forgotten_or_is_to_come_is_refused() {
        let mut window = window();
        window.forget_before(5).unwrap();
        assert!(window.forget_before(4).is_err());
        assert!(window.forget_before(11).is_err());
    }

    #[test]
    fn neither_the_window_nor_a_transaction_grows_past_the_limit() {
        let mut window = window();
        assert!(window.assemble(&[verbatim(0, 10), verbatim(0, 10), verbatim(0, 1)]).is_err());
        assert_eq!(window.push(&[b'x'; 11]), Err(20));
    }
}
