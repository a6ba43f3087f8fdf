//! Whether the module is what is wrong. One transaction it crashes on is poison and is set aside; where it crashes on most,
//! setting aside would only empty the topic into dead letters.

use std::collections::VecDeque;

use super::routes::Outcome;
use crate::fault::{Fault, Faulty};

/// How many of the latest transactions are looked at.
const WINDOW: usize = 100;
/// Fewer crashes than this say nothing.
const FEWEST: usize = 20;

#[derive(Debug, Clone, Default)]
pub struct Health {
    crashed: VecDeque<bool>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{crashes} of the last {of} transactions made a module crash, so the module is at fault and parse stops; \
     nothing of this batch was stored. mend or replace it and start again. the last: {last}"
)]
pub struct MostlyFailing {
    crashes: usize,
    of: usize,
    last: String,
}

impl Faulty for MostlyFailing {
    fn fault(&self) -> Fault {
        Fault::Module
    }
}

impl Health {
    /// As it is after these outcomes, or why to stop before they are stored.
    pub fn after(&self, outcomes: &[Outcome]) -> Result<Health, MostlyFailing> {
        let mut crashed = self.crashed.clone();
        for outcome in outcomes {
            crashed.push_back(matches!(outcome, Outcome::Crashed(_)));
            if crashed.len() > WINDOW {
                crashed.pop_front();
            }
            let crashes = crashed.iter().filter(|&&crashed| crashed).count();
            if let Outcome::Crashed(crash) = outcome
                && crashes >= FEWEST
                && crashes * 2 > crashed.len()
            {
                return Err(MostlyFailing { crashes, of: crashed.len(), last: crash.to_string() });
            }
        }
        Ok(Health { crashed })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transform::{Crash, Identity};

    fn outcomes(pattern: &str) -> Vec<Outcome> {
        let module = Identity { name: "m".into(), hash: "00".into() };
        let crash = Crash { module: module.clone(), cause: "it trapped".into(), backtrace: String::new() };
        let one = |c| match c {
            'x' => Outcome::Crashed(crash.clone()),
            _ => Outcome::Changes(Vec::new(), module.clone()),
        };
        pattern.chars().map(one).collect()
    }

    #[test]
    fn a_poisonous_transaction_now_and_then_is_set_aside() {
        let mut health = Health::default();
        for _ in 0..100 {
            health = health.after(&outcomes("..x..x.")).unwrap();
        }
    }

    #[test]
    fn a_module_that_mostly_fails_is_found_out_even_across_batches() {
        let health = Health::default().after(&outcomes(&"x".repeat(19))).unwrap();
        let text = health.after(&outcomes(".x")).unwrap_err().to_string();
        assert!(text.contains("20 of the last 21"), "{text}");
    }
}
