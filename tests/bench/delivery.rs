//! What the promises cost `collect`: each message whole and once, against plain idempotent delivery of its records one by one
//! (a build that leaves the Kafka transactions out, with repeats not recognised), over HTTP into one local broker.

use std::time::Duration;

use super::messages;
use super::sender::{self, Posted};
use super::spread::{Spread, quantile};
use crate::harness::pipeline::Collect;
use crate::harness::{kafka, process, topics, unique};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
/// Transactions of a message, and senders at the same time.
const CASES: [(usize, usize); 6] = [(1, 1), (1, 32), (5, 1), (5, 32), (5, 128), (100, 8)];

/// One way of delivering, over all rounds.
#[derive(Default)]
struct Figures {
    rate: Spread,
    p50: Spread,
    p99: Spread,
}

pub fn run() {
    let promised = start("with every promise", env!("CARGO_BIN_EXE_ps-stream").into(), &[], &[]);
    let plain = start("plain", plain_binary(), &["--repeats-within", "0s"], &[("PSSTREAM_BREAK", "whole-messages")]);
    println!(
        "collect: messages of so many transactions of 1.9 KB, from so many senders at a time; minimum / median / maximum"
    );
    println!("of {ROUNDS} rounds of {ROUND:?}, in turn\n");
    println!(
        "{:>12} {:>8} {:<10} {:>24} {:>22} {:>22}",
        "transactions", "senders", "", "messages/s", "p50 ms", "p99 ms"
    );
    for (transactions, senders) in CASES {
        compare(&promised, &plain, transactions, senders);
    }
}

fn compare(promised: &Collect, plain: &Collect, transactions: usize, senders: usize) {
    let body = messages::of(transactions);
    let (mut with, mut without, mut ratios) = (Figures::default(), Figures::default(), Spread::default());
    for _ in 0..ROUNDS {
        let one = sender::post_for(&promised.address, senders, &body, ROUND);
        let other = sender::post_for(&plain.address, senders, &body, ROUND);
        ratios.add(one.rate() / other.rate());
        with.add(&one);
        without.add(&other);
    }
    with.print(transactions, senders, "promises");
    without.print(transactions, senders, "plain");
    println!("{:>12} {:>8} {:<10} {:>24}", "", "", "ratio", ratios);
}

impl Figures {
    fn add(&mut self, posted: &Posted) {
        self.rate.add(posted.rate());
        self.p50.add(quantile(&posted.latencies, 0.5));
        self.p99.add(quantile(&posted.latencies, 0.99));
    }

    fn print(&self, transactions: usize, senders: usize, name: &str) {
        println!("{transactions:>12} {senders:>8} {name:<10} {:>24} {:>22} {:>22}", self.rate, self.p50, self.p99);
    }
}

fn start(what: &str, binary: std::ffi::OsString, options: &[&str], environment: &[(&str, &str)]) -> Collect {
    let prefix = unique("bench");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 3, &[]);
    let general = ["--kafka", kafka::shared(), "collect", "--address", "127.0.0.1", "--port", "0"];
    let arguments = [&general[..], &["--target-prefix", &prefix], options].concat();
    let process = process::start_binary(binary, &arguments, environment);
    let address = process.address();
    eprintln!("{what}: {address}");
    Collect { process, address, prefix, kafka: kafka::shared().to_owned() }
}

/// Made by `make bench`: the same program with the feature `break-promises`.
fn plain_binary() -> std::ffi::OsString {
    let path = crate::harness::workspace().join("target/release/ps-stream-broken");
    assert!(path.exists(), "{} is missing: run `make bench`", path.display());
    path.into()
}
