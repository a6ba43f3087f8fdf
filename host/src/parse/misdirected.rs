//! Rows that may not go where their module sends them: into a topic of transactions or of dead letters, which is no table,
//! or into one that cannot be. That is a breach of the module's, like any other of its answers that is no good.

use std::collections::{BTreeMap, BTreeSet};

use super::Config;
use super::routes::Outcome;
use super::tables::key_of;
use crate::contract::Change;
use crate::kafka::is_topic_name;
use crate::transform::Crash;

/// Topics that are no tables, each with the reason.
pub type Refused = BTreeMap<String, String>;

/// The topics that all these rows are for.
pub fn topics(outcomes: &[Outcome], config: &Config) -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    for (topic, _) in outcomes.iter().flat_map(changes).filter_map(|change| key_of(change, &config.tables)) {
        if !topics.contains(&topic) {
            topics.insert(topic);
        }
    }
    topics
}

/// Those of them that may be no tables here.
pub fn refused(topics: &BTreeSet<String>, config: &Config) -> Refused {
    if !config.tables.are_named_by_modules() {
        return Refused::new();
    }
    topics.iter().filter_map(|topic| Some((topic.clone(), wrong(topic, config)?.to_owned()))).collect()
}

/// The outcomes, with a crash in place of those that hold a row for one of these.
pub fn stopped(outcomes: Vec<Outcome>, refused: &Refused, config: &Config) -> Vec<Outcome> {
    match refused.is_empty() {
        true => outcomes,
        false => outcomes.into_iter().map(|outcome| judged(outcome, refused, config)).collect(),
    }
}

fn judged(outcome: Outcome, refused: &Refused, config: &Config) -> Outcome {
    let why = changes(&outcome).iter().find_map(|change| {
        let (topic, _) = key_of(change, &config.tables)?;
        Some(format!("a row for topic \"{topic}\", {}", refused.get(&topic)?))
    });
    match (outcome, why) {
        (Outcome::Changes(_, module), Some(why)) => Outcome::Crashed(Crash::breach(&module, why)),
        (outcome, _) => outcome,
    }
}

fn changes(outcome: &Outcome) -> &[Change] {
    match outcome {
        Outcome::Changes(changes, _) => changes,
        _ => &[],
    }
}

fn wrong(topic: &String, config: &Config) -> Option<&'static str> {
    if config.source_topics.contains(topic) {
        return Some("which holds transactions");
    }
    if Some(topic) == config.dead_letter_topic.as_ref() {
        return Some("which holds dead letters");
    }
    (!is_topic_name(topic)).then_some("which is not a name Kafka takes")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tables::Tables;
    use super::*;
    use crate::contract::PrimaryKey;
    use crate::kafka::Member;
    use crate::parse::{CrashLimit, FullSync};
    use crate::transform::Identity;

    fn config(prefix: &str, one: Option<&str>) -> Config {
        Config {
            source_topics: vec!["ps.transactions".into()],
            member: Member { group: "g".into(), instance: None },
            repeats_within: std::time::Duration::ZERO,
            tables: match one {
                Some(one) => Tables::One { topic: one.into() },
                None => Tables::Each { prefix: prefix.into() },
            },
            dead_letter_topic: Some("ps.dead-letters".into()),
            replays_of: "g".into(),
            crash_limit: CrashLimit::default(),
            max_tables: 100,
            full_sync: FullSync::Recognise,
        }
    }

    fn crash(config: &Config, record_type: &str) -> Option<String> {
        let gone = Change::Tombstone(PrimaryKey { record_type: record_type.into(), key: "1".into() });
        let module = Identity { name: "m 1".into(), hash: "00".into() };
        let outcomes = vec![Outcome::Changes(vec![gone], module)];
        let refused = refused(&topics(&outcomes, config), config);
        match stopped(outcomes, &refused, config).remove(0) {
            Outcome::Crashed(crash) => Some(crash.to_string()),
            _ => None,
        }
    }

    #[test]
    fn a_row_for_what_is_no_table_is_a_crash_that_names_module_and_topic() {
        for record_type in ["transactions", "dead-letters"] {
            let crash = crash(&config("ps", None), record_type).unwrap();
            assert!(crash.contains("m 1") && crash.contains(&format!("ps.{record_type}")), "{crash}");
        }
        assert!(crash(&config("", None), "..").is_some());
        assert!(crash(&config(&"x".repeat(100), None), &"X".repeat(200)).is_some());
    }

    #[test]
    fn any_other_row_passes_and_all_do_where_one_topic_takes_them() {
        assert_eq!(crash(&config("ps", None), "PROJECT"), None);
        assert_eq!(crash(&config("", None), "transactions"), None);
        assert_eq!(crash(&config("ps", Some("all")), "transactions"), None);
    }
}
