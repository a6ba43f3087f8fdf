//! A plan carried out: every strike begins and ends when its time has come.

use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::plan::{Fault, Strike};
use super::program::Role;
use super::services::{EXTRA, Services};

/// A strike's beginning, or its end.
struct Entry {
    at: Duration,
    moment: Moment,
    strike: Strike,
}

enum Moment {
    Begin,
    End,
}

/// A broker whose turn has come is let off for so long while another is not yet whole again.
const LATER: Duration = Duration::from_millis(500);
/// No strike begins later than this.
const LONGEST: Duration = Duration::from_secs(300);

pub fn carry_out(strikes: &[Strike], cluster: &mut Cluster, services: &mut Services) {
    let started = Instant::now();
    let mut agenda: Vec<Entry> = strikes.iter().flat_map(|&strike| both(strike)).collect();
    // What takes its time puts off all that follows: the distances stay as planned.
    let mut behind = Duration::ZERO;
    // The others see only after a while that a broker is away.
    let mut broker_away = false;
    while let Some(first) = (0..agenda.len()).min_by_key(|place| agenda[*place].at) {
        let Entry { at, moment, strike } = agenda.remove(first);
        while started.elapsed() < at + behind {
            services.revive();
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(at < LONGEST, "the cluster does not become whole again for {strike:?}");
        match moment {
            Moment::Begin if strike.fault.is_of_broker() && (broker_away || !cluster.is_in_sync()) => {
                agenda.retain(|entry| entry.strike != strike);
                agenda.extend(both(strike.later(LATER)));
            }
            Moment::Begin => {
                broker_away |= strike.fault.is_of_broker();
                begin(&strike, cluster, services);
            }
            Moment::End => {
                broker_away &= !strike.fault.is_of_broker();
                end(&strike, cluster, services);
            }
        }
        behind = behind.max(started.elapsed().saturating_sub(at));
    }
    services.revive();
    cluster.await_in_sync();
}

fn both(strike: Strike) -> [Entry; 2] {
    [(strike.begin, Moment::Begin), (strike.end, Moment::End)].map(|(at, moment)| Entry { at, moment, strike })
}

fn begin(strike: &Strike, cluster: &mut Cluster, services: &mut Services) {
    let whom = strike.whom;
    match strike.fault {
        Fault::KillCollector => services.kill(Role::Collector, whom),
        Fault::FreezeCollector => services.signal(Role::Collector, whom, "STOP"),
        Fault::KillParser => services.kill(Role::Parser, whom),
        Fault::FreezeParser => services.signal(Role::Parser, whom, "STOP"),
        Fault::ReplaceParser => {
            services.bury_zombie(whom);
            services.freeze_and_replace(whom);
        }
        Fault::DismissParser => services.dismiss(Role::Parser, whom),
        Fault::ExtraParser => services.launch(Role::Parser, EXTRA),
        Fault::KillBroker => cluster.kill(whom),
        Fault::FreezeBroker => cluster.freeze(whom),
    }
}

fn end(strike: &Strike, cluster: &mut Cluster, services: &mut Services) {
    let whom = strike.whom;
    match strike.fault {
        Fault::KillCollector => services.launch(Role::Collector, whom),
        Fault::FreezeCollector => services.signal(Role::Collector, whom, "CONT"),
        Fault::KillParser | Fault::DismissParser => services.launch(Role::Parser, whom),
        Fault::FreezeParser => services.signal(Role::Parser, whom, "CONT"),
        Fault::ReplaceParser => services.wake_zombie(whom),
        Fault::ExtraParser => services.dismiss(Role::Parser, EXTRA),
        Fault::KillBroker => cluster.launch(whom),
        Fault::FreezeBroker => cluster.thaw(whom),
    }
}
