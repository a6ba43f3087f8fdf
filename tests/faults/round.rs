//! One round: writers, strikes, healing, catching up, judgement.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::chaos;
use super::checker::{self, Kind, Verdict};
use super::cluster::Cluster;
use super::copier::{self, Copied, Part};
use super::found::Found;
use super::history::{Fate, Message};
use super::plan::{self, Fault, Strike};
use super::program::{Program, Segments, Setting};
use super::services::{Addresses, Services};
use super::whole;
use super::writer::Writer;
use crate::harness::{PATIENCE, scratch_file, topics, unique};

const WRITERS: usize = 6;
const PARTITIONS: i32 = 4;
/// Violations of a kind that are shown.
const SHOWN: usize = 5;

pub struct Round {
    pub seed: u64,
    pub length: Duration,
    pub faults: &'static [Fault],
    pub program: Program,
}

impl Round {
    /// Prints what was done and what is wrong.
    pub fn run(&self, cluster: &mut Cluster) -> Verdict {
        let (prefix, started) = (unique("faults"), Instant::now());
        let told = |what: &str| eprintln!("{:>4} s: {what}", started.elapsed().as_secs());
        let source = format!("{prefix}.transactions");
        cluster.create(&source, PARTITIONS);
        let strikes = plan::plan(self.seed, self.length, self.faults);
        let mut services = Services::start(Setting::new(&cluster.address, &prefix, self.program.clone()));
        let collectors = services.addresses();
        let (history, copied) = self.write_during(&collectors, || {
            told("all runs");
            chaos::carry_out(&strikes, cluster, &mut services);
            told("all runs again");
        });
        told("the last message of each writer is taken");
        let finished = self.catch_up(&cluster.address, &prefix, &source);
        told(if finished { "the consumer group has caught up" } else { "the consumer group has not caught up" });
        let found = Found::read(&cluster.address, &prefix);
        let history = if self.program.segments == Segments::Hold { whole::joined(history) } else { history };
        let mut verdict = checker::check(&history, &copied, &found);
        if !finished {
            verdict.add(Kind::Unfinished, format!("the consumer group has not caught up in {:?}", self.patience()));
        }
        services.deserters.iter().for_each(|said| eprintln!("ended by itself: {said}"));
        show(&verdict);
        if !verdict.violations.is_empty() {
            keep(services.journal(), &history, &verdict);
        }
        eprintln!("faults: {}", faults(&strikes));
        eprintln!("{}", summary(self.seed, started, &history, &copied, &found, &verdict));
        verdict
    }

    /// Until everything stored is decided, and the consumer group has dealt with it.
    fn catch_up(&self, kafka: &str, group: &str, source: &str) -> bool {
        wait(PATIENCE, || topics::decided(kafka, source)) && {
            let last = topics::last_offsets(&topics::read(kafka, source));
            wait(self.patience(), || topics::has_read(kafka, group, source, &last))
        }
    }

    /// A broken program may never catch up.
    fn patience(&self) -> Duration {
        if self.program.broken.is_some() { PATIENCE / 4 } else { PATIENCE }
    }

    /// What the writers did while the chaos was, and until each had its last message taken.
    fn write_during(&self, collectors: &Addresses, chaos: impl FnOnce()) -> (Vec<Message>, Vec<Copied>) {
        let (stop, started) = (AtomicBool::new(false), Instant::now());
        std::thread::scope(|scope| {
            let writer =
                |writer| Writer { seed: self.seed, writer, collectors: collectors.clone(), started, stop: &stop };
            let copier = writer(WRITERS);
            let copier = scope.spawn(move || copier::copy(&copier));
            let writers = (0..WRITERS).map(writer).map(|writer| scope.spawn(move || writer.write()));
            let writers: Vec<_> = writers.collect();
            let outcome = catch_unwind(AssertUnwindSafe(chaos));
            stop.store(true, Ordering::Relaxed);
            let history = writers.into_iter().flat_map(|writer| writer.join().expect("a writer ends well")).collect();
            let copied = copier.join().expect("the sender of full syncs ends well");
            outcome.unwrap_or_else(|fault| resume_unwind(fault));
            (history, copied)
        })
    }
}

fn wait(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        if done() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    false
}

fn show(verdict: &Verdict) {
    let mut kinds: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
    verdict.violations.iter().for_each(|wrong| kinds.entry(wrong.kind).or_default().push(&wrong.what));
    for (kind, wrong) in kinds {
        eprintln!("{} violations of kind {kind:?}, such as", wrong.len());
        wrong.iter().take(SHOWN).for_each(|what| eprintln!("  {what}"));
    }
}

/// Everything, for the person who looks for the cause.
fn keep(said: Vec<String>, history: &[Message], verdict: &Verdict) {
    let did = history.iter().map(Message::told).collect();
    let wrong = verdict.violations.iter().map(|wrong| format!("{:?}: {}", wrong.kind, wrong.what)).collect();
    let journal = scratch_file("journal.txt", [said, did, wrong].concat().join("\n"));
    eprintln!("what all said and did is in {}", journal.display());
}

fn faults(strikes: &[Strike]) -> String {
    let mut counts: BTreeMap<Fault, usize> = BTreeMap::new();
    strikes.iter().for_each(|strike| *counts.entry(strike.fault).or_default() += 1);
    format!("{counts:?}")
}

fn summary(
    seed: u64,
    started: Instant,
    history: &[Message],
    copied: &[Copied],
    found: &Found,
    verdict: &Verdict,
) -> String {
    let full_syncs = copied.iter().filter(|copied| copied.part == Part::Trailer).count();
    let gone = found.followed.iter().filter(|row| row.value.is_none()).count();
    let of = |fate: Fate| history.iter().filter(|message| message.fate() == fate).count();
    let attempts: usize = history.iter().map(|message| message.attempts.len()).sum();
    format!(
        "seed {seed}: {} messages posted in {attempts} attempts ({} repeats), {} acknowledged, {} in doubt, {} never taken; \
         {} transactions, {} rows, {} dead letters; {full_syncs} full syncs, {gone} rows gone; {} second copies; {} violations; {} s",
        history.len(),
        attempts.saturating_sub(history.len()),
        of(Fate::Acknowledged),
        of(Fate::InDoubt),
        of(Fate::Never),
        found.transactions.len(),
        found.rows.len(),
        found.dead_letters.len(),
        verdict.second_copies,
        verdict.violations.len(),
        started.elapsed().as_secs(),
    )
}
