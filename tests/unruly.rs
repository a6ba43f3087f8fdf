//! Whatever a module answers, no promise is broken: answers made from a seed, for as long as `PSSTREAM_FUZZ_SECONDS` says.
//! A failure names the seed; `PSSTREAM_FUZZ_SEED` begins with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde::de::IgnoredAny;

use crate::harness::guests::{unruly_mapper, unruly_splitter};
use crate::harness::kafka;
use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::topics::{self, Record};

/// How many send at the same time.
const SENDERS: usize = 8;
/// Transactions that are judged at a time.
const ROUND: u64 = 300;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("it is a number"))
}

fn until() -> Instant {
    Instant::now() + Duration::from_secs(number("PSSTREAM_FUZZ_SECONDS", 3))
}

fn seeds() -> std::ops::RangeFrom<u64> {
    number("PSSTREAM_FUZZ_SEED", 1)..
}

#[test]
fn whatever_a_splitter_answers_a_refused_message_leaves_nothing_and_the_next_is_taken() {
    let collect = Collect::start(&["--transform", unruly_splitter()]);
    let (seeds, taken, until) = (Mutex::new(seeds()), Mutex::default(), until());
    let answered = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(|| send(&collect, &seeds, &taken, until))).collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).fold(BTreeMap::new(), |mut count, status| {
            *count.entry(status).or_insert(0) += 1;
            count
        })
    });
    insist_nobody_panicked(&collect.process.said());
    let other = topics::read(kafka::shared(), &format!("{}.other", collect.prefix));
    let stored: BTreeSet<String> = collect.transactions().iter().chain(&other).map(Record::key_text).collect();
    let taken: BTreeSet<String> = taken.into_inner().unwrap();
    assert!(stored.is_subset(&taken), "stored and refused: {:?}", stored.difference(&taken));
    assert!(taken.iter().filter(|id| id.starts_with("good")).all(|id| stored.contains(id)));
    eprintln!("answered {answered:?}, {} messages left something", stored.len());
}

/// Sends until it is time to stop; the statuses of the answers.
fn send(
    collect: &Collect,
    seeds: &Mutex<std::ops::RangeFrom<u64>>,
    taken: &Mutex<BTreeSet<String>>,
    until: Instant,
) -> Vec<u16> {
    let body = "<A>e</A>".repeat(20_000);
    let mut statuses = Vec::new();
    while Instant::now() < until {
        let seed = seeds.lock().unwrap().next().unwrap();
        let (id, length) = (format!("seed-{seed}"), seed.wrapping_mul(7919) as usize % body.len());
        let reply = collect.post(&id, &format!("SEED-{seed}"), &body.as_bytes()[..length]);
        match reply.status {
            200 => _ = taken.lock().unwrap().insert(id),
            500 => insist_it_is_named(collect, &id),
            status => assert!((400..500).contains(&status) && status != 404, "{id}: {reply:.300?}"),
        }
        statuses.push(reply.status);
        if seed.is_multiple_of(20) {
            let good = format!("good-{seed}");
            assert_eq!(collect.post(&good, "GOOD", b"<A/>").status, 200, "after seed {seed}");
            taken.lock().unwrap().insert(good);
        }
    }
    statuses
}

/// In the line that tells of the message, or before it in the backtrace that the line ends with.
fn insist_it_is_named(collect: &Collect, id: &str) {
    let told = format!("transaction_id=\"{id}\"");
    collect.process.line_with(&told);
    let said = collect.process.said();
    let end = said.iter().position(|line| line.contains(&told)).unwrap() + 1;
    let begin = said[..end].iter().rposition(|line| line.contains("message not stored")).unwrap();
    let told = said[begin..end].join("\n");
    assert!(told.contains("unruly-splitter 0.0.1"), "{id}: {told:.2000}");
}

#[test]
fn whatever_a_mapper_answers_each_transaction_is_rows_or_a_dead_letter_and_never_both() {
    let parse = Parse::start(&["--transform", unruly_mapper(), "--crash-limit", "100%"]);
    let (until, document) = (until(), project("P1", "A", ""));
    let mut first = number("PSSTREAM_FUZZ_SEED", 1);
    while Instant::now() < until {
        let seeds: Vec<String> = (first..first + ROUND).map(|seed| format!("seed-{seed}")).collect();
        let good = format!("good-{first}");
        let ids = seeds.iter().chain([&good]).map(|id| (id.as_str(), document.as_str()));
        parse.store(&ids.collect::<Vec<_>>());
        parse.settle();
        first += ROUND;
    }
    insist_nobody_panicked(&parse.process.said());
    let letters = parse.dead_letters();
    let dead: BTreeSet<String> = letters.iter().map(Record::key_text).collect();
    for letter in &letters {
        let module = letter.header("ps-dead-module");
        assert_eq!(module, Some("unruly-mapper 0.0.1"), "{}", letter.key_text());
        assert!(letter.header("ps-dead-reason").is_some_and(|reason| !reason.contains('\n')), "{}", letter.key_text());
    }
    let mut alive = BTreeSet::new();
    for topic in ["UNRULY", "OTHER", "a-b.C", &"X".repeat(200)] {
        alive.extend(parse.records(topic).iter().map(insist_it_is_a_row));
    }
    assert!(alive.is_disjoint(&dead), "rows and a letter: {:?}", alive.intersection(&dead));
    let good = |id: &&String| id.starts_with("good");
    assert!(!dead.iter().any(|id| good(&id)) && alive.iter().filter(good).count() as u64 == first / ROUND);
    eprintln!("{} transactions became rows, {} dead letters", alive.len(), dead.len());
}

/// Answers with the transaction it is of.
fn insist_it_is_a_row(row: &Record) -> String {
    let id = row.header("ps-transaction-id").expect("each row says what it is of").to_owned();
    assert!(row.key.as_deref().is_some_and(says_something), "{id}: {row:?}");
    assert!(row.value.as_deref().is_none_or(says_something), "{id}: {row:?}");
    id
}

fn says_something(json: &[u8]) -> bool {
    let is_json = serde_json::from_slice::<IgnoredAny>(json).is_ok();
    is_json && String::from_utf8_lossy(json).trim() != "null"
}

fn insist_nobody_panicked(said: &[String]) {
    let panic = said.iter().find(|line| line.contains("panicked at"));
    assert_eq!(panic, None);
    let longest = said.iter().map(String::len).max().unwrap_or_default();
    assert!(longest < 20_000, "a line of {longest} bytes in the log");
}
