//! The header or the trailer of a full sync, as its record says it.

use crate::kafka::SourceRecord;
use crate::kafka::record::header;

/// Which full sync it is: PeopleSoft gives it no other name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncName {
    pub message: String,
    pub from: Option<String>,
}

/// A header or a trailer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub end: End,
    pub sync: SyncName,
    pub record_types: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Header,
    Trailer,
}

impl Mark {
    /// None for a transaction with rows; an error where it cannot be told.
    pub fn of(record: &SourceRecord) -> Result<Option<Self>, String> {
        let Some(text) = record.header(header::FULL_SYNC) else { return Ok(None) };
        let end = match text {
            "header" => End::Header,
            "trailer" => End::Trailer,
            other => {
                let name = header::FULL_SYNC;
                return Err(format!("the record's header {name} is \"{other}\", which ps-stream does not write"));
            }
        };
        let record_types = record.record_types().into_iter().flatten().map(str::to_owned).collect();
        Ok(Some(Mark { end, sync: SyncName::of(record), record_types }))
    }

    pub fn is_trailer(&self) -> bool {
        self.end == End::Trailer
    }

    pub fn is_trailer_in(record: &SourceRecord) -> bool {
        Self::of(record).is_ok_and(|mark| mark.is_some_and(|mark| mark.is_trailer()))
    }
}

impl SyncName {
    /// What a record belongs to, if that is a full sync.
    pub fn of(record: &SourceRecord) -> Self {
        SyncName {
            message: record.header(header::MESSAGE_NAME).unwrap_or_default().to_owned(),
            from: record.header(header::FROM).map(str::to_owned),
        }
    }
}

impl std::fmt::Display for SyncName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.from {
            Some(from) => write!(out, "{} of {from}", self.message),
            None => out.write_str(&self.message),
        }
    }
}
