//! A message through a splitter, to whole documents, as the host makes them.

use std::hint::black_box;

use crate::{Piece, Progress, Rejection, Span, Splitter};

/// As the host hands it over.
const CHUNK: usize = 64 * 1024;

/// Answers with the number of transactions.
pub fn split(mut splitter: impl Splitter, document: &[u8]) -> Result<usize, Rejection> {
    let mut transactions = 0;
    for chunk in document.chunks(CHUNK) {
        transactions += put_together(&splitter.push(chunk)?, document)?;
    }
    Ok(transactions + put_together(&splitter.finish()?, document)?)
}

fn put_together(progress: &Progress, document: &[u8]) -> Result<usize, Rejection> {
    for transaction in &progress.transactions {
        let mut whole = Vec::new();
        for piece in &transaction.pieces {
            whole.extend_from_slice(match piece {
                Piece::Verbatim(span) => spanned(span, document)?,
                Piece::Rewritten(bytes) => bytes,
            });
        }
        black_box(String::from_utf8(whole)).map_err(|_| Rejection::malformed("a transaction is not UTF-8"))?;
    }
    Ok(progress.transactions.len())
}

fn spanned<'d>(span: &Span, document: &'d [u8]) -> Result<&'d [u8], Rejection> {
    let start = usize::try_from(span.offset).unwrap_or(usize::MAX);
    let end = start.saturating_add(usize::try_from(span.length).unwrap_or(usize::MAX));
    document.get(start..end).ok_or_else(|| Rejection::malformed("a span lies outside of the message"))
}
