//! What is done at the trailer of a full sync: the rows that it left out are deleted.
//!
//! Before the trailer's own offset is committed, and in as many Kafka transactions as it takes: whoever is killed in between
//! finds the trailer again and the rest of the rows. Each commits the offset before the trailer, so that a parser that has
//! lost the partition is refused.

use std::collections::BTreeSet;

use super::full_sync::{FullSync, Mark, MaxDelete, OpenSync};
use super::input::Input;
use super::{ParseError, Parser, wait};
use crate::kafka::record::{OutputRecord, Pair, header, pair};
use crate::kafka::{Batch, Before, Dealt, Reader, Remains};

/// Rows that are deleted in one Kafka transaction.
const TOGETHER: usize = 10_000;

impl Parser {
    pub(super) fn reconcile(&mut self, reader: &Reader, batch: &Batch, inputs: &[Input<'_>]) -> Result<(), ParseError> {
        let FullSync::Reconcile(most) = self.config.full_sync else { return Ok(()) };
        let is_trailer = |input: &&Input<'_>| input.mark.as_ref().is_some_and(Mark::is_trailer);
        inputs.iter().filter(is_trailer).try_for_each(|trailer| self.close(reader, batch, trailer, most))
    }

    /// They are stored.
    pub(super) fn tell_marks(&self, inputs: &[Input<'_>]) {
        for (input, mark) in inputs.iter().filter_map(|input| Some((input, input.mark.as_ref()?))) {
            self.figures.full_sync_mark(mark);
            tell(input, mark, self.config.full_sync);
        }
    }

    fn close(
        &mut self,
        reader: &Reader,
        batch: &Batch,
        trailer: &Input<'_>,
        most: MaxDelete,
    ) -> Result<(), ParseError> {
        let sync = sync_of(trailer);
        let Some(open) = self.full_syncs.ending(trailer).cloned() else {
            tracing::warn!("full sync {sync}: its header is not known, so nothing is deleted");
            return Ok(());
        };
        if open.set_aside > 0 {
            let letters = open.set_aside;
            tracing::error!(
                "full sync {sync}: {letters} of its transactions are dead letters, and which rows they hold is not known: \
                 nothing is deleted. mend the cause, put them back, and have PeopleSoft repeat the full sync"
            );
            return Ok(());
        }
        let tables = self.remains(trailer, &open)?;
        if let Err(too_many) = most.admit(&tables) {
            tracing::error!("full sync {sync}: {too_many}");
            return Ok(());
        }
        tables.into_iter().try_for_each(|table| self.delete(reader, batch, trailer, table))
    }

    fn remains(&self, trailer: &Input<'_>, open: &OpenSync) -> Result<Vec<Remains>, ParseError> {
        let source = trailer.source;
        let from = source.header(header::FROM).map(str::to_owned);
        let before = Before { source: source.place(), offset: open.since, from };
        let named = trailer.mark.iter().flat_map(|mark| mark.tables(&self.config.tables));
        let topics: BTreeSet<String> = named.chain(open.tables.iter().cloned()).collect();
        let remains = topics.iter().map(|topic| Remains::read(&self.settings, topic, &before));
        Ok(remains.collect::<Result<_, _>>()?)
    }

    fn delete(
        &mut self,
        reader: &Reader,
        batch: &Batch,
        trailer: &Input<'_>,
        table: Remains,
    ) -> Result<(), ParseError> {
        let (sync, topic, old, rows) = (sync_of(trailer), table.topic().to_owned(), table.old, table.rows);
        if old == 0 {
            return Ok(());
        }
        wait(self.topics.table(&topic))?;
        let (headers, notes) = (headers(trailer), self.full_syncs.notes());
        table.each(|keys| {
            keys.chunks(TOGETHER).try_for_each(|keys| {
                let gone: Vec<OutputRecord> = keys.iter().map(|key| tombstone(&topic, key, &headers)).collect();
                self.writer.commit(reader, batch, &gone, Dealt::Partly, &notes)?;
                self.figures.full_sync_deleted(&topic, keys.len());
                Ok::<_, ParseError>(())
            })
        })?;
        tracing::info!("full sync {sync}: {old} of {rows} rows of topic \"{topic}\" were not in it and are deleted");
        Ok(())
    }
}

fn tombstone(topic: &str, key: &[u8], headers: &[Pair]) -> OutputRecord {
    OutputRecord { topic: topic.to_owned(), key: Some(key.to_vec()), value: None, headers: headers.to_vec() }
}

/// No module has made these, so none is named.
fn headers(trailer: &Input<'_>) -> Vec<Pair> {
    let source = trailer.source;
    let mut headers = vec![
        pair(header::SOURCE_TOPIC, &source.topic),
        pair(header::SOURCE_PARTITION, &source.partition.to_string()),
        pair(header::SOURCE_OFFSET, &source.offset.to_string()),
        pair(header::FULL_SYNC, &sync_of(trailer)),
    ];
    headers.extend(trailer.transaction_id.iter().map(|id| (header::TRANSACTION_ID.into(), Some(id.clone()))));
    headers.extend(source.header(header::FROM).map(|from| pair(header::FROM, from)));
    headers
}

fn tell(input: &Input<'_>, mark: &Mark, mode: FullSync) {
    let source = input.source;
    let at = format!("{}/{}/{}", source.topic, source.partition, source.offset);
    let what = if mark.is_trailer() { "ends" } else { "begins" };
    match mode {
        FullSync::Reconcile(_) => tracing::info!("full sync {} {what} at {at}", mark.sync),
        FullSync::Recognise => {
            tracing::info!("full sync {} {what} at {at}; rows it leaves out stay (--full-sync reconcile)", mark.sync);
        }
    }
}

fn sync_of(input: &Input<'_>) -> String {
    input.mark.as_ref().map(|mark| mark.sync.to_string()).unwrap_or_default()
}
