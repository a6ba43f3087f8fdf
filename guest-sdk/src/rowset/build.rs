//! From tokens to the tree.

use std::borrow::Cow;

use super::{
    Control, Field, MAX_FIELDS, Row, Rowset,
    clashes::Clashes,
    frame::{Frame, Kind},
};
use crate::{
    AuditAction, Purpose, Rejection,
    xml::{Document, Start, Token},
};

/// Room for so many fields is made at once.
const LIKELY_FIELDS: usize = 32;
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
    let mut build = Build {
        document: Document::new(document),
        open: Vec::with_capacity(8),
        clashes: Clashes::default(),
        rowset: Rowset::default(),
    };
    loop {
        build.fields()?;
        let Some(token) = build.document.next_token()? else { break };
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
    clashes: Clashes,
    rowset: Rowset<'a>,
}

impl<'a> Build<'a> {
    /// Reads the fields that come next and are of the plainest form.
    fn fields(&mut self) -> Result<(), Rejection> {
        let Some(parent) = self.open.last_mut() else { return Ok(()) };
        let has_fields = match parent.kind {
            Kind::Row | Kind::FieldOrRow | Kind::Control => true,
            Kind::Transaction | Kind::ControlField => false,
        };
        while let Some(field) = self.document.field_ahead().filter(|_| has_fields) {
            if is_control(field.name) && parent.kind != Kind::Control {
                break;
            }
            self.document.pass(&field);
            parent.become_row()?;
            add_field(parent, Field { name: field.name, text: Cow::Borrowed(field.text) }, field.position)?;
        }
        Ok(())
    }

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
        match self.open.last().map(|parent| (parent.kind, parent.name)) {
            None if name.eq_ignore_ascii_case("Transaction") => Ok(Kind::Transaction),
            None => Err(Rejection::unexpected(format!("not a transaction: the root element is \"{name}\""))),
            Some((Kind::Control, _)) => Ok(Kind::ControlField),
            Some((Kind::ControlField, field)) => {
                Err(Rejection::unexpected(format!("element \"{name}\" inside field \"{field}\" of a PSCAMA")))
            }
            Some(_) if is_control(name) => Ok(Kind::Control),
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
            Kind::FieldOrRow | Kind::ControlField => {
                add_field(parent, Field { name: frame.name, text: frame.text }, frame.position)
            }
            Kind::Control => {
                if parent.kind == Kind::Transaction {
                    self.rowset.purpose = purpose(&frame).unwrap_or(self.rowset.purpose);
                }
                settle(parent, &frame, self.rowset.purpose, &mut self.clashes)
            }
            Kind::Row | Kind::Transaction => add_row(parent, frame, &mut self.clashes),
        }
    }
}

fn is_control(name: &str) -> bool {
    name.eq_ignore_ascii_case("PSCAMA")
}

fn is_record(start: &Start<'_>) -> bool {
    let mut attributes = start.attributes.clone();
    attributes.any(|attribute| attribute.name == b"class" && attribute.value.trim_ascii().eq_ignore_ascii_case(b"R"))
}

#[inline]
fn add_field<'a>(parent: &mut Frame<'a>, field: Field<'a>, position: u64) -> Result<(), Rejection> {
    if parent.fields.len() == MAX_FIELDS {
        let reason = format!("more than {MAX_FIELDS} fields in a row of record type \"{}\"", parent.name);
        return Err(Rejection::too_large(reason).at(position));
    }
    if parent.fields.is_empty() {
        parent.fields.reserve(LIKELY_FIELDS);
    }
    parent.fields.push(field);
    Ok(())
}

fn add_row<'a>(parent: &mut Frame<'a>, row: Frame<'a>, clashes: &mut Clashes) -> Result<(), Rejection> {
    clashes.refuse(&row.fields, &row.rows, row.name).map_err(|error| error.at(row.position))?;
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
fn settle<'a>(
    parent: &mut Frame<'a>,
    control: &Frame<'a>,
    purpose: Purpose,
    clashes: &mut Clashes,
) -> Result<(), Rejection> {
    clashes.refuse(&control.fields, &[], control.name).map_err(|error| error.at(control.position))?;
    let rows = parent.rows.get_mut(parent.settled..).unwrap_or_default();
    let action = text_of(control, "AUDIT_ACTN")?.unwrap_or_default();
    if rows.is_empty() && purpose == Purpose::Rows && !action.trim().is_empty() {
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

fn purpose(control: &Frame<'_>) -> Option<Purpose> {
    let flag = control.fields.iter().find(|field| field.is_called("MSG_SEQ_FLG"))?;
    Some(Purpose::of_flag(&flag.text)).filter(|purpose| *purpose != Purpose::Rows)
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
