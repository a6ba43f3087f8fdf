//! The program under test, as a round starts it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::harness::process::{self, Process};
use crate::harness::scratch_file;

const KEYS: &str = "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\nVENDOR = [\"VENDOR_ID\"]\n";
/// A partition has a handful of rows there, and may lose all.
const FULL_SYNC: [&str; 4] = ["--full-sync", "reconcile", "--full-sync-max-delete", "100%"];
/// A dead or frozen parser is given up after so long.
const SESSION: [&str; 2] = ["--kafka-config", "session.timeout.ms=6000"];

/// Which binary, and which of its promises is switched off.
#[derive(Debug, Clone)]
pub struct Program {
    pub binary: Option<OsString>,
    pub broken: Option<&'static str>,
    /// How long a collector waits for Kafka before it says 503. Kafka takes seconds to do without a broker.
    pub delivery_timeout: &'static str,
    /// How far back a message is known that comes again.
    pub repeats_within: &'static str,
    pub segments: Segments,
}

/// What becomes of messages in segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segments {
    Store,
    Hold,
}

impl Default for Program {
    fn default() -> Self {
        Self { binary: None, broken: None, delivery_timeout: "3s", repeats_within: "1d", segments: Segments::Store }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Collector,
    Parser,
}

/// A program and all it is told on its command line.
pub struct Setting {
    kafka: String,
    /// Of its topics; its consumer group.
    prefix: String,
    keys: PathBuf,
    program: Program,
}

impl Setting {
    pub fn new(kafka: &str, prefix: &str, program: Program) -> Self {
        Self { kafka: kafka.to_owned(), prefix: prefix.to_owned(), keys: scratch_file("keys.toml", KEYS), program }
    }

    /// One of a role has the same name each time it is started.
    pub fn start(&self, role: Role, place: usize) -> Process {
        let (prefix, name) = (self.prefix.as_str(), format!("{}-{place}", self.prefix));
        let own: &[&str] = match role {
            Role::Collector => &[
                "collect",
                "--address",
                "127.0.0.1",
                "--port",
                "0",
                "--target-prefix",
                prefix,
                "--delivery-timeout",
                self.program.delivery_timeout,
                "--segments",
                if self.program.segments == Segments::Hold { "hold" } else { "store" },
            ],
            Role::Parser => {
                &["parse", "--source-prefix", prefix, "--target-prefix", prefix, "--consumer-group", prefix]
            }
        };
        let general: &[&str] = if role == Role::Parser { &SESSION } else { &[] };
        let full_sync: &[&str] = if role == Role::Parser { &FULL_SYNC } else { &[] };
        let named = ["--instance", &name, "--repeats-within", self.program.repeats_within];
        let keys = ["--transform-config", self.keys.to_str().expect("the workspace's path is UTF-8")];
        self.run(&[&["--kafka", &self.kafka], general, own, full_sync, &keys, &named].concat())
    }

    fn run(&self, arguments: &[&str]) -> Process {
        let broken = self.program.broken.map(|promise| ("PSSTREAM_BREAK", promise));
        let environment: Vec<(&str, &str)> = broken.into_iter().collect();
        match &self.program.binary {
            Some(binary) => process::start_binary(binary.clone(), arguments, &environment),
            None => process::start_with(arguments, &environment),
        }
    }
}
