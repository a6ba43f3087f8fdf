//! Which transactions must stay in order: those about the same record type or, with key rules, about the same row.

use std::sync::Arc;

use crate::{
    KeyRule, KeyRules,
    xml::{Start, Text, normalize_lines, unescape},
};

/// Keys longer than this order by their record type alone.
const MAX_KEY_BYTES: usize = 4 * 1024;

/// The ordering key of a transaction, while its first row is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordering {
    reading: Option<Reading>,
    key: Option<String>,
}

/// The key fields of the row, as far as they have come.
#[derive(Clone, Debug)]
struct Reading {
    rule: Arc<KeyRule>,
    values: Vec<Option<String>>,
    /// How many of them have not come.
    missing: usize,
    /// The key field that is open: its place in the rule, and its text.
    field: Option<(usize, String)>,
    room: usize,
}

impl Ordering {
    /// A transaction's first row begins.
    pub(super) fn of_row(record_type: &str, rules: &KeyRules) -> Self {
        let reading = rules.shared_rule(record_type).map(|rule| Reading {
            values: vec![None; rule.fields().len()],
            missing: rule.fields().len(),
            rule: rule.clone(),
            field: None,
            room: MAX_KEY_BYTES,
        });
        Self { reading, key: None }
    }

    /// Whether fields of the row are yet to come that matter.
    #[inline(always)]
    pub(super) fn lacks_fields(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.missing > 0)
    }

    /// A whole field, whose text has nothing to be resolved.
    pub(super) fn field(&mut self, level: usize, name: &[u8], text: &[u8]) {
        let Some(reading) = &mut self.reading else { return };
        reading.field = None;
        let Some(place) = reading.field_at(name).filter(|_| level == 1) else { return };
        if text.len() > reading.room {
            self.reading = None;
            return;
        }
        reading.room -= text.len();
        reading.take(place, String::from_utf8_lossy(text).into_owned());
    }

    /// An element begins in a row; at level 1 it may be a key field.
    pub(super) fn start(&mut self, level: usize, start: &Start<'_>) {
        let Some(reading) = &mut self.reading else { return };
        reading.field = match level {
            1 => reading.field_at(start.local_name()).map(|place| (place, String::new())),
            _ => None,
        };
    }

    /// Text in a row; at level 2 it is a field's.
    pub(super) fn text(&mut self, level: usize, text: &Text<'_>) {
        let Some(reading) = &mut self.reading else { return };
        let (Some((_, value)), 2) = (&mut reading.field, level) else {
            return;
        };
        if text.raw.len() > reading.room {
            self.reading = None;
            return;
        }
        reading.room -= text.raw.len();
        let raw = std::str::from_utf8(text.raw).unwrap_or_default();
        value.push_str(&if text.cdata { normalize_lines(raw) } else { unescape(raw) });
    }

    /// An element ends: a field at level 2, the row at level 1.
    pub(super) fn end(&mut self, level: usize) {
        let Some(reading) = &mut self.reading else { return };
        if let (2, Some((place, value))) = (level, reading.field.take()) {
            reading.take(place, value);
        }
        if level == 1 {
            self.key = reading.key();
            self.reading = None;
        }
    }

    /// The key of the first row, where it can be told.
    pub(super) fn key(self) -> Option<String> {
        self.key
    }
}

impl Reading {
    fn field_at(&self, name: &[u8]) -> Option<usize> {
        let is_named = |field: &String| field.as_bytes().eq_ignore_ascii_case(name);
        let place = self.rule.fields().iter().position(is_named)?;
        self.values.get(place)?.is_none().then_some(place)
    }

    fn take(&mut self, place: usize, value: String) {
        if let Some(slot @ None) = self.values.get_mut(place) {
            *slot = Some(value);
            self.missing -= 1;
        }
    }

    fn key(&mut self) -> Option<String> {
        let values: Vec<String> = std::mem::take(&mut self.values).into_iter().collect::<Option<_>>()?;
        Some([self.rule.record_type(), " ", &self.rule.json(&values)?].concat())
    }
}
