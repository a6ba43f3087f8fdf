//! From tokens to the tree.

use std::borrow::Cow;

use super::{
    Control, Field, MAX_FIELDS, Row, Rowset, Sequence, clashes,
    frame::{Frame, Kind},
};
use crate::{
    AuditAction, Rejection,
    xml::{Document, Start, Token},
};

const CONTROL_TEXT_BYTES: usize = 64;

/// Reads a transaction's document.
///
/// ```
/// use ps_stream_sdk::{AuditAction, rowset};
///
/// let rowset = rowset::read(
///     "<Transaction>
///        <PROJECT class='R'><PROJECT_ID>P1</PROJECT_ID><DESCR>Sea &amp; sand</DESCR></PROJECT>
///        <PSCAMA class='R'><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA>
///      </Transaction>",
/// )?;
/// let project = &rowset.rows[0];
/// assert_eq!(project.field("DESCR"), Some("Sea & sand"));
/// assert_eq!(project.control.action, AuditAction::Changed);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
pub fn read(document: &str) -> Result<Rowset<'_>, Rejection> {
    let mut build = Build { document: Document::new(document), open: Vec::new(), rowset: Rowset::default() };
    while let Some(token) = build.document.next_token()? {
        match token {
            Token::Start(start) => build.start(&start)?,
            Token::Text(text) => {
                if let Some(frame) = build.open.last_mut() {
                    frame.add_text(&text, &build.document)?;
                }
            }
            Token::End { .. } => build.end()?,
        }
    }
    Ok(build.rowset)
}

struct Build<'a> {
    document: Document<'a>,
    open: Vec<Frame<'a>>,
    rowset: Rowset<'a>,
}

impl<'a> Build<'a> {
    fn start(&mut self, start: &Start<'a>) -> Result<(), Rejection> {
        let name = self.document.local_name_of(start);
        let kind = self.kind_of(start, name).map_err(|error| error.at(start.from))?;
        if let Some(parent) = self.open.last_mut() {
            parent.become_row()?;
        }
        self.open.push(Frame::new(kind, name, start.from));
        Ok(())
    }

    fn kind_of(&self, start: &Start<'a>, name: &str) -> Result<Kind, Rejection> {
        let is_control = name.eq_ignore_ascii_case("PSCAMA");
        match self.open.last().map(|parent| (parent.kind, parent.name)) {
            None if name.eq_ignore_ascii_case("Transaction") => Ok(Kind::Transaction),
            None => Err(Rejection::unexpected(format!("not a transaction: the root element is \"{name}\""))),
            Some((Kind::Control, _)) => Ok(Kind::ControlField),
            Some((Kind::ControlField, field)) => {
                Err(Rejection::unexpected(format!("element \"{name}\" inside field \"{field}\" of a PSCAMA")))
            }
            Some(_) if is_control => Ok(Kind::Control),
            Some((Kind::Transaction, _)) => Ok(Kind::Row),
            Some((Kind::Row | Kind::FieldOrRow, _)) if is_record(start) => Ok(Kind::Row),
            Some((Kind::Row | Kind::FieldOrRow, _)) => Ok(Kind::FieldOrRow),
        }
    }

    fn end(&mut self) -> Result<(), Rejection> {
        let Some(frame) = self.open.pop() else { return Ok(()) };
        let Some(parent) = self.open.last_mut() else {
            self.rowset.rows = frame.rows;
            return Ok(());
        };
        match frame.kind {
            Kind::FieldOrRow | Kind::ControlField => add_field(parent, frame),
            Kind::Control => {
                if parent.kind == Kind::Transaction {
                    self.rowset.sequence = sequence(&frame).unwrap_or(self.rowset.sequence);
                }
                settle(parent, &frame, self.rowset.sequence)
            }
            Kind::Row | Kind::Transaction => add_row(parent, frame),
        }
    }
}

fn is_record(start: &Start<'_>) -> bool {
    let mut attributes = start.attributes.clone();
    attributes.any(|attribute| attribute.name == b"class" && attribute.value.trim_ascii().eq_ignore_ascii_case(b"R"))
}

fn add_field<'a>(parent: &mut Frame<'a>, field: Frame<'a>) -> Result<(), Rejection> {
    if parent.fields.len() == MAX_FIELDS {
        let reason = format!("more than {MAX_FIELDS} fields in a row of record type \"{}\"", parent.name);
        return Err(Rejection::too_large(reason).at(field.position));
    }
    parent.fields.push(Field { name: field.name, text: field.text });
    Ok(())
}

fn add_row<'a>(parent: &mut Frame<'a>, row: Frame<'a>) -> Result<(), Rejection> {
    clashes::refuse(&row.fields, &row.rows, row.name).map_err(|error| error.at(row.position))?;
    parent.rows.push(Row {
        record_type: row.name,
        control: Control::default(),
        fields: row.fields,
        children: row.rows,
        position: row.position,
    });
    Ok(())
}

/// Gives the rows just before a `PSCAMA` what it says.
fn settle<'a>(parent: &mut Frame<'a>, control: &Frame<'a>, sequence: Sequence) -> Result<(), Rejection> {
    clashes::refuse(&control.fields, &[], control.name).map_err(|error| error.at(control.position))?;
    let rows = parent.rows.get_mut(parent.settled..).unwrap_or_default();
    let action = text_of(control, "AUDIT_ACTN")?.unwrap_or_default();
    if rows.is_empty() && sequence == Sequence::Data && !action.trim().is_empty() {
        let reason = format!("a PSCAMA with an audit action follows no row in \"{}\"", parent.name);
        return Err(Rejection::invalid(reason).at(control.position));
    }
    for row in rows {
        row.control = Control {
            action: AuditAction::of_row(&action, row.record_type).map_err(|error| error.at(control.position))?,
            language: text_of(control, "LANGUAGE_CD")?,
            base_language: text_of(control, "BASE_LANGUAGE_CD")?,
        };
    }
    parent.settled = parent.rows.len();
    Ok(())
}

fn sequence(control: &Frame<'_>) -> Option<Sequence> {
    let flag = control.fields.iter().find(|field| field.is_called("MSG_SEQ_FLG"))?;
    match &*flag.text {
        "H" => Some(Sequence::Header),
        "T" => Some(Sequence::Trailer),
        _ => None,
    }
}

/// A control field's text. Copied to every row it is about, so it must be short: in PeopleSoft it has at most 3 characters.
fn text_of<'a>(control: &Frame<'a>, name: &str) -> Result<Option<Cow<'a, str>>, Rejection> {
    let Some(field) = control.fields.iter().find(|field| field.is_called(name)) else {
        return Ok(None);
    };
    if field.text.len() > CONTROL_TEXT_BYTES {
        let reason = format!("{name} of a PSCAMA is longer than {CONTROL_TEXT_BYTES} bytes");
        return Err(Rejection::invalid(reason).at(control.position));
    }
    Ok(Some(field.text.clone()))
}
