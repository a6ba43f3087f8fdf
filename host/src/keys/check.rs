//! Key rules held against messages.

use std::fmt;

use super::rules::{KeyFile, Rule};
use super::survey::{State, Survey, Table};

/// Something a person should know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Rows that are in no other and have no rule.
    NoRule { record_type: String, rows: usize },
    /// Rows in others, without a rule of their own.
    Inside { record_type: String, rows: usize },
    /// A field of a rule that no row of its record type has, nor any around one.
    NoField { record_type: String, field: String },
    /// A field of a rule that some rows lack.
    Lacking { record_type: String, field: String, rows: usize, of: usize },
    /// Rows whose key is blank.
    Blank { record_type: String, rows: usize, of: usize },
    /// A rule without any row.
    NoRow { record_type: String },
}

/// What comes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Transactions would be dead letters.
    Wrong,
    Note,
}

pub fn check(keys: &KeyFile, survey: &Survey) -> Vec<Finding> {
    let without = survey.tables().into_iter().filter(|table| keys.rule(&table.record_type).is_none()).map(no_rule);
    let rules = keys.rules.iter().flat_map(|rule| match survey.table(&rule.record_type) {
        Some(table) => of_rule(rule, table),
        None => vec![Finding::NoRow { record_type: rule.record_type.clone() }],
    });
    let mut findings: Vec<Finding> = without.chain(rules).collect();
    findings.sort_by_key(|finding| finding.weight() == Weight::Note);
    findings
}

fn no_rule(table: &Table) -> Finding {
    let (record_type, rows) = (table.record_type.clone(), table.rows.len());
    match table.is_outermost {
        true => Finding::NoRule { record_type, rows },
        false => Finding::Inside { record_type, rows },
    }
}

fn of_rule(rule: &Rule, table: &Table) -> Vec<Finding> {
    let record_type = &rule.record_type;
    // Original values have no effect, and so need no key.
    let rows: Vec<_> = table.rows.iter().filter(|row| row.state != State::Original).collect();
    let lacking = |field: &String| match rows.iter().filter(|row| row.field(field).is_none()).count() {
        0 => None,
        all if all == rows.len() => Some(Finding::NoField { record_type: record_type.clone(), field: field.clone() }),
        some => Some(Finding::Lacking {
            record_type: record_type.clone(),
            field: field.clone(),
            rows: some,
            of: rows.len(),
        }),
    };
    let is_blank =
        |field: &String, row: &super::survey::Seen| row.field(field).is_some_and(|text| text.trim().is_empty());
    let blank = rows.iter().filter(|row| rule.fields.iter().all(|field| is_blank(field, row))).count();
    let blank = (blank > 0).then(|| Finding::Blank { record_type: record_type.clone(), rows: blank, of: rows.len() });
    rule.fields.iter().filter_map(lacking).chain(blank).collect()
}

impl Finding {
    pub fn weight(&self) -> Weight {
        match self {
            Finding::Inside { .. } | Finding::NoRow { .. } => Weight::Note,
            _ => Weight::Wrong,
        }
    }

    /// For programs.
    pub fn name(&self) -> &'static str {
        match self {
            Finding::NoRule { .. } => "no-rule",
            Finding::Inside { .. } => "inside",
            Finding::NoField { .. } => "no-field",
            Finding::Lacking { .. } => "lacking",
            Finding::Blank { .. } => "blank",
            Finding::NoRow { .. } => "no-row",
        }
    }

    pub fn record_type(&self) -> &str {
        match self {
            Finding::NoRule { record_type, .. }
            | Finding::Inside { record_type, .. }
            | Finding::NoField { record_type, .. }
            | Finding::Lacking { record_type, .. }
            | Finding::Blank { record_type, .. }
            | Finding::NoRow { record_type } => record_type,
        }
    }

    pub fn field(&self) -> Option<&str> {
        match self {
            Finding::NoField { field, .. } | Finding::Lacking { field, .. } => Some(field),
            _ => None,
        }
    }
}

fn counted(rows: usize) -> String {
    if rows == 1 { "1 row".into() } else { format!("{rows} rows") }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = format!("record type \"{}\"", self.record_type());
        match self {
            Finding::NoRule { rows, .. } => {
                write!(out, "{kind} ({}) has no rule: its transactions would be dead letters", counted(*rows))
            }
            Finding::Inside { rows, .. } => {
                let stay = "its rows stay in the values of the rows around them";
                write!(out, "{kind} ({}) has no rule: {stay}", counted(*rows))
            }
            Finding::NoField { field, .. } => {
                write!(out, "the rule of {kind} names \"{field}\", which none of its rows has")
            }
            Finding::Lacking { field, rows, of, .. } => {
                write!(out, "the rule of {kind} names \"{field}\", which {rows} of its {of} rows lack")
            }
            Finding::Blank { rows, of, .. } => write!(out, "the key of {kind} is blank in {rows} of its {of} rows"),
            Finding::NoRow { .. } => write!(out, "{kind} has a rule, but no row came"),
        }
    }
}
