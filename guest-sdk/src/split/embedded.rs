//! A document within the document: `IBRequest` carries the message as the text of its `Data`, in CDATA.
//!
//! Its bytes stand in the body as they are, so its transactions are spans of the body too; only where it holds a `]]>`
//! itself is it in several sections, and a transaction across them in several pieces.

use super::TransactionSplitter;
use crate::{KeyRules, Piece, Progress, Rejection, Span, SplitTransaction, xml::Text};

/// The document and where its bytes stand in the body.
#[derive(Clone, Debug)]
pub(super) struct Embedded {
    /// How many elements are open around it.
    pub depth: usize,
    splitter: TransactionSplitter,
    sections: Vec<Section>,
    /// How much of it has come.
    length: u64,
}

/// A part that stands in the body as one.
#[derive(Clone, Copy, Debug)]
struct Section {
    /// Where it begins in the embedded document.
    from: u64,
    /// And where in the body.
    at: u64,
    length: u64,
}

impl Embedded {
    pub(super) fn new(rules: &KeyRules, depth: usize) -> Self {
        Self { depth, splitter: TransactionSplitter::innermost(rules), sections: Vec::new(), length: 0 }
    }

    pub(super) fn push(&mut self, text: &Text<'_>) -> Result<Progress, Rejection> {
        // White space before it would make its XML declaration a late one.
        let raw = if self.length == 0 { text.raw.trim_ascii_start() } else { text.raw };
        self.add(text.from + (text.raw.len() - raw.len()) as u64, raw.len() as u64);
        let progress = self.splitter.push(raw).map_err(|rejection| self.rejection(rejection))?;
        Ok(self.progress(progress))
    }

    pub(super) fn finish(&mut self) -> Result<Progress, Rejection> {
        let progress = self.splitter.finish().map_err(|rejection| self.rejection(rejection))?;
        Ok(self.progress(progress))
    }

    fn add(&mut self, at: u64, length: u64) {
        match self.sections.last_mut() {
            Some(last) if last.at + last.length == at => last.length += length,
            _ => self.sections.push(Section { from: self.length, at, length }),
        }
        self.length += length;
    }

    fn progress(&mut self, progress: Progress) -> Progress {
        let transactions = progress.transactions.into_iter().map(|transaction| self.transaction(transaction)).collect();
        let needed_from = self.place(progress.needed_from);
        // The last one is kept to be added to.
        let passed =
            self.sections.iter().filter(|section| section.from + section.length <= progress.needed_from).count();
        self.sections.drain(..passed.min(self.sections.len().saturating_sub(1)));
        Progress { transactions, needed_from, ..progress }
    }

    fn transaction(&self, transaction: SplitTransaction) -> SplitTransaction {
        let pieces = transaction.pieces.into_iter().flat_map(|piece| match piece {
            Piece::Verbatim(span) => self.spans(span).collect(),
            rewritten => vec![rewritten],
        });
        SplitTransaction { pieces: pieces.collect(), ..transaction }
    }

    fn spans(&self, span: Span) -> impl Iterator<Item = Piece> {
        self.sections.iter().filter_map(move |section| {
            let from = span.offset.max(section.from);
            let to = (span.offset + span.length).min(section.from + section.length);
            let length = to.checked_sub(from).filter(|length| *length > 0)?;
            Some(Piece::Verbatim(Span { offset: section.at + from - section.from, length }))
        })
    }

    /// Where in the body that offset of the document is.
    fn place(&self, offset: u64) -> u64 {
        let section = self.sections.iter().rev().find(|section| section.from <= offset);
        section.map_or(0, |section| section.at + (offset - section.from).min(section.length))
    }

    fn rejection(&self, rejection: Rejection) -> Rejection {
        let position = rejection.position.map(|position| self.place(position));
        Rejection { position, ..rejection }
    }
}
