//! What a mapper is given: transactions one by one, from a message that the stock splitter cuts or from JSON lines.

use std::io::{self, BufRead};

use super::input::Input;
use super::line::{CutTransaction, Trouble};
use super::{WorkbenchError, made_up};
use crate::contract::Transaction;
use crate::transform::{Found, SplitError, Splitters};

/// Something for a mapper, or for the person who gave it.
pub enum Fed {
    Transaction(Transaction),
    Trouble(Trouble),
    /// A mark of a full sync, as `parse` has it: for nobody.
    Mark,
}

/// Every transaction of a message with the name the message has by then, and the trouble that ended it.
pub fn cut(
    splitters: &Splitters,
    input: &mut Input<'_>,
    mut see: impl FnMut(Found, u32, Option<&str>) -> Result<(), WorkbenchError>,
) -> Result<Option<Trouble>, WorkbenchError> {
    let mut splitting = match splitters.open(&input.head.message(made_up)) {
        Ok(splitting) => splitting,
        Err(crash) => return Ok(Some(Trouble::of_message(SplitError::Crashed(crash)))),
    };
    let mut places = 1..;
    loop {
        let piece = match input.next() {
            Err(WorkbenchError::Unwrapping(error)) => return Ok(Some(Trouble::of_body(&error))),
            piece => piece?,
        };
        let found = match &piece {
            Some(bytes) => splitting.push(bytes),
            None => splitting.finish(),
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => return Ok(Some(Trouble::of_message(error))),
        };
        let name = input.head.name.as_deref().or(splitting.message_name());
        for (found, place) in found.into_iter().zip(&mut places) {
            see(found, place, name)?;
        }
        if piece.is_none() {
            return Ok(None);
        }
    }
}

/// Every line; blank ones are passed over.
pub fn lines(
    input: &mut dyn BufRead,
    mut see: impl FnMut(Fed) -> Result<(), WorkbenchError>,
) -> Result<(), WorkbenchError> {
    let (mut numbers, mut place) = (1.., 0);
    let text = |line: io::Result<String>| line.map_err(WorkbenchError::Unread);
    for (line, number) in input.lines().zip(&mut numbers) {
        let line = text(line)?;
        if line.trim().is_empty() {
            continue;
        }
        place += 1;
        see(match CutTransaction::read(&line) {
            Ok(mark) if mark.is_mark() => Fed::Mark,
            Ok(transaction) => Fed::Transaction(transaction.into_transaction(place)),
            Err(why) => Fed::Trouble(Trouble::of_line(number, why)),
        })?;
    }
    Ok(())
}
