//! What a record says of itself that a person has put back from the dead letters.

use crate::kafka::record::header;
use crate::kafka::{Position, SourceRecord};
use crate::telemetry;

/// What a replayed record says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Where it was stored first.
    pub of: Position,
    /// When it was first set aside, in milliseconds since 1970.
    pub since: i64,
    /// Written even where it cannot be told whether the row was deleted since.
    pub force: bool,
}

impl Replay {
    /// None for a transaction that came as they all do; an error where it cannot be told.
    pub fn of(record: &SourceRecord) -> Result<Option<Self>, String> {
        let Some(of) = record.header(header::REPLAY_OF) else { return Ok(None) };
        let bad = |name, value| format!("the record's header {name} is \"{value}\", which ps-stream does not write");
        let since = record.header(header::REPLAY_SINCE).unwrap_or_default();
        Ok(Some(Replay {
            of: Position::parse(of).ok_or_else(|| bad(header::REPLAY_OF, of))?,
            since: telemetry::milliseconds(since).ok_or_else(|| bad(header::REPLAY_SINCE, since))?,
            force: record.header(header::REPLAY_FORCE) == Some("true"),
        }))
    }
}

/// Whether the record is this consumer group's: what another one has set aside is put back for that one alone.
pub fn is_for(record: &SourceRecord, group: &str) -> bool {
    record.header(header::REPLAY_OF).is_none() || record.header(header::REPLAY_GROUP).is_none_or(|name| name == group)
}
