//! From rows to changes: every row whose record type has a key rule becomes a change of its own.

#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeSet;

use serde::Deserialize;
pub use value::value;

use crate::{
    AuditAction, Change, Effect, KeyRule, KeyRules, PrimaryKey, Purpose, Rejection, UpsertRow,
    rowset::{Row, Rowset},
    telemetry,
};

/// How a mapper turns rows into changes.
///
/// - A row whose record type has a key rule becomes a change by its own audit action, at whatever level it stands: parents
///   before children, in document order.
/// - A child row whose type has no rule stays inside its parent's value.
/// - A level-0 row whose type has no rule is a rejection of the whole transaction.
/// - The tombstone of an old key (`K`) is left out when the same key was added (`A`) or made a new key (`N`) before.
/// - The header and the trailer of a full sync are counted (`full_sync_header`, `full_sync_trailer`) and change nothing.
///
/// ```
/// use ps_stream_sdk::{Change, KeyRules, Mapping, rowset};
///
/// let rules = KeyRules::new([("PROJECT", vec!["PROJECT_ID"]), ("ACTIVITY", vec!["PROJECT_ID", "ACTIVITY_ID"])])?;
/// let rowset = rowset::read(
///     "<Transaction>
///        <PROJECT class='R'><PROJECT_ID>P1</PROJECT_ID>
///          <ACTIVITY class='R'><ACTIVITY_ID>A1</ACTIVITY_ID></ACTIVITY><PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA>
///        </PROJECT>
///        <PSCAMA><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA>
///      </Transaction>",
/// )
/// .unwrap();
/// let changes = Mapping::new(&rules).changes(&rowset).unwrap();
/// let [Change::Upsert(project), Change::Tombstone(activity)] = &changes[..] else { panic!("{changes:?}") };
/// assert_eq!(project.value, r#"{"PROJECT_ID":"P1"}"#);
/// assert_eq!(activity.key, r#"{"PROJECT_ID":"P1","ACTIVITY_ID":"A1"}"#, "its project is that of the row around it");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mapping<'r> {
    rules: &'r KeyRules,
    translations: Translations,
}

/// What becomes of rows in a language other than their database's. Under the same key they overwrite the base row.
///
/// ```
/// use ps_stream_sdk::{KeyRules, Mapping, Translations, rowset};
///
/// let rules = KeyRules::new([("PROJECT", ["PROJECT_ID"])])?;
/// let french = rowset::read(
///     "<Transaction><PROJECT><PROJECT_ID>P1</PROJECT_ID><DESCR>Pont</DESCR></PROJECT>
///      <PSCAMA><LANGUAGE_CD>FRA</LANGUAGE_CD><BASE_LANGUAGE_CD>ENG</BASE_LANGUAGE_CD></PSCAMA></Transaction>",
/// )
/// .unwrap();
/// let mapping = Mapping::new(&rules);
/// assert_eq!(mapping.changes(&french).unwrap().len(), 1);
/// assert_eq!(mapping.translations(Translations::Skip).changes(&french).unwrap().len(), 0);
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Translations {
    /// They are rows like any other.
    #[default]
    Row,
    /// They change nothing and are counted (`translations_skipped`).
    Skip,
    /// Their transaction is rejected.
    Reject,
}

impl<'r> Mapping<'r> {
    /// By these rules, with translations as rows like any other.
    pub fn new(rules: &'r KeyRules) -> Self {
        Self { rules, translations: Translations::default() }
    }

    /// The same with another way of treating translations.
    #[must_use]
    pub fn translations(mut self, translations: Translations) -> Self {
        self.translations = translations;
        self
    }

    /// All changes of a transaction, in the order they are to be applied.
    ///
    /// ```
    /// use ps_stream_sdk::{Change, KeyRules, Mapping, rowset};
    ///
    /// let rules = KeyRules::new([("PROJECT", ["PROJECT_ID"])])?;
    /// let changes = |document| Mapping::new(&rules).changes(&rowset::read(document)?);
    ///
    /// // A row that is gone is a tombstone: its key, and no value, not an empty one.
    /// let gone = "<Transaction><PROJECT><PROJECT_ID>P1</PROJECT_ID></PROJECT>
    ///             <PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA></Transaction>";
    /// let [Change::Tombstone(project)] = &changes(gone).unwrap()[..] else { panic!() };
    /// assert_eq!(project.key, r#""P1""#);
    ///
    /// // What has no rule at level 0 is refused by name.
    /// let unknown = "<Transaction><VENDOR><VENDOR_ID>V1</VENDOR_ID></VENDOR></Transaction>";
    /// assert_eq!(changes(unknown).unwrap_err().reason, "record type \"VENDOR\" has no key rule");
    /// # Ok::<(), String>(())
    /// ```
    pub fn changes(&self, rowset: &Rowset<'_>) -> Result<Vec<Change>, Rejection> {
        match rowset.purpose {
            Purpose::FullSyncHeader => telemetry::count("full_sync_header", 1),
            Purpose::FullSyncTrailer => telemetry::count("full_sync_trailer", 1),
            Purpose::Rows if rowset.rows.is_empty() => {
                return Err(Rejection::unexpected("a transaction without rows"));
            }
            Purpose::Rows => return self.changes_of_rows(&rowset.rows),
        }
        Ok(Vec::new())
    }

    fn changes_of_rows(&self, rows: &[Row<'_>]) -> Result<Vec<Change>, Rejection> {
        let mut walk = Walk { mapping: self, changes: Vec::new(), made: has_old_key(rows).then(BTreeSet::new) };
        for row in rows {
            let rule = self.rules.rule(row.record_type).ok_or_else(|| {
                let reason = format!("record type \"{}\" has no key rule", row.record_type);
                Rejection::invalid(reason).at(row.position)
            })?;
            walk.visit(row, Some(rule), &mut Vec::new())?;
        }
        Ok(walk.changes)
    }

    /// Whether a row counts: not a translation that is to be skipped.
    fn counts(&self, row: &Row<'_>) -> Result<bool, Rejection> {
        match self.translations {
            _ if !row.control.is_translation() => Ok(true),
            Translations::Row => Ok(true),
            Translations::Skip => Ok(false),
            Translations::Reject => {
                Err(Rejection::invalid(format!("a row of record type \"{}\" is a translation", row.record_type))
                    .at(row.position))
            }
        }
    }
}

/// The way through a transaction's rows.
struct Walk<'w> {
    mapping: &'w Mapping<'w>,
    changes: Vec<Change>,
    /// The keys added or made new so far, where an old key may come later.
    made: Option<BTreeSet<(&'w str, String)>>,
}

impl Walk<'_> {
    fn visit<'a, 'd>(
        &mut self,
        row: &'a Row<'d>,
        rule: Option<&KeyRule>,
        ancestors: &mut Vec<&'a Row<'d>>,
    ) -> Result<(), Rejection> {
        if !self.mapping.counts(row)? {
            telemetry::count("translations_skipped", 1);
        } else if let Some(rule) = rule {
            self.change(row, rule, ancestors)?;
        }
        if row.children.is_empty() {
            return Ok(());
        }
        ancestors.push(row);
        for child in &row.children {
            self.visit(child, self.mapping.rules.rule(child.record_type), ancestors)?;
        }
        ancestors.pop();
        Ok(())
    }

    fn change(&mut self, row: &Row<'_>, rule: &KeyRule, ancestors: &[&Row<'_>]) -> Result<(), Rejection> {
        let effect = row.control.action.effect();
        if effect == Effect::Nothing {
            return Ok(());
        }
        let key = rule.key(row, ancestors)?;
        if !self.is_outdated(row.control.action, rule.record_type(), &key) {
            let record_type = rule.record_type().to_owned();
            self.changes.push(match effect {
                Effect::Tombstone => Change::Tombstone(PrimaryKey { record_type, key }),
                _ => Change::Upsert(UpsertRow { value: value::value_of(row, self.mapping), record_type, key }),
            });
        }
        Ok(())
    }

    /// Whether this is the old key of a row whose key another row has taken since. Remembers the keys that are taken.
    fn is_outdated(&mut self, action: AuditAction, record_type: &str, key: &str) -> bool {
        let mapping = self.mapping;
        let (Some(made), Some(rule)) = (&mut self.made, mapping.rules.rule(record_type)) else {
            return false;
        };
        let this = (rule.record_type(), key.to_owned());
        if matches!(action, AuditAction::Added | AuditAction::NewKey) {
            made.insert(this);
            return false;
        }
        action == AuditAction::OldKey && made.contains(&this)
    }
}

fn has_old_key(rows: &[Row<'_>]) -> bool {
    rows.iter().any(|row| row.control.action == AuditAction::OldKey || has_old_key(&row.children))
}
