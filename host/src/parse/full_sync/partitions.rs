//! What is open in each partition of this member.

use std::collections::{BTreeSet, HashMap};

use super::mark::SyncName;
use super::{OpenSync, OpenSyncs};
use crate::kafka::{Batch, Notes, Place, is_topic_name};
use crate::parse::input::Input;
use crate::parse::output::{Fate, Output};
use crate::parse::tables::Tables;

/// Known of a partition from its first batch on. Empty where nothing is to be done about full syncs.
#[derive(Debug, Clone, Default)]
pub struct Partitions(HashMap<Place, OpenSyncs>);

impl Partitions {
    /// The partitions of a batch of which nothing is known yet.
    pub fn unknown(&self, batch: &Batch) -> Vec<Place> {
        batch.starts().into_keys().filter(|place| !self.0.contains_key(place)).collect()
    }

    pub fn know(&mut self, notes: Notes) {
        self.0.extend(notes.into_iter().map(|(place, note)| (place, OpenSyncs::of_note(&note))));
    }

    pub fn forget<'p>(&mut self, places: impl Iterator<Item = &'p Place>) {
        places.for_each(|place| _ = self.0.remove(place));
    }

    /// What is to be noted beside these partitions' offsets.
    pub fn notes(&mut self) -> Notes {
        self.0.iter_mut().map(|(place, open)| (place.clone(), open.take_note())).collect()
    }

    /// The full sync that this trailer ends, where its header is known.
    pub fn ending(&self, input: &Input<'_>) -> Option<&OpenSync> {
        let mark = input.mark.as_ref().filter(|mark| mark.is_trailer())?;
        self.0.get(&input.source.place())?.find(&mark.sync)
    }

    /// The same, of the partitions of a batch, after that is dealt with.
    #[must_use]
    pub fn after(&self, batch: &Batch, inputs: &[Input<'_>], output: &Output, tables: &Tables) -> Self {
        if self.0.is_empty() {
            return Partitions::default();
        }
        let known = |place: Place| Some((place.clone(), self.0.get(&place)?.clone()));
        let mut after = Partitions(batch.starts().into_keys().filter_map(known).collect());
        let mut records = output.records.iter();
        for (input, fate) in inputs.iter().zip(&output.fates) {
            let rows: Vec<&str> = records.by_ref().take(fate.records()).map(|record| record.topic.as_str()).collect();
            if let Some(open) = after.0.get_mut(&input.source.place()) {
                match &input.mark {
                    Some(mark) => open.pass(mark, input.source.offset, mark.tables(tables)),
                    None if open.is_empty() => {}
                    None => open.add(&SyncName::of(input.source), matches!(fate, Fate::Rows(_)).then_some(&rows)),
                }
            }
        }
        after
    }

    /// The batch is stored.
    pub fn take(&mut self, after: Partitions) {
        self.0.extend(after.0);
    }
}

impl super::Mark {
    /// The tables of the record types that it names.
    pub fn tables(&self, tables: &Tables) -> BTreeSet<String> {
        let topics = self.record_types.iter().filter_map(|record_type| tables.topic(record_type));
        topics.filter(|topic| is_topic_name(topic)).collect()
    }
}
