//! `make bench`: what is claimed of speed, measured side by side in one run, as ratios with minimum, median and maximum.
//!
//! Two of everything run at the same time and are given work in turn, so that a busy machine slows both. Nothing here fails
//! for being slow.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]

#[allow(dead_code, reason = "three test binaries share it, each uses a part")]
mod harness;

mod bench {
    pub mod delivery;
    pub mod sender;
    pub mod spread;
}

fn main() {
    bench::delivery::run();
}
