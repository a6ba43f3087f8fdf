//! The names of the elements that are open, innermost last, in one buffer.

use super::MAX_DEPTH;
use crate::Rejection;

/// Room for so much is made at once.
const LIKELY_DEPTH: usize = 8;
const LIKELY_BYTES: usize = 128;

/// A stack of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenNames {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl OpenNames {
    pub(crate) fn depth(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn push(&mut self, name: &[u8]) -> Result<(), Rejection> {
        if self.depth() == MAX_DEPTH {
            return Err(Rejection::too_large(format!("elements nested deeper than {MAX_DEPTH}")));
        }
        if self.bytes.capacity() == 0 {
            self.bytes.reserve(LIKELY_BYTES);
            self.starts.reserve(LIKELY_DEPTH);
        }
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(name);
        Ok(())
    }

    pub(crate) fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.bytes.truncate(start);
        }
    }

    pub(crate) fn outermost(&self) -> Option<&[u8]> {
        let end = self.starts.get(1).copied().unwrap_or(self.bytes.len());
        self.bytes.get(..end).filter(|_| self.depth() > 0)
    }

    pub(crate) fn innermost(&self) -> Option<&[u8]> {
        self.starts.last().and_then(|start| self.bytes.get(*start..))
    }
}
