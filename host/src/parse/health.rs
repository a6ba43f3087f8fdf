//! Whether the module is what is wrong. One transaction it crashes on is poison and is set aside; where it crashes on most,
//! setting aside would only empty the topic into dead letters.

use std::collections::VecDeque;

use super::routes::Outcome;
use super::share::Share;
use crate::fault::{Fault, Faulty};

/// How many of the latest transactions are looked at.
const WINDOW: usize = 100;
/// Fewer crashes than this say nothing, unless the limit is lower.
const FEWEST: usize = 20;

/// The share of the latest transactions, in percent, that may make a module crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashLimit(Share);

#[derive(Debug, Clone)]
pub struct Health {
    limit: CrashLimit,
    crashed: VecDeque<bool>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{crashes} of the last {of} transactions made a module crash, more than {limit}, so the module is at fault and parse \
     stops; nothing of this batch was stored. mend or replace it, or set --crash-limit, and start again. the last: {last}"
)]
pub struct MostlyFailing {
    crashes: usize,
    of: usize,
    limit: CrashLimit,
    last: String,
}

impl Faulty for MostlyFailing {
    fn fault(&self) -> Fault {
        Fault::Module
    }
}

impl CrashLimit {
    /// `50%`, or `50`.
    pub fn parse(text: &str) -> Result<Self, String> {
        Share::parse(text).map(CrashLimit)
    }

    /// Fewer crashes than that say nothing; where the limit is lower than that, one more than it allows.
    fn fewest(self) -> usize {
        FEWEST.min(usize::from(self.0.0) + 1)
    }

    fn is_passed(self, crashes: usize, of: usize) -> bool {
        crashes >= self.fewest() && self.0.is_passed(crashes as u64, of as u64)
    }
}

impl Default for CrashLimit {
    fn default() -> Self {
        CrashLimit(Share(50))
    }
}

impl std::fmt::Display for CrashLimit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl Health {
    pub fn new(limit: CrashLimit) -> Self {
        Health { limit, crashed: VecDeque::new() }
    }

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
                && self.limit.is_passed(crashes, crashed.len())
            {
                let (of, limit) = (crashed.len(), self.limit);
                return Err(MostlyFailing { crashes, of, limit, last: crash.to_string() });
            }
        }
        Ok(Health { limit: self.limit, crashed })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transform::{Crash, Identity};

    fn within(limit: &str) -> Health {
        Health::new(CrashLimit::parse(limit).unwrap())
    }

    fn outcomes(pattern: &str) -> Vec<Outcome> {
        let module = Identity { name: "m".into(), hash: "00".into() };
        let crash = Crash::breach(&module, "it said nothing");
        let one = |c| match c {
            'x' => Outcome::Crashed(crash.clone()),
            _ => Outcome::Changes(Vec::new(), module.clone()),
        };
        pattern.chars().map(one).collect()
    }

    #[test]
    fn a_poisonous_transaction_now_and_then_is_set_aside() {
        let mut health = within("50%");
        for _ in 0..100 {
            health = health.after(&outcomes("..x..x.")).unwrap();
        }
    }

    #[test]
    fn a_module_that_mostly_fails_is_found_out_even_across_batches() {
        let health = within("50%").after(&outcomes(&"x".repeat(19))).unwrap();
        let text = health.after(&outcomes(".x")).unwrap_err().to_string();
        assert!(text.contains("20 of the last 21") && text.contains("more than 50%"), "{text}");
    }

    #[test]
    fn a_limit_is_of_the_latest_hundred() {
        assert!(within("5%").after(&outcomes(&format!("{}{}", ".".repeat(95), "x".repeat(5)))).is_ok());
        let text = within("5").after(&outcomes(&format!("{}{}", ".".repeat(95), "x".repeat(6)))).unwrap_err();
        assert!(text.to_string().contains("6 of the last 100"), "{text}");
        assert!(within("0%").after(&outcomes("x")).is_err());
        assert!(within("100%").after(&outcomes(&"x".repeat(500))).is_ok());
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "%", "101", "-1", "half", "5.5%"] {
            assert!(CrashLimit::parse(text).is_err(), "{text}");
        }
    }
}
