//! Modules that are exchanged while messages flow: nothing is lost, nothing comes twice, and what is no good stays out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::harness::guests::{stock_mapper, stock_splitter, unruly_mapper, unruly_splitter};
use crate::harness::pipeline::{Collect, Parse, project, project_key};
use crate::harness::topics::Record;
use crate::harness::{eventually, http, kafka, message, scratch_file, topics, unique};

/// Said of a swap, and of none.
const SWAPPED: &str = " takes the place of ";
const REFUSED: &str = " is refused, ";

/// A file of modules, as an operator writes over it.
struct Module {
    file: PathBuf,
    first: Vec<u8>,
}

impl Module {
    fn of(path: &str) -> Self {
        let first = std::fs::read(path).unwrap();
        Module { file: scratch_file("module.wasm", &first), first }
    }

    fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// The same code with a section nobody reads: another hash.
    fn successor(&self) -> Vec<u8> {
        [&self.first[..], &[0, 5, 4], b"next"].concat()
    }

    fn write(&self, content: &[u8]) {
        std::fs::write(&self.file, content).unwrap();
    }
}

/// Has whoever feeds stop, when dropped: also where the test fails.
struct Stop<'s>(&'s AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hash_of(record: &Record) -> String {
    record.header("ps-module-hash").unwrap().to_owned()
}

fn lines(said: &[String], text: &str) -> Vec<String> {
    said.iter().filter(|line| line.contains(text)).cloned().collect()
}

fn parse(options: &[&str]) -> (Parse, String) {
    let prefix = unique("t");
    let parse = Parse::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &prefix, &prefix, options);
    let line = parse.process.line_with("/healthz and /readyz on ");
    let admin = line.rsplit(' ').next().unwrap().to_owned();
    (parse, admin)
}

#[test]
fn a_mapper_is_swapped_under_load_and_every_transaction_has_its_row_once() {
    let module = Module::of(stock_mapper());
    let (old, new) = (hash(&module.first), hash(&module.successor()));
    let (parse, admin) = parse(&["--transform", module.path()]);
    let stop = AtomicBool::new(false);
    let stored = std::thread::scope(|scope| {
        let stop_feeding = Stop(&stop);
        let feeding = scope.spawn(|| feed_until(&parse, &stop));
        eventually("the first one has rows", || (rows_now(&parse).len() > 200).then_some(()));
        module.write(&module.successor());
        let line = parse.process.line_with(SWAPPED);
        assert!(line.contains(&old[..12]) && line.contains(&new[..12]) && line.contains(module.path()), "{line}");
        eventually("the second one has rows", || rows_now(&parse).iter().any(|row| hash_of(row) == new).then_some(()));
        drop(stop_feeding);
        feeding.join().unwrap()
    });
    parse.settle();
    parse.insist_each_project_once(stored);
    assert!(parse.dead_letters().is_empty());
    insist_on_order(&parse.records("PROJECT"), &old, &new);
    assert_eq!(lines(&parse.process.said(), SWAPPED).len(), 1);
    insist_on_figures(&admin, &[&old, &new], stored);
}

/// Without waiting for Kafka transactions that are under way.
fn rows_now(parse: &Parse) -> Vec<Record> {
    topics::read_decided(&parse.kafka, &format!("{}.PROJECT", parse.prefix))
}

/// Numbered projects, until told to stop; how many.
fn feed_until(parse: &Parse, stop: &AtomicBool) -> usize {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let some: Vec<(String, String)> =
            (number..number + 40).map(|n| (format!("id-{n}"), project(&format!("P{n}"), "A", ""))).collect();
        parse.store(&some.iter().map(|(id, document)| (id.as_str(), document.as_str())).collect::<Vec<_>>());
        number += 40;
    }
    number
}

/// First rows of the old one, then of the new one, in each partition.
fn insist_on_order(records: &[Record], old: &str, new: &str) {
    let mut seen: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for record in records {
        let hashes = seen.entry(record.partition).or_default();
        hashes.push(hash_of(record));
        hashes.dedup();
    }
    for (partition, hashes) in &seen {
        assert!(
            [&[old][..], &[new], &[old, new]].contains(&&hashes.iter().map(String::as_str).collect::<Vec<_>>()[..]),
            "partition {partition}: {hashes:?}"
        );
    }
    let all: BTreeSet<&String> = seen.values().flatten().collect();
    assert_eq!(all.len(), 2, "{all:?}");
}

/// Both are told, and their inputs are all inputs: those that the new one was tried on are not counted.
fn insist_on_figures(admin: &str, hashes: &[&str], inputs: usize) {
    let metrics = http::get_path(admin, "/metrics").body;
    let counted = |hash: &&str| {
        let line = metrics.lines().find(|line| line.contains("module_inputs_total{") && line.contains(&hash[..12]));
        line.unwrap_or_else(|| panic!("{hash} is not in\n{metrics}"))
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    assert_eq!(hashes.iter().map(counted).sum::<usize>(), inputs, "{metrics}");
    assert!(metrics.contains("ps_stream_module_swaps_total{outcome=\"swapped\"} 1"), "{metrics}");
}

#[test]
fn a_splitter_is_swapped_under_load_and_every_message_is_stored_once() {
    let module = Module::of(stock_splitter());
    let (old, new) = (hash(&module.first), hash(&module.successor()));
    let collect = Collect::start(&["--transform", module.path()]);
    let stop = AtomicBool::new(false);
    let posted: usize = std::thread::scope(|scope| {
        let stop_feeding = Stop(&stop);
        let posting: Vec<_> = (0..4)
            .map(|sender| {
                let (collect, stop) = (&collect, &stop);
                scope.spawn(move || post_until(collect, sender, stop))
            })
            .collect();
        eventually("the first one has split some", || {
            (topics::read_decided(&collect.kafka, &collect.topic()).len() > 40).then_some(())
        });
        module.write(&module.successor());
        let line = collect.process.line_with(SWAPPED);
        assert!(line.contains(&old[..12]) && line.contains(&new[..12]), "{line}");
        collect.take("after", "PROJECT_SYNC", "no_field_types.xml");
        std::thread::sleep(Duration::from_millis(500));
        drop(stop_feeding);
        posting.into_iter().map(|posting| posting.join().unwrap()).sum()
    });
    let transactions = collect.transactions();
    let ids: BTreeSet<String> = transactions.iter().map(Record::key_text).collect();
    assert_eq!((transactions.len(), ids.len()), (posted + 1, posted + 1), "lost or doubled");
    let after = transactions.iter().find(|record| record.key_text() == "after").unwrap();
    assert_eq!(hash_of(after), new);
    for sender in 0..4 {
        let mut hashes: Vec<(usize, String)> =
            transactions.iter().filter_map(|record| Some((number(record, sender)?, hash_of(record)))).collect();
        hashes.sort_unstable();
        let mut hashes: Vec<String> = hashes.into_iter().map(|(_, hash)| hash).collect();
        hashes.dedup();
        assert_eq!(hashes, [old.clone(), new.clone()], "of sender {sender}, in the order it sent them");
    }
}

/// Messages of one transaction, one after the other; how many.
fn post_until(collect: &Collect, sender: usize, stop: &AtomicBool) -> usize {
    let body = message("no_field_types.xml");
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return number;
        }
        let reply = collect.post(&format!("{sender}/{number}"), "PROJECT_SYNC", &body);
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    unreachable!()
}

fn number(record: &Record, sender: usize) -> Option<usize> {
    record.key_text().strip_prefix(&format!("{sender}/"))?.parse().ok()
}

#[test]
fn a_mapper_that_is_no_good_is_refused_in_one_line_and_the_old_one_stays() {
    let module = Module::of(stock_mapper());
    let (parse, admin) = parse(&["--transform", module.path()]);
    parse.feed("panic-1", &project("P0", "A", ""));
    let splitter = std::fs::read(stock_splitter()).unwrap();
    let crashing = std::fs::read(unruly_mapper()).unwrap();
    let cut = &module.first[..module.first.len() / 2];
    let bad: [(&[u8], &str); 4] = [
        (b"no module", "is not WebAssembly"),
        (&splitter, "is a splitter, but a mapper is needed here"),
        (cut, "cannot be made a component"),
        (&crashing, "tried on the latest inputs, it failed where the one in use did not: it trapped"),
    ];
    for (place, (content, why)) in bad.iter().enumerate() {
        module.write(content);
        let line = parse.process.line_with(why);
        for part in [REFUSED, module.path(), &hash(content)[..12], &hash(&module.first)[..12], " stays"] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
        parse.feed(&format!("good-{place}"), &project(&format!("P{}", place + 1), "A", ""));
    }
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(lines(&parse.process.said(), REFUSED).len(), bad.len(), "one is tried again though it did not change");
    parse.insist_each_project_once(5);
    assert!(parse.records("PROJECT").iter().all(|row| hash_of(row) == hash(&module.first)));
    let metrics = http::get_path(&admin, "/metrics").body;
    assert!(metrics.contains("ps_stream_module_swaps_total{outcome=\"refused\"} 4"), "{metrics}");
    assert!(!metrics.contains("unruly-mapper"), "one that was never in use is counted\n{metrics}");
    module.write(&module.successor());
    parse.process.line_with(SWAPPED);
}

#[test]
fn a_splitter_that_fails_on_a_message_the_old_one_split_is_refused() {
    let module = Module::of(stock_splitter());
    let collect = Collect::start(&["--transform", module.path()]);
    collect.take("a", "PANIC", "no_field_types.xml");
    module.write(&std::fs::read(unruly_splitter()).unwrap());
    let line = collect.process.line_with(REFUSED);
    assert!(line.contains("it failed where the one in use did not"), "{line}");
    collect.take("b", "PANIC", "no_field_types.xml");
    assert!(collect.transactions().iter().all(|record| hash_of(record) == hash(&module.first)));
}

#[test]
fn a_changed_configuration_is_a_change_and_a_hangup_has_it_looked_at() {
    let rules = scratch_file("keys.toml", "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n");
    let (parse, _) = parse(&["--transform-config", rules.to_str().unwrap()]);
    parse.feed("a", &project("P1", "A", ""));
    std::fs::write(&rules, "[keys]\nPROJECT = 7\n").unwrap();
    parse.process.signal("HUP");
    let line = parse.process.line_with(REFUSED);
    assert!(line.contains(rules.to_str().unwrap()) && line.contains("stock-mapper"), "{line}");
    parse.feed("b", &project("P2", "A", ""));
    std::fs::write(&rules, "[keys]\nPROJECT = [\"PROJECT_ID\"]\n").unwrap();
    parse.process.signal("HUP");
    parse.process.line_with(SWAPPED);
    parse.feed("c", &project("P3", "A", ""));
    let keys: Vec<String> = parse.table("PROJECT").into_keys().collect();
    assert_eq!(keys, ["\"P3\"".to_owned(), project_key("P1"), project_key("P2")]);
}

#[test]
fn a_file_that_is_still_being_written_is_waited_for() {
    let module = Module::of(stock_mapper());
    let (parse, _) = parse(&["--transform", module.path()]);
    let successor = module.successor();
    let pieces: Vec<&[u8]> = successor.chunks(successor.len() / 12).collect();
    for count in 1..=pieces.len() {
        module.write(&pieces[..count].concat());
        std::thread::sleep(Duration::from_millis(300));
    }
    parse.process.line_with(SWAPPED);
    assert_eq!(lines(&parse.process.said(), REFUSED), Vec::<String>::new());
    module.write(&successor);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(lines(&parse.process.said(), SWAPPED).len(), 1, "what is the same is no change");
}
