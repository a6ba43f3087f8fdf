//! The collectors and parsers of a round, and the supervisor that starts again what ends.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::rng::Rng;
use crate::harness::process::{self, Process};
use crate::harness::scratch_file;

pub const COLLECTORS: usize = 3;
/// Parsers that always run.
pub const PARSERS: usize = 2;
/// The place of the one that comes and goes.
pub const EXTRA: usize = PARSERS;

const KEYS: &str = "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n";
/// A dead or frozen parser is given up after so long.
const SESSION: [&str; 2] = ["--kafka-config", "session.timeout.ms=6000"];

/// The program under test: which binary, and which of its promises is switched off.
#[derive(Debug, Clone, Default)]
pub struct Program {
    pub binary: Option<OsString>,
    pub broken: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Collector,
    Parser,
}

pub struct Services {
    kafka: String,
    prefix: String,
    keys: PathBuf,
    program: Program,
    collectors: Vec<Option<Process>>,
    parsers: Vec<Option<Process>>,
    /// Parsers frozen, and each replaced by another of the same name.
    zombies: Vec<Process>,
    addresses: Addresses,
    /// What ended without being told to.
    pub deserters: Vec<String>,
}

/// Where the collectors listen, for the writers: as a load balancer knows them.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Arc<Mutex<Vec<String>>>);

impl Addresses {
    pub fn any(&self, rng: &mut Rng) -> String {
        rng.pick(&self.0.lock().unwrap()).clone()
    }

    fn set(&self, collector: usize, address: String) {
        let mut addresses = self.0.lock().unwrap();
        if addresses.len() <= collector {
            addresses.resize(collector + 1, address.clone());
        }
        addresses[collector] = address;
    }
}

impl Services {
    pub fn start(kafka: &str, prefix: &str, program: Program) -> Self {
        let mut services = Self {
            kafka: kafka.to_owned(),
            prefix: prefix.to_owned(),
            keys: scratch_file("keys.toml", KEYS),
            program,
            collectors: (0..COLLECTORS).map(|_| None).collect(),
            parsers: (0..=EXTRA).map(|_| None).collect(),
            zombies: Vec::new(),
            addresses: Addresses::default(),
            deserters: Vec::new(),
        };
        (0..COLLECTORS).for_each(|place| services.launch(Role::Collector, place));
        (0..PARSERS).for_each(|place| services.launch(Role::Parser, place));
        services
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    pub fn launch(&mut self, role: Role, place: usize) {
        let process = match role {
            Role::Collector => self.collect(place),
            Role::Parser => self.parse(place),
        };
        if role == Role::Collector {
            self.addresses.set(place, process.address());
        }
        *self.slot(role, place) = Some(process);
    }

    /// SIGKILL, frozen or not.
    pub fn kill(&mut self, role: Role, place: usize) {
        self.slot(role, place).take().map(Process::kill);
    }

    pub fn signal(&mut self, role: Role, place: usize, signal: &str) {
        if let Some(process) = self.slot(role, place) {
            process.signal(signal);
        }
    }

    /// SIGTERM: it finishes what it is at and leaves.
    pub fn dismiss(&mut self, parser: usize) {
        if let Some(process) = self.parsers[parser].take() {
            let ended = process.terminate();
            assert_eq!(ended.code, Some(0), "told to stop, it failed: {}", ended.stderr_text());
        }
    }

    /// A parser stands still, and another takes its place and name.
    pub fn freeze_and_replace(&mut self, parser: usize) {
        self.signal(Role::Parser, parser, "STOP");
        self.zombies.extend(self.parsers[parser].take());
        self.launch(Role::Parser, parser);
    }

    pub fn wake_zombies(&mut self) {
        for zombie in &mut self.zombies {
            if zombie.ended().is_none() {
                zombie.signal("CONT");
            }
        }
    }

    pub fn bury_zombies(&mut self) {
        self.zombies.clear();
    }

    /// Starts again what has ended by itself, as any supervisor does.
    pub fn revive(&mut self) {
        for (role, places) in [(Role::Collector, COLLECTORS), (Role::Parser, EXTRA + 1)] {
            for place in 0..places {
                let Some(status) = self.slot(role, place).as_mut().and_then(Process::ended) else { continue };
                let process = self.slot(role, place).take().expect("it was there");
                self.deserters.push(format!("{role:?} {place} ended ({status}): {}", process.tail()));
                self.launch(role, place);
            }
        }
    }

    fn slot(&mut self, role: Role, place: usize) -> &mut Option<Process> {
        match role {
            Role::Collector => &mut self.collectors[place],
            Role::Parser => &mut self.parsers[place],
        }
    }

    fn collect(&self, place: usize) -> Process {
        let name = identity("collect", place);
        let where_to = ["collect", "--address", "127.0.0.1", "--port", "0", "--target-prefix", &self.prefix];
        self.run(&[&where_to[..], &["--delivery-timeout", "10s"], &words(&name)].concat())
    }

    fn parse(&self, place: usize) -> Process {
        let (name, prefix) = (identity("parse", place), self.prefix.as_str());
        let prefixes = ["--source-prefix", prefix, "--target-prefix", prefix, "--consumer-group", prefix];
        self.run(&[&SESSION[..], &["parse"], &prefixes[..], &words(&name)].concat())
    }

    fn run(&self, arguments: &[&str]) -> Process {
        let keys = ["--transform-config", self.keys.to_str().expect("the workspace's path is UTF-8")];
        let arguments = [&["--kafka", self.kafka.as_str()], arguments, &keys].concat();
        let environment: Vec<(&str, &str)> =
            self.program.broken.map(|promise| ("PSSTREAM_BREAK", promise)).into_iter().collect();
        match &self.program.binary {
            Some(binary) => process::start_binary(binary.clone(), &arguments, &environment),
            None => process::start_with(&arguments, &environment),
        }
    }
}

/// The name that one keeps when it is started again.
fn identity(role: &str, place: usize) -> Vec<String> {
    match NAMED {
        true => vec!["--instance".to_owned(), format!("{role}-{place}")],
        false => Vec::new(),
    }
}

/// Whether the binary knows `--instance`.
const NAMED: bool = false;

fn words(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}
