//! Every row of a transaction, at every level, as it was read. `ps-stream keys` counts what it tells: the host reads no XML,
//! and so what is a row, a field and a child row is decided here by the same code as in the stock mapper.

use ps_stream_sdk::{
    AuditAction, Change, Description, Mapper, NoConfig, Rejection, Transaction, UpsertRow, export_mapper,
    rowset::{self, Row},
};
use serde::Serialize;

/// The mapper whose rows are rows as they were read.
#[derive(Debug)]
pub struct Survey;

/// What is told of a row. Fields stay in their order, which says something about keys.
#[derive(Debug, Serialize)]
struct Seen<'a> {
    record_type: &'a str,
    /// That of the row around it.
    parent: Option<&'a str>,
    state: State,
    fields: Vec<(&'a str, &'a str)>,
    /// Those of the rows around it, the nearest first.
    around: Vec<(&'a str, &'a str)>,
}

/// What its audit action says of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It is there from now on, or may be: added, under its new key, of a full copy.
    Made,
    Changed,
    /// Deleted, or under its old key.
    Gone,
    /// Its values before a change.
    Original,
}

impl Mapper for Survey {
    type Config = NoConfig;

    fn describe() -> Description {
        Description::new("survey", env!("CARGO_PKG_VERSION"), "Every row of a transaction as it was read")
    }

    fn new(_: NoConfig) -> Result<Self, String> {
        Ok(Self)
    }

    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
        let rowset = rowset::read(&transaction.document)?;
        let mut changes = Vec::new();
        for row in &rowset.rows {
            tell(row, &mut Vec::new(), &mut changes)?;
        }
        Ok(changes)
    }
}

fn tell<'a, 'd>(
    row: &'a Row<'d>,
    ancestors: &mut Vec<&'a Row<'d>>,
    changes: &mut Vec<Change>,
) -> Result<(), Rejection> {
    let value = serde_json::to_string(&seen(row, ancestors)).map_err(|error| Rejection::invalid(error.to_string()))?;
    // Only the value is looked at; a record type may be named as no topic can be.
    let key = format!("\"{}\"", changes.len());
    changes.push(Change::Upsert(UpsertRow { record_type: "seen".into(), key, value }));
    ancestors.push(row);
    let told = row.children.iter().try_for_each(|child| tell(child, ancestors, changes));
    ancestors.pop();
    told
}

fn seen<'a>(row: &'a Row<'_>, ancestors: &[&'a Row<'_>]) -> Seen<'a> {
    Seen {
        record_type: row.record_type,
        parent: ancestors.last().map(|parent| parent.record_type),
        state: match row.control.action {
            AuditAction::Blank | AuditAction::Added | AuditAction::NewKey => State::Made,
            AuditAction::Changed => State::Changed,
            AuditAction::Deleted | AuditAction::OldKey => State::Gone,
            AuditAction::Original => State::Original,
        },
        fields: fields(row).collect(),
        around: ancestors.iter().rev().flat_map(|ancestor| fields(ancestor)).collect(),
    }
}

fn fields<'a>(row: &'a Row<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    row.fields.iter().map(|field| (field.name, &*field.text))
}

export_mapper!(Survey);

#[cfg(test)]
mod tests;
