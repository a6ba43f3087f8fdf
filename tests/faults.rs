//! The promises under faults: known messages, everything dies and comes back, and a judge holds what was acknowledged
//! against what is found. How and what exactly: `docs/faults.md`.
//!
//! A test binary of its own, because its three brokers and its kills would disturb the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation
)]

#[allow(dead_code, reason = "three test binaries share it, each uses a part")]
mod harness;

mod faults {
    pub mod chaos;
    pub mod checker;
    pub mod cluster;
    pub mod content;
    pub mod copier;
    pub mod found;
    pub mod history;
    pub mod model;
    pub mod plan;
    pub mod post;
    pub mod program;
    pub mod rng;
    pub mod round;
    pub mod services;
    pub mod whole;
    pub mod writer;
}

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use faults::checker::Kind;
use faults::cluster::Cluster;
use faults::plan::{self, Fault};
use faults::program::{Program, Segments};
use faults::round::Round;
use harness::workspace;

/// Longest round, in seconds: a longer run has several, each with a seed of its own.
const ROUND: u64 = 60;
/// Chaos in `make test`; `make faults` sets `PSSTREAM_FAULTS_SECONDS`.
const SHORT: u64 = 40;
const BROKEN: u64 = 20;
/// `make test` shall be the same run each time, as far as this goes; `make faults` takes a new one.
const USUAL_SEED: u64 = 1;

#[test]
fn every_promise_holds_while_collectors_parsers_and_brokers_die() {
    insist_on_promises(&Program::default(), number("PSSTREAM_FAULTS_SECONDS").unwrap_or(SHORT));
}

#[test]
#[ignore = "takes minutes: run `make faults`"]
fn every_promise_holds_where_segments_are_held_back_until_their_message_is_whole() {
    let seconds = number("PSSTREAM_FAULTS_SECONDS").unwrap_or(SHORT).div_ceil(2);
    insist_on_promises(&Program { segments: Segments::Hold, ..Program::default() }, seconds);
}

fn insist_on_promises(program: &Program, seconds: u64) {
    let (mut cluster, seed) = (cluster(), seed());
    for round in 0..seconds.div_ceil(ROUND) {
        let length = Duration::from_secs(ROUND.min(seconds - round * ROUND));
        let round = Round { seed: seed + round, length, faults: plan::ALL, program: program.clone() };
        let verdict = round.run(&mut cluster);
        assert!(
            verdict.violations.is_empty(),
            "PSSTREAM_FAULTS_SEED={}: {} violations",
            round.seed,
            verdict.violations.len()
        );
    }
}

#[test]
#[ignore = "needs target/release/ps-stream-broken: run `make faults`"]
fn a_reply_before_delivery_is_seen() {
    // It shows where Kafka does not take a message in time.
    let impatient = Program { delivery_timeout: "500ms", ..broken("early-reply") };
    insist_on(&[Kind::Lost], impatient, &[Fault::KillCollector, Fault::KillBroker, Fault::FreezeBroker]);
}

#[test]
#[ignore = "needs target/release/ps-stream-broken: run `make faults`"]
fn records_written_one_by_one_are_seen() {
    insist_on(&[Kind::Half, Kind::Uninvited], broken("whole-messages"), &[Fault::KillCollector]);
}

#[test]
#[ignore = "needs target/release/ps-stream-broken: run `make faults`"]
fn repeats_taken_for_new_are_seen() {
    let forgetful = Program { repeats_within: "0s", ..broken("repeats") };
    insist_on(&[Kind::SecondEffect], forgetful, &[Fault::KillCollector, Fault::KillBroker]);
}

#[test]
#[ignore = "needs target/release/ps-stream-broken: run `make faults`"]
fn offsets_committed_apart_from_their_output_are_seen() {
    let deaths = &[Fault::KillParser, Fault::KillParser, Fault::KillBroker];
    insist_on(&[Kind::NoEffect, Kind::SecondEffect], broken("offsets"), deaths);
}

fn broken(promise: &'static str) -> Program {
    let binary = workspace().join("target/release/ps-stream-broken");
    assert!(binary.exists(), "no {}: run `make faults`", binary.display());
    Program { binary: Some(binary.into()), broken: Some(promise), ..Program::default() }
}

/// The judge must find a violation of one of these kinds in what that program does.
fn insist_on(kinds: &[Kind], program: Program, faults: &'static [Fault]) {
    let promise = program.broken.unwrap_or("nothing");
    let round = Round { seed: seed(), length: Duration::from_secs(BROKEN), faults, program };
    let verdict = round.run(&mut cluster());
    let seen = verdict.violations.iter().filter(|violation| kinds.contains(&violation.kind)).count();
    eprintln!("{promise} switched off: {seen} violations of {kinds:?}");
    assert!(seen > 0, "the judge is blind: {promise} was switched off, and of {kinds:?} it saw nothing");
}

/// One after the other: a round's faults are its own.
fn cluster() -> MutexGuard<'static, Cluster> {
    static SHARED: OnceLock<Mutex<Cluster>> = OnceLock::new();
    let shared = SHARED.get_or_init(|| Mutex::new(Cluster::start()));
    let mut cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    cluster.heal();
    cluster
}

fn seed() -> u64 {
    let now = || u64::from(std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").subsec_nanos());
    let usual = || number("PSSTREAM_FAULTS_SECONDS").map_or(USUAL_SEED, |_| now());
    let seed = number("PSSTREAM_FAULTS_SEED").unwrap_or_else(usual);
    eprintln!("PSSTREAM_FAULTS_SEED={seed}");
    seed
}

fn number(name: &str) -> Option<u64> {
    let given = std::env::var(name).ok().filter(|given| !given.is_empty())?;
    Some(given.parse().unwrap_or_else(|fault| panic!("{name}={given}: {fault}")))
}
