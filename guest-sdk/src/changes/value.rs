//! A row's value: a JSON object of its fields as text, in document order, then of its child rows that have no topic of their
//! own, always as arrays under their record type.

use std::collections::BTreeMap;

use super::Mapping;
use crate::{Effect, KeyRules, json, rowset::Row};

/// The value of a row as JSON text. Child rows whose record type has a rule are left out: they are rows of their own. So are
/// child rows that are deleted, under their old key, or the original values of another.
pub fn value(row: &Row<'_>, rules: &KeyRules) -> String {
    value_of(row, &Mapping::new(rules))
}

pub(super) fn value_of(row: &Row<'_>, mapping: &Mapping<'_>) -> String {
    let mut json = String::with_capacity(1024);
    push_row(&mut json, row, mapping);
    json
}

fn push_row(json: &mut String, row: &Row<'_>, mapping: &Mapping<'_>) {
    json.push('{');
    for field in &row.fields {
        json::push_name(json, field.name);
        json::push_string(json, &field.text);
    }
    for (record_type, rows) in inner_rows(row, mapping) {
        json::push_name(json, record_type);
        json.push('[');
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            push_row(json, row, mapping);
        }
        json.push(']');
    }
    json.push('}');
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
