//! Splitting and mapping in WebAssembly with all limits on, as production runs them (`ps-stream transform bench`), against
//! the same crates run natively (`--native`) and against quick-xml's native reader, which only reads.

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::messages;
use super::spread::Spread;
use crate::harness::workspace;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);

pub fn run() {
    println!(
        "\nmodules: GB/s of XML on one core; minimum / median / maximum of {ROUNDS} rounds of {ROUND:?}, in turn\n"
    );
    println!("{:<34} {:<9} {:>24} {:>24} {:>24} {:>24}", "", "", "wasm", "native", "quick-xml native", "native / wasm");
    for (name, message) in messages::shapes() {
        compare(name, "split", "splitter", &message);
        compare(name, "map", "mapper", &message);
    }
}

fn compare(name: &str, what: &str, kind: &str, message: &[u8]) {
    let (mut wasm, mut same, mut quick, mut ratio) =
        (Spread::default(), Spread::default(), Spread::default(), Spread::default());
    let native = workspace().join("transforms").join(kind);
    let options = ["--kind", kind, "--native", native.to_str().unwrap()];
    for _ in 0..ROUNDS {
        let figures = measured(&options, message, ROUND);
        let (w, n) = (gigabytes(&figures), gigabytes(&figures["native"]));
        quick.add(rate(message.len(), || quick_xml_reads(message)));
        ratio.add(n / w);
        wasm.add(w);
        same.add(n);
    }
    println!("{name:<34} {what:<9} {wasm:>24} {same:>24} {quick:>24} {ratio:>24}");
}

/// Gigabytes a second.
fn rate(bytes: usize, work: impl Fn()) -> f64 {
    let (began, mut rounds) = (Instant::now(), 0);
    while began.elapsed() < ROUND {
        work();
        rounds += 1;
    }
    (bytes * rounds) as f64 / began.elapsed().as_secs_f64() / 1e9
}

/// A second.
fn gigabytes(figures: &serde_json::Value) -> f64 {
    figures["bytes"].as_f64().unwrap() / figures["seconds"].as_f64().unwrap() / 1e9
}

/// What `ps-stream transform bench` says.
pub fn measured(options: &[&str], message: &[u8], time: Duration) -> serde_json::Value {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_ps-stream"))
        .args(["transform", "bench", "--json", "--time", &humantime::format_duration(time).to_string()])
        .args(options)
        .env("CARGO_TARGET_DIR", workspace().join("target"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    bench.stdin.take().unwrap().write_all(message).unwrap();
    let output = bench.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every event, every text unescaped: what any XML program would have to do first.
fn quick_xml_reads(message: &[u8]) {
    let mut reader = quick_xml::Reader::from_reader(message);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            event => drop(black_box(event)),
        }
    }
}
