//! What rows there are in messages.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::messages;
use crate::contract::Change;
use crate::fault::{Fault, Faulty};
use crate::transform::{Config, Engine, LoadError, Module};
use crate::workbench::{self, Headers, Input, Line, WorkbenchError, Workpiece};

/// All rows of the messages it was given.
#[derive(Debug)]
pub struct Survey {
    workpiece: Workpiece,
    /// By record type in upper case.
    tables: BTreeMap<String, Table>,
    /// What could not be read, and why.
    pub troubles: Vec<String>,
}

/// The rows of a record type.
#[derive(Debug, Default)]
pub struct Table {
    /// As the messages spell it.
    pub record_type: String,
    /// Whether some of its rows are in no other.
    pub is_outermost: bool,
    pub rows: Vec<Seen>,
}

/// A row, in the words of the survey mapper.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    record_type: String,
    pub parent: Option<String>,
    pub state: State,
    pub fields: Vec<(String, String)>,
    pub around: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Made,
    Changed,
    Gone,
    Original,
}

#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Run(#[from] WorkbenchError),
}

impl Faulty for SurveyError {
    fn fault(&self) -> Fault {
        match self {
            SurveyError::Load(error) => error.fault(),
            SurveyError::Run(error) => error.fault(),
        }
    }
}

impl Survey {
    pub fn new(engine: &Engine) -> Result<Self, SurveyError> {
        let workpiece = Workpiece::start(engine, Module::survey(engine)?, &Config::none())?;
        Ok(Survey { workpiece, tables: BTreeMap::new(), troubles: Vec::new() })
    }

    /// One message in whatever it was posted in, several one after the other that are in the same, or the lines of
    /// transactions. `name` is for the troubles.
    pub fn add(&mut self, name: &str, headers: &Headers, mut bytes: &[u8]) -> Result<(), SurveyError> {
        let Workpiece::Mapper(_, stock) = &self.workpiece else { return Ok(()) };
        let document = match Input::posted(headers, &mut bytes).whole() {
            Err(WorkbenchError::Unwrapping(error)) => {
                self.troubles.push(format!("{name}: {error}"));
                return Ok(());
            }
            document => document?,
        };
        for mut message in messages::one_by_one(&stock.clone(), &document) {
            self.add_document(name, &mut message)?;
        }
        Ok(())
    }

    fn add_document(&mut self, name: &str, document: &mut &[u8]) -> Result<(), SurveyError> {
        let Survey { workpiece, tables, troubles } = self;
        workbench::run(workpiece, &mut Input::document(document), &mut |line| {
            match line {
                Line::Row(Change::Upsert(row)) => take_in(tables, &row.value),
                Line::Trouble(trouble) => troubles.push(format!("{name}: {trouble}")),
                Line::Row(Change::Tombstone(_)) | Line::Transaction(_) => {}
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Parents before their children, as far as can be told.
    pub fn tables(&self) -> Vec<&Table> {
        let mut tables: Vec<&Table> = self.tables.values().collect();
        tables.sort_by_key(|table| !table.is_outermost);
        tables
    }

    pub fn table(&self, record_type: &str) -> Option<&Table> {
        self.tables.get(&record_type.to_ascii_uppercase())
    }

    pub fn rows(&self) -> usize {
        self.tables.values().map(|table| table.rows.len()).sum()
    }
}

fn take_in(tables: &mut BTreeMap<String, Table>, value: &str) {
    let Ok(seen) = serde_json::from_str::<Seen>(value) else { return };
    let table = tables.entry(seen.record_type.to_ascii_uppercase()).or_default();
    if table.record_type.is_empty() {
        table.record_type.clone_from(&seen.record_type);
    }
    table.is_outermost |= seen.parent.is_none();
    table.rows.push(seen);
}

impl Seen {
    #[cfg(test)]
    pub fn made(fields: Vec<(String, String)>) -> Self {
        Seen { record_type: "T".into(), parent: None, state: State::Made, fields, around: Vec::new() }
    }

    /// The text of a field of the row or else of the rows around it, as keys take it.
    pub fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().chain(&self.around).find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, text)| text.as_str())
    }
}
