//! Which module it was.

use std::fmt;
use std::sync::Arc;

/// Which code it was: goes into logs, record headers and dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As the module calls itself, with its version: `stock-mapper 0.1.0`; the file's name until it has been asked.
    pub name: Arc<str>,
    /// SHA-256 of the file, in hex.
    pub hash: Arc<str>,
}

impl Identity {
    /// Enough of it for a person.
    pub fn short_hash(&self) -> &str {
        self.hash.get(..12).unwrap_or(&self.hash)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\" ({})", self.name, self.short_hash())
    }
}
