//! Whether Kafka's topics are what the commands need.

use super::check::{Check, Verdict};
use crate::kafka::{Cluster, Topic};

/// What a command uses a topic for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    Transactions(String),
    DeadLetters(String),
    Table(String),
    /// All other topics whose names begin so: they may be tables.
    Tables(String),
}

impl Use {
    /// Whether more is to be asked about a topic of that name.
    pub fn is_about(&self, name: &str) -> bool {
        match self {
            Use::Transactions(topic) | Use::DeadLetters(topic) | Use::Table(topic) => topic == name,
            Use::Tables(prefix) => name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.starts_with('.')),
        }
    }
}

pub fn checks(uses: &[Use], cluster: &Cluster) -> Vec<Check> {
    let reached = Verdict::Fine(format!("reached, {} brokers", cluster.brokers));
    let mut checks = vec![Check { what: "Kafka".into(), verdict: reached }];
    for what in uses {
        match what {
            Use::Transactions(name) | Use::DeadLetters(name) => checks.push(check(name, cluster, log)),
            Use::Table(name) => checks.push(check(name, cluster, table)),
            Use::Tables(_) => {
                let named = |topic: &&Topic| uses.iter().find(|other| other.is_about(&topic.name)) == Some(what);
                checks.extend(cluster.topics.iter().filter(named).filter_map(possible_table));
            }
        }
    }
    checks
}

fn check(name: &str, cluster: &Cluster, judge: fn(&Topic) -> Verdict) -> Check {
    let topic = cluster.topics.iter().find(|topic| topic.name == name);
    let verdict = topic.map_or_else(|| Verdict::Fine("is not there yet, and is made when it is needed".into()), judge);
    Check { what: format!("topic \"{name}\""), verdict }
}

/// Each record counts: its key stands for its message, so compaction would leave one transaction of each.
fn log(topic: &Topic) -> Verdict {
    match &topic.cleanup_policy {
        Some(policy) if policy.contains("compact") => {
            Verdict::Wrong(format!("cleanup.policy={policy} would throw away most of it; set cleanup.policy=delete"))
        }
        _ => copies(topic),
    }
}

fn table(topic: &Topic) -> Verdict {
    match &topic.cleanup_policy {
        Some(policy) if !policy.contains("compact") => {
            Verdict::Wrong(format!("is not compacted (cleanup.policy={policy}); set cleanup.policy=compact"))
        }
        _ => copies(topic),
    }
}

/// Which of these will be tables only the modules know.
fn possible_table(topic: &Topic) -> Option<Check> {
    let verdict = match table(topic) {
        Verdict::Wrong(why) => Verdict::Doubtful(format!("{why}, if it is to be a table")),
        verdict => verdict,
    };
    Some(Check { what: format!("topic \"{}\"", topic.name), verdict })
}

/// "Stored" means stored by so many.
fn copies(topic: &Topic) -> Verdict {
    let size = format!("{} partitions, {} replicas", topic.partitions, topic.replicas);
    match (topic.replicas, topic.min_in_sync) {
        (1, _) => Verdict::Doubtful(format!("{size}: what one broker loses is lost")),
        (_, Some(1)) => Verdict::Doubtful(format!("{size}, min.insync.replicas=1: 200 may mean stored by one broker")),
        _ => Verdict::Fine(size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, policy: &str, replicas: usize, min_in_sync: u32) -> Topic {
        let (cleanup_policy, min_in_sync) = (Some(policy.to_owned()), Some(min_in_sync));
        Topic { name: name.into(), partitions: 3, replicas, cleanup_policy, min_in_sync }
    }

    fn words(uses: &[Use], topics: Vec<Topic>) -> Vec<(String, &'static str)> {
        let cluster = Cluster { brokers: 3, topics };
        let checks = checks(uses, &cluster);
        checks.iter().skip(1).map(|check| (check.what.clone(), check.verdict.words().0)).collect()
    }

    #[test]
    fn transactions_and_dead_letters_must_not_be_compacted_and_tables_must() {
        let of = |used: fn(String) -> Use, policy| words(&[used("ps.t".into())], vec![topic("ps.t", policy, 3, 2)]);
        for (used, policy, verdict) in [
            (Use::Transactions as fn(String) -> Use, "compact", "wrong"),
            (Use::Transactions, "compact,delete", "wrong"),
            (Use::Transactions, "delete", "ok"),
            (Use::DeadLetters, "compact", "wrong"),
            (Use::Table, "delete", "wrong"),
            (Use::Table, "compact", "ok"),
            (Use::Table, "compact,delete", "ok"),
        ] {
            assert_eq!(of(used, policy), [("topic \"ps.t\"".to_owned(), verdict)], "{policy}");
        }
    }

    #[test]
    fn of_other_topics_with_the_prefix_it_is_only_said_what_would_happen() {
        let uses = [Use::Transactions("ps.transactions".into()), Use::Tables("ps".into())];
        let topics = vec![
            topic("ps.transactions", "delete", 3, 2),
            topic("ps.PROJECT", "compact", 3, 2),
            topic("ps.OTHER", "delete", 3, 2),
            topic("psx.OTHER", "delete", 3, 2),
        ];
        let verdicts: Vec<_> = words(&uses, topics).into_iter().map(|(_, verdict)| verdict).collect();
        assert_eq!(verdicts, ["ok", "ok", "note"]);
    }

    #[test]
    fn what_is_kept_by_one_broker_alone_is_noted() {
        for (replicas, min_in_sync) in [(1, 1), (3, 1)] {
            let topics = vec![topic("ps.t", "delete", replicas, min_in_sync)];
            assert_eq!(words(&[Use::Transactions("ps.t".into())], topics).first().map(|it| it.1), Some("note"));
        }
    }
}
