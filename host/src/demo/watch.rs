//! Looking at the output topics from outside, as any consumer would.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::{DEAD_LETTERS, TABLES, show};
use crate::kafka::{Settings, SourceRecord, read_to_end};
use crate::shutdown::Shutdown;

const READING: Duration = Duration::from_secs(10);

/// What the output topics held when last looked at.
pub struct Watch {
    settings: Settings,
    seen: HashMap<&'static str, Vec<SourceRecord>>,
}

impl Watch {
    pub fn new(settings: Settings) -> Self {
        Watch { settings, seen: HashMap::new() }
    }

    /// Looks until so many records, rows and dead letters together, are there.
    pub fn until(&mut self, records: usize, patience: Duration, shutdown: &Shutdown) -> anyhow::Result<()> {
        let give_up = Instant::now() + patience;
        while !shutdown.is_asked() {
            self.look()?;
            if self.seen.values().map(Vec::len).sum::<usize>() >= records {
                return Ok(());
            }
            anyhow::ensure!(Instant::now() < give_up, "the samples did not come through in {patience:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Prints what came since the last look.
    pub fn show_news(&mut self) -> anyhow::Result<()> {
        let before: HashMap<_, _> = self.seen.iter().map(|(topic, records)| (*topic, records.len())).collect();
        self.look()?;
        for topic in TABLES.iter().chain([&DEAD_LETTERS]) {
            for record in self.records(topic).iter().skip(before.get(topic).copied().unwrap_or_default()) {
                show::news(topic, record)?;
            }
        }
        Ok(())
    }

    pub fn records(&self, topic: &str) -> &[SourceRecord] {
        self.seen.get(topic).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a follower of the topic has in the end: the last value of each key, without the deleted ones.
    pub fn table(&self, topic: &str) -> BTreeMap<String, String> {
        let mut rows = BTreeMap::new();
        for record in self.records(topic) {
            let key = show::text(record.key.as_deref());
            match &record.value {
                Some(value) => rows.insert(key, show::text(Some(value))),
                None => rows.remove(&key),
            };
        }
        rows
    }

    fn look(&mut self) -> anyhow::Result<()> {
        for topic in TABLES.iter().chain([&DEAD_LETTERS]) {
            self.seen.insert(topic, read_to_end(&self.settings, topic, READING)?);
        }
        Ok(())
    }
}
