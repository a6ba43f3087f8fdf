//! `ps-stream transform capture`: stored transactions out of a topic, as golden cases. The topic of the dead letters holds
//! them, too.
//!
//! Masking is done by a module that is in the binary, since the host reads no XML. A transaction that cannot be masked is left
//! out: never is more of it written than was allowed.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::fault::{Fault, Faulty};
use crate::kafka::record::{StoredTransaction, header, message_of};
use crate::kafka::{Settings, SourceRecord, read_newest};
use crate::transform::{Config, Engine, Exchange, LoadError, Module, Splitters};
use crate::workbench::{self, CutTransaction, Headers, WorkbenchError};

/// Records of each partition that are looked at.
const LOOKED_AT: i64 = 10_000;

/// What is to be captured, and where to.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Full name.
    pub topic: String,
    /// How many, the newest first.
    pub most: usize,
    /// Of its level-0 rows; any where there is none.
    pub record_type: Option<String>,
    /// Fields whose texts are masked.
    pub mask: Vec<String>,
    pub folder: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error("topic \"{0}\" cannot be read: {1}")]
    Unread(String, String),
    #[error("topic \"{0}\" holds no such transaction among its newest")]
    Nothing(String),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("\"{file}\" cannot be written")]
    Unwritten { file: String, source: io::Error },
}

impl Faulty for CaptureError {
    fn fault(&self) -> Fault {
        match self {
            CaptureError::Unread(..) => Fault::Broker,
            CaptureError::Nothing(_) => Fault::Sender,
            CaptureError::Load(_) | CaptureError::Unwritten { .. } => Fault::Host,
        }
    }
}

/// Writes a case for each and answers with their folders. One that is there already is left as it is.
pub fn capture(engine: &Engine, settings: &Settings, wanted: &Wanted) -> Result<Vec<PathBuf>, CaptureError> {
    let mask = wanted.masking(engine)?;
    let records = newest(settings, wanted)?;
    let mut folders = Vec::new();
    for record in records {
        let place = format!("{}/{}", record.partition, record.offset);
        match transaction(&record).and_then(|transaction| masked(transaction, mask.as_ref())) {
            Ok(transaction) => folders.extend(write(&wanted.folder, &record, &transaction)?),
            Err(why) => tracing::warn!("{place} of topic \"{}\" is left out: {why}", wanted.topic),
        }
    }
    if folders.is_empty() { Err(CaptureError::Nothing(wanted.topic.clone())) } else { Ok(folders) }
}

impl Wanted {
    fn masking(&self, engine: &Engine) -> Result<Option<Splitters>, LoadError> {
        if self.mask.is_empty() {
            return Ok(None);
        }
        let config = Config::given(json!({ "fields": self.mask }));
        Ok(Some(Splitters::start(Module::mask(engine)?, &config)?))
    }

    fn takes(&self, record: &SourceRecord) -> bool {
        let types = || record.record_types().into_iter().flatten();
        let is_wanted = |wanted: &String| types().any(|found| found.eq_ignore_ascii_case(wanted));
        record.value.is_some() && self.record_type.as_ref().is_none_or(is_wanted)
    }
}

fn newest(settings: &Settings, wanted: &Wanted) -> Result<Vec<SourceRecord>, CaptureError> {
    let mut partitions: BTreeMap<i32, VecDeque<SourceRecord>> = BTreeMap::new();
    let read = read_newest(settings, &wanted.topic, LOOKED_AT, |record| {
        if wanted.takes(&record) {
            let kept = partitions.entry(record.partition).or_default();
            kept.push_back(record);
            kept.drain(..kept.len().saturating_sub(wanted.most));
        }
    });
    read.map_err(|error| CaptureError::Unread(wanted.topic.clone(), error.to_string()))?;
    let mut records: Vec<SourceRecord> = partitions.into_values().flatten().collect();
    records.sort_by_key(|record| std::cmp::Reverse(record.timestamp));
    records.truncate(wanted.most);
    Ok(records)
}

fn transaction(record: &SourceRecord) -> Result<CutTransaction, String> {
    let stored = StoredTransaction::from_json(record.value.as_deref())?;
    let header = |name| record.header(name).map(str::to_owned);
    Ok(CutTransaction {
        transaction_id: stored.transaction_id,
        transaction_index: stored.transaction_index,
        message_name: header(header::MESSAGE_NAME),
        from: header(header::FROM),
        to: header(header::TO),
        orig_time_stamp: stored.orig_time_stamp,
        record_types: record.record_types().into_iter().flatten().map(str::to_owned).collect(),
        full_sync: header(header::FULL_SYNC),
        transaction: stored.transaction,
        ..CutTransaction::default()
    })
}

fn masked(transaction: CutTransaction, mask: Option<&Splitters>) -> Result<CutTransaction, String> {
    let Some(mask) = mask else { return Ok(transaction) };
    let document = message_of(&transaction.transaction);
    let mut masked = workbench::transactions(mask, &Headers::default(), document.as_bytes())
        .map_err(|error: WorkbenchError| format!("it cannot be masked: {}", crate::fault::chain(&error)))?;
    match (masked.pop(), masked.is_empty()) {
        (Some(only), true) => Ok(CutTransaction { transaction: only.document, ..transaction }),
        _ => Err("it cannot be masked: it is not one transaction".into()),
    }
}

fn write(cases: &Path, record: &SourceRecord, transaction: &CutTransaction) -> Result<Option<PathBuf>, CaptureError> {
    let name = transaction.record_types.first().map_or("transaction", String::as_str);
    let folder = cases.join(format!("{name}-{}-{}", record.partition, record.offset));
    if folder.exists() {
        return Ok(None);
    }
    let file = folder.join("transactions.jsonl");
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, format!("{}\n", transaction.json())));
    written.map_err(|source| CaptureError::Unwritten { file: file.display().to_string(), source })?;
    Ok(Some(folder))
}
