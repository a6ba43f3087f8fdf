//! Making rejections: one short constructor for each kind, and a place to add.

use crate::{Rejection, RejectionKind};

/// ```
/// use ps_stream_sdk::{Rejection, RejectionKind};
///
/// let rejection = Rejection::invalid("record type \"VENDOR\" has no key rule").at(20);
/// assert_eq!((rejection.kind, rejection.position), (RejectionKind::Invalid, Some(20)));
/// ```
impl Rejection {
    /// The input is not well-formed XML, not UTF-8, or cut off.
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::of(RejectionKind::Malformed, reason)
    }

    /// The input is well-formed, but not a rowset message or not a transaction.
    pub fn unexpected(reason: impl Into<String>) -> Self {
        Self::of(RejectionKind::Unexpected, reason)
    }

    /// The input is past a limit of the module.
    pub fn too_large(reason: impl Into<String>) -> Self {
        Self::of(RejectionKind::TooLarge, reason)
    }

    /// The input is a rowset that breaks a rule.
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::of(RejectionKind::Invalid, reason)
    }

    /// The same rejection with the byte of the input it is about.
    #[must_use]
    pub fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }

    fn of(kind: RejectionKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), position: None }
    }
}
