//! What is counted of modules: figures of each one that is or was in use, and of swaps.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::counters::Counters;
use super::crash::Crash;
use super::identity::Identity;
use crate::metrics::{self, Counter, Gauge, Gauges, Histogram, Histograms, Labels, Metrics, labels};

/// Most modules whose figures are told; those of the one that came first make way.
const MOST_MODULES: usize = 100;
/// Characters of a module's name that are told.
const LONGEST_NAME: usize = 100;

#[derive(Debug, Clone)]
pub(super) struct Figures {
    calls: metrics::Counters,
    inputs: metrics::Counters,
    outputs: metrics::Counters,
    rejections: metrics::Counters,
    crashes: metrics::Counters,
    seconds: Histograms,
    memory: Gauges,
    instances: metrics::Counters,
    counters: metrics::Counters,
    pub swaps: metrics::Counters,
    known: Arc<Mutex<VecDeque<Arc<Tally>>>>,
}

/// Where the figures of a module go: nowhere before it is in use.
pub(super) type Tallying = Arc<OnceLock<Arc<Tally>>>;

/// The figures of one module.
#[derive(Debug)]
pub(super) struct Tally {
    labels: Labels,
    calls: Counter,
    pub inputs: Counter,
    pub outputs: Counter,
    pub rejections: Counter,
    crashes: metrics::Counters,
    seconds: Histogram,
    memory: Gauge,
    pub instances: Counter,
    /// What it counts itself.
    pub counters: Counters,
}

impl Figures {
    pub fn new() -> Self {
        Figures {
            calls: Default::default(),
            inputs: Default::default(),
            outputs: Default::default(),
            rejections: Default::default(),
            crashes: Default::default(),
            seconds: metrics::call_seconds(),
            memory: Default::default(),
            instances: Default::default(),
            counters: Default::default(),
            swaps: Default::default(),
            known: Default::default(),
        }
    }

    pub fn tell(&self, metrics: &Metrics) {
        let count = |name, help, figure: &metrics::Counters| drop(metrics.add(name, help, figure.clone()));
        count("module_calls", "Calls into a module", &self.calls);
        count("module_inputs", "Messages or transactions given to a module", &self.inputs);
        count("module_outputs", "Transactions or changes that came of them", &self.outputs);
        count("module_rejections", "Inputs a module refused", &self.rejections);
        count("module_crashes", "Calls in which a module failed, by cause", &self.crashes);
        count("module_instances", "Fresh instances of a module", &self.instances);
        count("module_counter", "What modules count themselves, by their own names", &self.counters);
        count("module_swaps", "Changed module files, by what became of them", &self.swaps);
        for outcome in ["swapped", "refused", "unchanged"] {
            drop(self.swaps.get_or_create(&labels([("outcome", outcome)])));
        }
        metrics.add("module_call_seconds", "Time of a call into a module", self.seconds.clone());
        let memory = "The most memory that an instance of a module has had";
        metrics.add("module_memory_bytes", memory, self.memory.clone());
    }

    /// The same figures for the same module, however often it comes.
    pub fn tally(&self, module: &Identity) -> Arc<Tally> {
        let name: String = module.name.chars().take(LONGEST_NAME).collect();
        let labels = labels([("module", &name), ("hash", module.short_hash())]);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = match known.iter().position(|tally| tally.labels == labels).and_then(|place| known.remove(place)) {
            Some(tally) => tally,
            None => Arc::new(self.begin(labels)),
        };
        known.push_back(tally.clone());
        if known.len() > MOST_MODULES
            && let Some(oldest) = known.pop_front()
        {
            self.forget(&oldest);
        }
        tally
    }

    fn begin(&self, labels: Labels) -> Tally {
        Tally {
            calls: self.calls.get_or_create_owned(&labels),
            inputs: self.inputs.get_or_create_owned(&labels),
            outputs: self.outputs.get_or_create_owned(&labels),
            rejections: self.rejections.get_or_create_owned(&labels),
            crashes: self.crashes.clone(),
            seconds: self.seconds.get_or_create_owned(&labels),
            memory: self.memory.get_or_create_owned(&labels),
            instances: self.instances.get_or_create_owned(&labels),
            counters: Counters::new(self.counters.clone(), labels.clone()),
            labels,
        }
    }

    fn forget(&self, tally: &Tally) {
        for figure in [&self.calls, &self.inputs, &self.outputs, &self.rejections, &self.instances] {
            figure.remove(&tally.labels);
        }
        for kind in super::crash::Kind::ALL {
            self.crashes.remove(&tally.with("cause", kind.name()));
        }
        self.seconds.remove(&tally.labels);
        self.memory.remove(&tally.labels);
        tally.counters.forget();
    }
}

/// What a module has used since it was taken up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    pub calls: u64,
    /// The most that an instance has had, in bytes.
    pub memory: i64,
}

impl Tally {
    pub fn used(&self) -> Used {
        Used { calls: self.calls.get(), memory: self.memory.get() }
    }

    pub fn called(&self, took: Duration, memory: usize) {
        self.calls.inc();
        self.seconds.observe(took.as_secs_f64());
        metrics::raise(&self.memory, memory);
    }

    pub fn crashed(&self, crash: &Crash) {
        self.crashes.get_or_create(&self.with("cause", crash.kind.name())).inc();
    }

    pub fn counted(&self) -> BTreeMap<String, u64> {
        self.counters.snapshot()
    }

    fn with(&self, name: &'static str, value: &str) -> Labels {
        self.labels.iter().cloned().chain([(name, value.to_owned())]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_of_a_bounded_number_of_modules() {
        let (figures, metrics) = (Figures::new(), Metrics::new());
        figures.tell(&metrics);
        for number in 0..2 * MOST_MODULES {
            let module = Identity { name: "m 1".into(), hash: format!("{number:012}").into() };
            figures.tally(&module).inputs.inc();
            figures.tally(&module).counters.add("rows".into(), 1);
        }
        let text = metrics.text();
        assert_eq!(text.matches("ps_stream_module_inputs_total{").count(), MOST_MODULES);
        assert_eq!(text.matches("ps_stream_module_counter_total{").count(), MOST_MODULES);
    }
}
