//! Several messages one after the other, as `cat` makes them.

use crate::transform::{SplitError, Splitters};
use crate::workbench::{self, Headers, WorkbenchError};

/// A message ends where a splitter finds that the input goes on wrongly, if all before that is a message by itself.
pub fn one_by_one<'i>(splitters: &Splitters, input: &'i [u8]) -> Vec<&'i [u8]> {
    let (mut messages, mut rest) = (Vec::new(), input);
    while let Some((message, others)) = end_of_first(splitters, rest).and_then(|end| rest.split_at_checked(end)) {
        messages.push(message);
        rest = others;
    }
    messages.push(rest);
    messages
}

fn end_of_first(splitters: &Splitters, input: &[u8]) -> Option<usize> {
    let transactions = |document| workbench::transactions(splitters, &Headers::default(), document);
    let Err(WorkbenchError::Split(SplitError::Rejected(rejection))) = transactions(input) else {
        return None;
    };
    let end = usize::try_from(rejection.position?).ok()?;
    let before = input.get(..end).filter(|before| !before.trim_ascii().is_empty())?;
    transactions(before).is_ok().then_some(end)
}
