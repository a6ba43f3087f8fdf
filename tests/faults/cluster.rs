//! Three brokers that hold everything three times and take a record only when two have it. One may be away at a time.

use crate::harness::eventually;
use crate::harness::kafka::Broker;
use crate::harness::topics;

pub const BROKERS: usize = 3;

pub struct Cluster {
    /// All three, as `--kafka` takes them.
    pub address: String,
    brokers: Vec<Broker>,
}

impl Cluster {
    pub fn start() -> Self {
        let brokers = Broker::start_cluster(BROKERS);
        let addresses: Vec<&str> = brokers.iter().map(|broker| broker.address.as_str()).collect();
        Self { address: addresses.join(","), brokers }
    }

    /// As a machine that dies. While another is not whole, Kafka would take nothing: see [`Cluster::is_in_sync`].
    pub fn kill(&mut self, broker: usize) {
        self.brokers[broker].stop();
    }

    /// Does not wait until it is there.
    pub fn launch(&mut self, broker: usize) {
        self.brokers[broker].launch();
    }

    /// As `kill`, but the process stands still: connections stay open and nothing answers.
    pub fn freeze(&mut self, broker: usize) {
        self.brokers[broker].freeze();
    }

    pub fn thaw(&self, broker: usize) {
        self.brokers[broker].thaw();
    }

    /// Whatever a round that failed has left.
    pub fn heal(&mut self) {
        self.brokers.iter_mut().for_each(Broker::heal);
    }

    /// Whether every partition has all its replicas in sync.
    pub fn is_in_sync(&self) -> bool {
        topics::all_in_sync(&self.address)
    }

    pub fn await_in_sync(&self) {
        eventually("every partition has all its replicas in sync", || self.is_in_sync().then_some(()));
    }

    /// The topic for transactions, in so many partitions.
    pub fn create(&self, topic: &str, partitions: i32) {
        self.await_in_sync();
        topics::create_replicated(&self.address, topic, partitions, BROKERS as i32, &[("min.insync.replicas", "2")]);
    }
}
