//! Splitting and mapping in WebAssembly with all limits on, as production runs them (`ps-stream transform bench`), against
//! the same SDK compiled natively and against quick-xml's native reader, which only reads.

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ps_stream_sdk::{KeyRules, Mapping, Piece, SplitTransaction, TransactionSplitter, rowset};

use super::messages;
use super::spread::Spread;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
const CHUNK: usize = 64 * 1024;

pub fn run() {
    println!(
        "\nmodules: GB/s of XML on one core; minimum / median / maximum of {ROUNDS} rounds of {ROUND:?}, in turn\n"
    );
    println!("{:<34} {:<9} {:>24} {:>24} {:>24} {:>24}", "", "", "wasm", "native", "quick-xml native", "native / wasm");
    for (name, message) in messages::shapes() {
        let documents: Vec<String> = split(&message).into_iter().map(|(document, _)| document).collect();
        compare(name, "split", &message, message.len(), || drop(black_box(split(&message))));
        let bytes = documents.iter().map(String::len).sum();
        compare(name, "map", &message, bytes, || map(&documents));
    }
}

fn compare(name: &str, what: &str, message: &[u8], bytes: usize, native: impl Fn()) {
    let (mut wasm, mut same, mut quick, mut ratio) =
        (Spread::default(), Spread::default(), Spread::default(), Spread::default());
    for _ in 0..ROUNDS {
        let (w, n) = (in_wasm(what, message), rate(bytes, &native));
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

fn in_wasm(what: &str, message: &[u8]) -> f64 {
    let kind = if what == "split" { "splitter" } else { "mapper" };
    let figures = measured(&["--kind", kind], message, ROUND);
    figures["bytes"].as_f64().unwrap() / figures["seconds"].as_f64().unwrap() / 1e9
}

/// What `ps-stream transform bench` says.
pub fn measured(options: &[&str], message: &[u8], time: Duration) -> serde_json::Value {
    let mut bench = Command::new(env!("CARGO_BIN_EXE_ps-stream"))
        .args(["transform", "bench", "--json", "--time", &humantime::format_duration(time).to_string()])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    bench.stdin.take().unwrap().write_all(message).unwrap();
    let output = bench.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Each transaction's document, put together as the host does it.
fn split(message: &[u8]) -> Vec<(String, String)> {
    let mut splitter = TransactionSplitter::default();
    let mut documents = Vec::new();
    for chunk in message.chunks(CHUNK) {
        let found = splitter.push(chunk).unwrap().transactions;
        documents.extend(found.into_iter().map(|transaction| assemble(message, transaction)));
    }
    splitter.finish().unwrap();
    documents
}

fn assemble(message: &[u8], transaction: SplitTransaction) -> (String, String) {
    let mut document = Vec::new();
    for piece in transaction.pieces {
        match piece {
            Piece::Verbatim(span) => {
                let start = span.offset as usize;
                document.extend_from_slice(&message[start..start + span.length as usize]);
            }
            Piece::Rewritten(bytes) => document.extend_from_slice(&bytes),
        }
    }
    (String::from_utf8(document).unwrap(), transaction.ordering_key)
}

fn map(documents: &[String]) {
    let rules = KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])]).unwrap();
    for document in documents {
        drop(black_box(Mapping::new(&rules).changes(&rowset::read(document).unwrap()).unwrap()));
    }
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
