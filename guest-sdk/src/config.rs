//! Configuration of a module that has none.

use serde::Deserialize;

/// The configuration of a module that takes none: only `{}` fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
