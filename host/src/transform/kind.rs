//! Which world a module is of.

use std::fmt;

pub(super) const PACKAGE: &str = "ps-stream:transform/";
pub(super) const VERSION: &str = "@0.1.0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Splitter,
    Mapper,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Splitter, Kind::Mapper];

    /// The one whose own interface is exported.
    pub(super) fn known_by(is_exported: impl Fn(&str) -> bool) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| is_exported(kind.interface()))
    }

    /// As `wit/` names it.
    pub(super) fn world(self) -> &'static str {
        match self {
            Kind::Splitter => "splitter",
            Kind::Mapper => "mapper",
        }
    }

    fn interface(self) -> &'static str {
        match self {
            Kind::Splitter => "splitting",
            Kind::Mapper => "mapping",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.world())
    }
}
