//! Which world a module is of.

use std::fmt;

pub(super) const PACKAGE: &str = "ps-stream:transform/";
pub(super) const VERSION: &str = "@0.1.0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Splitter,
    Mapper,
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Splitter => "splitter",
            Kind::Mapper => "mapper",
        })
    }
}
