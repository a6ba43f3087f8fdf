//! What a module is given: a message as it was posted, read as `collect` reads it, or lines of transactions.

use std::io::{BufRead, Read};

use bytes::Bytes;

use super::{Headers, WorkbenchError};
use crate::message::{Head, Unwrapping};

/// As much of it as is read at a time.
const CHUNK: u64 = 64 * 1024;

pub struct Input<'i> {
    pub(super) head: Head,
    bytes: &'i mut dyn BufRead,
    unwrapping: Unwrapping,
    has_headers: bool,
    has_ended: bool,
}

impl<'i> Input<'i> {
    /// Whatever the sender wrapped it in.
    pub fn posted(headers: &Headers, bytes: &'i mut dyn BufRead) -> Self {
        let head = headers.head();
        let unwrapping = Unwrapping::new(&head.form);
        Input { head, bytes, unwrapping, has_headers: !headers.is_empty(), has_ended: false }
    }

    /// Out of what it was wrapped in, in UTF-8 whatever its declaration says.
    pub fn document(bytes: &'i mut dyn BufRead) -> Self {
        Input { unwrapping: Unwrapping::done(), ..Self::posted(&Headers::default(), bytes) }
    }

    /// The whole document.
    pub fn whole(mut self) -> Result<Vec<u8>, WorkbenchError> {
        let mut whole = Vec::new();
        while let Some(bytes) = self.next()? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole)
    }

    /// The next bytes of the document; none at its end.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, WorkbenchError> {
        loop {
            if let Some(bytes) = self.unwrapping.take()? {
                return Ok(Some(bytes));
            }
            if self.has_ended {
                return Ok(None);
            }
            let mut chunk = Vec::new();
            Read::take(&mut self.bytes, CHUNK).read_to_end(&mut chunk).map_err(WorkbenchError::Unread)?;
            if chunk.is_empty() {
                self.has_ended = true;
                self.unwrapping.end();
            } else {
                self.unwrapping.put(chunk.into());
            }
        }
    }

    /// The lines, where it is JSON: XML begins otherwise, and so does whatever it may be wrapped in.
    pub(super) fn lines(&mut self) -> Result<Option<&mut dyn BufRead>, WorkbenchError> {
        let begin = self.bytes.fill_buf().map_err(WorkbenchError::Unread)?;
        match (begin.trim_ascii_start().starts_with(b"{"), self.has_headers) {
            (true, true) => Err(WorkbenchError::HeadersOfLines),
            (true, false) => Ok(Some(&mut self.bytes)),
            (false, _) => Ok(None),
        }
    }
}
