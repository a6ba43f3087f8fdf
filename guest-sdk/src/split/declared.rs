//! The record types that `FieldTypes` declares: what a full sync is of, where its header has no rows to tell.

use super::{MAX_RECORD_TYPES, text_of};

#[derive(Clone, Debug, Default)]
pub(super) struct Declared {
    /// How many elements are open directly inside `FieldTypes`, while it is.
    depth: Option<usize>,
    record_types: Vec<String>,
}

impl Declared {
    pub(super) fn record_types(&self) -> &[String] {
        &self.record_types
    }

    /// Whether what begins at this depth is declared.
    #[inline(always)]
    pub(super) fn is_at(&self, depth: usize) -> bool {
        self.depth == Some(depth)
    }

    /// An element begins around `MsgData`.
    pub(super) fn start(&mut self, depth: usize, name: &[u8]) {
        if self.is_at(depth) {
            self.add(name);
        } else if self.depth.is_none() && name.eq_ignore_ascii_case(b"FieldTypes") {
            self.depth = Some(depth + 1);
        }
    }

    /// An element around `MsgData` has ended, so many were open inside it.
    pub(super) fn end(&mut self, depth: usize) {
        self.depth = self.depth.filter(|inside| *inside != depth);
    }

    fn add(&mut self, name: &[u8]) {
        let is_known = self.record_types.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name));
        if !is_known && self.record_types.len() < MAX_RECORD_TYPES && !name.eq_ignore_ascii_case(b"PSCAMA") {
            self.record_types.push(text_of(name));
        }
    }
}
