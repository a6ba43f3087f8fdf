//! A plan carried out: every strike begins and ends when its time has come.

use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::plan::{Fault, Strike};
use super::services::{EXTRA, Role, Services};

/// A strike's beginning, or its end.
#[derive(Clone, Copy)]
enum Moment {
    Begin,
    End,
}

pub fn carry_out(strikes: &[Strike], cluster: &mut Cluster, services: &mut Services) {
    let started = Instant::now();
    // What takes its time puts off all that follows: the distances stay as planned.
    let mut behind = Duration::ZERO;
    for (at, moment, strike) in moments(strikes) {
        while started.elapsed() < at + behind {
            services.revive();
            std::thread::sleep(Duration::from_millis(20));
        }
        match moment {
            Moment::Begin => begin(strike, cluster, services),
            Moment::End => end(strike, cluster, services),
        }
        behind = behind.max(started.elapsed().saturating_sub(at));
    }
    services.bury_zombies();
    services.revive();
    cluster.await_in_sync();
}

fn moments(strikes: &[Strike]) -> Vec<(Duration, Moment, &Strike)> {
    let begins = strikes.iter().map(|strike| (strike.begin, Moment::Begin, strike));
    let ends = strikes.iter().map(|strike| (strike.end, Moment::End, strike));
    let mut moments: Vec<_> = begins.chain(ends).collect();
    moments.sort_by_key(|(at, ..)| *at);
    moments
}

fn begin(strike: &Strike, cluster: &mut Cluster, services: &mut Services) {
    let whom = strike.whom;
    match strike.fault {
        Fault::KillCollector => services.kill(Role::Collector, whom),
        Fault::FreezeCollector => services.signal(Role::Collector, whom, "STOP"),
        Fault::KillParser => services.kill(Role::Parser, whom),
        Fault::FreezeParser => services.signal(Role::Parser, whom, "STOP"),
        Fault::ReplaceParser => services.freeze_and_replace(whom),
        Fault::DismissParser => services.dismiss(whom),
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
        Fault::ReplaceParser => services.wake_zombies(),
        Fault::ExtraParser => services.dismiss(EXTRA),
        Fault::KillBroker => cluster.start_again(whom),
        Fault::FreezeBroker => cluster.thaw(whom),
    }
}
