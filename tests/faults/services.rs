//! The collectors and parsers of a round, and the supervisor that starts again what ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::program::{Role, Setting};
use super::rng::Rng;
use crate::harness::process::Process;

pub const COLLECTORS: usize = 3;
/// Parsers that always run.
pub const PARSERS: usize = 2;
/// The place of the one that comes and goes.
pub const EXTRA: usize = PARSERS;

pub struct Services {
    setting: Setting,
    running: BTreeMap<(Role, usize), Process>,
    /// Told to stop.
    leaving: BTreeMap<(Role, usize), Process>,
    /// Parsers that stood still, and another has their place and name.
    zombies: BTreeMap<usize, Process>,
    addresses: Addresses,
    /// What ended without being told to.
    pub deserters: Vec<String>,
    /// What those that are no more have said.
    journal: Vec<String>,
}

/// Where the collectors listen, for the writers: as a load balancer knows them.
#[derive(Debug, Clone)]
pub struct Addresses(Arc<Mutex<Vec<String>>>);

impl Addresses {
    pub fn any(&self, rng: &mut Rng) -> String {
        rng.pick(&self.0.lock().unwrap()).clone()
    }

    fn set(&self, collector: usize, address: String) {
        self.0.lock().unwrap()[collector] = address;
    }
}

impl Services {
    pub fn start(setting: Setting) -> Self {
        let mut services = Self {
            setting,
            running: BTreeMap::new(),
            leaving: BTreeMap::new(),
            zombies: BTreeMap::new(),
            addresses: Addresses(Arc::new(Mutex::new(vec![String::new(); COLLECTORS]))),
            deserters: Vec::new(),
            journal: Vec::new(),
        };
        (0..COLLECTORS).for_each(|place| services.launch(Role::Collector, place));
        (0..PARSERS).for_each(|place| services.launch(Role::Parser, place));
        services
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    /// Two of one name never run at once: who leaves is awaited.
    pub fn launch(&mut self, role: Role, place: usize) {
        if let Some(process) = self.leaving.remove(&(role, place)) {
            let ended = process.wait();
            // One that was told before it could listen has said nothing yet.
            let ended_well = ended.code == Some(0) || ended.stderr.is_empty();
            assert!(ended_well, "told to stop, it failed: {:?} {}", ended.code, ended.stderr_text());
            self.note(role, place, "told to stop", ended.stderr);
        }
        let process = self.setting.start(role, place);
        if role == Role::Collector {
            self.addresses.set(place, process.address());
        }
        self.running.insert((role, place), process);
    }

    /// SIGKILL, frozen or not.
    pub fn kill(&mut self, role: Role, place: usize) {
        if let Some(process) = self.running.remove(&(role, place)) {
            self.note(role, place, "killed", process.said());
            process.kill();
        }
    }

    pub fn signal(&self, role: Role, place: usize, signal: &str) {
        self.running[&(role, place)].signal(signal);
    }

    /// SIGTERM: it finishes what it is at and leaves.
    pub fn dismiss(&mut self, role: Role, place: usize) {
        self.signal(role, place, "TERM");
        let process = self.running.remove(&(role, place)).expect("it runs");
        self.leaving.insert((role, place), process);
    }

    /// A parser stands still, and another takes its place and name.
    pub fn freeze_and_replace(&mut self, parser: usize) {
        self.signal(Role::Parser, parser, "STOP");
        let zombie = self.running.remove(&(Role::Parser, parser)).expect("it runs");
        self.zombies.insert(parser, zombie);
        self.launch(Role::Parser, parser);
    }

    pub fn wake_zombie(&self, parser: usize) {
        self.zombies[&parser].signal("CONT");
    }

    pub fn bury_zombie(&mut self, parser: usize) {
        if let Some(zombie) = self.zombies.remove(&parser) {
            self.note(Role::Parser, parser, "as a zombie", zombie.said());
        }
    }

    /// Starts again what has ended by itself, as any supervisor does.
    pub fn revive(&mut self) {
        let ended = |(who, process): (&(Role, usize), &mut Process)| Some((*who, process.ended()?));
        let ended: Vec<_> = self.running.iter_mut().filter_map(ended).collect();
        for ((role, place), status) in ended {
            let said = self.running.remove(&(role, place)).map(|process| process.said()).unwrap_or_default();
            let last = said.last().cloned().unwrap_or_default();
            self.deserters.push(format!("{role:?} {place}, {status}: {last}"));
            self.note(role, place, "by itself", said);
            self.launch(role, place);
        }
    }

    /// All that was ever said, for the person who looks for the cause of a violation.
    pub fn journal(&mut self) -> Vec<String> {
        for (role, place) in self.running.keys().copied().collect::<Vec<_>>() {
            self.note(role, place, "still running", self.running[&(role, place)].said());
        }
        std::mem::take(&mut self.journal)
    }

    fn note(&mut self, role: Role, place: usize, how: &str, said: Vec<String>) {
        self.journal.push(format!("== {role:?} {place}, {how}"));
        self.journal.extend(said);
    }
}
