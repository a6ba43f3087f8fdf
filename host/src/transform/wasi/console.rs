//! Standard output and error: bytes become lines of the log.

use crate::contract::telemetry::Level;
use crate::transform::guest::{Guest, LONGEST_LINE};

/// The start of a line whose end has not been written yet; what makes it too long is dropped.
#[derive(Debug, Default)]
pub(super) struct Unfinished(Vec<u8>);

#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Output,
    Error,
}

impl Unfinished {
    fn add(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.0.len());
        self.0.extend(bytes.iter().take(room));
    }

    pub fn end(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.0);
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        (!line.is_empty()).then_some(line)
    }
}

pub(super) fn write(guest: &mut Guest, stream: Stream, bytes: &[u8]) {
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (unfinished, level) = match stream {
            Stream::Output => (&mut guest.outside.output, Level::Info),
            Stream::Error => (&mut guest.outside.error, Level::Warn),
        };
        unfinished.add(part);
        if part.ends_with(b"\n")
            && let Some(line) = unfinished.end()
        {
            guest.say(level, &line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_is_cut() {
        let mut unfinished = Unfinished::default();
        for _ in 0..10 {
            unfinished.add(&[b'x'; 1000]);
        }
        assert_eq!(unfinished.end().map(|line| line.len()), Some(LONGEST_LINE));
        assert_eq!(unfinished.end(), None);
    }
}
