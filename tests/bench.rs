//! `make bench`: what is claimed of speed, measured side by side in one run, as ratios with minimum, median and maximum.
//!
//! Two of everything run at the same time and are given work in turn, so that a busy machine slows both. Nothing here fails
//! for being slow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, dead_code)]

#[path = "bench/delivery.rs"]
mod delivery;
mod harness;
#[path = "bench/sender.rs"]
mod sender;
#[path = "bench/spread.rs"]
mod spread;

fn main() {
    delivery::run();
}
