//! A row's value: a JSON object of its fields as text, in document order, then of its child rows that have no topic of their
//! own, always as arrays under their record type.

use std::collections::BTreeMap;

use super::Mapping;
use crate::{Effect, KeyRules, json::Json, rowset::Row};

/// The value of a row as JSON text. Child rows whose record type has a rule are left out: they are rows of their own. So are
/// child rows that are deleted, under their old key, or the original values of another.
///
/// ```
/// use ps_stream_sdk::{KeyRules, rowset, value};
///
/// let rowset = rowset::read("<Transaction><P><ID>01</ID><NOTE class='R'><TEXT>t</TEXT></NOTE></P></Transaction>")?;
/// assert_eq!(value(&rowset.rows[0], &KeyRules::default()), r#"{"ID":"01","NOTE":[{"TEXT":"t"}]}"#);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
pub fn value(row: &Row<'_>, rules: &KeyRules) -> String {
    value_of(row, &Mapping::new(rules))
}

pub(super) fn value_of(row: &Row<'_>, mapping: &Mapping<'_>) -> String {
    let room: usize = row.fields.iter().map(|field| field.name.len() + field.text.len() + 6).sum();
    let mut json = Json::with_room(room + 2);
    push_row(&mut json, row, mapping);
    json.into_text()
}

fn push_row(json: &mut Json, row: &Row<'_>, mapping: &Mapping<'_>) {
    json.mark(b'{');
    for field in &row.fields {
        json.member(field.name, &field.text);
    }
    for (record_type, rows) in inner_rows(row, mapping) {
        json.name(record_type);
        json.mark(b'[');
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                json.mark(b',');
            }
            push_row(json, row, mapping);
        }
        json.mark(b']');
    }
    json.mark(b'}');
}

/// The child rows that stay in a row's value, by record type, in the order the types first appear.
fn inner_rows<'a, 'd>(row: &'a Row<'d>, mapping: &Mapping<'_>) -> Vec<(&'d str, Vec<&'a Row<'d>>)> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<(&str, Vec<&Row<'_>>)> = Vec::new();
    for child in row.children.iter().filter(|child| stays_inside(child, mapping)) {
        let place = *places.entry(child.record_type).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, rows)) => rows.push(child),
            None => groups.push((child.record_type, vec![child])),
        }
    }
    groups
}

fn stays_inside(child: &Row<'_>, mapping: &Mapping<'_>) -> bool {
    child.control.action.effect() == Effect::Upsert
        && mapping.rules.rule(child.record_type).is_none()
        && mapping.counts(child).unwrap_or(true)
}
