//! A module beside the same code run natively: both are measured in turn, so that a busy machine slows both.

use std::time::Duration;

use super::WorkbenchError;
use super::bench::{Measured, Work};
use super::native::Native;
use super::spread::Spread;

pub const ROUNDS: u32 = 7;

#[derive(Debug)]
pub struct Compared {
    /// All rounds together.
    pub module: Measured,
    pub native: Measured,
    /// Bytes a second in each round.
    pub module_rate: Spread,
    pub native_rate: Spread,
    /// How many times faster it is natively.
    pub ratio: Spread,
}

/// `time` is for each of the two.
pub fn compare(work: &Work<'_>, native: &Native, time: Duration) -> Result<Compared, WorkbenchError> {
    let (mut module, mut natively) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        module.push(work.measure(time / ROUNDS)?);
        natively.push(native.measure(work, time / ROUNDS)?);
    }
    let rates = |all: &[Measured]| all.iter().map(Measured::rate).collect();
    let ratio = natively.iter().zip(&module).map(|(native, module)| native.rate() / module.rate()).collect();
    Ok(Compared {
        module_rate: rates(&module),
        native_rate: rates(&natively),
        ratio,
        module: module.into_iter().fold(Measured::default(), Measured::and),
        native: natively.into_iter().fold(Measured::default(), Measured::and),
    })
}
