//! What a mapper is given: transactions one by one, from a message that the stock splitter cuts or from JSON lines.

use std::io::{self, BufRead, Read};

use super::line::{CutTransaction, Trouble};
use super::{WorkbenchError, message};
use crate::contract::Transaction;
use crate::transform::{Found, SplitError, Splitters};

/// As much of a message as is read at a time.
const CHUNK: u64 = 64 * 1024;

/// Something for a mapper, or for the person who gave it.
pub enum Fed {
    Transaction(Transaction),
    Trouble(Trouble),
    /// A mark of a full sync, as `parse` has it: for nobody.
    Mark,
}

/// Whether the input is JSON lines: XML begins otherwise, and so does everything else a message can be.
pub fn is_lines(input: &mut impl BufRead) -> Result<bool, WorkbenchError> {
    let begin = input.fill_buf().map_err(WorkbenchError::Unread)?;
    Ok(begin.trim_ascii_start().first() == Some(&b'{'))
}

/// Every transaction of a message with the name the message has by then, and the trouble that ended it.
pub fn cut(
    splitters: &Splitters,
    input: &mut impl Read,
    mut see: impl FnMut(Found, u32, Option<&str>) -> Result<(), WorkbenchError>,
) -> Result<Option<Trouble>, WorkbenchError> {
    let mut splitting = match splitters.open(&message()) {
        Ok(splitting) => splitting,
        Err(crash) => return Ok(Some(Trouble::of_message(SplitError::Crashed(crash)))),
    };
    let mut places = 1..;
    loop {
        let mut chunk = Vec::new();
        input.take(CHUNK).read_to_end(&mut chunk).map_err(WorkbenchError::Unread)?;
        let ended = chunk.is_empty();
        let found = if ended { splitting.finish() } else { splitting.push(&chunk) };
        let found = match found {
            Ok(found) => found,
            Err(error) => return Ok(Some(Trouble::of_message(error))),
        };
        for (found, place) in found.into_iter().zip(&mut places) {
            see(found, place, splitting.message_name())?;
        }
        if ended {
            return Ok(None);
        }
    }
}

/// Every line; blank ones are passed over.
pub fn lines(
    input: &mut impl BufRead,
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
