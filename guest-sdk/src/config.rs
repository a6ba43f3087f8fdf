//! Configuration of a module that has none.

use serde::Deserialize;

/// The configuration of a module that takes none: only `{}` fits. One that takes some has a type of its own:
///
/// ```
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Config {
///     hidden: Vec<String>,
/// }
///
/// let config: Config = serde_json::from_str(r#"{"hidden": ["DESCR"]}"#)?;
/// assert_eq!(config.hidden, ["DESCR"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}
