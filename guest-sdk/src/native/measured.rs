//! The same again and again, for a while.

use std::time::{Duration, Instant};

use serde::Serialize;

/// What a while of it came to, in the words of `ps-stream transform bench --json`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Measured {
    pub rounds: u64,
    pub transactions: u64,
    pub bytes: u64,
    pub seconds: f64,
}

impl Measured {
    pub fn json(&self) -> String {
        // Numbers only: writing them into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A round answers with its transactions and its bytes of input. The first is not counted: it is to warm up.
pub fn measure(time: Duration, mut round: impl FnMut() -> Result<(usize, usize), String>) -> Result<Measured, String> {
    round()?;
    let (mut measured, began) = (Measured::default(), Instant::now());
    while measured.rounds == 0 || began.elapsed() < time {
        let (transactions, bytes) = round()?;
        measured.rounds += 1;
        measured.transactions += transactions as u64;
        measured.bytes += bytes as u64;
    }
    measured.seconds = began.elapsed().as_secs_f64();
    Ok(measured)
}
