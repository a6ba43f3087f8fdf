//! Nothing to reach: a module made for WASI finds none of it, and is named with what it tried.

use crate::harness::guests::reaching_mapper;
use crate::harness::pipeline::{Parse, project};

fn started() -> Parse {
    Parse::start(&["--transform", reaching_mapper()])
}

fn value(parse: &Parse, id: &str) -> String {
    parse.table("REACHING")[&format!("{id:?}")].as_str().unwrap().to_owned()
}

#[test]
fn environment_arguments_and_files_are_empty_and_clocks_stand_still() {
    let parse = started();
    parse.feed("look", &project("P1", "A", ""));
    let found = value(&parse, "look");
    let empty = "environment []; arguments []; directories 0; time 0 0 1; ";
    assert!(found.starts_with(empty), "{found}");
}

#[test]
fn random_numbers_are_the_same_in_every_call_and_every_process() {
    let (one, other) = (started(), started());
    one.feed("look-1", &project("P1", "A", ""));
    one.feed("look-2", &project("P1", "A", ""));
    other.feed("look-3", &project("P1", "A", ""));
    let first = value(&one, "look-1");
    assert_eq!(first, value(&one, "look-2"));
    assert_eq!(first, value(&other, "look-3"));
}

#[test]
fn what_a_module_tried_to_reach_is_named() {
    let parse = started();
    let deeds = [
        ("files", "asked for files"),
        ("network", "wasi:sockets/instance-network@0.2.0 (instance-network)"),
        ("wait", "wasi:clocks/monotonic-clock@0.2.0 (subscribe-duration)"),
        ("exit", "wasi:cli/exit@0.2.0 (exit)"),
        ("greedy", "1099511627776 random bytes"),
    ];
    for (deed, named) in deeds {
        parse.feed(deed, &project("P1", "A", ""));
        parse.feed(&format!("look-after-{deed}"), &project("P1", "A", ""));
        let letters = parse.dead_letters();
        let letter = letters.iter().find(|letter| letter.key_text() == deed).unwrap_or_else(|| panic!("{deed} passed"));
        let reason = letter.header("ps-dead-reason").unwrap();
        assert!(reason.contains(named) && reason.contains("reaching-mapper"), "{deed}: {reason}");
    }
    assert_eq!(parse.table("REACHING").len(), deeds.len());
}

#[test]
fn standard_output_and_error_become_lines_of_the_log() {
    let parse = started();
    parse.feed("write", &project("P1", "A", ""));
    assert_eq!(value(&parse, "write"), "true");
    for (text, level) in
        [("first line", " INFO "), ("second line", " INFO "), ("no end", " INFO "), ("complaint", " WARN ")]
    {
        let line = parse.process.line_with(text);
        assert!(line.contains(level) && line.contains("reaching-mapper 0.0.1"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
}
