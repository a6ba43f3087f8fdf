//! An element of a transaction while it is open.

use std::borrow::Cow;

use super::{Field, Row};
use crate::{
    Rejection,
    xml::{Document, Text, normalize_lines, unescape},
};

/// What an open element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Transaction,
    Row,
    /// A field, unless an element comes in it: then a row.
    FieldOrRow,
    Control,
    ControlField,
}

/// An open element and what it has so far.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub kind: Kind,
    pub name: &'a str,
    pub position: u64,
    pub text: Cow<'a, str>,
    /// Where its first text stands that is not white space.
    pub visible: Option<u64>,
    pub fields: Vec<Field<'a>>,
    pub rows: Vec<Row<'a>>,
    /// How many of the rows have met their `PSCAMA`.
    pub settled: usize,
}

impl<'a> Frame<'a> {
    pub(super) fn new(kind: Kind, name: &'a str, position: u64) -> Self {
        Self {
            kind,
            name,
            position,
            text: Cow::Borrowed(""),
            visible: None,
            fields: Vec::new(),
            rows: Vec::new(),
            settled: 0,
        }
    }

    /// Text in the element: part of a field's, otherwise only white space may be there.
    pub(super) fn add_text(&mut self, text: &Text<'a>, document: &Document<'a>) -> Result<(), Rejection> {
        if self.visible.is_none() {
            self.visible = text.first_visible();
        }
        match self.kind {
            Kind::FieldOrRow | Kind::ControlField => {
                let raw = document.raw_of(text);
                let part = if text.cdata { normalize_lines(raw) } else { unescape(raw) };
                if self.text.is_empty() {
                    self.text = part;
                } else {
                    self.text.to_mut().push_str(&part);
                }
                Ok(())
            }
            Kind::Transaction | Kind::Row | Kind::Control => self.refuse_text(),
        }
    }

    /// An element comes in it: what could have been a field is a row.
    pub(super) fn become_row(&mut self) -> Result<(), Rejection> {
        if self.kind == Kind::FieldOrRow {
            self.kind = Kind::Row;
            self.refuse_text()?;
        }
        Ok(())
    }

    fn refuse_text(&self) -> Result<(), Rejection> {
        match self.visible {
            Some(at) => Err(Rejection::unexpected(format!("text among the elements of \"{}\"", self.name)).at(at)),
            None => Ok(()),
        }
    }
}
