//! Making a module's description of itself.

use crate::Description;

impl Description {
    /// A module for any record type, without configuration. What it has of either is put in the fields.
    ///
    /// ```
    /// use ps_stream_sdk::Description;
    ///
    /// let description = Description {
    ///     record_types: vec!["VENDOR".into()],
    ///     ..Description::new("vendors", env!("CARGO_PKG_VERSION"), "Vendors by set and id")
    /// };
    /// assert!(description.config_schema.is_empty());
    /// ```
    pub fn new(name: &str, version: &str, summary: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            summary: summary.to_owned(),
            record_types: Vec::new(),
            config_schema: String::new(),
        }
    }
}
