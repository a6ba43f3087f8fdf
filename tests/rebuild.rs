//! `parse --rebuild`: a table made anew beside the live one.

use std::path::PathBuf;

use crate::harness::guests::mask_project;
use crate::harness::pipeline::{Parse, project, project_key, store};
use crate::harness::process::{self, Ended, Process};
use crate::harness::{eventually, kafka, scratch_file, topics, unique};

/// A live table of so many projects.
fn live(projects: usize) -> Parse {
    let prefix = unique("t");
    let documents: Vec<String> = (0..projects).map(|n| project(&format!("P{n}"), "A", "<DESCR>d</DESCR>")).collect();
    let ids: Vec<String> = (0..projects).map(|n| format!("m{n}")).collect();
    let transactions: Vec<(&str, &str)> =
        ids.iter().zip(&documents).map(|(id, document)| (id.as_str(), document.as_str())).collect();
    store(kafka::shared(), &format!("{prefix}.transactions"), &transactions);
    let parse = Parse::start_for(&prefix, &[]);
    parse.settle();
    parse
}

/// The name of the new topic, and the rebuilding.
fn begin(live: &Parse, options: &[&str]) -> (String, Process) {
    let to = format!("{}.PROJECT.v2", live.prefix);
    let options = [&["--rebuild", "PROJECT", "--to", &to], options].concat();
    let process = process::start(&Parse::arguments(kafka::shared(), &live.prefix, &live.group, &options));
    (to, process)
}

fn rebuild(live: &Parse, options: &[&str]) -> Ended {
    let ended = begin(live, options).1.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

fn narrow() -> PathBuf {
    scratch_file("narrow.toml", "[keys]\nPROJECT = [\"PROJECT_ID\"]\n")
}

#[test]
fn a_table_is_made_anew_by_other_rules_and_the_live_one_stays() {
    let live = live(5);
    live.store(&[("bad", "<Order/>")]);
    live.settle();
    let (rules, letters) = (narrow(), live.dead_letters().len());
    rebuild(&live, &["--transform-config", rules.to_str().unwrap()]);
    let new = topics::table(&live.records("PROJECT.v2"));
    assert_eq!(new.into_keys().collect::<Vec<_>>(), ["\"P0\"", "\"P1\"", "\"P2\"", "\"P3\"", "\"P4\""]);
    assert_eq!(live.table("PROJECT").len(), 5);
    assert!(live.table("PROJECT").contains_key(&project_key("P0")));
    assert_eq!(live.dead_letters().len(), letters, "the live parser has seen to them");
    let policy = topics::setting(kafka::shared(), &format!("{}.PROJECT.v2", live.prefix), "cleanup.policy");
    assert_eq!(policy.as_deref(), Some("compact"));
}

#[test]
fn the_same_modules_make_the_same_table_and_another_one_shows_in_the_diff() {
    let parse = live(3);
    let said = rebuild(&parse, &["--diff"]).stdout;
    assert!(said.contains("3 rows the same, 0 missing, 0 extra, 0 changed"), "{said}");

    let parse = live(3);
    let mask = scratch_file("mask.toml", "mask = [\"DESCR\"]\n");
    let transform = ["--transform", mask_project(), "--transform-config", mask.to_str().unwrap(), "--diff", "json"];
    let said: serde_json::Value = serde_json::from_str(&rebuild(&parse, &transform).stdout).unwrap();
    assert_eq!((&said["is_same"], &said["changed"]["count"]), (&false.into(), &3.into()), "{said}");

    let parse = live(3);
    let said = rebuild(&parse, &["--transform-config", narrow().to_str().unwrap(), "--diff"]).stdout;
    assert!(said.contains("0 rows the same, 3 missing, 3 extra, 0 changed"), "{said}");
    assert!(said.contains(&format!("missing {}", project_key("P1"))) && said.contains("extra \"P1\""), "{said}");
}

#[test]
fn killed_it_goes_on_where_it_was_and_writes_each_row_once() {
    let live = live(30_000);
    let (to, first) = begin(&live, &[]);
    eventually("rows are written", || (topics::written(kafka::shared(), &to) > 2000).then_some(()));
    first.kill();
    let ended = rebuild(&live, &["--diff"]);
    assert!(ended.stdout.contains("30000 rows the same, 0 missing"), "{ended:?}");
    assert_eq!(topics::count(kafka::shared(), &to), 30_000);
}

#[test]
fn it_may_begin_at_an_offset_or_a_time() {
    let parse = live(6);
    rebuild(&parse, &["--from", "4"]);
    let keys: Vec<String> = topics::table(&parse.records("PROJECT.v2")).into_keys().collect();
    assert_eq!(keys, [project_key("P4"), project_key("P5")]);

    let parse = live(2);
    rebuild(&parse, &["--from", "2099-01-01T00:00:00Z"]);
    assert!(parse.records("PROJECT.v2").is_empty());
}

#[test]
fn a_topic_that_is_in_use_or_not_new_is_refused_by_name() {
    let live = live(1);
    let used = format!("{}.PROJECT", live.prefix);
    let attempt = |to: &str| {
        let options = ["--rebuild", "PROJECT", "--to", to];
        process::run(&Parse::arguments(kafka::shared(), &live.prefix, &live.group, &options))
    };
    let ended = attempt(&used);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.join("\n").contains(&format!("\"{used}\" is in use")), "{ended:?}");

    let other = format!("{}.other", live.prefix);
    topics::produce(kafka::shared(), &other, &[topics::Plain { value: b"x", ..topics::Plain::default() }]);
    let ended = attempt(&other);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.join("\n").contains("holds records already"), "{ended:?}");
}
