//! What befalls whom and when: all of it given by the seed.

use std::collections::HashMap;
use std::time::Duration;

use super::cluster::BROKERS;
use super::rng::Rng;
use super::services::{COLLECTORS, PARSERS};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    KillCollector,
    FreezeCollector,
    KillParser,
    /// Past its session's end.
    FreezeParser,
    /// The same, and meanwhile another one takes its place and name.
    ReplaceParser,
    /// SIGTERM, and started again later.
    DismissParser,
    /// One more joins and leaves.
    ExtraParser,
    KillBroker,
    FreezeBroker,
}

/// A fault, whom it strikes, from when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    pub fault: Fault,
    pub whom: usize,
    pub begin: Duration,
    pub end: Duration,
}

/// How often each comes: every entry has the same chance.
pub const ALL: &[Fault] = &[
    Fault::KillCollector,
    Fault::KillCollector,
    Fault::FreezeCollector,
    Fault::KillParser,
    Fault::KillParser,
    Fault::FreezeParser,
    Fault::ReplaceParser,
    Fault::DismissParser,
    Fault::ExtraParser,
    Fault::KillBroker,
    Fault::KillBroker,
    Fault::FreezeBroker,
];

impl Fault {
    /// How long it lasts, in milliseconds.
    fn lasts(self) -> (u64, u64) {
        match self {
            Fault::KillCollector => (50, 1_500),
            Fault::FreezeCollector => (500, 4_000),
            Fault::KillParser | Fault::DismissParser => (50, 3_000),
            Fault::FreezeParser | Fault::ReplaceParser => (7_500, 10_000),
            Fault::ExtraParser => (3_000, 8_000),
            Fault::KillBroker | Fault::FreezeBroker => (2_500, 7_000),
        }
    }

    pub fn is_of_broker(self) -> bool {
        matches!(self, Fault::KillBroker | Fault::FreezeBroker)
    }

    /// Those of one pool are struck one at a time each; of the brokers only one in all.
    fn pool(self) -> (&'static str, usize) {
        match self {
            Fault::KillCollector | Fault::FreezeCollector => ("collector", COLLECTORS),
            Fault::ExtraParser => ("extra parser", 1),
            Fault::KillParser | Fault::FreezeParser | Fault::ReplaceParser | Fault::DismissParser => {
                ("parser", PARSERS)
            }
            Fault::KillBroker | Fault::FreezeBroker => ("broker", 1),
        }
    }
}

impl Strike {
    pub fn later(self, by: Duration) -> Self {
        Self { begin: self.begin + by, end: self.end + by, ..self }
    }
}

/// Strikes for so long, in the order they begin.
pub fn plan(seed: u64, length: Duration, faults: &[Fault]) -> Vec<Strike> {
    let mut rng = Rng::of(&[seed]);
    let mut free: HashMap<(&str, usize), Duration> = HashMap::new();
    let (mut strikes, mut begin) = (Vec::new(), Duration::from_secs(1));
    while begin < length {
        let fault = *rng.pick(faults);
        let (pool, size) = fault.pool();
        let place = rng.below(size);
        let (least, most) = fault.lasts();
        let end = begin + Duration::from_millis(rng.between(least, most));
        let free = free.entry((pool, place)).or_default();
        if *free <= begin {
            let whom = if fault.is_of_broker() { rng.below(BROKERS) } else { place };
            strikes.push(Strike { fault, whom, begin, end });
            *free = end + Duration::from_secs(2);
            begin += Duration::from_millis(rng.between(200, 2_200));
        } else {
            begin += Duration::from_millis(100);
        }
    }
    strikes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_plan_again_and_another_seed_another() {
        let minute = Duration::from_secs(60);
        assert_eq!(plan(7, minute, ALL), plan(7, minute, ALL));
        assert_ne!(plan(7, minute, ALL), plan(8, minute, ALL));
    }

    #[test]
    fn never_are_two_brokers_away_at_once() {
        for seed in 0..50 {
            let strikes = plan(seed, Duration::from_secs(60), ALL);
            let away: Vec<&Strike> = strikes.iter().filter(|strike| strike.fault.is_of_broker()).collect();
            assert!(away.windows(2).all(|pair| pair[0].end < pair[1].begin), "seed {seed}: {away:?}");
        }
    }
}
