//! Rows that may not go where their module sends them: into a topic of transactions or of dead letters, which is no table,
//! or into one that cannot be. That is a breach of the module's, like any other of its answers that is no good.

use super::Config;
use super::routes::Outcome;
use super::tables::key_of;
use crate::contract::Change;
use crate::kafka::is_topic_name;
use crate::transform::Crash;

/// The outcomes, with a crash in place of those that hold such a row.
pub fn stopped(outcomes: Vec<Outcome>, config: &Config) -> Vec<Outcome> {
    match config.tables.are_named_by_modules() {
        true => outcomes.into_iter().map(|outcome| judged(outcome, config)).collect(),
        false => outcomes,
    }
}

fn judged(outcome: Outcome, config: &Config) -> Outcome {
    let Outcome::Changes(changes, module) = outcome else { return outcome };
    match changes.iter().find_map(|change| wrong(change, config)) {
        Some(what) => Outcome::Crashed(Crash::breach(&module, what)),
        None => Outcome::Changes(changes, module),
    }
}

fn wrong(change: &Change, config: &Config) -> Option<String> {
    let (topic, _) = key_of(change, &config.tables)?;
    if config.source_topics.contains(&topic) {
        return Some(format!("a row for topic \"{topic}\", which holds transactions"));
    }
    if Some(&topic) == config.dead_letter_topic.as_ref() {
        return Some(format!("a row for topic \"{topic}\", which holds dead letters"));
    }
    (!is_topic_name(&topic)).then(|| format!("a row for topic \"{topic}\", which is not a name Kafka takes"))
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
            full_sync: FullSync::Recognise,
        }
    }

    fn crash(config: &Config, record_type: &str) -> Option<String> {
        let gone = Change::Tombstone(PrimaryKey { record_type: record_type.into(), key: "1".into() });
        let module = Identity { name: "m 1".into(), hash: "00".into() };
        match stopped(vec![Outcome::Changes(vec![gone], module)], config).remove(0) {
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
