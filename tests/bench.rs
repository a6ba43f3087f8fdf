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
    pub mod languages;
    pub mod messages;
    pub mod modules;
    pub mod sender;
    pub mod spread;
    pub mod throughput;
}

/// All of it, or what is named: `make bench ARGS=modules`.
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [(&str, fn()); 4] = [
        ("modules", bench::modules::run),
        ("languages", bench::languages::run),
        ("throughput", bench::throughput::run),
        ("delivery", bench::delivery::run),
    ];
    for (name, run) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run();
        }
    }
}
