//! What the table must be, from what was posted alone.

use std::collections::BTreeMap;

use super::history::{Change, Message};

/// The rows that are left, by key: what each says of itself.
pub fn table<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeMap<&'a str, &'a str> {
    let mut newest: BTreeMap<&str, &Change> = BTreeMap::new();
    for change in messages.into_iter().flat_map(|message| &message.transactions).flat_map(|one| &one.changes) {
        let kept = newest.entry(&change.key).or_insert(change);
        if kept.version <= change.version {
            *kept = change;
        }
    }
    newest.into_iter().filter_map(|(key, change)| Some((key, change.value.as_deref()?))).collect()
}
