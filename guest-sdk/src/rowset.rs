//! What a transaction says, as a tree: rows, their fields, their child rows, and what happened to each.
//!
//! - The element children of `Transaction` are rows, except `PSCAMA`.
//! - Inside a row an element is a child row when it has `class="R"` or element children; otherwise it is a field.
//! - A `PSCAMA` belongs to the rows just before it among its siblings, back to the `PSCAMA` before. Control fields are read
//!   only in it: business records have fields of the same names.
//! - Nothing is dropped or overwritten silently: text between elements, a field twice in a row, a field named like a child
//!   row and a `PSCAMA` with an action for no row are rejections.

mod build;
mod clashes;
mod frame;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use build::read;

use crate::{AuditAction, Purpose};

/// How many fields a row may have.
pub const MAX_FIELDS: usize = 5_000;

/// A transaction.
///
/// ```
/// use ps_stream_sdk::{AuditAction, rowset};
///
/// let rowset = rowset::read(
///     "<Transaction>
///        <PROJECT class='R'><PROJECT_ID>P1</PROJECT_ID>
///          <NOTE class='R'><SEQ>1</SEQ></NOTE><PSCAMA class='R'><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA>
///        </PROJECT>
///        <BUDGET class='R'><PROJECT_ID>P1</PROJECT_ID></BUDGET>
///        <PSCAMA class='R'><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA>
///      </Transaction>",
/// )?;
/// let [project, budget] = &rowset.rows[..] else { panic!("two level-0 rows") };
/// assert_eq!(project.control.action, AuditAction::Changed, "one PSCAMA is for both");
/// assert_eq!((budget.record_type, budget.control.action), ("BUDGET", AuditAction::Changed));
/// assert_eq!(project.children[0].control.action, AuditAction::Deleted, "the note is, and not its project");
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rowset<'a> {
    /// Its level-0 rows, in document order.
    pub rows: Vec<Row<'a>>,
    /// Whether its rows are data, or it is a mark of a full sync. (`parse` gives marks to no mapper; records of the original
    /// Python collector do not tell them apart.)
    pub purpose: Purpose,
}

/// A row of a table.
///
/// ```
/// use ps_stream_sdk::rowset;
///
/// let mut rowset = rowset::read("<Transaction><PROJECT><DESCR>Bridge</DESCR><NOTE/></PROJECT></Transaction>")?;
/// let project = &mut rowset.rows[0];
/// if let Some(description) = project.field_mut("descr") {
///     *description = description.to_uppercase().into();
/// }
/// assert_eq!(project.field("DESCR"), Some("BRIDGE"));
/// assert_eq!((project.field("NOTE"), project.field("END_DT")), (Some(""), None), "empty is not absent");
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row<'a> {
    /// Its table, as the document spells it.
    pub record_type: &'a str,
    /// What its `PSCAMA` says of it.
    pub control: Control<'a>,
    /// Its fields, in document order.
    pub fields: Vec<Field<'a>>,
    /// Its child rows, of all record types, in document order.
    pub children: Vec<Row<'a>>,
    /// Where it begins in the document.
    pub position: u64,
}

/// What a `PSCAMA` says of the rows it belongs to.
///
/// ```
/// use ps_stream_sdk::{AuditAction, rowset};
///
/// let rowset = rowset::read(
///     "<Transaction><PROJECT/><PSCAMA><AUDIT_ACTN>C</AUDIT_ACTN><LANGUAGE_CD>FRA</LANGUAGE_CD>
///      <BASE_LANGUAGE_CD>ENG</BASE_LANGUAGE_CD></PSCAMA></Transaction>",
/// )?;
/// let control = &rowset.rows[0].control;
/// assert_eq!((control.action, control.is_translation()), (AuditAction::Changed, true));
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control<'a> {
    /// What happened to them.
    pub action: AuditAction,
    /// `LANGUAGE_CD`: the language of their texts.
    pub language: Option<Cow<'a, str>>,
    /// `BASE_LANGUAGE_CD`: the language of the database they come from.
    pub base_language: Option<Cow<'a, str>>,
}

/// A field of a row.
///
/// ```
/// use ps_stream_sdk::rowset;
///
/// let mut rowset = rowset::read("<Transaction><PROJECT><ID>007</ID><DESCR> Sea &amp; sand</DESCR></PROJECT></Transaction>")?;
/// let fields = &mut rowset.rows[0].fields;
/// assert_eq!((&*fields[0].text, &*fields[1].text), ("007", " Sea & sand"), "text, and all of it");
/// fields.retain(|field| !field.is_called("descr"));
/// assert_eq!(fields.len(), 1);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, as the document spells it.
    pub name: &'a str,
    /// Its text, exactly as sent. Empty is not absent.
    pub text: Cow<'a, str>,
}

impl<'a> Row<'a> {
    /// The text of a field, whatever the case of its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.is_called(name)).map(|field| &*field.text)
    }

    /// The text of a field, to be changed.
    pub fn field_mut(&mut self, name: &str) -> Option<&mut Cow<'a, str>> {
        self.fields.iter_mut().find(|field| field.is_called(name)).map(|field| &mut field.text)
    }
}

impl Field<'_> {
    /// Whether this is its name, whatever the case.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl Control<'_> {
    /// Whether the rows are translations: in a language other than their database's.
    pub fn is_translation(&self) -> bool {
        match (self.language.as_deref().map(str::trim), self.base_language.as_deref().map(str::trim)) {
            (Some(language), Some(base)) => !language.is_empty() && !base.is_empty() && language != base,
            _ => false,
        }
    }
}
