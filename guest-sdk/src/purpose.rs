//! What `MSG_SEQ_FLG` says of a transaction.

use crate::Purpose;

impl Purpose {
    /// Reads the text of `MSG_SEQ_FLG` in the `PSCAMA` of a transaction: `H` and `T` are the marks of a full sync, anything
    /// else stands for rows. Whatever row a mark has is never data. (PeopleSoft documents both marks, in "Understanding Full
    /// Data Publish Processing"; nobody has published a real one.)
    ///
    /// ```
    /// use ps_stream_sdk::Purpose;
    ///
    /// assert_eq!(Purpose::of_flag("H"), Purpose::FullSyncHeader);
    /// assert_eq!(Purpose::of_flag(""), Purpose::Rows);
    /// ```
    pub fn of_flag(text: &str) -> Self {
        match text {
            "H" => Self::FullSyncHeader,
            "T" => Self::FullSyncTrailer,
            _ => Self::Rows,
        }
    }
}

#[allow(clippy::derivable_impls, reason = "the type is generated")]
impl Default for Purpose {
    fn default() -> Self {
        Self::Rows
    }
}
