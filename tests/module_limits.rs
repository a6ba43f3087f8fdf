//! What a module may use: on by default, an option each, and named with it when a module goes past.

use crate::harness::guests::{unruly_mapper, unruly_mapper_with_lines};
use crate::harness::pipeline::{Parse, project};
use crate::harness::{process, scratch_file, unique};

const MEGABYTE: u64 = 1 << 20;

/// Why the only transaction of this parser that was set aside was.
fn reason(parse: &Parse, id: &str) -> String {
    let letters = parse.dead_letters();
    let letter = letters.iter().find(|letter| letter.key_text() == id).unwrap_or_else(|| panic!("{id} went through"));
    assert_eq!(letter.header("ps-dead-kind"), Some("trapped"), "{letter:?}");
    letter.header("ps-dead-reason").unwrap().to_owned()
}

#[test]
fn a_module_past_a_limit_is_named_with_the_limit_and_the_option_that_raises_it() {
    let limits = [
        ("loop", "--module-time", "300ms"),
        ("grow", "--module-memory", "16MiB"),
        ("large", "--module-output", "1MiB"),
        ("many", "--module-items", "100"),
        ("recurse", "--module-stack", "128KiB"),
    ];
    let options = limits.iter().flat_map(|(_, option, value)| [*option, *value]);
    let parse = Parse::start(&["--transform", unruly_mapper()].into_iter().chain(options).collect::<Vec<_>>());
    for (deed, option, value) in limits {
        parse.feed(deed, &project("P1", "A", ""));
        parse.feed(&format!("good-after-{deed}"), &project("P1", "A", ""));
        let reason = reason(&parse, deed);
        for part in [option, value, "unruly-mapper 0.0.1"] {
            assert!(reason.contains(part), "no {part} in {reason:?}");
        }
    }
    assert_eq!(parse.table("UNRULY").len(), limits.len(), "a transaction after a bad one was lost");
}

#[test]
fn within_the_limits_the_same_deeds_go_through() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    for deed in ["grow", "many"] {
        parse.feed(deed, &project("P1", "A", ""));
    }
    assert_eq!(parse.dead_letters().len(), 0);
}

#[test]
fn a_limit_that_makes_no_sense_is_refused() {
    for (option, value) in [
        ("--module-time", "0s"),
        ("--module-time", "soon"),
        ("--module-time", "2days"),
        ("--module-memory", "0B"),
        ("--module-memory", "256"),
        ("--module-memory", "1TiB"),
        ("--module-memory", "8GiB"),
        ("--module-output", "1B"),
        ("--module-items", "0"),
        ("--module-items", "-1"),
        ("--module-stack", "0B"),
        ("--module-stack", "1GiB"),
    ] {
        for command in ["collect", "parse"] {
            let ended = process::run(&[command, &format!("{option}={value}")]);
            assert_eq!(ended.code, Some(2), "{option}={value}: {ended:?}");
            assert!(ended.stderr_text().contains(option) && ended.stderr_text().contains(value), "{ended:?}");
        }
    }
    let ended = process::start_with(&["collect"], &[("PSSTREAM_MODULE_STACK", "0B")]).wait();
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

#[test]
fn a_module_too_large_for_its_memory_is_told_the_option() {
    let ended = process::run(&["parse", "--transform", unruly_mapper(), "--module-memory", "1MiB"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr_text().contains("--module-memory"), "{ended:?}");
}

#[test]
fn memory_that_one_input_took_is_given_back() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    parse.feed("good-1", &project("P1", "A", ""));
    let before = parse.process.resident_memory() / MEGABYTE;
    parse.feed("grow", &project("P1", "A", ""));
    parse.feed("good-2", &project("P1", "A", ""));
    let (peak, after) = (parse.process.peak_memory() / MEGABYTE, parse.process.resident_memory() / MEGABYTE);
    eprintln!("parse held {before} MB before, {peak} MB at most, {after} MB after an input that took 100 MB");
    assert!(peak > before + 90, "the module did not grow: {before} MB, then {peak} MB at most");
    assert!(after < before + 30, "{before} MB before, {after} MB after");
}

#[test]
fn a_trap_in_the_stock_mapper_names_its_functions() {
    let parse = Parse::start(&["--module-memory", "2MiB"]);
    let long = format!("<DESCR>{}</DESCR>", "x".repeat(900_000));
    parse.feed("long", &project("P1", "A", &long));
    assert!(reason(&parse, "long").contains("--module-memory"));
    insist_on(&parse, &["ps_stream_sdk::", "StockMapper"]);
}

#[test]
fn a_trap_in_a_module_with_line_tables_names_its_lines() {
    let parse = Parse::start(&["--transform", unruly_mapper_with_lines()]);
    parse.feed("panic", &project("P1", "A", ""));
    insist_on(&parse, &["answer", "unruly-mapper/src/lib.rs:"]);
}

fn insist_on(parse: &Parse, parts: &[&str]) {
    let letters = parse.dead_letters();
    let backtrace = letters[0].header("ps-dead-backtrace").unwrap();
    assert!(parts.iter().all(|part| backtrace.contains(part)), "not all of {parts:?} in {backtrace}");
}

#[test]
fn more_modules_than_there_are_places_for_are_refused_and_no_module_is_blamed() {
    let rules = scratch_file("rules.json", r#"{"keys": {"PROJECT": ["PROJECT_ID"]}}"#);
    let configs: Vec<String> = (0..260).map(|number| format!("R{number}={}", rules.display())).collect();
    let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("cache"));
    let options = ["--transform-config", &configs.join(","), "--module-cache", cache.to_str().unwrap()];
    let ended = process::run(&[&["parse"], &options[..]].concat());
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let said = ended.stderr_text();
    assert!(said.contains("256 instances of modules are in use") && !said.contains("failed"), "{said}");
}
