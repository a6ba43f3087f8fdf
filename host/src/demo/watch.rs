//! Looking at the output topics from outside, as any consumer would.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use super::{DEAD_LETTERS, TABLES};
use crate::kafka::{Settings, SourceRecord, read_to_end};
use crate::shutdown::Shutdown;

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

    /// What came since the last look, and where.
    pub fn news(&mut self) -> anyhow::Result<Vec<(&'static str, SourceRecord)>> {
        let before: HashMap<_, _> = self.seen.iter().map(|(topic, records)| (*topic, records.len())).collect();
        self.look()?;
        let topics = TABLES.iter().chain([&DEAD_LETTERS]);
        let news = topics.flat_map(|topic| {
            let seen = before.get(topic).copied().unwrap_or_default();
            self.records(topic).iter().skip(seen).map(|record| (*topic, record.clone()))
        });
        Ok(news.collect())
    }

    pub fn records(&self, topic: &str) -> &[SourceRecord] {
        self.seen.get(topic).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a follower of the topic has in the end: the last value of each key, without the deleted ones.
    pub fn table(&self, topic: &str) -> BTreeMap<String, String> {
        let mut rows = BTreeMap::new();
        for record in self.records(topic) {
            let key = text(record.key.as_deref());
            match &record.value {
                Some(value) => rows.insert(key, text(Some(value))),
                None => rows.remove(&key),
            };
        }
        rows
    }

    fn look(&mut self) -> anyhow::Result<()> {
        for topic in TABLES.iter().chain([&DEAD_LETTERS]) {
            self.seen.insert(topic, read_to_end(&self.settings, topic)?);
        }
        Ok(())
    }
}

pub fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}
